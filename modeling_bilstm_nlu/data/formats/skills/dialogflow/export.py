"""Find and load the files of a Dialogflow export: a folder, or the zip archive from the console.

An archive is read in memory and never unpacked to disk. Exports of 2017 (api.ai) have the examples of an intent in the
file of the intent, and the values of an entity type in the file of the type; their language is in ``agent.json``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bilstm_nlu.files import parse_json, read_text

from ..archives import archive_names, entry_text, opened_archive
from ..json_values import json_list

__all__ = ["Export", "find_exports"]

_NAME = re.compile(
    r"(?:(?P<root>.+)/)?(?P<kind>intents|entities)/(?P<name>[^/]+?)"
    r"(?:_(?:usersays|entries)_(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*))?\.(?i:json)"
)
#: The language of an export of 2017 that does not name one.
_OLD_LANGUAGE = "en"


@dataclass
class Export:
    """One agent of an export: its intents and entity types, by name, in all its languages.

    Args:
        path: the folder or the archive.
        examples: language -> intent -> file of its examples.
        entries: language -> entity type -> file of its values.
        intents: intent -> file of its settings (parameters, answers).
        types: entity type -> file of its settings.
        texts: loaded file -> its text.
    """

    path: Path
    examples: dict[str, dict[str, str]] = field(default_factory=dict)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    intents: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def load(self, language: str) -> None:
        """Read the files of a language, and the settings that belong to them.

        Raises:
            DataError: a file cannot be read, or is too big.
        """
        examples, entries = self.examples.get(language, {}), self.entries.get(language, {})
        names = [*examples.values(), *(self.intents[name] for name in examples if name in self.intents)]
        names += [*entries.values(), *(self.types[name] for name in entries if name in self.types)]
        self.texts = self._texts(names)

    def find_old_files(self, root: str) -> None:
        """Find examples and values in the files of an export of 2017, if this is one."""
        if self.examples or not any('"userSays"' in text for text in self._texts(self.intents.values()).values()):
            return
        agent = f"{root}/agent.json" if root else "agent.json"
        settings = parse_json(self._texts([agent])[agent], self.where(agent)) if self._has(agent) else None
        language = settings.get("language") if isinstance(settings, Mapping) else None
        language = language if isinstance(language, str) and language else _OLD_LANGUAGE
        self.examples[language] = dict(self.intents)
        self.entries[language] = dict(self.types)

    def _has(self, name: str) -> bool:
        if self.path.is_dir():
            return (self.path / name).is_file()
        with opened_archive(self.path) as archive:
            return name in archive.namelist()

    def _texts(self, names: Iterable[str]) -> dict[str, str]:
        if self.path.is_dir():
            return {name: read_text(self.path / name) for name in names}
        with opened_archive(self.path) as archive:
            return {name: entry_text(archive, name, self.where(name)) for name in names}

    def where(self, name: str) -> str:
        """Write the name of a file for messages."""
        return str(self.path / name) if self.path.is_dir() else f"{self.path}, {name}"

    def parsed(self, name: str) -> Any:
        """Parse a loaded JSON file.

        Raises:
            DataError: the file is not JSON.
        """
        return parse_json(self.texts[name], self.where(name))

    def rows(self, name: str, key: str) -> list[Any]:
        """Parse a loaded file of examples or values; in the file of an intent or a type, they are under a key.

        Raises:
            DataError: the file is not JSON, or not of this kind.
        """
        content = self.parsed(name)
        is_old = isinstance(content, Mapping) and name in (*self.intents.values(), *self.types.values())
        return json_list(content.get(key) if is_old else content, self.where(name))


def find_exports(path: Path) -> dict[str, Export]:
    """Find the agents in a folder (at its top or up to two folders below) or in an archive, by their place.

    Raises:
        DataError: the archive cannot be read.
    """
    exports: dict[str, Export] = {}
    for file in sorted(_names(path) if path.is_dir() else archive_names(path)):
        match = _NAME.fullmatch(file)
        if match is None:
            continue
        export = exports.setdefault(match["root"] or "", Export(path))
        name, language = match["name"], match["language"]
        if language is None:
            (export.intents if match["kind"] == "intents" else export.types)[name] = file
        elif match["kind"] == "intents":
            export.examples.setdefault(language, {})[name] = file
        else:
            export.entries.setdefault(language, {})[name] = file
    for root, export in exports.items():
        export.find_old_files(root)
    return {root: export for root, export in exports.items() if export.examples}


def _names(folder: Path) -> Iterator[str]:
    for pattern in ("intents/*.[jJ][sS][oO][nN]", "entities/*.[jJ][sS][oO][nN]"):
        for prefix in ("", "*/", "*/*/"):
            yield from (file.relative_to(folder).as_posix() for file in folder.glob(prefix + pattern))
