"""What a model answers to utterances with gold labels: one `Case` for each utterance. The runtime computes it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bilstm_nlu.runtime.nlu import Nlu
from bilstm_nlu.runtime.words import split_words

from ..data.encoding import fit_spans
from ..data.schema import SlotSpan, Utterance
from ..format_bilstm_nlu import MAX_BYTES
from ..metrics.compute import score_frames
from ..metrics.decisions import Decided, decision_scores
from ..metrics.frames import GoldFrame

__all__ = ["Answer", "Case", "cases_of", "scores_of"]

_AT_ONCE = 128  # texts


@dataclass(frozen=True)
class Answer:
    """What the network of a model says about a text.

    Args:
        intent: the best intent; it may be the fallback intent.
        best: the best intent that is not the fallback intent.
        spans: the slots, in characters.
        score: the probability that `best` is right and the text is meant for the skill.
        is_accepted: whether the model accepts the frame.
    """

    intent: str | None
    best: str | None
    spans: tuple[SlotSpan, ...]
    score: float
    is_accepted: bool


@dataclass(frozen=True)
class Case:
    """An utterance with its gold labels, and what a model answers.

    Args:
        text: the utterance.
        intent: the gold intent; `None` if it was not annotated.
        spans: the gold slots, at the edges of words; `None` if they were not annotated.
        group: the group of the utterance, such as its carrier phrase; its text, if it has none.
        answer: what the model answers.
        is_in_scope: whether the model has the gold intent, and it is not the fallback intent.
    """

    text: str
    intent: str | None
    spans: tuple[SlotSpan, ...] | None
    group: str
    answer: Answer
    is_in_scope: bool

    @property
    def has_right_intent(self) -> bool:
        """Whether the intent is right; true if it was not annotated."""
        return self.intent is None or self.intent == self.answer.intent

    @property
    def has_right_slots(self) -> bool:
        """Whether all slots are right; true if they were not annotated."""
        return self.spans is None or set(self.spans) == set(self.answer.spans)

    @property
    def is_right(self) -> bool:
        """Whether intent and slots are right, whatever the model decides about the frame."""
        return self.has_right_intent and self.has_right_slots

    @property
    def is_served_right(self) -> bool:
        """Whether a user gets the right result: a right frame that is accepted, or no frame for a foreign text."""
        if self.intent is not None and not self.is_in_scope:
            return not self.answer.is_accepted
        return self.is_right and self.answer.is_accepted


def cases_of(
    nlu: Nlu,
    utterances: Sequence[Utterance],
    *,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = lambda batches: batches,
) -> list[Case]:
    """Ask a model about utterances. As in `eval`, the network answers alone, without the skill's own sentences.

    Args:
        nlu: the model.
        utterances: the utterances.
        progress: gets an iterator of batches, and yields them, for a progress bar.

    Raises:
        NluError: the scores of the model are not finite.
    """
    in_scope = set(nlu.settings.intents) - {nlu.settings.fallback_intent}
    starts = range(0, len(utterances), _AT_ONCE)
    cases: list[Case] = []
    for start in progress(starts):
        batch = utterances[start : start + _AT_ONCE]
        cases += [_case(row, answer, in_scope) for row, answer in zip(batch, _answers(nlu, batch), strict=True)]
    return cases


def _answers(nlu: Nlu, utterances: Sequence[Utterance]) -> Iterator[Answer]:
    settings = nlu.settings
    texts = [row.text for row in utterances]
    options: dict[str, Any] = {"normalise": None, "exact": False, "hear_again": False, "batch_size": _AT_ONCE}
    for frame in nlu(texts, threshold=0.0, top_k=2, **options):
        ranked = [choice["intent"] for choice in frame["intents"]]
        spans = tuple(SlotSpan(slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"])
        yield Answer(
            intent=ranked[0] if ranked else None,
            best=next((name for name in ranked if name != settings.fallback_intent), None),
            spans=spans,
            score=frame["score"],
            is_accepted=frame["accepted"] and frame["score"] >= settings.threshold,
        )


def _case(row: Utterance, answer: Answer, in_scope: Collection[str]) -> Case:
    spans = None
    if row.spans is not None:
        words = split_words(row.text, MAX_BYTES).spans
        fitted, _, _ = fit_spans(words, [span._asdict() for span in row.spans])
        spans = tuple(SlotSpan(*span) for span in fitted)
    return Case(row.text, row.intent, spans, row.group or row.text, answer, row.intent in in_scope)


def scores_of(cases: Sequence[Case], *, decides: bool) -> dict[str, float]:
    """Return the scores of `eval` for cases.

    Args:
        cases: the cases of one model.
        decides: whether the model decides what it accepts.

    Raises:
        DataError: nothing is annotated.
    """
    gold = [GoldFrame(case.intent, case.spans) for case in cases]
    scores = score_frames(gold, [GoldFrame(case.answer.intent, case.answer.spans) for case in cases])
    if decides:
        in_scope = {case.intent for case in cases if case.is_in_scope and case.intent is not None}
        decided = [Decided(case.answer.best, case.answer.score, case.answer.is_accepted) for case in cases]
        scores |= decision_scores([case.intent for case in cases], decided, in_scope)
    return scores
