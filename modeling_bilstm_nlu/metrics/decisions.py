"""Scores of decisions: are frames rightly accepted and rejected, and are their scores probabilities?"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from bilstm_nlu.errors import DataError

__all__ = ["Decided", "auroc", "calibration_error", "decision_scores"]

#: Bins of the calibration error.
BINS = 15


class Decided(NamedTuple):
    """A decision about one text.

    Attributes:
        intent: the best intent that is not the fallback intent, or `None`.
        score: the probability that it is right and the text is in scope.
        is_accepted: whether the frame is accepted.
    """

    intent: str | None
    score: float
    is_accepted: bool


def calibration_error(scores: Sequence[float], is_right: Sequence[bool], *, bins: int = BINS) -> float:
    """Return the expected calibration error: how far the scores are from the share of right ones, in bins.

    The bins have equal counts (Nguyen and O'Connor 2015, arXiv:1508.05154): the scores are sorted and cut into parts
    whose sizes differ by at most one. The result is the mean of |mean score - share of right ones| of the bins, each
    with the weight of its size.

    Args:
        scores: the predicted probabilities.
        is_right: whether each prediction was right.
        bins: number of bins; with fewer scores, each score is a bin.

    Raises:
        DataError: the lists differ in length or are empty.
    """
    pairs = _sorted_pairs(scores, is_right)
    bins = min(bins, len(pairs))
    edges = [len(pairs) * place // bins for place in range(bins + 1)]
    total = 0.0
    for start, end in zip(edges, edges[1:], strict=False):
        part = pairs[start:end]
        total += abs(sum(score for score, _ in part) - sum(right for _, right in part))
    return total / len(pairs)


def auroc(scores: Sequence[float], is_positive: Sequence[bool]) -> float:
    """Return the area under the ROC curve: how likely a positive has a higher score than a negative.

    Equal scores count half.

    Raises:
        DataError: the lists differ in length, or positives or negatives are missing.
    """
    pairs = _sorted_pairs(scores, is_positive)
    num_positive = sum(positive for _, positive in pairs)
    num_negative = len(pairs) - num_positive
    if not num_positive or not num_negative:
        raise DataError(f"{num_positive} positives and {num_negative} negatives; the AUROC needs both")
    below = won = 0.0
    place = 0
    while place < len(pairs):  # a group of equal scores at a time
        end = place
        while end < len(pairs) and pairs[end][0] == pairs[place][0]:
            end += 1
        positives = sum(positive for _, positive in pairs[place:end])
        negatives = end - place - positives
        won += positives * (below + 0.5 * negatives)
        below += negatives
        place = end
    return won / (num_positive * num_negative)


def decision_scores(
    gold: Sequence[str | None], decided: Sequence[Decided], in_scope: Collection[str]
) -> dict[str, float]:
    """Compute the scores of decisions.

    Args:
        gold: the intents; `None` if not annotated, then the text is not counted.
        decided: the decision about each text.
        in_scope: the intents that the model knows, without the fallback intent; texts with another intent are out of
            scope.

    Returns:
        A dict with `num_accepted`, `num_rejected`, `num_wrongly_accepted` (the text is out of scope, or another intent
        is right), `num_wrongly_rejected` (the best intent is right), `calibration_error` of accepted frames if there
        are any, and, if there are texts out of scope, `num_out_of_scope`, `out_of_scope_recall` (the share of them
        that is rejected), and, if there are texts in scope, too, `out_of_scope_auroc`. It is empty if no text has a
        gold intent.

    Raises:
        DataError: the lists differ in length.
    """
    if len(gold) != len(decided):
        raise DataError(f"{len(gold)} gold intents but {len(decided)} decisions; give one for every utterance")
    pairs = [(intent, decision) for intent, decision in zip(gold, decided, strict=True) if intent is not None]
    if not pairs:
        return {}
    is_right = [intent == decision.intent and intent in in_scope for intent, decision in pairs]
    accepted = [decision.is_accepted for _, decision in pairs]
    found: dict[str, float] = {
        "num_accepted": sum(accepted),
        "num_rejected": len(pairs) - sum(accepted),
        "num_wrongly_accepted": sum(yes and not right for yes, right in zip(accepted, is_right, strict=True)),
        "num_wrongly_rejected": sum(right and not yes for yes, right in zip(accepted, is_right, strict=True)),
    }
    if any(accepted):
        kept = [(decision.score, right) for (_, decision), right in zip(pairs, is_right, strict=True)]
        kept = [pair for pair, yes in zip(kept, accepted, strict=True) if yes]
        found["calibration_error"] = calibration_error([score for score, _ in kept], [right for _, right in kept])
    foreign = [intent not in in_scope for intent, _ in pairs]
    if any(foreign):
        rejected = sum(out and not yes for out, yes in zip(foreign, accepted, strict=True))
        found |= {"num_out_of_scope": sum(foreign), "out_of_scope_recall": rejected / sum(foreign)}
        if not all(foreign):
            found["out_of_scope_auroc"] = auroc([-decision.score for _, decision in pairs], foreign)
    return found


def _sorted_pairs(scores: Sequence[float], flags: Sequence[bool]) -> list[tuple[float, bool]]:
    if len(scores) != len(flags) or not scores:
        raise DataError(f"{len(scores)} scores for {len(flags)} texts; give one score for each, at least one")
    return sorted(zip(scores, map(bool, flags), strict=True))
