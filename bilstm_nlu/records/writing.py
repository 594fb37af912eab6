"""Write records with their frames, whole or not at all."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..files import has_suffix, write_bytes
from .parquet import frame_columns, write_parquet

__all__ = ["check_output", "to_json_line", "write_records"]

_SUFFIXES = (".jsonl", ".ndjson", ".parquet")


def check_output(path: Path) -> None:
    """Make sure that a file can be written, before hours of work.

    Raises:
        DataError: its name does not end like a format that is written, or it is a folder.
        NluError: the format is Parquet, and pyarrow is not installed.
    """
    if not has_suffix(path, _SUFFIXES) or path.name.lower().endswith(".parquet.gz"):
        raise DataError(f"{path}: the name must end with .jsonl, .jsonl.gz or .parquet")
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file")
    if has_suffix(path, (".parquet",)):
        frame_columns()


def write_records(path: Path, rows: Iterator[dict[str, Any]], *, multi: bool = False) -> None:
    """Write rows as JSON Lines or Parquet; the suffix of the name decides. An older file is replaced at the end.

    Args:
        path: the file.
        rows: the fields of the records, with `frame`, or with a list of `frames` if `multi` is true.
        multi: whether texts were split.

    Raises:
        DataError: a value cannot be written in this format.
    """
    if has_suffix(path, (".parquet",)):
        write_parquet(path, rows, multi=multi)
        return
    lines = ((to_json_line(row) + "\n").encode("utf-8", "backslashreplace") for row in rows)
    write_bytes(path, _packed(lines) if path.name.lower().endswith(".gz") else lines)


def to_json_line(row: Any) -> str:
    """A record as one line of JSON. Dates and other values that JSON does not have become texts.

    Raises:
        DataError: a number is not finite.
    """
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError as error:
        raise DataError(
            f"the record {row!r:.200} has a number that is not finite, which JSON does not have"
        ) from error


def _packed(parts: Iterator[bytes]) -> Iterator[bytes]:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        for part in parts:
            file.write(part)
            if buffer.tell() > 1 << 16:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
    yield buffer.getvalue()
