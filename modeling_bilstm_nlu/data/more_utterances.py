"""Add utterances of another file to a domain, such as texts of users that were annotated."""

import logging
from pathlib import Path

from bilstm_nlu.errors import DataError

from .drop_reasons import DropReason
from .formats.registry import read
from .raw_domains import RawDomain

logger = logging.getLogger(__name__)

__all__ = ["SUGGESTED_COLUMNS", "add_more"]

#: The columns of a table of suggestions that help to annotate, and that training does not read.
SUGGESTED_COLUMNS = ("times", "cluster", "why", "score", "guess")
#: What is not counted: such columns, and empty intents, which count as utterances without labels.
_EXPECTED = {
    DropReason.EMPTY_CELLS_OF_INTENTS,
    *(DropReason.VALUES_OF_UNREAD_COLUMNS.of(repr(name)) for name in SUGGESTED_COLUMNS),
}


#: Most places that are named.
_NUM_SHOWN = 3


def add_more(raw: RawDomain, path: str | Path, *, seed: int = 0) -> None:
    """Add the annotated utterances of a file or folder to the train split of a domain.

    Args:
        raw: the domain; it is changed in place.
        path: a file or folder of any format.
        seed: seed of readers that draw.

    Raises:
        DataError: the file cannot be read, or it has no annotated utterance.
    """
    more = read(path, None, seed=seed)
    rows = [utterance for split in more.splits.values() for utterance in split]
    annotated = [utterance for utterance in rows if utterance.intent is not None or utterance.spans]
    if not annotated:
        raise DataError(f"{path}: no utterance has an intent or slots; fill in the intents, or leave the file out")
    for utterance in annotated:
        raw.add("train", utterance)
    for reason, count in more.dropped.items():
        if reason not in _EXPECTED:
            raw.drop(reason, count)
    raw.drop(DropReason.WITHOUT_A_LABEL_IN.of(str(path)), len(rows) - len(annotated))
    _warn_of_brackets(path, more.places.get(DropReason.BRACKETS_THAT_ARE_NO_MARKS, []))
    for slot_type, catalog in more.catalogs.items():
        raw.catalogs[slot_type] = raw.catalogs[slot_type].merged(catalog) if slot_type in raw.catalogs else catalog


def _warn_of_brackets(path: str | Path, places: list[str]) -> None:
    """Name the texts with brackets that look like an annotation with a typing error: people just wrote them."""
    for place in places[:_NUM_SHOWN]:
        logger.warning(
            "%s: a bracket is not an annotation, so the text keeps it; write [value](slot), or a backslash before it",
            place,
        )
    if len(places) > _NUM_SHOWN:
        logger.warning("%s: %s more texts have such brackets", path, f"{len(places) - _NUM_SHOWN:,}")
