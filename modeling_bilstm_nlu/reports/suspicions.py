"""Find annotated utterances that are likely to be mislabelled, or that contradict each other, with the reason."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..data.checks.labels import carrier_key
from ..data.checks.rows import near_key
from ..data.checks.slots import bare_values, marked_values
from ..data.schema import SlotSpan, Utterance
from ..data.text import text_key
from .answers import Case

__all__ = ["KINDS", "Suspicion", "suspicions_of"]

#: Kind -> what is suspected, and what to do. The order is that of the report.
KINDS = {
    "same text": ("the same text has two intents", "decide which intent is right, and correct the other"),
    "same carrier phrase": (
        "the same words around the slots have two intents",
        "decide which intent is right, or join the two intents",
    ),
    "other intent": (
        "the model is sure of another intent",
        "correct the intent if it is wrong; else write more such utterances",
    ),
    "near duplicate": (
        "nearly the same text has another intent, and the model confuses the two",
        "correct one of the two, or write more utterances that show the difference",
    ),
    "missing slot": (
        "a value that is a slot in other utterances of the intent is not annotated here, and the model finds it",
        "annotate the value here, too",
    ),
    "doubtful slot": (
        "a value is annotated here, but not in other utterances of the intent, and the model does not find it",
        "remove the annotation, or annotate the value everywhere",
    ),
}
#: The model is sure of an intent from this score on.
_SURE = 0.9
#: Longer texts are not compared word by word.
_MOST_WORDS = 20


@dataclass(frozen=True)
class Suspicion:
    """An utterance that is likely to be wrong.

    Args:
        kind: one of `KINDS`.
        text: the utterance.
        spans: its gold slots.
        intent: its gold intent.
        reason: why it is suspected, in a few words.
        other: the utterance that it contradicts, if there is one.
        times: number of such utterances in the same group.
    """

    kind: str
    text: str
    spans: tuple[SlotSpan, ...]
    intent: str | None
    reason: str
    other: str | None = None
    times: int = 1


def suspicions_of(cases: Sequence[Case], utterances: Sequence[Utterance]) -> list[Suspicion]:
    """Find utterances that are likely to be wrong. Of each group, only the first one is returned, with their number.

    Args:
        cases: what the network of a model, which was trained on them or on similar ones, answers to the utterances.
        utterances: the utterances, in the same order.
    """
    pairs = list(zip(cases, utterances, strict=True))
    found = [
        *_contradictions(pairs, "same text", lambda row: text_key(row.text)),
        *_contradictions(pairs, "same carrier phrase", _carrier),
        *_other_intents(pairs),
        *_near_duplicates(pairs),
        *_slots(pairs),
    ]
    first: dict[tuple[str, str], int] = {}
    kept: list[Suspicion] = []
    for group, one in found:
        key = (one.kind, group)
        if key not in first:
            first[key] = len(kept)
            kept.append(one)
        else:
            place = first[key]
            kept[place] = _again(kept[place])
    return kept


_Pair = tuple[Case, Utterance]
_Found = Iterator[tuple[str, Suspicion]]


def _again(one: Suspicion) -> Suspicion:
    return Suspicion(one.kind, one.text, one.spans, one.intent, one.reason, one.other, one.times + 1)


def _suspect(kind: str, case: Case, reason: str, other: str | None = None) -> tuple[str, Suspicion]:
    return case.group, Suspicion(kind, case.text, case.spans or (), case.intent, reason, other)


def _carrier(row: Utterance) -> str | None:
    """The words around the slots; `None` for an utterance without slots or without such words."""
    key = carrier_key(row) if row.spans else ""
    return key if key.replace("{}", "").strip() else None


def _contradictions(pairs: Sequence[_Pair], kind: str, key_of: Callable[[Utterance], str | None]) -> _Found:
    """Yield utterances that have the same key as another one, but a rarer intent."""
    members: dict[str, list[_Pair]] = defaultdict(list)
    for case, row in pairs:
        if row.intent is not None and (key := key_of(row)) is not None:
            members[key].append((case, row))
    for same in members.values():
        counts = Counter(row.intent for _, row in same)
        if len(counts) < 2:
            continue
        (common, most), *_ = counts.most_common()
        other = next(row.text for _, row in same if row.intent == common)
        for intent, count in counts.items():
            if intent != common:
                case = next(case for case, row in same if row.intent == intent)
                reason = f"{intent} here ({_times(count)}), {common} elsewhere ({_times(most)})"
                yield _suspect(kind, case, reason, other)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _other_intents(pairs: Iterable[_Pair]) -> _Found:
    sure = [
        case
        for case, _ in pairs
        if case.is_in_scope and not case.has_right_intent and case.answer.is_accepted and case.answer.score >= _SURE
    ]
    for case in sorted(sure, key=lambda case: -case.answer.score):
        yield _suspect(
            "other intent", case, f"annotated as {case.intent}; the model says {case.answer.intent}, {_percent(case)}"
        )


def _percent(case: Case) -> str:
    return f"score {case.answer.score:.2f}"


def _near_duplicates(pairs: Sequence[_Pair]) -> _Found:
    """Yield utterances that differ in one word, in punctuation or in digits from one of the intent that they get."""
    by_key: dict[str, list[Utterance]] = defaultdict(list)
    for _, row in pairs:
        if row.intent is not None:
            for key in _near_keys(row.text):
                by_key[key].append(row)
    for case, row in pairs:
        if row.intent is None or case.has_right_intent or not case.is_in_scope:
            continue
        twins = (twin for key in _near_keys(row.text) for twin in by_key[key])
        twin = next((one for one in twins if one.intent == case.answer.intent), None)
        if twin is not None and text_key(twin.text) != text_key(row.text):
            yield _suspect("near duplicate", case, f"{row.intent} here, {twin.intent} there", twin.text)


def _near_keys(text: str) -> Iterator[str]:
    """Yield the keys that a text shares with nearly the same texts: without punctuation, and without each word."""
    yield near_key(text)
    words = text_key(text).split()
    if 3 <= len(words) <= _MOST_WORDS:
        yield from (" ".join([*words[:place], "*", *words[place + 1 :]]) for place in range(len(words)))


def _slots(pairs: Sequence[_Pair]) -> _Found:
    """Yield utterances with a value that other utterances of their intent annotate, or do not annotate."""
    by_intent: dict[str | None, list[_Pair]] = defaultdict(list)
    for case, row in pairs:
        if row.spans is not None:
            by_intent[row.intent].append((case, row))
    for same in by_intent.values():
        uses = marked_values([row for _, row in same])
        plain = bare_values([row for _, row in same], uses)
        for (case, row), values in zip(same, plain, strict=True):
            yield from _missing(case, row, values, uses) or _doubtful(case, uses)


def _missing(case: Case, row: Utterance, values: set[tuple[str, ...]], uses: dict) -> list[tuple[str, Suspicion]]:
    """The first value that is not annotated, although others annotate it and the model finds it."""
    gold = {(span.start, span.end) for span in case.spans or ()}
    for span in case.answer.spans:
        value = tuple(text_key(row.text[span.start : span.end]).split())
        is_new = all(end <= span.start or start >= span.end for start, end in gold)
        if is_new and value in values and (count := uses[value].marked[span.slot_type]) >= 2:
            where = f"{_utterances(count)} of this intent"
            return [
                _suspect("missing slot", case, f"{' '.join(value)!r} is a {span.slot_type} in {where}, but not here")
            ]
    return []


def _doubtful(case: Case, uses: dict) -> list[tuple[str, Suspicion]]:
    """The first value that is annotated, although most others do not annotate it and the model does not find it."""
    for span in case.spans or ():
        value = tuple(text_key(case.text[span.start : span.end]).split())
        if value not in uses or span in case.answer.spans:
            continue
        marked, bare = uses[value].marked.total(), uses[value].bare
        if bare >= 2 and marked <= bare / 2:
            where = f"{_utterances(bare)} of this intent"
            reason = f"{' '.join(value)!r} is a {span.slot_type} here, but plain text in {where}"
            return [_suspect("doubtful slot", case, reason, uses[value].example)]
    return []


def _utterances(number: int) -> str:
    return f"{number:,} utterance{'s' * (number != 1)}"
