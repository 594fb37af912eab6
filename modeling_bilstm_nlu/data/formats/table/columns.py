"""Find out what each column of a table contains: from usual names, from options, or from the cells of two columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bilstm_nlu.errors import DataError

from ..column_names import kinds_of, usual_columns

__all__ = ["Columns", "columns_of", "is_header", "is_labelled", "what_is_missing"]

#: The beginning of a JSON list of spans.
_SPANS = re.compile(r"\[\s*[\[{]")
_LABEL = re.compile(r"[^\W\d]\S{0,59}")


@dataclass(frozen=True)
class Columns:
    """The places of the columns, counted from 0.

    Args:
        width: number of cells in a row.
        has_header: whether the first row contains names.
        has_marked_text: whether the name of the text column says that the texts have annotations.
        unread: the places of the columns that are not read, with their names or numbers from 1; without those that an
            option switched off.
        text, intent, spans, split, domain, group: the places; ``None`` if there is no such column.
    """

    width: int
    has_header: bool
    has_marked_text: bool
    unread: Mapping[int, str]
    text: int
    intent: int | None = None
    spans: int | None = None
    split: int | None = None
    domain: int | None = None
    group: int | None = None


def is_header(row: Sequence[str]) -> bool:
    """Say whether one of the cells is a usual name of a column of texts."""
    return not {"text", "marked_text"}.isdisjoint(kinds_of(row))


def is_labelled(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the top rows of a table show that it contains texts with labels."""
    if not rows:
        return False
    kinds = kinds_of(rows[0])
    is_named = "marked_text" in kinds or "text" in kinds and not kinds.isdisjoint(("intent", "spans"))
    return is_named or bool(_headless(rows))


def what_is_missing(rows: Sequence[Sequence[str]]) -> str:
    """Say why the top rows of a table do not show that it contains texts with labels, and what to do.

    Args:
        rows: the top rows, for which ``is_labelled`` is false.
    """
    if not rows:
        return "the table has no rows"
    if is_header(rows[0]):
        return (
            f"the first row {list(rows[0])!r:.200} names no column of intents or slots, such as intent or spans; "
            f"name it with the option intent_column=NAME of the format table"
        )
    return _no_texts(rows)


def _no_texts(rows: Sequence[Sequence[str]]) -> str:
    """Say that the first row names no column of texts, and does not show either that it is an utterance."""
    told = (
        f"the first row {list(rows[0])!r:.200} names no column of texts, such as text or query; name it with "
        f"the option text_column=NAME of the format table"
    )
    if len(rows[0]) != 2:
        return f"{told}, or give header=false if the first row is an utterance"
    return (
        f"{told}, or give header=false if the first row is an utterance with its intent (seen only if its intent "
        f"is repeated in the first {len(rows)} rows and most texts have several words)"
    )


def _headless(rows: Sequence[Sequence[str]]) -> dict[str, int] | None:
    """Find the places of text and intent in rows of two cells without a header; ``None`` if there is any doubt.

    All labels must be single words, and most texts must have several. The label of the first row must occur again,
    so that it is not the name of a column.
    """
    if len(rows) < 2 or any(len(row) != 2 for row in rows):
        return None
    for text, intent in ((0, 1), (1, 0)):
        labels = [row[intent].strip() for row in rows]
        num_phrases = sum(" " in row[text].strip() for row in rows)
        if all(map(_LABEL.fullmatch, labels)) and labels[0] in labels[1:] and 2 * num_phrases > len(rows):
            return {"text": text, "intent": intent}
    return None


def columns_of(
    rows: Sequence[Sequence[str]],
    where: str,
    *,
    header: bool | None,
    read_annotations: bool,
    options: Mapping[str, str | int | None],
) -> Columns:
    """Find the columns of a table.

    Args:
        rows: some rows from the top, at least one.
        where: the file, for messages.
        header: whether the first row has names; ``None`` finds it out.
        read_annotations: whether a column of annotated texts is preferred to a column of plain texts.
        options: kind of column -> its name, its number from 1, an empty name for no column, or ``None`` to look for
            a usual name.

    Raises:
        DataError: an option names a column that does not exist, or it is not clear which column contains the texts.
    """
    top = rows[0]
    if header is None:
        header = is_header(top) or isinstance(options["text"], str) and not options["text"].isdecimal()
        headless = None if header else _headless(rows)
        if not header and headless is None:
            raise DataError(f"{where}: {_no_texts(rows)}")
    else:
        headless = {"text": 0, "intent": 1} if len(top) > 1 else {"text": 0}
    names = top if header else ()
    named = {
        kind: _place(option, names, len(top), where) if option != "" else None
        for kind, option in options.items()
        if option is not None
    }
    if header:
        if "text" in named:
            named["marked_text"] = None
        try:
            places = usual_columns(names, named=named, with_spans=_with_spans(rows))
        except DataError as error:
            raise DataError(f"{where}: {error.message}") from None
        if not read_annotations and "text" in places:
            places.pop("marked_text", None)
    else:
        places = {kind: place for kind, place in (headless or {}).items() if kind not in named}
    places |= {kind: place for kind, place in named.items() if place is not None}
    plain = places.get("text")
    if "marked_text" in places:
        places["text"] = places.pop("marked_text")
    if "text" not in places:
        raise DataError(
            f"{where}: there is no column of texts in {list(top)!r:.200}; name it with the option text_column=NAME"
        )
    has_marked_text = bool(header) and kinds_of([top[places["text"]]]) == {"marked_text"}
    switched_off = {kind for kind, option in options.items() if option == ""}
    unread = {
        place: top[place] if header else str(place + 1)
        for place in range(len(top))
        if place not in (plain, *places.values()) and not (header and switched_off & kinds_of([top[place]]))
    }
    return Columns(len(top), bool(header), has_marked_text, unread, **places)


def _with_spans(rows: Sequence[Sequence[str]]) -> set[int]:
    """The places of columns with lists of spans in a cell."""
    cells = ((place, cell.lstrip()) for row in rows[1:] for place, cell in enumerate(row))
    return {place for place, cell in cells if _SPANS.match(cell)}


def _place(option: str | int, names: Sequence[str], width: int, where: str) -> int:
    """Find the place of the column whose name or number is given by an option."""
    plain = [name.strip().casefold() for name in names]
    if isinstance(option, str) and (wanted := option.strip().casefold()) in plain:
        if plain.count(wanted) > 1:
            raise DataError(
                f"{where}: {plain.count(wanted)} columns have the name {option!r}; give the number of one, from 1"
            )
        return plain.index(wanted)
    if str(option).isdecimal() and 1 <= int(option) <= width:
        return int(option) - 1
    columns = ", ".join(names) or f"{width} columns without names"
    raise DataError(f"{where}: there is no column {option!r}; the table has: {columns}")
