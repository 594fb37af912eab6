"""Read SNIPS as most papers use it (Goo et al. 2018): tokens in lower case, and a test split from the train files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from datasets import Dataset

from ..corpus_info import CorpusInfo, HubSource
from ..formats.format import Format
from ..formats.seq_folder import read_seq_folder
from ..raw_domains import RawDomain
from .hub_tables import hub_rows
from .snips import INTENTS
from .tagged_texts import labels_of_folder, tagged_utterance

__all__ = ["SNIPS_SLOTGATED", "read_snips_slotgated"]


def _from_hub(tables: Mapping[str, Dataset], *, on_error: str = "drop") -> RawDomain:
    """Read the tables of the hub; broken rows are left out and counted, or an error with ``on_error="raise"``."""
    raw = RawDomain("snips_slotgated")
    for split, where, (tokens, tags, intent) in hub_rows(raw, tables, ("input", "slots", "intent")):
        with raw.record(where, on_error):
            utterance = tagged_utterance(tokens, tags, intent)
            raw.add(split, replace(utterance, domain=utterance.intent))
    return raw


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return set(labels_of_folder(path)) == set(INTENTS)


def read_snips_slotgated(path: Path, *, on_error: str = "skip_few") -> RawDomain:
    """Read SNIPS from folders of ``seq.in``, ``seq.out`` and ``label``; the seven intents are also the domains.

    The copy on the hub has no validation split.

    Args:
        path: the folder that has the folders ``train``, ``valid`` and ``test``, or one of these three.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a file is missing, the three files differ in their number of lines, or a line is broken.
    """
    raw = read_seq_folder(path, on_error=on_error)
    splits = {split: [replace(row, domain=row.intent) for row in rows] for split, rows in raw.splits.items()}
    return RawDomain("snips_slotgated", splits, dropped=raw.dropped, broken=raw.broken)


SNIPS_SLOTGATED = Format(
    name="snips_slotgated",
    summary="SNIPS in folders train/valid/test with seq.in, seq.out and label",
    priority=130,
    sniff=sniff,
    read=read_snips_slotgated,
    info=CorpusInfo(
        title="SNIPS natural language understanding benchmark, tokenised",
        licence="cc0-1.0",
        citation=(
            "Coucke et al., Snips Voice Platform: an embedded Spoken Language Understanding system for "
            "private-by-design voice interfaces, 2018, arXiv:1805.10190; in the splits of Goo et al., Slot-Gated "
            "Modeling for Joint Slot Filling and Intent Prediction, NAACL-HLT 2018"
        ),
        url="https://github.com/MiuLab/SlotGated-SLU",
        language="en",
        domains=INTENTS,
        family="snips",
        hub=HubSource("bkonkle/snips-joint-intent"),
    ),
    from_hub=_from_hub,
)
