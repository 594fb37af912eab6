"""Intent scores: pure functions of intent names. ``None`` in ``gold`` means that the intent was not annotated."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bilstm_nlu.errors import DataError

__all__ = ["IntentScores", "intent_accuracy", "intent_error", "intent_scores_per_intent"]


class IntentScores(NamedTuple):
    """The scores of one intent, as fractions of 1, and the numbers of its gold and predicted utterances."""

    precision: float
    recall: float
    f1: float
    num_gold: int
    num_predicted: int


def intent_accuracy(gold: Sequence[str | None], predicted: Sequence[str | None]) -> float:
    """Return the share of utterances with the right intent; utterances without a gold intent are not counted.

    It equals one minus the intent classification error rate (ICER). A prediction of ``None`` is wrong.

    Raises:
        DataError: the lists differ in length, or no utterance has a gold intent.
    """
    pairs = _annotated(gold, predicted)
    return sum(right == guess for right, guess in pairs) / len(pairs)


def intent_error(gold: Sequence[str | None], predicted: Sequence[str | None]) -> float:
    """Return ``1 - intent_accuracy``, the intent classification error rate (ICER)."""
    return 1.0 - intent_accuracy(gold, predicted)


def intent_scores_per_intent(gold: Sequence[str | None], predicted: Sequence[str | None]) -> dict[str, IntentScores]:
    """Return the scores of every gold or predicted intent of the annotated utterances, sorted by name.

    Precision, recall and F1 of an intent that was never predicted correctly are 0.

    Raises:
        DataError: the lists differ in length, or no utterance has a gold intent.
    """
    pairs = _annotated(gold, predicted)
    num_right = Counter(right for right, guess in pairs if right == guess)
    num_gold = Counter(right for right, _ in pairs)
    num_predicted = Counter(guess for _, guess in pairs if guess is not None)
    return {
        intent: IntentScores(
            num_right[intent] / max(num_predicted[intent], 1),
            num_right[intent] / max(num_gold[intent], 1),
            2 * num_right[intent] / (num_gold[intent] + num_predicted[intent]),
            num_gold[intent],
            num_predicted[intent],
        )
        for intent in sorted(num_gold.keys() | num_predicted.keys())
    }


def _annotated(gold: Sequence[str | None], predicted: Sequence[str | None]) -> list[tuple[str, str | None]]:
    if len(gold) != len(predicted):
        raise DataError(f"{len(gold)} gold intents but {len(predicted)} predicted ones; give one for every utterance")
    pairs = [(right, guess) for right, guess in zip(gold, predicted, strict=True) if right is not None]
    if not pairs:
        raise DataError(f"none of the {len(gold)} utterances has a gold intent; intent scores need at least one")
    return pairs
