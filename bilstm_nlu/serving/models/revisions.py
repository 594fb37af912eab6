"""Where models come from: folders, packed files, a folder of models that is watched."""

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...errors import NluError
from ...runtime.finding import find_checkpoint
from ...runtime.packed_file import MAGIC
from .naming import is_name, name_of_path, split_reference

__all__ = ["LABEL", "FolderSource", "GivenSource", "Revision", "Source", "fingerprint_of"]

logger = logging.getLogger(__name__)

#: Characters of a digest or a commit that name a revision.
LABEL = 12
#: The files that a checkpoint is read from.
_SUFFIXES = (".json", ".safetensors")


@dataclass(frozen=True)
class Revision:
    """One revision of a model, which can be loaded.

    Attributes:
        name: of the model.
        label: of the revision; `None` if it is known only when the content was read.
        place: the folder, the packed file, or the id of a repository.
        changed: when the revision was made or last changed, in seconds; the newest is served.
        commit: of the repository; `None` for folders and files.
    """

    name: str
    label: str | None
    place: str
    changed: float = 0.0
    commit: str | None = None

    def __str__(self) -> str:
        """How it is written in a request: `NAME` or `NAME@REVISION`."""
        return self.name if self.label is None else f"{self.name}@{self.label}"

    def locate(self) -> Path:
        """The folder or packed file; a repository is downloaded if the local cache does not have it.

        Raises:
            NluError: it does not exist, or cannot be downloaded.
        """
        if self.commit is not None:
            return find_checkpoint(self.place, self.commit)
        return Path(self.place)


class Source(Protocol):
    """Where models come from."""

    def scan(self, *, is_asked: bool = False) -> list[Revision]:
        """All revisions of all models that are there now.

        Args:
            is_asked: someone asks for what is new; otherwise, a source that is slow may tell what it found before.

        Raises:
            NluError: the source cannot be read.
        """
        ...

    def find(self, name: str, label: str) -> Revision | None:
        """A revision that `scan` does not list, such as a tag of a repository; `None` if there is not one.

        Raises:
            NluError: the source cannot be read.
        """
        ...


def fingerprint_of(path: Path) -> tuple[object, ...]:
    """What changes when the files of a checkpoint change; it does not read them.

    Raises:
        OSError: the folder or file does not exist.
    """
    if not path.is_dir():
        return _stamp(path.stat())
    entries = sorted(entry.name for entry in os.scandir(path) if entry.name.endswith(_SUFFIXES))
    return tuple((name, *_stamp((path / name).stat())) for name in entries)


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ino


class GivenSource:
    """Models that were named one by one.

    Args:
        models: what `find_checkpoint` takes, or `NAME=` and that; a repository may have `@REVISION` after it.
    """

    def __init__(self, models: Sequence[str]) -> None:
        self.models = models

    def scan(self, *, is_asked: bool = False) -> list[Revision]:
        """The models. A repository is downloaded if the local cache does not have its newest commit.

        Raises:
            NluError: a model does not exist, has no valid name, or two have the same name.
        """
        found: dict[str, Revision] = {}
        for given in self.models:
            revision = self._revision(given)
            if revision.name in found:
                raise NluError(
                    f"{given}: another model has the name {revision.name!r}; give one of the two a name with NAME=PATH"
                )
            found[revision.name] = revision
        return list(found.values())

    def find(self, name: str, label: str) -> Revision | None:
        """There are not any others."""
        return None

    @staticmethod
    def _revision(given: str) -> Revision:
        name, equals, place = given.partition("=")
        has_name = bool(equals) and is_name(name) and not Path(given).exists()
        place = place if has_name else given
        revision = None
        if not Path(place).expanduser().exists() and "/" in place:
            place, _, revision = place.partition("@")
        path = find_checkpoint(place, revision or None)
        is_downloaded = path.parent.name == "snapshots" and not Path(place).exists()
        label = path.name[:LABEL] if is_downloaded else None  # the commit
        return Revision(name if has_name else name_of_path(Path(place)), label, str(path.absolute()), _changed(path))


class FolderSource:
    """A folder of models: each folder of a checkpoint and each packed file in it is a model.

    A folder `NAME@REV` is the revision REV of the model NAME. Other files and folders are ignored.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._told = set[str]()

    def scan(self, *, is_asked: bool = False) -> list[Revision]:
        """The models.

        Raises:
            NluError: the folder cannot be read.
        """
        try:
            entries = sorted(os.scandir(self.folder), key=lambda entry: entry.name)
        except OSError as error:
            raise NluError(f"{self.folder}: cannot be read ({error.strerror}); check --models") from error
        return [revision for entry in entries for revision in self._revisions(entry)]

    def find(self, name: str, label: str) -> Revision | None:
        """There are not any others."""
        return None

    def _revisions(self, entry: os.DirEntry) -> Iterator[Revision]:
        path = Path(entry.path)
        try:
            if entry.is_dir():
                text, is_model = entry.name, (path / "config.json").is_file()
            else:
                text, is_model = path.stem, not entry.name.startswith(".") and _is_packed(path)
            found = split_reference(text)
            if is_model and found is not None:
                yield Revision(found[0], found[1], str(path.absolute()), _changed(path))
            elif is_model and entry.name not in self._told:
                self._told.add(entry.name)
                logger.warning("%s: not served, because a name may only have letters, digits and . _ -", path)
        except OSError:
            return  # it was removed just now


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _changed(path: Path) -> float:
    """When a checkpoint was last written: the newest of the folder and the files that matter most."""
    names = ("", "config.json", "model.safetensors", "delta.safetensors") if path.is_dir() else ("",)
    times = [(path / name).stat().st_mtime for name in names if (path / name).exists()]
    return max(times)
