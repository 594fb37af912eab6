"""Find out what each column of a table contains: from usual names, from options, or from the cells of two columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bilstm_nlu.errors import DataError

__all__ = ["Columns", "columns_of", "is_header", "is_labelled"]

#: Usual names of columns, preferred names first.
_NAMES = {
    "marked_text": ("marked_text", "annotated", "marked_text"),
    "text": ("text", "utterance", "query", "sentence", "sample", "phrase", "utterances", "message"),
    "intent": ("intent", "label", "category", "class", "intents", "intent_name"),
    "spans": ("spans", "slots", "entities"),
    "split": ("split", "partition"),
    "domain": ("domain", "scenario"),
    "group": ("group",),
}
_LABEL = re.compile(r"[^\W\d]\S{0,59}")


@dataclass(frozen=True)
class Columns:
    """The places of the columns, counted from 0.

    Args:
        width: number of cells in a row.
        has_header: whether the first row contains names.
        has_marked_text: whether the name of the text column says that the texts have annotations.
        text, intent, spans, split, domain, group: the places; ``None`` if there is no such column.
    """

    width: int
    has_header: bool
    has_marked_text: bool
    text: int
    intent: int | None = None
    spans: int | None = None
    split: int | None = None
    domain: int | None = None
    group: int | None = None


def _named(row: Sequence[str]) -> dict[str, int]:
    """Kind of column -> its place, for the cells that contain usual names."""
    plain = ["_".join(cell.casefold().split()) for cell in row]
    found = {}
    for kind, names in _NAMES.items():
        if place := next((plain.index(name) + 1 for name in names if name in plain), 0):
            found[kind] = place - 1
    return found


def is_header(row: Sequence[str]) -> bool:
    """Say whether one of the cells is a usual name of a column of texts."""
    return not {"text", "marked_text"}.isdisjoint(_named(row))


def is_labelled(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the top rows of a table show that it contains texts with labels."""
    if not rows:
        return False
    named = _named(rows[0])
    return (
        "marked_text" in named or "text" in named and ("intent" in named or "spans" in named) or bool(_headless(rows))
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
    usual = _named(top)
    if not read_annotations and "text" in usual:
        usual.pop("marked_text", None)
    places = {kind: place for kind, place in usual.items() if kind != "marked_text"}
    places["text"] = usual.get("marked_text", usual.get("text", -1))
    if header is None:
        header = is_header(top) or isinstance(options["text"], str) and not options["text"].isdecimal()
        headless = None if header else _headless(rows)
        if not header and headless is None:
            names = ", ".join(_NAMES["text"][:6])
            raise DataError(
                f"{where}: the first row {list(top)!r:.200} names no column of texts ({names}); name the column with "
                f"the option text_column=NAME, or give header=false if the first row is an utterance"
            )
        places = places if header else headless or {}
    elif not header:
        places = {"text": 0, "intent": 1} if len(top) > 1 else {"text": 0}
    for kind, option in options.items():
        if option is not None:
            places.pop(kind, None)
            if option != "":
                places[kind] = _place(option, top if header else (), len(top), where)
    if places.get("text", -1) < 0:
        raise DataError(
            f"{where}: there is no column of texts in {list(top)!r:.200}; name it with the option text_column=NAME"
        )
    has_marked_text = bool(header) and places["text"] == usual.get("marked_text")
    return Columns(len(top), bool(header), has_marked_text, **places)


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
