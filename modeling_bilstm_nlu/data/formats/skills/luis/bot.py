"""What both notations of LUIS hold, ``.lu`` text and JSON: marked utterances of intents, and closed lists.

LUIS finds the values of its list entities by itself, so a bot's utterances bear no marks of them: the lists become
catalogs, and with ``mark_lists`` their values are marked wherever they stand unmarked, as LUIS does. Its prebuilt
entities (dates, numbers, ...) have no marks either, and no values in the files.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, SlotSpan, Utterance
from ....text import normalise_spaces
from ..rasa.annotations import label_of

__all__ = ["LuisBot", "check_nesting", "flat_spans", "slot_label"]

_WORD = re.compile(r"\w+|[^\w\s]")
_MAX_WORDS = 10  # of a list value that is looked for in utterances


def check_nesting(nested: str) -> None:
    """Raise a ``DataError`` unless the option is ``innermost`` or ``outermost``."""
    if nested not in ("innermost", "outermost"):
        raise DataError(f"the option nested is {nested!r}; give nested=innermost or nested=outermost")


def slot_label(entity: str, role: str | None, *, roles: bool) -> str:
    """The slot type of a marked entity: with its role, as in Rasa bots, where it has one and roles are kept."""
    return label_of(entity, role if roles else None)


def flat_spans(marks: Iterable[SlotSpan], *, nested: str) -> tuple[tuple[SlotSpan, ...], int, int]:
    """Marks of which none overlaps another.

    Args:
        marks: of two with the same place the outer one comes first. The same mark twice counts once.
        nested: keep the ``innermost`` marks, or the ``outermost``.

    Returns:
        What is kept, in order; the number of marks left out because they hold others or stand in others; and the
        number left out because they cross the edge of another.
    """
    ordered = sorted(dict.fromkeys(marks), key=lambda mark: (mark.start, -mark.end))
    parents: set[SlotSpan] = set()
    inner: set[SlotSpan] = set()
    crossing: set[SlotSpan] = set()
    around: list[SlotSpan] = []
    for mark in ordered:
        while around and around[-1].end <= mark.start:
            around.pop()
        if around and around[-1].end < mark.end:
            crossing.add(mark)
            continue
        if around:
            parents.add(around[-1])
            inner.add(mark)
        around.append(mark)
    lost = parents if nested == "innermost" else inner
    return tuple(mark for mark in ordered if mark not in lost and mark not in crossing), len(lost), len(crossing)


@dataclass
class LuisBot:
    """A bot as its files say it, before marks are made flat.

    Args:
        utterances: (intent, text) -> marks, outer ones first. The lines of an intent with the same text are one
            utterance with the marks of all of them, as the developers' tool reads it.
        lists: list entity -> canonical value -> synonyms.
        list_of: another label -> the list entity that its values come from (a role, or a child of an entity).
        patterns: (place for messages, intent, pattern).
    """

    utterances: dict[tuple[str, str], list[SlotSpan]] = field(default_factory=dict)
    lists: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    list_of: dict[str, str] = field(default_factory=dict)
    patterns: list[tuple[str, str, str]] = field(default_factory=list)

    def add_utterance(self, intent: str, text: str, marks: Iterable[SlotSpan], notes: RawDomain) -> None:
        """Add an utterance, with single spaces.

        Raises:
            DataError: the text is blank, or a mark is broken.
        """
        marks = tuple(marks)
        Utterance(text, intent)
        for entity, start, end in marks:
            if not 0 <= start < end <= len(text) or text[start:end].isspace():
                raise DataError(
                    f"entity {entity!r} has no value at characters {start}-{end} of {text!r:.200}; correct its place"
                )
        text, marks = normalise_spaces(text, marks)
        notes.drop(DropReason.UTTERANCES_JOINED, (intent, text) in self.utterances)
        self.utterances.setdefault((intent, text), []).extend(marks)

    def add_value(self, entity: str, canonical: str, synonyms: Iterable[str] = ()) -> None:
        """Add a canonical value of a list entity, or more synonyms to one.

        Raises:
            DataError: the canonical value is blank.
        """
        canonical = " ".join(canonical.split())
        if not canonical:
            raise DataError(f"a value of the list {entity!r} is blank; write its canonical value")
        forms = self.lists.setdefault(entity, {}).setdefault(canonical, [])
        spaced = dict.fromkeys(" ".join(synonym.split()) for synonym in synonyms)
        forms += [form for form in spaced if form and form != canonical and form not in forms]

    def add_rows(self, raw: RawDomain, *, nested: str, mark_lists: bool) -> None:
        """Put the utterances into the train split of a domain, and count the marks that are left out.

        Args:
            raw: the domain.
            nested: keep the ``innermost`` marks, or the ``outermost``.
            mark_lists: mark the values of lists where they stand unmarked.
        """
        phrases = self._phrases() if mark_lists else {}
        for (intent, text), marks in self.utterances.items():
            spans, lost, crossing = flat_spans(marks, nested=nested)
            raw.drop(
                DropReason.MARKS_AROUND_OTHER_MARKS if nested == "innermost" else DropReason.MARKS_INSIDE_OTHER_MARKS,
                lost,
            )
            raw.drop(DropReason.CROSSING_MARKS, crossing)
            if phrases:
                spans = _with_list_values(text, spans, phrases)
            raw.add("train", Utterance(text, intent, spans))

    def add_catalogs(self, raw: RawDomain) -> None:
        """Put the lists into a domain: under the slot types that take their values, or else under their own name."""
        used = {span.slot_type for row in raw.splits.get("train", ()) for span in row.spans or ()}
        for name, values in self.lists.items():
            labels = [label for label in sorted(used) if name in (label, self.list_of.get(label))]
            for label in labels or [name]:
                known = {value: tuple(synonyms) for value, synonyms in values.items()}
                raw.catalogs[label] = SlotCatalog(label, known, type_name=None if label == name else name)

    def _phrases(self) -> dict[tuple[str, ...], str]:
        """The words of every list value -> the list; of two lists with one value the first counts."""
        phrases: dict[tuple[str, ...], str] = {}
        for name, values in self.lists.items():
            for canonical, synonyms in values.items():
                for form in (canonical, *synonyms):
                    words = tuple(_WORD.findall(form.casefold()))
                    if 0 < len(words) <= _MAX_WORDS:
                        phrases.setdefault(words, name)
        return phrases


def _with_list_values(
    text: str, spans: tuple[SlotSpan, ...], phrases: dict[tuple[str, ...], str]
) -> tuple[SlotSpan, ...]:
    """The spans, and the list values in the rest of the text, longest first from left to right."""
    places = [match.span() for match in _WORD.finditer(text)]
    words = [text[start:end].casefold() for start, end in places]
    is_marked = bytearray(len(text))
    for _, start, end in spans:
        is_marked[start:end] = b"\1" * (end - start)
    taken = [any(is_marked[start:end]) for start, end in places]
    found = list(spans)
    i = 0
    while i < len(words):
        for n in range(min(_MAX_WORDS, len(words) - i), 0, -1):
            name = phrases.get(tuple(words[i : i + n]))
            if name is not None and not any(taken[i : i + n]):
                found.append(SlotSpan(name, places[i][0], places[i + n - 1][1]))
                i += n - 1
                break
        i += 1
    return tuple(found)
