"""Write a domain as one file, or as a folder with a file for each split."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ..domains import Domain
from ..drop_reasons import DropReason
from ..schema import Utterance

__all__ = ["write_splits"]


def write_splits(
    path: Path, domain: Domain, suffixes: tuple[str, ...], write: Callable[[Path, Iterable[Utterance]], None]
) -> dict[str, int]:
    """Write one file with all utterances if the path has a suffix of the format, or else a folder with a file a split.

    Args:
        path: the path of the file or the folder.
        domain: what to write.
        suffixes: the suffixes of files of the format; the files of a folder get the first one.
        write: writes utterances to a file.

    Returns:
        Drop reason -> number of things that one file cannot hold.
    """
    if not path.name.lower().endswith(suffixes):
        path.mkdir(parents=True, exist_ok=True)
        for split in domain.splits:
            write(path / f"{split}{suffixes[0]}", domain.utterances(split))
        return {}
    write(path, (utterance for split in domain.splits for utterance in domain.utterances(split)))
    others = sum(len(rows) for split, rows in domain.splits.items() if split != "train")
    return {DropReason.SPLITS_IN_ONE_FILE: others}
