"""Find the skills under a folder."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import regular_files

from ..data.formats.registry import format_for
from ..data.split_names import canonical_split
from .skills import FleetSkill, safe_ids

__all__ = ["Found", "find_skills"]

_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Found:
    """What a folder has.

    Args:
        skills: the skills, sorted by their paths.
        others: path -> why it is not a skill.
        unreadable: path -> why it cannot be read: a link to nothing, a pipe, a file without the right to read it.
    """

    skills: tuple[FleetSkill, ...]
    others: dict[Path, str]
    unreadable: dict[Path, str]


def find_skills(folder: Path, *, skip: Collection[Path] = ()) -> Found:
    """Find every skill under a folder, with the formats that `load_domain` knows.

    A file in `folder` itself is a skill of its own. A folder that a format recognises is one skill with all that it
    contains. But if two or more of its own folders are recognised, and their names are not those of splits or
    languages, it is a collection, and each of them is a skill. Names that begin with a dot are not looked at.

    Args:
        folder: the folder.
        skip: folders that are left alone, such as that of the results.

    Raises:
        DataError: the folder cannot be read, or it has no skill.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {str(folder)!r}; check the path")
    root = folder.resolve()
    looking = _Looking({path.resolve() for path in skip})
    with regular_files():
        paths = list(looking.inside(root))
        if not paths and looking.is_skill(root):
            paths, looking.others = [root], {}
    if not paths:
        reasons = [*looking.others.values(), *(f"{path}: {why}" for path, why in looking.unreadable.items())]
        seen = "; ".join(reasons[:1]) or "the folder is empty"
        raise DataError(
            f"{folder}: no skill was found in it ({seen}); check the path, or list the skills in a manifest"
        )
    names = _names(paths, root)
    ids = safe_ids(names.values())
    skills = (FleetSkill(ids[name], str(path), path) for path, name in names.items())
    return Found(tuple(skills), looking.others, looking.unreadable)


def _names(paths: Iterable[Path], root: Path) -> dict[Path, str]:
    """Return path -> its name as seen from the folder, without the suffix of a file if names differ without it."""
    names = {path: path.relative_to(root).as_posix() if path != root else root.name for path in paths}
    bare = {path: name.removesuffix(path.suffix) if path.is_file() else name for path, name in names.items()}
    counts = Counter(bare.values())
    return {path: bare[path] if counts[bare[path]] == 1 else name for path, name in names.items()}


class _Looking:
    """One search.

    Attributes:
        others: path -> why it is not a skill.
        unreadable: path -> why it cannot be read.
    """

    def __init__(self, skip: Collection[Path]):
        self.skip = skip
        self.others: dict[Path, str] = {}
        self.unreadable: dict[Path, str] = {}

    def inside(self, folder: Path) -> Iterator[Path]:
        """Yield the skills in a folder."""
        for path in self.entries(folder):
            if path.is_file():
                if self.is_skill(path):
                    yield path
            else:
                yield from self.under(path)

    def under(self, folder: Path) -> Iterator[Path]:
        """Yield a folder if it is a skill, else the skills in it."""
        before = dict(self.others)
        is_skill = self.is_skill(folder)
        if is_skill:
            parts = [path for path in self.entries(folder) if path.is_dir() and not _is_part(path.name)]
            is_skill = sum(1 for path in parts if self.is_skill(path)) < 2
            self.others = before
        if is_skill:
            yield folder
            return
        found = list(self.inside(folder))
        if found:
            self.others.pop(folder, None)  # it has skills, so only its other files are told
        else:
            self.others = {**before, folder: self.others.get(folder, "no format recognises it")}
        yield from found

    def entries(self, folder: Path) -> list[Path]:
        """The files and folders of a folder that can be read, sorted; the others are noted.

        Raises:
            DataError: the folder cannot be read.
        """
        try:
            found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except OSError as error:
            raise DataError(
                f"{folder}: cannot be read ({error.strerror}); give yourself the right to read it"
            ) from error
        kept = []
        for path in found:
            if (reason := _why_unreadable(path)) is not None:
                self.unreadable[path] = reason
            elif path.resolve() not in self.skip:
                kept.append(path)
        return kept

    def is_skill(self, path: Path) -> bool:
        """Whether a format recognises a path; if none does, its reason is noted."""
        try:
            format_for(path)
        except DataError as error:
            self.others[path] = str(error)
            return False
        return True


def _why_unreadable(path: Path) -> str | None:
    """Why a path cannot be read; `None` for files and folders that can be read."""
    is_folder = path.is_dir()
    if not is_folder and not path.is_file():
        if path.is_symlink():
            return "it is a link to nothing; remove it, or put the file there"
        return "it is a pipe, a socket or a device; remove it"
    if not os.access(path, os.R_OK | os.X_OK if is_folder else os.R_OK):
        return "you do not have the right to read it; give yourself this right"
    if is_folder and path.is_symlink() and path.parent.resolve().is_relative_to(path.resolve()):
        return "it is a link to a folder that contains it; remove it"
    return None


def _is_part(name: str) -> bool:
    """Whether a folder has the name of a split or a language, so that it is a part of a skill."""
    return canonical_split(name) is not None or _LANGUAGE.fullmatch(name) is not None
