"""Intent scores: pure functions over intent names. ``None`` in ``gold`` means that nobody annotated the intent."""

from collections.abc import Sequence

from ..errors import DataError

__all__ = ["intent_accuracy", "intent_error"]


def intent_accuracy(gold: Sequence[str | None], predicted: Sequence[str | None]) -> float:
    """Share of utterances with the right intent, over the utterances whose gold intent is known.

    It equals one minus the intent classification error rate (ICER). A prediction of ``None`` is a wrong one.

    Raises:
        DataError: the lists differ in length, or no utterance has a gold intent.
    """
    if len(gold) != len(predicted):
        raise DataError(f"{len(gold)} gold intents but {len(predicted)} predicted ones; give one for every utterance")
    pairs = [(right, guess) for right, guess in zip(gold, predicted, strict=True) if right is not None]
    if not pairs:
        raise DataError(f"none of {len(gold)} utterances has a gold intent; an intent score needs at least one")
    return sum(right == guess for right, guess in pairs) / len(pairs)


def intent_error(gold: Sequence[str | None], predicted: Sequence[str | None]) -> float:
    """``1 - intent_accuracy``, the intent classification error rate (ICER)."""
    return 1.0 - intent_accuracy(gold, predicted)
