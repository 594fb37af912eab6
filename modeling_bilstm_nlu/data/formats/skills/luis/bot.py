"""Collect the content of a LUIS bot, from ``.lu`` text or JSON: annotated utterances of intents, and closed lists.

LUIS finds the values of its list entities by itself, so the utterances of a bot do not annotate them. The lists
become catalogs. With ``mark_lists``, their values also become slots wherever they are not annotated, as in LUIS.
Prebuilt entities of LUIS (dates, numbers, ...) have no annotations and no values in the files.
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
_MAX_WORDS = 10  # longer list values are not searched in utterances


def check_nesting(nested: str) -> None:
    """Raise a ``DataError`` unless the option is ``innermost`` or ``outermost``."""
    if nested not in ("innermost", "outermost"):
        raise DataError(f"unknown value {nested!r} of the option nested; give nested=innermost or nested=outermost")


def slot_label(entity: str, role: str | None, *, roles: bool) -> str:
    """Find the slot type of an annotated entity: ``entity#role`` if it has a role and roles are kept."""
    return label_of(entity, role if roles else None)


def flat_spans(annotations: Iterable[SlotSpan], *, nested: str) -> tuple[tuple[SlotSpan, ...], int, int]:
    """Choose annotations that do not overlap.

    Args:
        annotations: the spans of annotations. If two have the same place, the outer one comes first. Repeated ones
            count once.
        nested: keep the ``innermost`` annotations, or the ``outermost``.

    Returns:
        The annotations that are kept, in order; the number of annotations that are left out because they contain
        others or are inside others; and the number that are left out because they cross the edge of another.
    """
    ordered = sorted(dict.fromkeys(annotations), key=lambda annotation: (annotation.start, -annotation.end))
    parents: set[SlotSpan] = set()
    inner: set[SlotSpan] = set()
    crossing: set[SlotSpan] = set()
    around: list[SlotSpan] = []
    for annotation in ordered:
        while around and around[-1].end <= annotation.start:
            around.pop()
        if around and around[-1].end < annotation.end:
            crossing.add(annotation)
            continue
        if around:
            parents.add(around[-1])
            inner.add(annotation)
        around.append(annotation)
    lost = parents if nested == "innermost" else inner
    return (
        tuple(annotation for annotation in ordered if annotation not in lost and annotation not in crossing),
        len(lost),
        len(crossing),
    )


@dataclass
class LuisBot:
    """The content of a bot's files, in which annotations may still overlap.

    Args:
        utterances: (intent, text) -> annotations, outer ones first. If an intent has several lines with the same text,
            they are one utterance with all their annotations, as in the tool for developers.
        lists: list entity -> canonical value -> synonyms.
        list_of: another label (a role, or a child of an entity) -> the list entity that its values come from.
        patterns: (place for messages, intent, pattern).
    """

    utterances: dict[tuple[str, str], list[SlotSpan]] = field(default_factory=dict)
    lists: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    list_of: dict[str, str] = field(default_factory=dict)
    patterns: list[tuple[str, str, str]] = field(default_factory=list)

    def add_utterance(self, intent: str, text: str, annotations: Iterable[SlotSpan], notes: RawDomain) -> None:
        """Add an utterance, with single spaces.

        Raises:
            DataError: the text is blank, or an annotation is empty or outside the text.
        """
        annotations = tuple(annotations)
        Utterance(text, intent)
        for entity, start, end in annotations:
            if not 0 <= start < end <= len(text) or text[start:end].isspace():
                raise DataError(
                    f"entity {entity!r} has no value at characters {start}-{end} of {text!r:.200}; correct its place"
                )
        text, annotations = normalise_spaces(text, annotations)
        notes.drop(DropReason.UTTERANCES_JOINED, (intent, text) in self.utterances)
        self.utterances.setdefault((intent, text), []).extend(annotations)

    def add_value(self, entity: str, canonical: str, synonyms: Iterable[str] = ()) -> None:
        """Add a canonical value to a list entity, or synonyms to a canonical value.

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
        """Put the utterances into the train split of a domain, and count the annotations that are left out.

        Args:
            raw: the domain.
            nested: keep the ``innermost`` annotations, or the ``outermost``.
            mark_lists: whether list values in the rest of the text also become slots.
        """
        phrases = self._phrases() if mark_lists else {}
        for (intent, text), annotations in self.utterances.items():
            spans, lost, crossing = flat_spans(annotations, nested=nested)
            raw.drop(
                DropReason.MARKS_AROUND_OTHER_MARKS if nested == "innermost" else DropReason.MARKS_INSIDE_OTHER_MARKS,
                lost,
            )
            raw.drop(DropReason.CROSSING_MARKS, crossing)
            if phrases:
                spans = _with_list_values(text, spans, phrases)
            raw.add("train", Utterance(text, intent, spans))

    def add_catalogs(self, raw: RawDomain) -> None:
        """Add the lists to a domain as catalogs of the slot types that use them, or else under their own names."""
        used = {span.slot_type for row in raw.splits.get("train", ()) for span in row.spans or ()}
        for name, values in self.lists.items():
            labels = [label for label in sorted(used) if name in (label, self.list_of.get(label))]
            for label in labels or [name]:
                known = {value: tuple(synonyms) for value, synonyms in values.items()}
                raw.catalogs[label] = SlotCatalog(label, known, type_name=None if label == name else name)

    def _phrases(self) -> dict[tuple[str, ...], str]:
        """The words of every list value -> the list; if two lists have the same value, the first list is used."""
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
    """Add list values in the rest of the text to the spans, from left to right, the longest value first."""
    places = [match.span() for match in _WORD.finditer(text)]
    words = [text[start:end].casefold() for start, end in places]
    is_annotated = bytearray(len(text))
    for _, start, end in spans:
        is_annotated[start:end] = b"\1" * (end - start)
    taken = [any(is_annotated[start:end]) for start, end in places]
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
