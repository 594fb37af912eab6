"""Read the records of a file as a stream. A record has fields; one of them is the text."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..errors import DataError
from ..files import has_suffix, open_unpacked, parse_json
from .parquet import read_parquet

__all__ = ["Record", "RecordFile", "is_record_file"]

_NAMED = 3  # records that are left out and named
_LONGEST_CELL = 1 << 24  # characters; the default of csv is too small for some chat logs

#: The place of a record, its fields or what is wrong with them, and the share of the file that was read.
_Found = tuple[str, "dict[str, Any] | DataError", float]


class Record(NamedTuple):
    """A record of a file.

    Attributes:
        text: its text.
        fields: all its fields, with the text.
    """

    text: str
    fields: dict[str, Any]


def is_record_file(path: Path) -> bool:
    """Whether the name of a file says that it has records, and not one text per line."""
    return has_suffix(path, _READERS)


class RecordFile:
    """The records of a file: JSON Lines, CSV, TSV (each may be packed with gzip) or Parquet.

    Iterate over it once. A record without a text is left out and counted, unless `strict` is true.

    Args:
        path: the file; its suffix is the format.
        column: the field that has the text.
        strict: raise an error at the first record without a text.

    Attributes:
        num_left_out: number of records that were left out so far.
        left_out: place and fault of the first of them.
        share_read: share of the file that was read so far, from 0 to 1.
    """

    def __init__(self, path: Path, column: str = "text", *, strict: bool = False):
        self.path, self.column, self.strict = path, column, strict
        self.num_left_out, self.share_read = 0, 0.0
        self.left_out: list[str] = []

    def __iter__(self) -> Iterator[Record]:
        """Yield the records.

        Raises:
            DataError: the file cannot be read, it has no such column or no record with a text, or `strict` is true and
                a record is broken.
        """
        read = next(reader for suffix, reader in _READERS.items() if has_suffix(self.path, (suffix,)))
        is_empty = True
        for place, fields, share in read(self.path, self.column):
            self.share_read = share
            try:
                record = _record(fields, self.column)
            except DataError as error:
                self._leave_out(place, error)
                continue
            is_empty = False
            yield record
        if is_empty:
            fault = f"; the first fault is: {self.left_out[0]}" if self.left_out else ""
            raise DataError(f"{self.path}: there is no record with a text in {self.column!r}{fault}")

    def _leave_out(self, place: str, error: DataError) -> None:
        if self.strict:
            raise DataError(f"{self.path}, {place}: {error}; without --strict, such records are left out") from error
        self.num_left_out += 1
        if self.num_left_out <= _NAMED:
            self.left_out.append(f"{place}: {error}")


def _record(fields: Any, column: str) -> Record:
    """The record of some fields.

    Raises:
        DataError: there is no text.
    """
    if isinstance(fields, DataError):
        raise fields
    if not isinstance(fields, dict):
        raise DataError(f"a record must be an object, found {fields!r:.80}")
    if column not in fields:
        raise DataError(f"there is no field {column!r}, only {_names(fields)}; name another one with --column")
    text = fields[column]
    if not isinstance(text, str):
        raise DataError(f"the field {column!r} must be a text, found {text!r:.80}")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError(f"the field {column!r} has half a surrogate pair, which is not a character: {text!a:.80}")
    return Record(text, fields)


def _names(fields: Any) -> str:
    return ", ".join(f"{name!r:.60}" for name in list(fields)[:10]) or "an empty record"


@contextmanager
def _open_text(path: Path, newline: str | None = None) -> Iterator[tuple[IO[str], Callable[[], float]]]:
    """Open a text file, and a function for the share of it that was read."""
    size = max(1, os.stat(path).st_size)
    with open_unpacked(path) as file:
        packed: Any = getattr(file, "fileobj", file)
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=newline)  # type: ignore[arg-type]
        yield text, lambda: packed.tell() / size
        text.detach()


def _json_lines(path: Path, column: str) -> Iterator[_Found]:
    with _open_text(path) as (lines, share):
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    fields = parse_json(line.rstrip("\r\n"), "the record")
                except DataError as error:
                    fields = error
                yield f"line {number}", fields, share()


def _table(path: Path, column: str, delimiter: str) -> Iterator[_Found]:
    with _open_text(path, newline="") as (lines, share):
        rows = csv.DictReader(lines, delimiter=delimiter)
        try:
            with _long_cells():
                names = rows.fieldnames or ()
            if column not in names:
                raise DataError(
                    f"{path}: the first row has no column {column!r}, only {_names(names)}; name the column of texts "
                    "with --column"
                )
            while (row := _next_row(rows)) is not None:
                is_whole = None not in row  # where csv puts what is after the last column
                fault = DataError(f"the row has more cells than the first row, which has {len(names)}")
                yield f"line {rows.line_num}", row if is_whole else fault, share()
        except csv.Error as error:
            raise DataError(f"{path}, line {rows.line_num}: not a table ({error}); save the file again") from error


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let csv read long cells within this block. The limit is one of the whole process, so it is put back."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _next_row(rows: "csv.DictReader[str]") -> dict[str, Any] | None:
    with _long_cells():
        return next(rows, None)


def _commas(path: Path, column: str) -> Iterator[_Found]:
    return _table(path, column, ",")


def _tabs(path: Path, column: str) -> Iterator[_Found]:
    return _table(path, column, "\t")


_READERS: dict[str, Callable[[Path, str], Iterator[_Found]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _commas,
    ".tsv": _tabs,
    ".parquet": read_parquet,
}
