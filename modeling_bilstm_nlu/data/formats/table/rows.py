"""The rows of a table in a text file: encoding, delimiter and quotes, with the line in which a row begins."""

import csv
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import open_bytes, read_bytes

from ...raw_domains import RawDomain

__all__ = ["DELIMITERS", "first_rows", "sniffed_delimiter", "table_head", "table_rows", "table_text"]

DELIMITERS = (",", ";", "\t", "|")

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD_BYTES = 1 << 16
_MAX_LINES = 20  # of one row; a row of more is an open quote that another one has closed by chance


def table_text(path: Path, encoding: str | None = None) -> str:
    """The text of a file, UTF-8 or, where it has the mark of it, UTF-16 (the "Unicode text" of spreadsheets).

    Args:
        path: the file, packed with gzip or not.
        encoding: another encoding, such as ``cp1252``.

    Raises:
        DataError: the file cannot be read, or is not of that encoding.
    """
    content = read_bytes(path)
    codec = encoding or ("utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig")
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}, line {line}: not {codec} (byte {content[error.start]:#04x}); "
            f"save the file as UTF-8, or name its encoding, such as the option encoding=cp1252"
        ) from error
    except (LookupError, ValueError) as error:
        raise DataError(f"{path}: the encoding {codec!r} is of no use here ({error}); name another") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path}, line {line}: a NUL character; save the file as UTF-8 text")
    return text.removeprefix("\ufeff")


def table_head(path: Path) -> str:
    """The beginning of a file up to its last whole line, or nothing where it is no text."""
    try:
        with open_bytes(path) as file:
            content = file.read(_HEAD_BYTES)
        if content.startswith(b"\x1f\x8b"):
            content = zlib.decompressobj(wbits=31).decompress(content, _HEAD_BYTES)
        text = content.decode("utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig", "ignore")
    except (OSError, zlib.error, EOFError):
        return ""
    if "\0" in text:
        return ""
    return text if len(content) < _HEAD_BYTES else text[: text.rfind("\n") + 1]


def _body(text: str) -> tuple[str, str | None]:
    """The text below a first line ``sep=;``, and the delimiter that it names."""
    line, _, rest = text.partition("\n")
    line = line.rstrip("\r")
    return (rest, line[4]) if line.startswith("sep=") and line[4:] in DELIMITERS else (text, None)


def _rows(text: str, delimiter: str, *, quotes: bool, strict: bool) -> Any:
    """A reader of the csv module; its class has no public name."""
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        skipinitialspace=True,
        strict=strict,
    )


def first_rows(text: str, delimiter: str, *, quotes: bool = True, count: int = 50) -> list[list[str]]:
    """Some rows from the top, as far as they can be read."""
    rows: list[list[str]] = []
    body, named = _body(text)
    try:
        for row in _rows(body, named or delimiter, quotes=quotes, strict=False):
            if any(map(str.strip, row)):
                rows.append(row)
            if len(rows) == count:
                break
    except csv.Error:
        pass  # told when the whole is read
    return rows


def sniffed_delimiter(
    text: str, is_header: Callable[[Sequence[str]], bool], *, quotes: bool = True, prefer_tab: bool = False
) -> str:
    """The delimiter of a table: the one that makes a header of its first row, or cuts most rows alike.

    Args:
        text: the table, or its beginning.
        is_header: whether a row has the names of known columns.
        quotes: whether cells may be in double quotes.
        prefer_tab: take the tab where others do as well.
    """
    if named := _body(text)[1]:
        return named

    def fitness(delimiter: str) -> tuple[bool, float, bool]:
        rows = first_rows(text, delimiter, quotes=quotes)
        if not rows:
            return False, 0.0, False
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        return is_header(rows[0]), alike if len(rows[0]) > 1 else 0.0, delimiter == "\t" and prefer_tab

    return max(DELIMITERS, key=fitness)  # the first of equals


def table_rows(
    text: str, where: str, delimiter: str, raw: RawDomain, *, quotes: bool = True, on_error: str = "raise"
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with the number of the line in which each begins; empty rows are left out.

    Args:
        text: the table.
        where: the file, for messages.
        delimiter: between cells.
        raw: counts broken rows.
        quotes: whether cells may be in double quotes.
        on_error: ``raise``, or ``drop`` to leave broken rows out; a quote that never closes is always an error.

    Raises:
        DataError: a broken row.
    """
    body, named = _body(text)
    skipped = 1 if named else 0
    reader = _rows(body, delimiter, quotes=quotes, strict=True)
    cure = (
        "close it, double the quotes inside a cell, or read with the option quotes=false, which takes quotes as text"
    )
    while True:
        first = reader.line_num + skipped + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            if "end of data" in str(error) or "field limit" in str(error):
                raise DataError(
                    f"{where}, line {first}: a quote opened in this row takes in all that follows, up to line "
                    f"{reader.line_num + skipped}; {cure}"
                ) from error
            with raw.record(f"{where}, line {first}", on_error):
                raise DataError(f"the row cannot be cut into cells ({error}); {cure}") from error
            continue
        if row is None:
            return
        with raw.record(f"{where}, line {first}", on_error):
            if (last := reader.line_num + skipped) >= first + _MAX_LINES:
                raise DataError(f"a row of {last - first + 1} lines: was a quote left open? {cure}")
            if any(map(str.strip, row)):
                yield first, row
