"""Find the skills in folders of third-party skills."""

import os
from pathlib import Path
from typing import NamedTuple

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json, read_lines

__all__ = ["FoundSkill", "find_skills"]

#: Beginnings of names that are not skills; names with a dot belong to version control or a file manager.
_NOT_SKILLS = (".", "readme", "license", "manifest")


class FoundSkill(NamedTuple):
    """A skill in a collection.

    Attributes:
        collection: name of the folder that contains it.
        name: of the skill in its collection.
        path: the path for `load_skill`.
        author: the part of its name before two underscores, or else the whole name.
    """

    collection: str
    name: str
    path: Path

    @property
    def author(self) -> str:
        return self.name.partition("__")[0]


def find_skills(folder: Path) -> list[FoundSkill]:
    """Find every skill in the folders of a folder, sorted by collection.

    Args:
        folder: has one folder per collection, which has one folder or file per skill; or, if a folder contains several
            skills, a `manifest.jsonl` with `id` and `files` of each skill, relative to the folder.

    Raises:
        DataError: there is no such folder, or a manifest is broken or lacks an entry.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder; name one that has a folder for each collection of skills")
    collections = [inner for inner in sorted(folder.iterdir()) if inner.is_dir() and not inner.name.startswith(".")]
    return [skill for collection in collections for skill in _skills_of(collection)]


def _skills_of(folder: Path) -> list[FoundSkill]:
    manifest = folder / "manifest.jsonl"
    if not manifest.exists():
        paths = [path for path in sorted(folder.iterdir()) if not path.name.lower().startswith(_NOT_SKILLS)]
        return [FoundSkill(folder.name, path.name, path) for path in paths]
    found = []
    for number, line in enumerate(read_lines(manifest), start=1):
        where = f"{manifest}, line {number}"
        entry = parse_json(line, where)
        if lacking := [key for key in ("id", "format", "files") if not (isinstance(entry, dict) and entry.get(key))]:
            raise DataError(
                f"{where}: {lacking[0]!r} is missing; each line is a mapping with the id, format and files of a skill"
            )
        # a carrier format has one main file, the first; an annotated bot consists of all of its files
        is_single = entry["format"].startswith("ask-")
        path = entry["files"][0] if is_single else entry.get("dir") or os.path.commonpath(entry["files"])
        found.append(FoundSkill(folder.name, entry["id"], folder / path))
    return found
