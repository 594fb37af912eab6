"""Read records, the objects of JSON Lines and the rows of Parquet and datasets repositories, as utterances.

``column_names`` says which key has which content. A record may have other keys: they are counted and named.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bilstm_nlu.errors import DataError

from ..drop_reasons import DropReason
from ..raw_domains import RawDomain
from ..schema import Utterance
from ..split_names import split_of_label
from .annotations import are_annotated, num_broken_annotations, parse_annotations
from .column_names import KINDS, count_unread, kinds_of, no_labels, plain_name, usual_columns
from .span_values import has_spans, spans_of_value

__all__ = ["Record", "add_records", "has_text"]

#: The place for messages, the split of the file, and the record.
Record = tuple[str, str, object]


def has_text(record: object) -> bool:
    """Say whether a value is a record with a text under a usual name."""
    return isinstance(record, Mapping) and not {"text", "marked_text"}.isdisjoint(kinds_of(list(map(str, record))))


def add_records(
    raw: RawDomain,
    source: object,
    records: Sequence[Record],
    *,
    names: Mapping[str, str | None],
    marks: bool | None,
    on_error: str,
) -> None:
    """Add the utterances of records to a domain, and count the keys that are not read.

    A record is an object with a text; optionally an intent, a group, a domain and a split, each a name or null; and
    the slots, see ``spans_of_value``. Without slots, or with null, the slots were not annotated; an empty list means
    that there are no slots. An intent may be a list of one name. Instead of a text and slots, the record may have a
    text with annotations, ``[value](slot)``, under ``marked_text`` or ``annotated``.

    Args:
        raw: what to add to.
        source: the file, folder or repository, for messages.
        records: all of the source.
        names: kind of column -> the name that an option gives, an empty name for no such column, or ``None`` to look
            for a usual name.
        marks: whether texts have annotations; with ``None``, whether any text does of a record without keys of slots
            and of annotated texts, and if no record has an annotated text.
        on_error: see ``RawDomain.record``.

    Raises:
        DataError: a record is broken; or no record has a label that can be read, but there are columns that are not
            read.
    """
    keys = _Keys(names, _keys_with_spans(records))
    found: list[tuple[str, str, _Parts]] = []
    for place, split, record in records:
        with raw.record(place, on_error):
            found.append((place, split, keys.parts(record)))
    is_plain = any(parts.is_annotated for _, _, parts in found)

    def may_have_marks(parts: _Parts) -> bool:
        return parts.is_silent and not is_plain if marks is None else marks

    is_annotated = are_annotated((parts.text for _, _, parts in found if may_have_marks(parts)), marks)
    for place, split, parts in found:
        with raw.record(place, on_error):
            raw.add(parts.split or split, parts.utterance(marks=is_annotated and may_have_marks(parts)))
            if may_have_marks(parts):
                raw.drop(DropReason.BRACKETS_THAT_ARE_NO_MARKS, num_broken_annotations(parts.text))
    keys.check_names(source)
    keys.tell_unread(raw, source, is_labelled=is_annotated)


def _keys_with_spans(records: Iterable[Record]) -> set[str]:
    """The keys that have the usual name of an intent, and a list of spans in at least one record."""
    found: set[str] = set()
    for _, _, record in records:
        if isinstance(record, Mapping):
            found.update(key for key, value in record.items() if has_spans(value))
    return {key for key in found if "intent" in kinds_of([key])}


@dataclass(frozen=True)
class _Parts:
    """The parts of a record.

    Args:
        text: with or without annotations.
        is_annotated: whether the text is under a name of annotated texts.
        key: the name of the text, for messages.
        plain: the text without annotations, where the record has that too.
        is_silent: whether the record has neither an annotated text nor a key of slots.
        spans: the value of the slots; ``None`` if they were not annotated.
    """

    text: str
    is_annotated: bool
    key: str
    plain: str | None
    is_silent: bool
    spans: object
    intent: str | None
    group: str | None
    domain: str | None
    split: str | None

    def utterance(self, *, marks: bool) -> Utterance:
        """The utterance; ``marks`` says that the text has annotations although its name does not say so."""
        text, spans = self.text, None
        if marks or self.is_annotated:
            if self.spans is not None:
                raise DataError(f"there are slots as annotations under {self.key!r} and as spans; keep one of the two")
            text, spans = parse_annotations(text)
            if self.plain is not None and self.plain != text:
                raise DataError(
                    f"{self.key!r} without its annotations is {text!r}, but 'text' is {self.plain!r}; make them agree"
                )
        elif self.spans is not None:
            spans = spans_of_value(self.spans, text)
        return Utterance(text, self.intent, spans, self.group, self.domain)


@dataclass
class _Keys:
    """Which key of a record has which content, and how many values are under keys that are not read.

    Args:
        names: see ``add_records``.
        with_spans: keys that have the name of an intent and contain spans.
    """

    names: Mapping[str, str | None]
    with_spans: set[str]
    unread: Counter[str] = field(default_factory=Counter)
    num_labels: int = 0
    known: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def parts(self, record: object) -> _Parts:
        """Find the parts of a record.

        Raises:
            DataError: the record is not an object, a value is missing or of the wrong kind, or several keys may be the
                one that is looked for.
        """
        if not isinstance(record, Mapping):
            raise DataError(f"expected a JSON object, found {type(record).__name__}")
        keys = self._of(tuple(record))
        listed = ", ".join(map(str, record)) or "none"
        marked = keys.get("marked_text")
        is_annotated = marked is not None and isinstance(record[marked], str)
        key = marked if marked is not None and is_annotated else keys.get("text", self.names.get("text") or "text")
        text = record.get(key)
        if not isinstance(text, str):
            raise DataError(
                f"there is no text under {key!r}; the keys are: {listed}; name one with the option text_column=NAME"
            )
        values = {kind: record[name] for kind, name in keys.items() if kind not in ("text", "marked_text")}

        def label(kind: str) -> str | None:
            return _label(values.get(kind), kind, keys.get(kind))

        plain = record.get(keys["text"]) if is_annotated and "text" in keys else None
        parts = _Parts(
            text,
            is_annotated,
            key,
            plain if isinstance(plain, str) else None,
            not is_annotated and "spans" not in keys,
            values.get("spans"),
            label("intent"),
            label("group"),
            label("domain"),
            split_of_label(label("split")),
        )
        read = {key, *keys.values()}
        self.unread.update(str(name) for name, value in record.items() if name not in read and value is not None)
        self.num_labels += is_annotated or "intent" in keys or "spans" in keys
        return parts

    def _of(self, names: tuple[str, ...]) -> dict[str, str]:
        """Kind -> key, for a record with these keys."""
        if names in self.known:
            return self.known[names]
        plain = [str(name).strip().casefold() for name in names]
        named: dict[str, int | None] = {}
        for kind in KINDS:
            if (name := self.names.get(kind)) is not None:
                wanted = name.strip().casefold()
                named[kind] = names.index(name) if name in names else plain.index(wanted) if wanted in plain else None
        if self.names.get("text") is not None:
            named["marked_text"] = None
        spans = {place for place, name in enumerate(names) if name in self.with_spans}
        places = usual_columns(list(map(str, names)), named=named, with_spans=spans)
        places |= {kind: place for kind, place in named.items() if place is not None}
        self.known[names] = {kind: names[place] for kind, place in places.items()}
        return self.known[names]

    def check_names(self, source: object) -> None:
        """Check that the columns that options name are there.

        Raises:
            DataError: no record has a key that an option names.
        """
        found = {kind for keys in self.known.values() for kind in keys}
        for kind, name in self.names.items():
            if name and self.known and kind not in found:
                listed = ", ".join(dict.fromkeys(repr(key) for keys in self.known for key in keys))
                raise DataError(f"{source}: there is no column {name!r}; the columns are: {listed:.1000}")

    def tell_unread(self, raw: RawDomain, source: object, *, is_labelled: bool) -> None:
        """Count the values that were not read, by key.

        Raises:
            DataError: there are such values, and no record has a label.
        """
        switched_off = {kind for kind, name in self.names.items() if name == ""}
        unread = {name: count for name, count in self.unread.items() if not switched_off & kinds_of([name])}
        if unread and raw.splits and not (self.num_labels or is_labelled or switched_off & {"intent", "spans"}):
            raise no_labels(source, list(unread))
        count_unread(raw, source, unread)


def _label(value: Any, kind: str, key: str | None) -> str | None:
    """Read a name that may be missing.

    Raises:
        DataError: the value is not a name.
    """
    if kind == "intent" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        if len(value) > 1:
            raise DataError(f"{key} has {len(value)} names, {value!r:.200}; an utterance has one intent: keep one")
        value = value[0] if value else None
    if not isinstance(value, str | None) or value == "":
        what = kind if key is None or plain_name(key) == kind else f"{kind} {key!r}"
        raise DataError(
            f"the {what} is {value!r:.200}; write a name, or null if there is no {kind}, or name another column with "
            f"the option {kind}_column=NAME"
        )
    return value
