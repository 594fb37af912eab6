"""What a model gets wrong: confused intents, slots, frames that are wrongly accepted and rejected, calibration."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..data.schema import SlotSpan
from ..metrics.slots import slot_scores_per_type
from .answers import Case

__all__ = ["Bin", "Confusion", "SlotTypeErrors", "calibration_bins", "confusions", "slot_errors", "wrong_decisions"]

_BINS = 10


@dataclass(frozen=True)
class Confusion:
    """Utterances of one intent for which the model gives another.

    Args:
        gold: the intent that is right.
        predicted: the intent that the model gives; `None` if it gives none.
        total: number of utterances of the right intent.
        cases: the utterances, the most confident answer first.
        is_known: whether the model has the right intent.
    """

    gold: str
    predicted: str | None
    total: int
    cases: tuple[Case, ...]
    is_known: bool


@dataclass(frozen=True)
class SlotTypeErrors:
    """The errors of a slot type.

    Args:
        slot_type: the slot type.
        precision: share of the found slots that are right.
        recall: share of the gold slots that are found.
        f1: their harmonic mean.
        num_gold: number of gold slots.
        kinds: kind of error -> how often: `wrong edges`, `read as NAME`, `missed`, `invented`.
        cases: the utterances with such errors.
    """

    slot_type: str
    precision: float
    recall: float
    f1: float
    num_gold: int
    kinds: Counter[str] = field(default_factory=Counter)
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True)
class Bin:
    """Answers with similar scores.

    Args:
        score: their mean score.
        share: share of them that are right.
        count: number of answers.
    """

    score: float
    share: float
    count: int


def confusions(cases: Sequence[Case]) -> list[Confusion]:
    """Return the pairs of intents that the model confuses, the most frequent first."""
    totals = Counter(case.intent for case in cases if case.intent is not None)
    found: dict[tuple[str, str | None], list[Case]] = defaultdict(list)
    for case in cases:
        if case.intent is not None and not case.has_right_intent:
            found[case.intent, case.answer.intent].append(case)
    pairs = [
        Confusion(gold, predicted, totals[gold], _spread(wrong), any(case.is_in_scope for case in wrong))
        for (gold, predicted), wrong in found.items()
    ]
    return sorted(pairs, key=lambda one: (-len(one.cases), one.gold, one.predicted or ""))


def _spread(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The cases, the most confident first, but one of each group before the second of any."""
    seen: Counter[str] = Counter()
    ranked = []
    for case in sorted(cases, key=lambda case: -case.answer.score):
        ranked.append((seen[case.group], case))
        seen[case.group] += 1
    return tuple(case for _, case in sorted(ranked, key=lambda pair: pair[0]))


def slot_errors(cases: Sequence[Case]) -> list[SlotTypeErrors]:
    """Return the slot types with errors, those with the most errors first."""
    annotated = [case for case in cases if case.spans is not None]
    if not annotated:
        return []
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: dict[str, list[Case]] = defaultdict(list)
    for case in annotated:
        gold, guessed = set(case.spans or ()), set(case.answer.spans)
        for span in gold - guessed:
            kinds[span.slot_type][_kind(span, guessed - gold)] += 1
            wrong[span.slot_type].append(case)
        for span in guessed - gold:
            if _overlapping(span, gold - guessed) is None:
                kinds[span.slot_type]["invented"] += 1
                wrong[span.slot_type].append(case)
    scores = slot_scores_per_type([case.spans for case in annotated], [case.answer.spans for case in annotated])
    found = [
        SlotTypeErrors(
            name,
            *scores[name][:4],
            kinds=kinds[name],
            cases=_spread(list({id(case): case for case in wrong[name]}.values())),
        )
        for name in kinds
    ]
    return sorted(found, key=lambda one: (-one.kinds.total(), one.slot_type))


def _kind(span: SlotSpan, guessed: set[SlotSpan]) -> str:
    other = _overlapping(span, guessed)
    if other is None:
        return "missed"
    return "wrong edges" if other.slot_type == span.slot_type else f"read as {other.slot_type}"


def _overlapping(span: SlotSpan, others: set[SlotSpan]) -> SlotSpan | None:
    """A span that shares a character; one of the same type if there is one."""
    found = [one for one in sorted(others) if one.start < span.end and one.end > span.start]
    return next((one for one in found if one.slot_type == span.slot_type), found[0] if found else None)


def wrong_decisions(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Return the wrongly accepted frames, first those that no intent is right for, and the wrongly rejected frames."""
    known = [case for case in cases if case.intent is not None]
    accepted = [case for case in known if case.answer.is_accepted and not _is_best(case)]
    rejected = [case for case in known if not case.answer.is_accepted and _is_best(case)]
    foreign = [case for case in accepted if not case.is_in_scope]
    return [*_spread(foreign), *_spread([case for case in accepted if case.is_in_scope])], list(_spread(rejected))


def _is_best(case: Case) -> bool:
    """Whether the best intent that is not the fallback intent is right."""
    return case.is_in_scope and case.intent == case.answer.best


def calibration_bins(cases: Sequence[Case]) -> list[Bin]:
    """Return the share of right intents for answers with similar scores, in bins of equal counts."""
    pairs = sorted((case.answer.score, _is_best(case)) for case in cases if case.intent is not None)
    number = min(_BINS, len(pairs))
    edges = [len(pairs) * place // number for place in range(number + 1)] if number else []
    found = []
    for start, end in zip(edges, edges[1:], strict=False):
        part = pairs[start:end]
        found.append(
            Bin(sum(score for score, _ in part) / len(part), sum(right for _, right in part) / len(part), len(part))
        )
    return found
