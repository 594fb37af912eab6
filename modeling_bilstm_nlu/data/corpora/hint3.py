"""Read HINT3 (Arora et al. 2020, Insights workshop at EMNLP): questions to three bots, mostly out of scope."""

import re
from collections.abc import Iterator
from pathlib import Path

from bilstm_nlu.errors import DataError

from ..corpus_info import CorpusInfo
from ..formats.format import Format
from ..raw_domains import RawDomain
from .csv_records import csv_records, has_header
from .labelled_texts import LabelledTexts
from .parts import one_file_a_part

__all__ = ["HINT3", "read_hint3"]

_HEADERS = [("sentence", "label"), ("sentence", "label", "")]  # one file ends its lines with a comma
_FILE = re.compile(r"(?P<bot>[^\W_]+)(?P<subset>_subset)?_(?P<split>train|test)(?i:\.csv(\.gz)?)")
_VERSIONS = ("v1", "v2")
_OUT_OF_SCOPE_LABEL = "NO_NODES_DETECTED"


def _files(folder: Path, *, subset: bool = False) -> Iterator[tuple[Path, re.Match[str]]]:
    """List the files of a version: all test files, and either the train files that are subsets or the others."""
    for split in ("train", "test"):
        for file in sorted((folder / split).iterdir()) if (folder / split).is_dir() else ():
            match = _FILE.fullmatch(file.name)
            if match and match["split"] == split and (split == "test" or bool(match["subset"]) == subset):
                yield file, match


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    for folder in (path, *(path / version for version in _VERSIONS)):
        for file, _ in _files(folder):
            return has_header(file, _HEADERS)
    return False


def read_hint3(
    path: Path,
    *,
    version: str = "v2",
    subset: bool = False,
    out_of_scope: str = "fallback",
    on_error: str = "skip_few",
) -> RawDomain:
    """Read HINT3; the domains are the bots, and there is no validation split. White space becomes single spaces.

    The train files have no requests out of scope, but most test requests are out of scope. A model that is trained on
    these files gets all of them wrong.

    Args:
        path: the folder of both versions, or the folder of one version; for one version, ``version`` is ignored.
        version: ``v2`` with corrected labels, or ``v1``, which the numbers of the paper are about.
        subset: whether to read the train files without near-duplicates; only ``v1`` has such files.
        out_of_scope: what to do with the label ``NO_NODES_DETECTED``. ``fallback``: it becomes the intent
            ``out_of_scope``; ``keep``: it does not change; ``drop``: these requests are left out.
        on_error: what to do about broken rows: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a row is broken, a version or policy is unknown, or there are no such files.
    """
    if version not in _VERSIONS:
        raise DataError(f"unknown version={version!r}; known versions: {', '.join(_VERSIONS)}")
    folder = path / version if (path / version).is_dir() else path
    files = list(_files(folder, subset=subset))
    one_file_a_part(((match["bot"], match["split"]), file) for file, match in files)
    if not files:
        raise DataError(f"{path}: there are no files {version}/train/<bot>_train.csv; give the folder of v1 and v2")
    if subset and not any(match["subset"] for _, match in files):
        raise DataError(
            f"{folder}: there are no files train/<bot>_subset_train.csv; read version='v1', or remove subset"
        )
    raw = RawDomain("hint3")
    texts = LabelledTexts(raw, _OUT_OF_SCOPE_LABEL, out_of_scope)
    for file, match in files:
        for where, record in csv_records(file, _HEADERS, raw, on_error=on_error):
            with raw.record(where, on_error):
                texts.add(match["split"], record["sentence"], record["label"], domain=match["bot"])
    return raw


HINT3 = Format(
    name="hint3",
    summary="HINT3 as published, folders v1 and v2 with a CSV file per bot in train and test",
    priority=60,
    sniff=sniff,
    read=read_hint3,
    info=CorpusInfo(
        title="HINT3",
        licence="odbl",
        citation=(
            "Arora et al., HINT3: Raising the bar for Intent Detection in the Wild, Insights from Negative Results in "
            "NLP 2020, arXiv:2009.13833"
        ),
        url="https://github.com/hellohaptik/HINT3",
        language="en",
        domains=("curekart", "powerplay11", "sofmattress"),
        is_for_evaluation_only=True,
    ),
)
