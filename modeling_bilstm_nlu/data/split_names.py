"""Names of splits, and files that are named after splits."""

from collections.abc import Iterable
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, stem

__all__ = ["SPLITS", "canonical_split", "split_files", "split_of_label"]

#: The names of the splits in this package, in order.
SPLITS = ("train", "validation", "test")
_SPLIT_NAMES = {"dev": "validation", "devel": "validation", "eval": "validation", "val": "validation"}
_SPLIT_NAMES |= {"valid": "validation", "training": "train", "testing": "test"} | {split: split for split in SPLITS}


def canonical_split(name: str) -> str | None:
    """Return ``train``, ``validation`` or ``test`` for any of their usual names, ``None`` for another word."""
    return _SPLIT_NAMES.get(name.lower())


def split_of_label(label: str | None) -> str | None:
    """The split that a record names; ``None`` if it names none.

    Raises:
        DataError: the name is not the name of a split.
    """
    if label is None:
        return None
    if (split := canonical_split(label.strip())) is None:
        raise DataError(
            f"unknown split {label!r}; write train, validation or test, or ignore the column with an empty option: "
            f"split_column="
        )
    return split


def split_files(folder: Path, suffixes: Iterable[str]) -> dict[str, Path]:
    """Find the files of a folder that are named after a split, such as ``dev.jsonl.gz``.

    Raises:
        DataError: two files are named after the same split.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        split = canonical_split(stem(path))
        if split is None or not has_suffix(path, suffixes):
            continue
        if split in found:
            raise DataError(
                f"{folder}: {found[split].name} and {path.name} are both named as the {split} split; keep one"
            )
        found[split] = path
    return {split: found[split] for split in SPLITS if split in found}
