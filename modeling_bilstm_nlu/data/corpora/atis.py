"""ATIS (Hemphill et al. 1990): questions about flights, in folders of tokens, tags and labels (Goo et al. 2018)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from datasets import Dataset

from ..corpus_info import CorpusInfo, HubSource
from ..hub_tables import hub_rows
from ..registry import RawDomain, read, register_reader
from .tagged_texts import labels_of_folder, tagged_utterance

__all__ = ["read_atis"]

_PREFIX = "atis_"


def _intent(label: str) -> str:
    """``flight+airfare`` for ``atis_flight#atis_airfare``: the names on the hub."""
    return "+".join(part.removeprefix(_PREFIX) for part in label.split("#"))


def _recognises(path: Path) -> bool:
    labels = labels_of_folder(path)
    return bool(labels) and all(label.startswith(_PREFIX) for label in labels)


def _from_hub(tables: Mapping[str, Dataset], *, on_error: str = "drop") -> RawDomain:
    """The rows of a datasets repository; broken ones are left out and counted, or raised with ``on_error="raise"``."""
    raw = RawDomain("atis")
    for split, where, row in hub_rows(raw, tables, ("text", "slots", "intent")):
        with raw.record(where, on_error):
            raw.add(split, tagged_utterance(*row))
    return raw


@register_reader(
    "atis",
    recognises=_recognises,
    summary="ATIS in folders train/valid/test of seq.in, seq.out and label",
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
def read_atis(path: Path, *, on_error: str = "raise") -> RawDomain:
    """Read as the format ``seq-folder`` does. On the hub there is no validation split, its texts are in train.

    Several intents are one with ``+`` between their names, in the order in which they were annotated, and ``atis_`` in
    front of them is left out: ``flight+airfare``.

    Args:
        path: the folder above ``train``, ``valid`` and ``test``, or one of them.
        on_error: ``raise``, or ``drop`` to leave broken lines out.

    Raises:
        DataError: a file is missing, the three differ in their number of lines, or a line is broken.
    """
    raw = read(path, "seq-folder", on_error=on_error)  # imported here, it would be asked before this reader
    splits = {
        split: [replace(row, intent=_intent(str(row.intent))) for row in rows] for split, rows in raw.splits.items()
    }
    return RawDomain("atis", splits, dropped=raw.dropped)
