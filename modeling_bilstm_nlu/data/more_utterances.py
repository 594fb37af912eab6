"""Add utterances of another file to a domain, such as texts of users that were annotated."""

from pathlib import Path

from bilstm_nlu.errors import DataError

from .drop_reasons import DropReason
from .formats.registry import read
from .raw_domains import RawDomain

__all__ = ["SUGGESTED_COLUMNS", "add_more"]

#: The columns of a table of suggestions that help to annotate, and that training does not read.
SUGGESTED_COLUMNS = ("times", "cluster", "why", "score", "guess")
#: What is not counted: such columns, and empty intents, which count as utterances without labels.
_EXPECTED = {
    DropReason.EMPTY_CELLS_OF_INTENTS,
    *(DropReason.VALUES_OF_UNREAD_COLUMNS.of(repr(name)) for name in SUGGESTED_COLUMNS),
}


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
    for slot_type, catalog in more.catalogs.items():
        raw.catalogs[slot_type] = raw.catalogs[slot_type].merged(catalog) if slot_type in raw.catalogs else catalog
