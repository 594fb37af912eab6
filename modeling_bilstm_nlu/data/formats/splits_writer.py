"""Writing a domain as one file, or as a folder with a file for each split: what the plain formats share."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ..domains import Domain
from ..drop_reasons import DropReason
from ..schema import Utterance

__all__ = ["write_splits"]


def write_splits(
    path: Path, domain: Domain, suffixes: tuple[str, ...], write: Callable[[Path, Iterable[Utterance]], None]
) -> dict[str, int]:
    """Write a file with all utterances if the path ends like one, or else a folder with ``train`` and the like.

    Args:
        path: of the file or the folder.
        domain: what to write.
        suffixes: those of files of the format; the first names the files of a folder.
        write: writes utterances to a file.

    Returns:
        Reason -> number of things that one file has no place for.
    """
    if not path.name.lower().endswith(suffixes):
        path.mkdir(parents=True, exist_ok=True)
        for split in domain.splits:
            write(path / f"{split}{suffixes[0]}", domain.utterances(split))
        return {}
    write(path, (utterance for split in domain.splits for utterance in domain.utterances(split)))
    others = sum(len(rows) for split, rows in domain.splits.items() if split != "train")
    return {DropReason.SPLITS_IN_ONE_FILE: others}
