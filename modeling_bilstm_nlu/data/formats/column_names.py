"""Find columns by their usual names, in tables, JSON Lines, Parquet and datasets repositories.

Upper and lower case are equal, and so are a space, a hyphen and an underscore: ``Intent Name`` is ``intent_name``.
"""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from bilstm_nlu.errors import DataError

from ..drop_reasons import DropReason
from ..raw_domains import RawDomain

__all__ = ["KINDS", "count_unread", "kinds_of", "no_labels", "plain_name", "usual_columns"]

logger = logging.getLogger(__name__)

#: Kind of column -> its names of choice, of which the first that is there wins; and other names, of which only one may
#: be there.
_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "marked_text": (("marked_text", "annotated"), ()),
    "text": (("text",), ("utterance", "query", "sentence", "sample", "phrase", "utterances", "message")),
    "intent": (("intent", "label"), ("category", "class", "intents", "intent_name", "labels")),
    "spans": (("spans",), ("slots", "entities")),
    "split": (("split",), ("partition",)),
    "domain": (("domain",), ("scenario",)),
    "group": (("group",), ()),
}
#: The kinds of columns that an option names, such as ``text_column``.
KINDS = tuple(kind for kind in _NAMES if kind != "marked_text")
_ALL_NAMES = {kind: (*first, *other) for kind, (first, other) in _NAMES.items()}
_KNOWN = [name for names in _ALL_NAMES.values() for name in names]
_MOST_NAMES = 20


def plain_name(name: str) -> str:
    """The form in which names of columns are compared."""
    return "_".join(re.split(r"[\s_-]+", name.strip().casefold()))


def kinds_of(names: Sequence[str]) -> set[str]:
    """The kinds of columns that have a usual name."""
    plain = set(map(plain_name, names))
    return {kind for kind, usual in _ALL_NAMES.items() if not plain.isdisjoint(usual)}


def usual_columns(
    names: Sequence[str], *, named: Mapping[str, int | None], with_spans: Collection[int] = ()
) -> dict[str, int]:
    """Find the columns that have usual names.

    Args:
        names: the names of all columns.
        named: kind -> the place of the column that an option names, or ``None`` for no such column; these kinds are
            not looked for, and these columns are not used for another kind.
        with_spans: the places of columns that contain lists of spans; such a column is never an intent, and a column
            ``labels`` or ``label`` of spans is the column of spans if there is no better name.

    Returns:
        Kind -> place, without the kinds of ``named``.

    Raises:
        DataError: several columns may be the one that is looked for.
    """
    plain = [plain_name(name) for name in names]
    free = [place for place in range(len(plain)) if place not in named.values()]
    found: dict[str, int] = {}
    for kind, (first, other) in _NAMES.items():
        if kind in named:
            continue
        places = [place for place in free if kind != "intent" or place not in with_spans]
        if kind == "spans":
            other = (*other, *(name for name in _ALL_NAMES["intent"] if name in {plain[i] for i in with_spans}))
            places = [place for place in places if plain[place] in _ALL_NAMES["spans"] or place in with_spans]
        for choice in (*((name,) for name in first), other):
            if fitting := [place for place in places if plain[place] in choice]:
                if len(fitting) > 1:
                    raise _tie(kind, [names[place] for place in fitting])
                found[kind] = fitting[0]
                break
    return found


def _tie(kind: str, names: Sequence[str]) -> DataError:
    kind = "text" if kind == "marked_text" else kind
    listed = ", ".join(map(repr, names))
    return DataError(f"each of the columns {listed} may be the {kind}; name one with the option {kind}_column=NAME")


def no_labels(where: object, names: Sequence[str]) -> DataError:
    """The error for data with texts, and no column that is known to contain intents or slots."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    listed = ", ".join(map(repr, names[:_MOST_NAMES])) + more
    return DataError(
        f"{where}: there is no column of intents or slots; the columns are: {listed}; name one with the option "
        f"intent_column=NAME or spans_column=NAME, or read texts without labels with an empty option: intent_column="
    )


def count_unread(raw: RawDomain, where: object, counts: Mapping[str, int]) -> None:
    """Count the values of columns that are not read, and warn of names that look like misspelled usual names.

    Args:
        raw: counts them.
        where: the file, folder or repository, for messages.
        counts: name of the column -> number of its values.
    """
    for name, count in list(counts.items())[:_MOST_NAMES]:
        near = _near_name(name)
        told = f"{name!r:.60}" if near is None else f"{name!r:.60} (a misspelling of {near!r}?)"
        raw.drop(DropReason.VALUES_OF_UNREAD_COLUMNS.of(told), count)
        if near is not None:
            logger.warning("%s: the column %.60r is not read; if it is a misspelling, name it %r", where, name, near)
    more = list(counts.values())[_MOST_NAMES:]
    raw.drop(DropReason.VALUES_OF_UNREAD_COLUMNS.of(f"of {len(more)} further names"), sum(more))


def _near_name(name: str) -> str | None:
    """The usual name that a name looks like, such as ``entities`` for ``entites``; or ``None``."""
    plain = plain_name(name)
    near = get_close_matches(plain, _KNOWN, 1, cutoff=0.85)
    return near[0] if near and plain not in _KNOWN else None
