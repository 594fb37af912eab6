"""Frame scores: scores of whole utterances, intent and slots together.

A frame is any object with an ``intent`` and ``spans``, such as a ``GoldFrame`` or an ``Utterance``. In gold frames,
``None`` means "not annotated". In predicted frames, an intent of ``None`` is wrong, and ``None`` spans mean no slots.

Frame accuracy, frame error and the semantic error rate are computed over the utterances with **both** an annotated
intent and annotated slots. If the data has no such utterance (only intents, or only slots, were annotated), each
utterance is scored on what is annotated, so that the same key can select the best checkpoint on any data.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from bilstm_nlu.errors import DataError

from .slots import Span

__all__ = [
    "FrameLike",
    "GoldFrame",
    "combined_error",
    "frame_accuracy",
    "frame_error",
    "scorable_frames",
    "semantic_error_rate",
    "semantic_errors",
]


class FrameLike(Protocol):
    """Any object with an intent and slot spans."""

    @property
    def intent(self) -> str | None: ...

    @property
    def spans(self) -> Collection[Span] | None: ...


class GoldFrame(NamedTuple):
    """An intent with its slots; in gold data, ``None`` means that a part was not annotated."""

    intent: str | None = None
    spans: Collection[Span] | None = ()


def scorable_frames(gold: Sequence[FrameLike], predicted: Sequence[FrameLike]) -> list[tuple[FrameLike, FrameLike]]:
    """Return the pairs that frame scores use: those with both annotations, or, if no pair has both, with one of them.

    Raises:
        DataError: the lists differ in length.
    """
    if len(gold) != len(predicted):
        raise DataError(f"{len(gold)} gold frames but {len(predicted)} predicted ones; give one for every utterance")
    pairs = list(zip(gold, predicted, strict=True))
    both = [(right, guess) for right, guess in pairs if right.intent is not None and right.spans is not None]
    return both or [(right, guess) for right, guess in pairs if right.intent is not None or right.spans is not None]


def frame_accuracy(gold: Sequence[FrameLike], predicted: Sequence[FrameLike]) -> float:
    """Return the exact match: the share of utterances with the right intent and exactly the right set of slots.

    It equals one minus the intent recognition error rate (IRER) of Su et al. 2018 (arXiv:1809.09605).

    Raises:
        DataError: the lists differ in length, or nothing is annotated.
    """
    pairs = _scorable(gold, predicted)
    return sum(_is_right(right, guess) for right, guess in pairs) / len(pairs)


def frame_error(gold: Sequence[FrameLike], predicted: Sequence[FrameLike]) -> float:
    """Return ``1 - frame_accuracy``."""
    return 1.0 - frame_accuracy(gold, predicted)


def combined_error(intent_error: float | None, slot_error: float | None) -> float:
    """Return the mean of the intent error and the slot error, where the slot error is ``1 - slot_f1``.

    This is one figure for both tasks of a joint network, which studies of transfer between domains report; see
    Goyal, Metallinou and Matsoukas, "Fast and Scalable Expansion of Natural Language Understanding Functionality for
    Intelligent Agents", NAACL-HLT 2018 Industry Papers (arXiv:1805.01542). If only one of the two is annotated
    (``None`` for the other), the result is its error.

    Raises:
        DataError: both errors are ``None``.
    """
    errors = [error for error in (intent_error, slot_error) if error is not None]
    if not errors:
        raise DataError("there is no intent error and no slot error; annotate intents or slots")
    return sum(errors) / len(errors)


def semantic_error_rate(gold: Sequence[FrameLike], predicted: Sequence[FrameLike]) -> float:
    """Return ``(substituted + deleted + inserted) / gold``, with the intent of an utterance counted as a slot.

    This is the slot error rate of Makhoul, Kubala, Schwartz and Weischedel, "Performance measures for information
    extraction", DARPA Broadcast News Workshop 1999, with the intent as a slot, as in the semantic error rate (SemER)
    of Su, Gupta, Ananthakrishnan and Matsoukas, "A Re-ranker Scheme for Integrating Large Scale NLU Models", SLT 2018
    (arXiv:1809.09605). In one utterance:

    1. A slot is correct if its type and both edges are right; it is not used in the next steps.
    2. A remaining gold slot and a remaining predicted slot that share at least one character (or word, if spans count
       words) may be aligned, each with at most one other. As many as possible are aligned; each aligned pair is one
       substitution. So a wrong type at the right place, or a wrong edge of the right type, is one error, not two.
    3. A gold slot that is not aligned is a deletion, a predicted slot that is not aligned is an insertion.
    4. A wrong intent is one substitution.

    Errors are summed over utterances and divided by the number of gold slots plus gold intents. With insertions, the
    rate can exceed 1. If there are no gold intents, no gold slots and no predicted slots, the rate is 0. If there are
    no gold intents and no gold slots, insertions are divided by 1.

    Raises:
        DataError: the lists differ in length, or nothing is annotated.
    """
    counts = [semantic_errors(right, guess) for right, guess in _scorable(gold, predicted)]
    return sum(errors for errors, _ in counts) / max(sum(num_gold for _, num_gold in counts), 1)


def semantic_errors(gold: FrameLike, predicted: FrameLike) -> tuple[int, int]:
    """Return the errors of one utterance, and its gold slots and intents, as `semantic_error_rate` counts them."""
    num_errors = num_gold = 0
    if gold.intent is not None:
        num_gold += 1
        num_errors += gold.intent != predicted.intent
    if gold.spans is not None:
        gold_spans, guessed_spans = set(gold.spans), set(predicted.spans or ())
        num_gold += len(gold_spans)
        num_errors += _num_slot_errors(gold_spans - guessed_spans, guessed_spans - gold_spans)
    return num_errors, num_gold


def _scorable(gold: Sequence[FrameLike], predicted: Sequence[FrameLike]) -> list[tuple[FrameLike, FrameLike]]:
    pairs = scorable_frames(gold, predicted)
    if not pairs:
        raise DataError(f"none of the {len(gold)} utterances is annotated; frame scores need at least one")
    return pairs


def _is_right(right: FrameLike, guess: FrameLike) -> bool:
    if right.intent is not None and right.intent != guess.intent:
        return False
    return right.spans is None or set(right.spans) == set(guess.spans or ())


def _num_slot_errors(missed: set[Span], invented: set[Span]) -> int:
    """Count substitutions + deletions + insertions between missed gold slots and wrong predicted slots."""
    # Each aligned pair is one error instead of two, so the sum is the size of both sets minus the number of pairs.
    return len(missed) + len(invented) - _num_aligned(sorted(missed), sorted(invented))


def _num_aligned(missed: list[Span], invented: list[Span]) -> int:
    """Return the size of the largest one-to-one alignment of overlapping spans (augmenting paths, Kuhn 1955)."""
    partner: dict[int, int] = {}  # index into `invented` -> index into `missed`

    def align(i: int, tried: set[int]) -> bool:
        _, start, end = missed[i]
        for j, (_, left, right) in enumerate(invented):
            if left < end and right > start and j not in tried:
                tried.add(j)
                if j not in partner or align(partner[j], tried):
                    partner[j] = i
                    return True
        return False

    return sum(align(i, set()) for i in range(len(missed)))
