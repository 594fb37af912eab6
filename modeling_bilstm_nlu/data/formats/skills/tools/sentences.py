"""Find the files of sentences with function calls, and read their records: JSON Lines, or JSON lists of records."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import first_line, has_suffix, parse_json, read_head, read_json, read_lines

from .records import is_record

__all__ = ["has_records", "may_have_records", "records_in", "sentence_files"]

_LINES = (".jsonl", ".ndjson")
_LIST = (".json",)
_HEAD_BYTES = 1 << 20


def sentence_files(folder: Path) -> list[Path]:
    """List the files of sentences in a folder: all JSON Lines, and the JSON files that are lists of records."""
    return sorted(path for path in folder.iterdir() if path.is_file() and may_have_records(path))


def may_have_records(path: Path) -> bool:
    """Say whether a file has sentences and not functions: any JSON Lines, or a JSON list whose first record is one."""
    return has_suffix(path, _LINES) or has_records(path)


def has_records(path: Path) -> bool:
    """Say whether a file has sentences with function calls, by its first record."""
    if has_suffix(path, _LINES):
        head = first_line(path)
    elif has_suffix(path, _LIST):
        head = read_head(path, _HEAD_BYTES).lstrip()
        if not head.startswith("["):
            return False
        head = head[1:].lstrip()
    else:
        return False
    if '"messages"' not in head and '"arguments"' not in head:
        return False
    try:
        return is_record(json.JSONDecoder().raw_decode(head)[0])
    except (ValueError, RecursionError):  # a broken first record, or one that is longer than what is read here
        return '"messages"' in head and '"role"' in head


def records_in(file: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Read the records of a file of sentences: JSON Lines, or a JSON list.

    Yields:
        The place in the file, such as ``line 3``, and a function that returns the record or raises a ``DataError``.

    Raises:
        DataError: the file cannot be read, or a JSON file is not a list.
    """

    def known(record: Any) -> Any:
        return record

    if not has_suffix(file, _LIST):
        for number, line in enumerate(read_lines(file), start=1):
            if line.strip():
                yield f"line {number}", partial(parse_json, line, "the record")
        return
    listed = read_json(file)
    if not isinstance(listed, list):
        raise DataError(f"{file}: expected a JSON list of records, found {type(listed).__name__}; write a list")
    for number, record in enumerate(listed, start=1):
        yield f"record {number}", partial(known, record)
