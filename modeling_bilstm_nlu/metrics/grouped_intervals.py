"""How sure scores are: 95 % intervals, where the utterances of one group (a carrier phrase) are not independent.

A score is a ratio of two sums over utterances: right answers by all answers, or for slot F1 twice the right slots by
the gold and the predicted slots. The variance between groups says how many independent utterances the data is worth
(Kish 1965). Wilson's interval of this number holds for few utterances, too (Korn and Graubard 1998).
"""

from collections.abc import Hashable, Iterable, Sequence

from bilstm_nlu.inspection.intervals import wilson

from .frames import FrameLike

__all__ = ["INTERVAL_SCORES", "score_intervals", "tally"]

#: The scores that have an interval.
INTERVAL_SCORES = ("intent_accuracy", "slot_f1", "frame_accuracy")


def tally(name: str, gold: FrameLike, predicted: FrameLike) -> tuple[float, float] | None:
    """What one utterance adds to the two sums of a score; `None` if it is not annotated for the score.

    Args:
        name: one of `INTERVAL_SCORES`.
        gold: the gold frame.
        predicted: the predicted frame.
    """
    has_right_intent = gold.intent is None or gold.intent == predicted.intent
    if name == "intent_accuracy":
        return None if gold.intent is None else (float(has_right_intent), 1.0)
    if name == "frame_accuracy":
        if gold.intent is None and gold.spans is None:
            return None
        has_right_slots = gold.spans is None or set(gold.spans) == set(predicted.spans or ())
        return float(has_right_intent and has_right_slots), 1.0
    if gold.spans is None:
        return None
    right, guessed = set(gold.spans), set(predicted.spans or ())
    return 2.0 * len(right & guessed), float(len(right) + len(guessed))


def score_intervals(
    gold: Sequence[FrameLike], predicted: Sequence[FrameLike], groups: Sequence[Hashable]
) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of each score that the data has labels for.

    Args:
        gold: the gold frames.
        predicted: the predicted frames.
        groups: the group of each utterance; utterances of different groups are independent.
    """
    found = {}
    for name in INTERVAL_SCORES:
        sums: dict[Hashable, list[float]] = {}
        for right, guess, group in zip(gold, predicted, groups, strict=True):
            if (counted := tally(name, right, guess)) is not None:
                part = sums.setdefault(group, [0.0, 0.0, 0])
                part[0], part[1], part[2] = part[0] + counted[0], part[1] + counted[1], part[2] + 1
        if any(whole for _, whole, _ in sums.values()):
            found[name] = _interval(sums.values())
    return found


def _interval(sums: Iterable[Sequence[float]]) -> tuple[float, float]:
    """The interval of a ratio of two sums, from the two sums and the number of utterances of each group."""
    parts = list(sums)
    whole = sum(part[1] for part in parts)
    share = sum(part[0] for part in parts) / whole
    num_groups, num_utterances = len(parts), sum(part[2] for part in parts)
    worth = float(num_groups)
    if num_groups > 1 and 0 < share < 1:
        spread = sum((part[0] - share * part[1]) ** 2 for part in parts) * num_groups / (num_groups - 1) / whole**2
        if spread > 0:
            worth = min(num_utterances, max(1.0, share * (1 - share) / spread))
    return wilson(share, worth)
