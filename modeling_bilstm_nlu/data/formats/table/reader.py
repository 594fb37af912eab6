"""Read tables of utterances, CSV or TSV: a column of texts, with or without annotations, and columns of labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, parse_json, stem

from ...drop_reasons import DropReason
from ...raw_domains import RawDomain
from ...schema import SlotSpan, Utterance
from ...split_names import split_files, split_of_label
from ...text import normalise_spaces
from ..annotations import are_annotated, num_broken_annotations, parse_annotations
from ..column_names import count_unread, no_labels
from ..span_values import spans_of_value
from .columns import Columns, columns_of, is_header, is_labelled
from .rows import DELIMITERS, first_rows, sniffed_delimiter, table_head, table_rows, table_text

__all__ = ["read_table", "sniff"]

_SUFFIXES = (".csv", ".tsv")


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(map(sniff, split_files(path, _SUFFIXES).values()))
    if not has_suffix(path, _SUFFIXES):
        return False
    head = table_head(path)
    return is_labelled(first_rows(head, sniffed_delimiter(head, is_header, prefer_tab=has_suffix(path, (".tsv",)))))


def read_table(
    path: Path,
    *,
    text_column: str | int | None = None,
    intent_column: str | int | None = None,
    spans_column: str | int | None = None,
    split_column: str | int | None = None,
    domain_column: str | int | None = None,
    group_column: str | int | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    quotes: bool = True,
    marks: bool | None = None,
    encoding: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read a table; white space in texts and labels becomes single spaces.

    Slots are annotations in the text, ``play [jazz](genre)``, or JSON in a column: a list of spans as in JSON Lines,
    or an object ``{"genre": "jazz"}`` whose values occur in the text. An empty cell of an intent, a domain or a group
    means that there is no such label. An empty cell of slots means that the utterance has no slots.

    Give a column by its name (upper and lower case are equal) or by its number from 1. ``None`` looks for a usual
    name. An empty name means that the table has no such column.

    Args:
        path: a file (all train, unless it has a column of splits), or a folder with ``train.csv`` and optionally
            ``validation.csv`` (or ``dev``, ``valid``) and ``test.csv``; also ``.tsv``.
        text_column: the column of texts; usual names are ``text``, ``utterance``, ``query``, ``sentence``, ``sample``
            and ``phrase``.
        intent_column: the column of intents; usual names are ``intent``, ``label``, ``category`` and ``class``.
        spans_column: the column of slots; usual names are ``spans``, ``slots`` and ``entities``.
        split_column: the column of splits; usual names are ``split`` and ``partition``.
        domain_column: the column of domains; usual names are ``domain`` and ``scenario``.
        group_column: the column of groups; the usual name is ``group``. Utterances of one group stay in one split.
        header: whether the first row has the names of the columns. With ``None`` it must have names, except in a table
            of two columns of which one clearly contains labels. Without names, the first column is the text and the
            second is the intent.
        delimiter: the character between cells; ``None`` chooses comma, semicolon, tab or vertical bar.
        quotes: whether cells may be in double quotes; otherwise quotes are text.
        marks: whether the texts have annotations. With ``None`` they may have some, and the slots count as annotated
            if any text has an annotation, or if the name of the column is ``marked_text`` or ``annotated``.
        encoding: the encoding of the file; ``None`` means UTF-8, or UTF-16 if the file has a byte order mark.
        on_error: what to do about broken rows: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a column does not exist, or a row is broken.
    """
    files = split_files(path, _SUFFIXES) if path.is_dir() else {"train": path}
    if not files:
        raise DataError(f"{path}: there is no file train.csv or train.tsv; name the file to read")
    if delimiter is not None and (
        len(delimiter) != 1 or delimiter in '" ' or not (delimiter == "\t" or delimiter.isprintable())
    ):
        raise DataError(f"delimiter={delimiter!r} must be one character, such as one of {DELIMITERS}")
    options = {"text": text_column, "intent": intent_column, "spans": spans_column}
    options |= {"split": split_column, "domain": domain_column, "group": group_column}
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    rows: list[tuple[str, str, list[str], Columns]] = []  # (place for messages, split of the file, cells, columns)
    for split, file in files.items():
        text = table_text(file, encoding)
        sign = delimiter or sniffed_delimiter(text, is_header, quotes=quotes, prefer_tab=has_suffix(file, (".tsv",)))
        if not (top := first_rows(text, sign, quotes=quotes)):
            continue
        columns = columns_of(top, str(file), header=header, read_annotations=marks is not False, options=options)
        records = table_rows(text, str(file), sign, raw, quotes=quotes, on_error=on_error)
        if columns.has_header:
            next(records, None)
        for line, cells in records:
            with raw.record(place := f"{file}, line {line}", on_error):
                rows.append((place, split, _whole(cells, columns.width), columns))
    _check_labels(path, rows, options, marks)
    is_annotated = any(columns.spans is not None for _, _, _, columns in rows)
    is_annotated = is_annotated or are_annotated((cells[columns.text] for _, _, cells, columns in rows), marks)
    is_annotated = is_annotated or marks is None and any(columns.has_marked_text for _, _, _, columns in rows)
    for place, split, cells, columns in rows:
        with raw.record(place, on_error):
            if columns.split is not None:
                split = split_of_label(cells[columns.split]) or split
            raw.add(split, _utterance(cells, columns, read_annotations=marks is not False, is_annotated=is_annotated))
            raw.drop(
                DropReason.BRACKETS_THAT_ARE_NO_MARKS,
                num_broken_annotations(cells[columns.text]) if marks is not False else 0,
            )
            is_blank = columns.intent is not None and not cells[columns.intent].strip()
            raw.drop(DropReason.EMPTY_CELLS_OF_INTENTS, is_blank)
    unread = Counter(name for _, _, cells, columns in rows for name in _unread(cells, columns))
    count_unread(raw, path, unread)
    return raw


