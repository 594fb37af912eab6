"""Read the CSV files of public corpora: each has a known header, and one record per row."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix

from ..formats.table.rows import first_rows, table_head, table_rows, table_text
from ..raw_domains import RawDomain

__all__ = ["csv_records", "has_header", "is_csv"]


def is_csv(path: Path) -> bool:
    """Say whether a path is a file with the name of a CSV file, compressed or not."""
    return has_suffix(path, (".csv",)) and path.is_file()


def has_header(path: Path, headers: Sequence[Sequence[str]], *, delimiter: str = ",") -> bool:
    """Say whether a path is a CSV file that begins with one of the headers."""
    top = first_rows(table_head(path), delimiter, count=1) if is_csv(path) else []
    return bool(top) and top[0] in [list(header) for header in headers]


def csv_records(
    path: Path,
    headers: Sequence[Sequence[str]],
    raw: RawDomain,
    *,
    delimiter: str = ",",
    on_error: str = "skip_few",
) -> Iterator[tuple[str, dict[str, str]]]:
    """Read the records of a CSV file, each with its place for messages.

    Args:
        path: the file, compressed with gzip or not.
        headers: the allowed first rows.
        raw: counts broken rows.
        delimiter: the character between cells.
        on_error: what to do about broken rows: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the file has another header, or a row is broken.
    """
    rows = table_rows(table_text(path), str(path), delimiter, raw, on_error=on_error)
    _, header = next(rows, (1, []))
    if header not in [list(known) for known in headers]:
        expected = " or ".join(delimiter.join(known) for known in headers)
        raise DataError(f"{path}, line 1: expected the header {expected}, found {delimiter.join(header) or 'nothing'}")
    for line, cells in rows:
        if len(cells) == len(header):
            yield f"{path}, line {line}", dict(zip(header, cells, strict=True))
            continue
        with raw.record(f"{path}, line {line}", on_error):
            raise DataError(f"the row has {len(cells)} cells, but the header has {len(header)}; make them equal")
