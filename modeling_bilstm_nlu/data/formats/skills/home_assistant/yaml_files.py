"""Find and read YAML files of Home Assistant: sentences, tests, and the configuration.

Sentences are in ``custom_sentences/<language>`` or ``sentences/<language>``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import has_suffix, read_head, read_text, stem

from ..samples import key_of
from .configuration import CONFIGURATION, is_configuration, read_configuration

__all__ = ["YamlFiles", "find_yaml", "has_intents", "is_document", "read_yaml"]

_SUFFIXES = (".yaml", ".yml")
_ROOMS = ("custom_sentences", "sentences")
_TESTS = "tests"
#: The language that is read if a folder has several and none is asked for.
_LANGUAGE = "en"
#: How many bytes of a file, and how many files of a folder, are checked to recognise the format.
_HEAD_BYTES = 1 << 20
_MAX_CHECKED = 200
_MAX_FILES = 5000
_MARKS = tuple(
    re.compile(pattern, re.M)
    for pattern in (
        r"^[\"']?intents[\"']?\s*:",
        r"^\s+(?:-\s*)?[\"']?data[\"']?\s*:",
        r"^\s+(?:-\s*)?[\"']?sentences[\"']?\s*:",
    )
)
_COMMON = re.compile(r"^[\"']?(?:lists|expansion_rules)[\"']?\s*:", re.M)


@dataclass
class YamlFiles:
    """The files of one language.

    Args:
        name: a short name for the whole.
        language: the language that the name of the folder says.
        sentences: the files with intents, lists and rules.
        tests: the files with tests.
    """

    name: str
    language: str | None
    sentences: list[Path]
    tests: list[Path] = field(default_factory=list)


def is_document(document: object) -> bool:
    """Say whether a parsed file has intents with sentences."""
    intents = document.get("intents") if isinstance(document, Mapping) else None
    return isinstance(intents, Mapping) and any(
        isinstance(intent, Mapping) and isinstance(intent.get("data"), list) for intent in intents.values()
    )


def has_intents(path: Path) -> bool:
    """Say whether a path is a YAML file with intents, or a folder with such files."""
    if path.is_dir():
        return bool(_configuration(path)) or any(map(_looks, _direct(path))) or bool(_languages(path))
    return _looks(path) or _is_configuration(path)


def find_yaml(path: Path, locale: str | None) -> YamlFiles:
    """Find the files of one language.

    Args:
        path: a file, the folder of a language, or a folder that has folders of languages.
        locale: the language; ``None`` means ``en``, or the only language.

    Raises:
        DataError: there are no files of this language.
    """
    if path.is_file():
        return YamlFiles(stem(path), None, [path])
    folder = path.resolve()
    if folder.parent.name in _ROOMS:
        home = folder.parent.parent
        return YamlFiles(home.name, folder.name, [*_below(path), *_configuration(home)])
    languages = _languages(path)
    if not languages:
        files = [file for file in _direct(path) if _looks(file) or _COMMON.search(_head(file))]
        return YamlFiles(folder.name, None, [*files, *_configuration(path)])
    wanted = locale or (next(iter(languages)) if len(languages) == 1 else _LANGUAGE)
    by_key = {key_of(language): language for language in languages}
    if key_of(wanted) not in by_key:
        raise DataError(
            f"{path}: there are no sentences in language {wanted!r}; its languages are: {', '.join(languages)}",
            cure=Cure("choose one with {}", option="locale"),
        )
    language = by_key[key_of(wanted)]
    folders = languages[language]
    homes = dict.fromkeys([path, *(folder.parent.parent for folder in folders)])
    tests = [folder.parent.parent / _TESTS / language for folder in folders]
    name = folder.parent.name if folder.name in _ROOMS else folder.name
    return YamlFiles(
        name,
        language,
        [file for folder in folders for file in _below(folder)]
        + [file for home in homes for file in _configuration(home)],
        [file for folder in tests if folder.is_dir() for file in _below(folder)],
    )


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Read a file of Home Assistant; an empty file has no keys. Of a configuration, only the sentences are read.

    Raises:
        DataError: the file is not YAML, or not an object.
    """
    if _is_configuration(path):
        return read_configuration(path)
    try:
        # the loader in C recurses in C, and crashes on a file with very deep nesting
        document = yaml.load(read_text(path), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        place = f"{path}, line {error.problem_mark.line + 1}" if error.problem_mark else str(path)
        raise DataError(f"{place}: the text is not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise DataError(f"{path}: the text is not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise DataError(f"{path}: the YAML is nested too deeply; use less nesting") from error
    if document is not None and not isinstance(document, Mapping):
        raise DataError(f"{path}: expected an object with 'intents', found {type(document).__name__}")
    return document or {}


def _languages(path: Path) -> dict[str, list[Path]]:
    """Language -> its folders, in a folder with sentences or in the folder above it."""
    rooms = [path] if path.name in _ROOMS else [path / name for name in _ROOMS]
    if path.name not in _ROOMS:
        rooms += [room for name in _ROOMS for room in sorted(path.glob(f"*/{name}"))]
    found: dict[str, list[Path]] = {}
    for room in rooms:
        for folder in sorted(room.iterdir()) if room.is_dir() else ():
            if folder.is_dir() and any(map(_looks, islice(_yaml_files(folder), _MAX_CHECKED))):
                found.setdefault(folder.name, []).append(folder)
    return found


def _below(folder: Path) -> list[Path]:
    return sorted(islice(_yaml_files(folder), _MAX_FILES))


def _yaml_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.[yY]*[mM][lL]") if has_suffix(path, _SUFFIXES) and path.is_file())


def _direct(folder: Path) -> list[Path]:
    found = (path for path in folder.glob("*.[yY]*[mM][lL]") if has_suffix(path, _SUFFIXES) and path.is_file())
    return sorted(islice(found, _MAX_CHECKED))


def _configuration(folder: Path) -> list[Path]:
    """The configuration in a folder, if it has sentences."""
    return list(filter(_is_configuration, [folder / CONFIGURATION]))


def _is_configuration(path: Path) -> bool:
    return has_suffix(path, _SUFFIXES) and path.is_file() and is_configuration(path, _head(path))


def _looks(path: Path) -> bool:
    if not has_suffix(path, _SUFFIXES):
        return False
    text = _head(path)
    return all(mark.search(text) for mark in _MARKS)


def _head(path: Path) -> str:
    try:
        return read_head(path, _HEAD_BYTES)
    except DataError:  # a file of another kind, which is not an error
        return ""