def _check_labels(
    path: Path, rows: Sequence[tuple[str, str, list[str], Columns]], options: Mapping[str, object], marks: bool | None
) -> None:
    """Refuse texts without labels next to columns that are not read, unless options say that there are no labels."""
    is_asked_for = "" in (options["intent"], options["spans"])
    unread = dict.fromkeys(name for _, _, cells, columns in rows for name in _unread(cells, columns))
    if not unread or is_asked_for:
        return
    if any(columns.has_marked_text or (columns.intent, columns.spans) != (None, None) for _, _, _, columns in rows):
        return
    if not are_annotated((cells[columns.text] for _, _, cells, columns in rows), marks):
        raise no_labels(path, list(unread))


def _unread(cells: Sequence[str], columns: Columns) -> list[str]:
    """The names of the columns that are not read and have a value in this row."""
    return [name for place, name in columns.unread.items() if cells[place].strip()]


def _whole(cells: list[str], width: int) -> list[str]:
    """Check the number of cells in a row, and remove empty cells after the last column."""
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) != width:
        raise DataError(
            f"the row has {len(cells)} cells, but the first row has {width}; put a cell that contains the delimiter "
            f"in double quotes, or name another delimiter with the option delimiter=SIGN"
        )
    return cells


def _utterance(cells: Sequence[str], columns: Columns, *, read_annotations: bool, is_annotated: bool) -> Utterance:
    text = cells[columns.text]
    spans: tuple[SlotSpan, ...] = ()
    if read_annotations:
        text, spans = parse_annotations(text)
    if columns.spans is not None and cells[columns.spans].strip():
        if spans:
            raise DataError(
                f"there are slots as annotations in {cells[columns.text]!r} and in a column; keep one of the two"
            )
        spans = spans_of_value(parse_json(cells[columns.spans], "the slots"), text)
    if spans or text != " ".join(text.split()):
        text, spans = normalise_spaces(text, spans)
    intent, domain, group = (_label(cells, place) for place in (columns.intent, columns.domain, columns.group))
    return Utterance(text, intent, spans if is_annotated else None, group, domain)


def _label(cells: Sequence[str], place: int | None) -> str | None:
    return None if place is None else " ".join(cells[place].split()) or None
