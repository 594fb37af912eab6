"""Read JSON Lines with spans: ``{"text": "...", "intent": "...", "spans": [{"slot_type", "start", "end"}]}``.

This is the package's own format: ``load_domain`` reads back unchanged what ``write_jsonl`` writes. Annotations in the
text are read too: ``{"text": "play [jazz](genre)", "intent": "play"}``, or ``marked_text`` in place of ``text``.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import first_line, has_suffix, parse_json, read_lines, stem, write_text

from ...drop_reasons import DropReason
from ...raw_domains import RawDomain
from ...schema import SlotSpan, Utterance
from ...split_names import split_files
from ..annotations import are_annotated, num_broken_annotations, parse_annotations
from ..catalogs_file import read_catalogs

__all__ = ["read_jsonl", "sniff", "spans_of_list", "utterance_of_record", "write_jsonl"]

_ANNOTATED_KEYS = ("marked_text", "annotated")
_SPANS_KEYS = ("spans", "slots", "entities")
_TYPE_KEYS = ("slot_type", "slot", "entity", "label")


def utterance_of_record(record: object, *, marks: bool = False) -> Utterance:
    """Read the utterance of a JSON object.

    Args:
        record: an object with ``text``; optionally ``intent``, ``group`` and ``domain``; and a list of spans under
            ``spans``, ``slots`` or ``entities``. Each span has ``start`` and ``end`` (characters, end exclusive) and
            its type under ``slot_type``, ``slot``, ``entity`` or ``label``. Without a key of spans, or with null, the
            slots were not annotated; an empty list means that there are no slots. Instead of a text and spans, the
            record may have a text with annotations, ``[value](slot)``, under ``marked_text`` or ``annotated``.
        marks: whether ``text`` has annotations.

    Raises:
        DataError: a value is missing or of the wrong kind.
    """
    if not isinstance(record, Mapping):
        raise DataError(f"expected a JSON object, found {type(record).__name__}")
    key = "text" if marks else next((key for key in _ANNOTATED_KEYS if isinstance(record.get(key), str)), "text")
    if not isinstance(record.get(key), str):
        raise DataError(f"there is no text under {key!r}; the keys are: {', '.join(map(str, record)) or 'none'}")
    for name in ("intent", "group", "domain"):
        if not isinstance(record.get(name), str | None) or record.get(name) == "":
            raise DataError(f"{name} is {record[name]!r}; write a name, or null if there is no {name}")
    text = record[key]
    listed = next((record[name] for name in _SPANS_KEYS if record.get(name) is not None), None)
    spans = None if listed is None else spans_of_list(listed)
    if marks or key != "text":
        if spans is not None:
            raise DataError(f"there are slots as annotations under {key!r} and as spans; keep one of the two")
        text, spans = parse_annotations(text)
        if isinstance(record.get("text"), str) and key != "text" and record["text"] != text:
            raise DataError(
                f"{key!r} without its annotations is {text!r}, but 'text' is {record['text']!r}; make them agree"
            )
    return Utterance(text, record.get("intent"), spans, record.get("group"), record.get("domain"))


def spans_of_list(listed: object) -> tuple[SlotSpan, ...]:
    """Read the spans of a JSON list; see ``utterance_of_record``.

    Raises:
        DataError: the value is not a list, or an item is not a span.
    """
    if not isinstance(listed, list):
        raise DataError(f"the spans are {type(listed).__name__}; write a list of objects")
    return tuple(map(_span, listed))


def _span(item: object) -> SlotSpan:
    if not isinstance(item, Mapping):
        raise DataError(f"span {item!r} is not a JSON object; write an object")
    slot_type = next((item[key] for key in _TYPE_KEYS if key in item), None)
    start, end = item.get("start"), item.get("end")
    if not (isinstance(slot_type, str) and type(start) is int and type(end) is int):
        raise DataError(
            f"span {dict(item)!r} needs a name under 'slot_type' and whole numbers under 'start' and 'end'"
        )
    return SlotSpan(slot_type, start, end)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(map(sniff, split_files(path, (".jsonl",)).values()))
    if not has_suffix(path, (".jsonl",)):
        return False
    first = first_line(path)
    return not first or any(f'"{key}"' in first for key in ("text", *_ANNOTATED_KEYS))


def read_jsonl(path: Path, *, marks: bool | None = None, on_error: str = "raise") -> RawDomain:
    """Read JSON Lines; ``utterance_of_record`` says what a line contains.

    Args:
        path: a file (all train), or a folder with ``train.jsonl`` and optionally ``validation.jsonl`` (or ``dev``,
            ``valid``), ``test.jsonl`` and ``catalogs.json``.
        marks: whether ``text`` has annotations, ``play [jazz](genre)``. Annotations under ``marked_text`` or
            ``annotated`` are always read. With ``None``, the reader looks at the records that have neither those keys
            nor a key of spans: if any of these texts has an annotation, the slots of all of them count as annotated.
            But if any record has ``marked_text`` or ``annotated``, the text of the other records is plain.
        on_error: ``raise``, or ``drop`` to leave out broken lines.

    Raises:
        DataError: a line is broken, or a folder has no such files.
    """
    files = split_files(path, (".jsonl",)) if path.is_dir() else {"train": path}
    if not files:
        raise DataError(f"{path}: there is no file train.jsonl; add it")
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path), catalogs=read_catalogs(path))
    records: list[tuple[str, str, object]] = []  # (place for messages, split, record)
    for split, file in files.items():
        for number, line in enumerate(read_lines(file), start=1):
            if line.strip():
                with raw.record(place := f"{file}, line {number}", on_error):
                    records.append((place, split, parse_json(line, "the record")))
    is_plain = marks is None and any(_has_annotated_key(record) for _, _, record in records)

    def may_have_annotations(record: object) -> TypeGuard[Mapping[str, Any]]:
        return not is_plain and _is_silent(record) if marks is None else marks

    is_annotated = are_annotated((record["text"] for _, _, record in records if may_have_annotations(record)), marks)
    for place, split, record in records:
        with raw.record(place, on_error):
            raw.add(split, utterance_of_record(record, marks=is_annotated and may_have_annotations(record)))
            if may_have_annotations(record):
                raw.drop(DropReason.BRACKETS_THAT_ARE_NO_MARKS, num_broken_annotations(record["text"]))
    return raw


def _has_annotated_key(record: object) -> bool:
    return isinstance(record, Mapping) and any(isinstance(record.get(key), str) for key in _ANNOTATED_KEYS)


def _is_silent(record: object) -> bool:
    """Say whether a record has a text and no key of spans."""
    return isinstance(record, Mapping) and isinstance(record.get("text"), str) and not set(_SPANS_KEYS) & set(record)


def write_jsonl(path: str | Path, utterances: Iterable[Utterance]) -> None:
    """Write utterances as JSON Lines, completely or not at all."""
    rows: Iterable[dict[str, Any]] = (utterance.as_row() for utterance in utterances)
    write_text(Path(path), "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
