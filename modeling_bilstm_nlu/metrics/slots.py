"""Strict slot scores: a slot is right if its type and both its edges are right; all other slots are wrong.

There are two ways to the same numbers. From **spans**, ``(slot_type, start, end)`` with any unit of offsets, the
scores are computed with sets. From **BIO tags**, they are computed by seqeval (Nakayama 2018) with
``mode="strict", scheme=IOB2``, where an ``I-x`` that does not continue a slot is ignored. The default mode of seqeval
would score ``I-x I-x`` against ``B-x I-x`` as right. A test checks that both ways give the same scores; spans are many
times faster.

Scores are micro averages: slots are counted over all utterances together, as in the CoNLL evaluation
(Tjong Kim Sang and De Meulder 2003). If the denominator of a ratio is 0:

- no gold slot and no predicted slot anywhere: the prediction is perfect, all three scores are 1;
- gold slots but no predicted slot, or predicted slots but no gold slot: all three scores are 0.

``None`` in ``gold`` means that the slots of an utterance were not annotated: the utterance is left out. An empty
collection means "annotated, and there is no slot": a predicted slot is wrong.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeVar

from bilstm_nlu.errors import Cure, DataError, NluError

from ..labels_bilstm_nlu import OUTSIDE, slot_type_of

__all__ = [
    "SlotScores",
    "SlotTypeScores",
    "Span",
    "slot_f1",
    "slot_precision",
    "slot_recall",
    "slot_scores",
    "slot_scores_from_tags",
    "slot_scores_per_type",
]

Span = tuple[str, int, int]
_Gold = TypeVar("_Gold")
_Predicted = TypeVar("_Predicted")


class SlotScores(NamedTuple):
    """Precision, recall and their harmonic mean F1, as fractions of 1."""

    precision: float
    recall: float
    f1: float


class SlotTypeScores(NamedTuple):
    """The scores of one slot type, and the numbers of its gold and predicted slots."""

    precision: float
    recall: float
    f1: float
    num_gold: int
    num_predicted: int


def slot_scores(gold: Sequence[Collection[Span] | None], predicted: Sequence[Collection[Span] | None]) -> SlotScores:
    """Return micro precision, recall and F1 over the spans of all annotated utterances.

    The spans of an utterance are a set: a repeated slot is counted once.

    Args:
        gold: the gold spans of every utterance, ``None`` if slots were not annotated.
        predicted: the predicted spans of every utterance; ``None`` means no slots.

    Raises:
        DataError: the lists differ in length, or no utterance has slot annotation.
    """
    num_right = num_gold = num_predicted = 0
    for right, guess in _annotated(gold, predicted):
        right_spans, guessed_spans = set(right), set(guess or ())
        num_right += len(right_spans & guessed_spans)
        num_gold += len(right_spans)
        num_predicted += len(guessed_spans)
    return _scores(num_right, num_gold, num_predicted)


def slot_precision(gold: Sequence[Collection[Span] | None], predicted: Sequence[Collection[Span] | None]) -> float:
    """Return the share of predicted slots that are right; see ``slot_scores``."""
    return slot_scores(gold, predicted).precision


def slot_recall(gold: Sequence[Collection[Span] | None], predicted: Sequence[Collection[Span] | None]) -> float:
    """Return the share of gold slots that were predicted; see ``slot_scores``."""
    return slot_scores(gold, predicted).recall


def slot_f1(gold: Sequence[Collection[Span] | None], predicted: Sequence[Collection[Span] | None]) -> float:
    """Return the harmonic mean of slot precision and slot recall; see ``slot_scores``."""
    return slot_scores(gold, predicted).f1


def slot_scores_per_type(
    gold: Sequence[Collection[Span] | None], predicted: Sequence[Collection[Span] | None]
) -> dict[str, SlotTypeScores]:
    """Return the scores of every slot type in the gold or the predicted spans, sorted by name."""
    num_right: Counter[str] = Counter()
    num_gold: Counter[str] = Counter()
    num_predicted: Counter[str] = Counter()
    for right, guess in _annotated(gold, predicted):
        right_spans, guessed_spans = set(right), set(guess or ())
        num_right.update(slot_type for slot_type, _, _ in right_spans & guessed_spans)
        num_gold.update(slot_type for slot_type, _, _ in right_spans)
        num_predicted.update(slot_type for slot_type, _, _ in guessed_spans)
    return {
        slot_type: SlotTypeScores(
            *_scores(num_right[slot_type], num_gold[slot_type], num_predicted[slot_type]),
            num_gold[slot_type],
            num_predicted[slot_type],
        )
        for slot_type in sorted(num_gold.keys() | num_predicted.keys())
    }


def slot_scores_from_tags(gold: Sequence[Sequence[str] | None], predicted: Sequence[Sequence[str]]) -> SlotScores:
    """Return the scores of ``slot_scores``, computed by seqeval (strict, IOB2) from one BIO tag for every word.

    Args:
        gold: the gold tags of every utterance, ``None`` if slots were not annotated.
        predicted: the predicted tags of every utterance, as many as gold tags.

    Raises:
        DataError: the lists differ in length, a tag is not BIO, or no utterance has slot annotation.
        NluError: seqeval is not installed.
    """
    try:  # imported here, because seqeval imports scipy and scikit-learn
        from seqeval.metrics.v1 import precision_recall_fscore_support
        from seqeval.scheme import IOB2
    except ImportError as error:
        raise NluError(
            f"scores of tags need {error.name}, which is not installed", cure=Cure("run {}", install="metrics")
        ) from error
    pairs = _annotated(gold, predicted)
    for row, (right, guess) in enumerate(pairs):
        if len(right) != len(guess):
            raise DataError(f"annotated utterance {row} has {len(right)} gold tags but {len(guess)} predicted ones")
    names: dict[str, str] = {}
    right_tags = [[_plain_tag(tag, names) for tag in right] for right, _ in pairs]
    guessed_tags = [[_plain_tag(tag, names) for tag in guess] for _, guess in pairs]
    # `f1_score(mode="strict")` calls this function, which gives the three scores at once.
    precision, recall, f1, _ = precision_recall_fscore_support(
        right_tags, guessed_tags, average="micro", scheme=IOB2, zero_division=1
    )
    # With zero_division=1, seqeval gives precision 1 if no slot was predicted, and recall 1 if there is no gold slot.
    return SlotScores(float(precision), float(recall), float(f1)) if f1 > 0 else SlotScores(0.0, 0.0, 0.0)


def _annotated(gold: Sequence[_Gold | None], predicted: Sequence[_Predicted]) -> list[tuple[_Gold, _Predicted]]:
    if len(gold) != len(predicted):
        raise DataError(f"{len(gold)} gold annotations but {len(predicted)} predictions; give one for every utterance")
    pairs = [(right, guess) for right, guess in zip(gold, predicted, strict=True) if right is not None]
    if not pairs:
        raise DataError(f"none of the {len(gold)} utterances has slot annotation; slot scores need at least one")
    return pairs


def _scores(num_right: int, num_gold: int, num_predicted: int) -> SlotScores:
    if num_gold == num_predicted == 0:
        return SlotScores(1.0, 1.0, 1.0)
    if num_right == 0:
        return SlotScores(0.0, 0.0, 0.0)
    return SlotScores(num_right / num_predicted, num_right / num_gold, 2 * num_right / (num_gold + num_predicted))


def _plain_tag(tag: str, names: dict[str, str]) -> str:
    """Replace the slot type of a tag by a number: seqeval strips hyphens, so ``x`` and ``x-`` would be one type."""
    if tag == OUTSIDE:
        return OUTSIDE
    slot_type = slot_type_of(tag)
    if tag[:2] not in ("B-", "I-") or not slot_type:
        raise DataError(f"{tag!r} is not a BIO tag; expected 'O', 'B-<slot type>' or 'I-<slot type>'")
    return tag[:2] + names.setdefault(slot_type, str(len(names)))
