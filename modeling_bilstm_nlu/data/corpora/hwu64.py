"""Read HWU64 (Liu et al. 2019, arXiv:1903.05566): commands to a home robot, annotated as ``[type : value]``."""

from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import stem

from ..corpus_info import CorpusInfo
from ..drop_reasons import DropReason
from ..formats.format import Format
from ..formats.inline import parse_inline
from ..raw_domains import RawDomain
from ..schema import Utterance
from ..text import normalise_spaces
from .csv_records import csv_records, has_header, is_csv
from .massive import SCENARIOS
from .parts import one_file_a_part

__all__ = ["HWU64", "read_hwu64"]

_FOLD_HEADER = ("answerid", "scenario", "intent", "answer_annotation", "answer_from_anno", "answer_from_user")
_WHOLE_HEADER = (
    *("userid", "answerid", "scenario", "intent", "status", "answer_annotation", "notes", "suggested_entities"),
    *("answer_normalised", "answer", "question"),
)
_HEADERS = [_FOLD_HEADER, _WHOLE_HEADER]
_DELIMITER = ";"
_WHOLE = "NLU-Data-Home-Domain-Annotated-All.csv"
_SPLIT_FOLDERS = {"train": ("trainset",), "test": ("testset/csv", "testset")}


def _fold_files(folder: Path) -> list[tuple[str, Path]]:
    """List the files of a fold with their splits."""
    files = []
    for split, names in _SPLIT_FOLDERS.items():
        for place in (folder / name for name in names if (folder / name).is_dir()):
            if found := [file for file in sorted(place.iterdir()) if is_csv(file)]:
                one_file_a_part((stem(file), file) for file in found)
                files += [(split, file) for file in found]
                break
    return files


def _files(path: Path, fold: int) -> list[tuple[str, Path]]:
    """List the files of a fold, or else the file of the whole collection, with their splits."""
    if path.is_file():
        return [("train", path)]
    for folder in (path / f"KFold_{fold}", path):
        if files := _fold_files(folder):
            return files
    whole = [path / folder / name for folder in ("", "AnnotatedData") for name in (_WHOLE, f"{_WHOLE}.gz")]
    return [("train", file) for file in whole if file.is_file()][:1]


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return any(has_header(file, _HEADERS, delimiter=_DELIMITER) for _, file in _files(path, 1)[:1])


def read_hwu64(path: Path, *, fold: int = 1, on_error: str = "skip_few") -> RawDomain:
    """Read HWU64; the domains are the scenarios, and an intent is scenario and intent. There is no validation split.

    The text is the annotated text without the annotations, because it contains the slot values; numbers are words in
    it.

    A fold has a train and a test split. The single file of all annotations, more than twice as large, has no splits;
    when it is split, all answers of one person to one question stay together. Rows that the annotators called
    irrelevant (``status`` begins with ``IRR``) and rows without an answer are left out.

    Args:
        path: the folder that has the folds ``KFold_1``, ``KFold_2``, ..., the folder of one fold, or a CSV file.
        fold: the number of the fold to read.
        on_error: what to do about broken rows: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a row is broken, or there are no such files.
    """
    files = _files(path, fold)
    if not files:
        raise DataError(
            f"{path}: there is no folder KFold_{fold}/trainset and no file {_WHOLE}; give the folder that has one"
        )
    raw = RawDomain("hwu64")
    for split, file in files:
        for where, record in csv_records(file, _HEADERS, raw, delimiter=_DELIMITER, on_error=on_error):
            with raw.record(where, on_error):
                _add(raw, split, record)
    return raw


def _add(raw: RawDomain, split: str, record: dict[str, str]) -> None:
    annotated = record["answer_annotation"].strip()
    scenario, intent = record["scenario"].strip(), record["intent"].strip()
    if record.get("status", "").strip().startswith("IRR"):
        raw.drop(DropReason.IRRELEVANT_ROWS, domain=scenario)
        return
    if annotated == "null":
        raw.drop(DropReason.ROWS_WITHOUT_AN_ANSWER, domain=scenario)
        return
    if not scenario or not intent:
        raise DataError("the row has no scenario or no intent; write both")
    group = record["answerid"].strip() if "status" in record else None
    text, spans = normalise_spaces(*parse_inline(annotated))
    raw.add(split, Utterance(text, f"{scenario}_{intent}", spans, group=group or None, domain=scenario))


HWU64 = Format(
    name="hwu64",
    summary="HWU64 as published, a folder KFold_1 with a CSV file per intent, or the single CSV of all annotations",
    priority=80,
    sniff=sniff,
    read=read_hwu64,
    info=CorpusInfo(
        title="NLU Evaluation Data (HWU64)",
        licence="cc-by-4.0",
        citation=(
            "Liu et al., Benchmarking Natural Language Understanding Services for building Conversational Agents, "
            "IWSDS 2019, arXiv:1903.05566"
        ),
        url="https://github.com/xliuhw/NLU-Evaluation-Data",
        language="en",
        domains=SCENARIOS,
        family="slurp",
    ),
)
