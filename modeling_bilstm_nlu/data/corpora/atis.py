"""ATIS (Hemphill et al. 1990): questions about flights, in folders of tokens, tags and labels (Goo et al. 2018)."""

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
    """``flight+airfare`` for ``atis_flight#atis_airfare``: the names on the hub."""
    return "+".join(part.removeprefix(_PREFIX) for part in label.split("#"))


def sniff(path: Path) -> bool:
    """Whether a file or a folder looks like this format."""
    labels = labels_of_folder(path)
    return bool(labels) and all(label.startswith(_PREFIX) for label in labels)


def _from_hub(tables: Mapping[str, Dataset], *, on_error: str = "drop") -> RawDomain:
    """The rows of a datasets repository; broken ones are left out and counted, or raised with ``on_error="raise"``."""
    raw = RawDomain("atis")
    for split, where, row in hub_rows(raw, tables, ("text", "slots", "intent")):
        with raw.record(where, on_error):
            raw.add(split, tagged_utterance(*row))
    return raw


def read_atis(path: Path, *, on_error: str = "raise") -> RawDomain:
    """Read as the format ``seq-folder`` does. The copy on the hub has no validation split: its texts are in train.

    Several intents are one with ``+`` between their names, in the order in which they were annotated, and ``atis_`` in
    front of them is left out: ``flight+airfare``.

    Args:
        path: the folder above ``train``, ``valid`` and ``test``, or one of them.
        on_error: ``raise``, or ``drop`` to leave broken lines out.

    Raises:
        DataError: a file is missing, the three differ in their number of lines, or a line is broken.
    """
    raw = read_seq_folder(path, on_error=on_error)
    splits = {
        split: [replace(row, intent=_intent(str(row.intent))) for row in rows] for split, rows in raw.splits.items()
    }
    return RawDomain("atis", splits, dropped=raw.dropped)


ATIS = Format(
    name="atis",
    summary="ATIS in folders train/valid/test of seq.in, seq.out and label",
    priority=20,
    sniff=sniff,
    read=read_atis,
    info=CorpusInfo(
        title="Airline Travel Information Systems (ATIS)",
        licence="other",  # the Linguistic Data Consortium hands the recordings and texts out under its own agreement
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
