"""Read JSON Lines with spans: ``{"text": "...", "intent": "...", "spans": [{"slot_type", "start", "end"}]}``.

This is the package's own format: ``load_domain`` reads back unchanged what ``write_jsonl`` writes. Keys may have other
usual names. Texts may have annotations: ``{"text": "play [jazz](genre)", "intent": "play"}``, or ``marked_text`` in
place of ``text``.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import first_line, has_suffix, parse_json, read_lines, stem, write_text

from ...raw_domains import RawDomain
from ...schema import Utterance
from ...split_names import split_files
from ..catalogs_file import read_catalogs
from ..records import Record, add_records, has_text

__all__ = ["read_jsonl", "sniff", "write_jsonl"]


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(map(sniff, split_files(path, (".jsonl",)).values()))
    if not has_suffix(path, (".jsonl",)):
        return False
    first = first_line(path)
    try:
        return not first or has_text(parse_json(first, "the first line"))
    except DataError:
        return any(f'"{key}"' in first for key in ("text", "marked_text", "annotated"))


def read_jsonl(
    path: Path,
    *,
    text_column: str | None = None,
    intent_column: str | None = None,
    spans_column: str | None = None,
    split_column: str | None = None,
    domain_column: str | None = None,
    group_column: str | None = None,
    marks: bool | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read JSON Lines; ``add_records`` says what a line contains.

    Give a key by its name (upper and lower case are equal). ``None`` looks for a usual name. An empty name means that
    there is no such key. Usual names are those of ``read_table``.

    Args:
        path: a file (all train, unless a key names the split), or a folder with ``train.jsonl`` and optionally
            ``validation.jsonl`` (or ``dev``, ``valid``), ``test.jsonl`` and ``catalogs.json``.
        text_column: the key of the text.
        intent_column: the key of the intent.
        spans_column: the key of the slots.
        split_column: the key of the split.
        domain_column: the key of the domain.
        group_column: the key of the group.
        marks: whether the texts have annotations, ``play [jazz](genre)``. Annotations under ``marked_text`` or
            ``annotated`` are always read. With ``None``, the reader looks at the records that have neither those keys
            nor a key of slots: if any of these texts has an annotation, the slots of all of them count as annotated.
            But if any record has ``marked_text`` or ``annotated``, the text of the other records is plain.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a line is broken, a folder has no such files, or there are no labels that can be read.
    """
    files = split_files(path, (".jsonl",)) if path.is_dir() else {"train": path}
    if not files:
        raise DataError(f"{path}: there is no file train.jsonl; add it")
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path), catalogs=read_catalogs(path))
    names = {"text": text_column, "intent": intent_column, "spans": spans_column}
    names |= {"split": split_column, "domain": domain_column, "group": group_column}
    records: list[Record] = []
    for split, file in files.items():
        for number, line in enumerate(read_lines(file), start=1):
            if line.strip():
                with raw.record(place := f"{file}, line {number}", on_error):
                    records.append((place, split, parse_json(line, "the record")))
    add_records(raw, path, records, names=names, marks=marks, on_error=on_error)
    return raw


def write_jsonl(path: str | Path, utterances: Iterable[Utterance]) -> None:
    """Write utterances as JSON Lines, completely or not at all."""
    rows: Iterable[dict[str, Any]] = (utterance.as_row() for utterance in utterances)
    write_text(Path(path), "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
