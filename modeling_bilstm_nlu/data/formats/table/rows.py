"""Read the rows of a table from a text file: encoding, delimiter, quotes, and the line in which a row begins."""

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
_MAX_LINES = 20  # of one row; in a longer row, a quote was left open and a later quote closed it by chance


def table_text(path: Path, encoding: str | None = None) -> str:
    """Read the text of a file: UTF-8, or UTF-16 with a byte order mark (the "Unicode text" of spreadsheets).

    Args:
        path: the file, compressed with gzip or not.
        encoding: another encoding, such as ``cp1252``.

    Raises:
        DataError: the file cannot be read, or has another encoding.
    """
    content = read_bytes(path)
    codec = encoding or ("utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig")
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}, line {line}: the text is not {codec} (byte {content[error.start]:#04x}); "
            f"save the file as UTF-8, or name its encoding with an option such as encoding=cp1252"
        ) from error
    except (LookupError, ValueError) as error:
        raise DataError(f"{path}: cannot use the encoding {codec!r} ({error}); name another") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path}, line {line}: the text has a NUL character; save the file as UTF-8 text")
    return text.removeprefix("\ufeff")


def table_head(path: Path) -> str:
    """Read the beginning of a file, only complete lines; empty if the file is not text or cannot be read."""
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
    """Cut off a first line such as ``sep=;``, and return the text below it and the delimiter that it names."""
    line, _, rest = text.partition("\n")
    line = line.rstrip("\r")
    return (rest, line[4]) if line.startswith("sep=") and line[4:] in DELIMITERS else (text, None)


def _rows(text: str, delimiter: str, *, quotes: bool, strict: bool) -> Any:
    """Make a reader of the csv module, whose class has no public name."""
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        skipinitialspace=True,
        strict=strict,
    )


def first_rows(text: str, delimiter: str, *, quotes: bool = True, count: int = 50) -> list[list[str]]:
    """Read some rows from the top, as far as they can be read."""
    rows: list[list[str]] = []
    body, named = _body(text)
    try:
        for row in _rows(body, named or delimiter, quotes=quotes, strict=False):
            if any(map(str.strip, row)):
                rows.append(row)
            if len(rows) == count:
                break
    except csv.Error:
        pass  # reported when the whole table is read
    return rows


def sniffed_delimiter(
    text: str, is_header: Callable[[Sequence[str]], bool], *, quotes: bool = True, prefer_tab: bool = False
) -> str:
    """Find the delimiter of a table: the one that finds known names in the first row, or fits the most rows.

    A delimiter fits a row that has the same number of cells as the first row.

    Args:
        text: the table, or its beginning.
        is_header: whether a row has the names of known columns.
        quotes: whether cells may be in double quotes.
        prefer_tab: choose the tab if several delimiters fit equally well.
    """
    if named := _body(text)[1]:
        return named

    def fitness(delimiter: str) -> tuple[bool, float, bool]:
        rows = first_rows(text, delimiter, quotes=quotes)
        if not rows:
            return False, 0.0, False
        equal = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        return is_header(rows[0]), equal if len(rows[0]) > 1 else 0.0, delimiter == "\t" and prefer_tab

    return max(DELIMITERS, key=fitness)  # the first one if several are equal


def table_rows(
    text: str, where: str, delimiter: str, raw: RawDomain, *, quotes: bool = True, on_error: str = "skip_few"
) -> Iterator[tuple[int, list[str]]]:
    """Read the rows of a table, each with the number of the line in which it begins; empty rows are left out.

    Args:
        text: the table.
        where: the file, for messages.
        delimiter: the character between cells.
        raw: counts broken rows.
        quotes: whether cells may be in double quotes.
        on_error: what to do about broken rows; a quote that never closes is always an error.

    Raises:
        DataError: a row is broken.
    """
    body, named = _body(text)
    skipped = 1 if named else 0
    reader = _rows(body, delimiter, quotes=quotes, strict=True)
    cure = "close it, double the quotes inside a cell, or use the option quotes=false, which reads quotes as text"
    while True:
        first = reader.line_num + skipped + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            if "end of data" in str(error) or "field limit" in str(error):
                raise DataError(
                    f"{where}, line {first}: a quote opens in this row and does not close before line "
                    f"{reader.line_num + skipped}; {cure}"
                ) from error
            with raw.record(f"{where}, line {first}", on_error):
                raise DataError(f"the row cannot be split into cells ({error}); {cure}") from error
            continue
        if row is None:
            return
        with raw.record(f"{where}, line {first}", on_error):
            if (last := reader.line_num + skipped) >= first + _MAX_LINES:
                raise DataError(f"the row has {last - first + 1} lines, so a quote may be open; {cure}")
            if any(map(str.strip, row)):
                yield first, row
