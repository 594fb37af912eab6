"""Write a domain as a table, CSV or TSV, with annotations."""

import csv
import io
from collections import Counter
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import write_text

from ...domains import Domain
from ...drop_reasons import DropReason
from ...schema import Utterance
from ...text import normalise_spaces
from ..annotations import write_annotations

__all__ = ["write_table"]

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


def write_table(path: str | Path, domain: Domain) -> dict[str, int]:
    """Write a domain as one table with a column of splits; ``read_table`` reads it back.

    The file is written completely or not at all. The name of the column of texts is ``marked_text`` if slots are
    annotated, otherwise ``text``. There are columns of intents, domains and groups if any utterance has one.

    Args:
        path: a ``.csv`` or ``.tsv`` file.
        domain: what to write.

    Returns:
        Drop reason -> number of things that a table cannot express.

    Raises:
        DataError: the path has another suffix.
    """
    path = Path(path)
    if path.suffix.lower() not in _DELIMITERS:
        raise DataError(f"{path}: the suffix of a table is .csv or .tsv; rename the file")
    lost: Counter[str] = Counter()
    lost[DropReason.SLOT_CATALOGS] = len(domain.catalogs)
    rows = [(split, utterance) for split in domain.splits for utterance in domain.utterances(split)]
    has_slots = any(utterance.spans is not None for _, utterance in rows)
    labels = [name for name in ("intent", "domain", "group") if any(getattr(row, name) for _, row in rows)]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=_DELIMITERS[path.suffix.lower()], lineterminator="\n")
    writer.writerow(["marked_text" if has_slots else "text", *labels, "split"])
    for split, utterance in rows:
        cells = [_text(utterance, lost), *(_label(getattr(utterance, name), lost) for name in labels), split]
        if any("\0" in cell for cell in cells):
            lost[DropReason.UTTERANCES_WITH_NUL_CHARACTERS] += 1
            continue
        lost[DropReason.SLOTS_NOT_ANNOTATED_IN_TABLES] += has_slots and utterance.spans is None
        writer.writerow(cells)
    write_text(path, file.getvalue())
    return {reason: count for reason, count in lost.items() if count}


def _text(utterance: Utterance, lost: Counter[str]) -> str:
    text, spans = normalise_spaces(utterance.text, utterance.spans or ())
    lost[DropReason.TEXT_SPACES_JOINED] += text != utterance.text
    kept = [span._replace(slot_type=_label(span.slot_type, lost)) for span in spans if span.start < span.end]
    lost[DropReason.BLANK_SLOTS] += len(spans) - len(kept)
    return write_annotations(text, tuple(kept))


def _label(label: str | None, lost: Counter[str]) -> str:
    plain = " ".join((label or "").split())
    lost[DropReason.LABEL_SPACES_JOINED] += plain != (label or "")
    return plain
