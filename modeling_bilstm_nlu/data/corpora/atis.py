"""Read ATIS (Hemphill et al. 1990): questions about flights, with tokens, tags and labels (Goo et al. 2018)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from datasets import Dataset

from ..corpus_info import CorpusInfo, HubSource
from ..formats.format import Format
from ..formats.seq_folder import read_seq_folder
from ..raw_domains import RawDomain
from .hub_tables import hub_rows
from .tagged_texts import labels_of_folder, tagged_utterance

__all__ = ["ATIS", "read_atis"]

_PREFIX = "atis_"


def _intent(label: str) -> str:
    """Write the intent as on the hub: ``flight+airfare`` for ``atis_flight#atis_airfare``."""
    return "+".join(part.removeprefix(_PREFIX) for part in label.split("#"))


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    labels = labels_of_folder(path)
    return bool(labels) and all(label.startswith(_PREFIX) for label in labels)


def _from_hub(tables: Mapping[str, Dataset], *, on_error: str = "drop") -> RawDomain:
    """Read the tables of the hub; broken rows are left out and counted, or an error with ``on_error="raise"``."""
    raw = RawDomain("atis")
    for split, where, row in hub_rows(raw, tables, ("text", "slots", "intent")):
        with raw.record(where, on_error):
            raw.add(split, tagged_utterance(*row))
    return raw


def read_atis(path: Path, *, on_error: str = "skip_few") -> RawDomain:
    """Read ATIS from folders of ``seq.in``, ``seq.out`` and ``label``.

    Several intents of an utterance become one intent with ``+`` between the names, in the annotated order, and without
    the prefix ``atis_``: ``flight+airfare``. The copy on the hub has no validation split; its train split has those
    texts.

    Args:
        path: the folder that has the folders ``train``, ``valid`` and ``test``, or one of these three.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a file is missing, the three files differ in their number of lines, or a line is broken.
    """
    raw = read_seq_folder(path, on_error=on_error)
    splits = {
        split: [replace(row, intent=_intent(str(row.intent))) for row in rows] for split, rows in raw.splits.items()
    }
    return RawDomain("atis", splits, dropped=raw.dropped, broken=raw.broken)


ATIS = Format(
    name="atis",
    summary="ATIS in folders train/valid/test with seq.in, seq.out and label",
    priority=10,
    sniff=sniff,
    read=read_atis,
    info=CorpusInfo(
        title="Airline Travel Information Systems (ATIS)",
        licence="other",  # the Linguistic Data Consortium distributes recordings and texts under its own agreement
        citation=(
            "Hemphill et al., The ATIS Spoken Language Systems Pilot Corpus, Speech and Natural Language workshop "
            "1990; in the form of Goo et al., Slot-Gated Modeling for Joint Slot Filling and Intent Prediction, "
            "NAACL-HLT 2018"
        ),
        url="https://github.com/MiuLab/SlotGated-SLU",
        language="en",
        hub=HubSource("tuetschek/atis"),
        is_for_evaluation_only=True,
    ),
    from_hub=_from_hub,
)
