"""Read the sentences in Home Assistant's own configuration: ``conversation:`` with ``intents:`` in YAML.

Each intent has a sentence or a list of them. The file has tags such as ``!include``; an included file of sentences is
read. The reader follows the vendor's documentation.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_text

from ..yaml_values import yaml_documents

__all__ = ["CONFIGURATION", "is_configuration", "read_configuration"]

CONFIGURATION = "configuration.yaml"
_SUFFIXES = (".yaml", ".yml")
_CONVERSATION = re.compile(r"^conversation[ \t]*:[ \t]*(?P<rest>.*)$", re.M)
_INCLUDE = re.compile(r"!include[ \t]+[\"']?(?P<file>[^\"'#]*[^\"'# \t\r])")
_INTENTS = re.compile(r"[ \t]+intents[ \t]*:")


def is_configuration(path: Path, head: str) -> bool:
    """Say whether the beginning of a YAML file has intents under ``conversation``, there or in an included file."""
    match = _CONVERSATION.search(head)
    if match is None:
        return False
    if include := _INCLUDE.match(match["rest"]):
        file = path.parent / include["file"]
        return file.suffix in _SUFFIXES and file.is_file() and "intents" in read_text(file)
    for line in head[match.end() :].splitlines():
        if _INTENTS.match(line):
            return True
        if line[:1] not in ("", " ", "\t", "#", "\r"):  # the next key at the top
            return False
    return False


def read_configuration(path: Path) -> dict[str, Any]:
    """Read the intents of a configuration in the form of a file of sentences.

    Raises:
        DataError: a file is not YAML, there are no intents, or the sentences of an intent are not texts.
    """
    document = _object(_first(path), f"{path}")
    conversation = _object(_included(document.get("conversation"), path), f"{path}, conversation")
    listed = _object(_included(conversation.get("intents"), path), f"{path}, intents")
    intents = {}
    for name, sentences in listed.items():
        sentences = [sentences] if isinstance(sentences, str) else sentences
        if not isinstance(sentences, list) or not all(isinstance(sentence, str) for sentence in sentences):
            raise DataError(f"{path}, intent {name!r}: the sentences are not texts; write a list of sentences")
        intents[name] = {"data": [{"sentences": sentences}]}
    if not intents:
        raise DataError(f"{path}: there are no intents under 'conversation'; write them there")
    home = document.get("homeassistant")
    language = home.get("language") if isinstance(home, Mapping) else None
    return {"intents": intents} | ({"language": language} if isinstance(language, str) else {})


def _first(path: Path) -> Any:
    return next(iter(yaml_documents(read_text(path), str(path))), None)


def _included(value: Any, path: Path) -> Any:
    """A value, or the content of the file that is included in its place."""
    if isinstance(value, str) and value.endswith(_SUFFIXES):
        return _first(path.parent / value)
    return value


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping | None):
        raise DataError(f"{where}: expected an object, found {type(value).__name__}; write the intents there")
    return value or {}
