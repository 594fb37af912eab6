"""Read BANKING77 (Casanueva et al. 2020, arXiv:2003.04807): questions to a bank, 77 intents, no slots."""

from collections.abc import Mapping
from pathlib import Path

from datasets import Dataset

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import stem

from ..corpus_info import CorpusInfo, HubSource
from ..formats.format import Format
from ..raw_domains import RawDomain
from ..split_names import canonical_split, split_files
from .csv_records import csv_records, has_header
from .hub_tables import hub_rows
from .labelled_texts import LabelledTexts

__all__ = ["BANKING77", "read_banking77"]

_HEADERS = [("text", "category")]


def sniff(path: Path) -> bool:
    """Say whether a folder has the publisher's list of categories; without it, the files are ordinary tables."""
    if not any((path / name).is_file() for name in ("categories.json", "categories.json.gz")):
        return False
    return any(has_header(file, _HEADERS) for file in split_files(path, (".csv",)).values())


def _from_hub(tables: Mapping[str, Dataset], *, on_error: str = "drop") -> RawDomain:
    """Read the tables of the hub; broken rows are left out and counted, or an error with ``on_error="raise"``."""
    raw = RawDomain("banking77")
    texts = LabelledTexts(raw)
    for split, where, row in hub_rows(raw, tables, ("text", "label")):
        with raw.record(where, on_error):
            texts.add(split, *row)
    return raw


def read_banking77(path: Path, *, on_error: str = "skip_few") -> RawDomain:
    """Read BANKING77; there is no validation split. White space and line breaks become single spaces.

    Args:
        path: the folder, or one file.
        on_error: what to do about broken rows: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a row is broken, or there are no such files.
    """
    files = split_files(path, (".csv",)) if path.is_dir() else {canonical_split(stem(path)) or "train": path}
    if not files:
        raise DataError(f"{path}: there are no files train.csv and test.csv; give the folder that has them")
    raw = RawDomain("banking77")
    texts = LabelledTexts(raw)
    for split, file in files.items():
        for where, record in csv_records(file, _HEADERS, raw, on_error=on_error):
            with raw.record(where, on_error):
                texts.add(split, record["text"], record["category"])
    return raw


BANKING77 = Format(
    name="banking77",
    summary="BANKING77 as published, a folder of train.csv, test.csv and categories.json",
    priority=20,
    sniff=sniff,
    read=read_banking77,
    info=CorpusInfo(
        title="BANKING77",
        licence="cc-by-4.0",
        citation=(
            "Casanueva et al., Efficient Intent Detection with Dual Sentence Encoders, NLP for ConvAI 2020, "
            "arXiv:2003.04807"
        ),
        url="https://github.com/PolyAI-LDN/task-specific-datasets",
        language="en",
        hub=HubSource("legacy-datasets/banking77"),
    ),
    from_hub=_from_hub,
)
