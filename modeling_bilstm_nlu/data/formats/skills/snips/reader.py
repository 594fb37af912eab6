"""Read datasets of Snips NLU: the JSON that ``snips-nlu generate-dataset`` writes, and the YAML that people write.

In YAML a file has documents with ``type: intent`` or ``type: entity``, and an utterance has annotations such as
``turn on the light in the [room:room_type](kitchen)``. An annotation without a value, ``[room]``, means the values of
its entity, which are put in one after the other.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, read_text, stem

from ....raw_domains import RawDomain
from ..json_documents import find_documents, has_document
from ..json_values import json_list, json_objects, json_text
from ..yaml_values import yaml_documents
from .content import Part, SnipsContent, entity_entries

__all__ = ["read_snips_dataset", "sniff"]

_KEYS = ("intents", "entities", "utterances")
_YAML = (".yaml", ".yml")
_HAS_TYPE = re.compile(r"^type[ \t]*:[ \t]*[\"']?(?:intent|entity)[\"']?[ \t]*(?:#.*)?$", re.M)
_HAS_CONTENT = re.compile(r"^(?:utterances|values)[ \t]*:", re.M)
_ANNOTATION = re.compile(r"\[([^\[\]:]*)(?::([^\[\]]*))?\](?:\(([^()]*)\))?")
_MAX_FILES = 200


def _is_dataset(document: Mapping[str, Any]) -> bool:
    intents = document.get("intents")
    if not isinstance(intents, Mapping) or not isinstance(document.get("entities"), Mapping):
        return False
    return any(isinstance(intent, Mapping) and "utterances" in intent for intent in intents.values())


def _is_yaml(path: Path) -> bool:
    if not has_suffix(path, _YAML):
        return False
    try:
        text = read_text(path)
    except DataError:  # another file of a folder may be good
        return False
    return bool(_HAS_TYPE.search(text) and _HAS_CONTENT.search(text))


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(map(_is_yaml, _yaml_files(path))) or has_document(path, _KEYS, _is_dataset)
    return _is_yaml(path) or has_document(path, _KEYS, _is_dataset)


def _yaml_files(folder: Path) -> list[Path]:
    paths = (path for pattern in ("*.[yY]*[mM][lL]*", "*/*.[yY]*[mM][lL]*") for path in folder.glob(pattern))
    return sorted(islice((path for path in paths if has_suffix(path, _YAML) and path.is_file()), _MAX_FILES))


def read_snips_dataset(path: Path, *, on_error: str = "skip_few") -> RawDomain:
    """Read a Snips NLU dataset; all utterances are in the train split.

    A slot is labelled with its name, and its catalog has the values of its entity. If a slot touches a word, a space
    is added and counted.

    Args:
        path: a dataset in JSON, a file in YAML, or a folder: all its YAML files are one dataset.
        on_error: what to do about broken utterances and entities: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there is no dataset, or something in it is broken.
    """
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    content = SnipsContent(raw)
    files = list(filter(_is_yaml, _yaml_files(path))) if path.is_dir() else [path] if has_suffix(path, _YAML) else []
    if files:
        for file in files:
            _add_yaml(file, content, on_error)
    else:
        found = find_documents(path, _KEYS, _is_dataset, "Snips dataset with intents, utterances and entities")
        if len(found) > 1:
            raise DataError(f"{path}: the folder has several datasets: {', '.join(file.name for file, _ in found)}")
        ((json_file, document),) = found
        _add_json(document, str(json_file), content, on_error)
    content.finish(on_error)
    if not raw.splits:
        raise DataError(f"{path}: no intent has an utterance; add utterances")
    return raw


def _add_json(document: Mapping[str, Any], where: str, content: SnipsContent, on_error: str) -> None:
    language = document.get("language")
    content.raw.language = json_text(language, f"{where}, language") if language is not None else None
    for name, entity in document["entities"].items():
        with content.raw.record(f"{where}, entity {name!r:.100}", on_error):
            if not isinstance(entity, Mapping):
                raise DataError("expected an object with data; write the object")
            if "data" in entity:  # built-in entities have none
                content.add_entity(name, entity_entries(entity["data"], "data"))
    for intent, item in document["intents"].items():
        place = f"{where}, intent {intent!r:.100}"
        if not isinstance(item, Mapping):
            raise DataError(f"{place}: expected an object with utterances, found {type(item).__name__}")
        for number, row in enumerate(json_list(item.get("utterances"), place), start=1):
            with content.raw.record(f"{place}, utterance {number}", on_error):
                if not isinstance(row, Mapping):
                    raise DataError("expected an object with data; write the object")
                parts = [_part(part) for part in json_objects(row.get("data"), "data")]
                content.add(f"{place}, utterance {number}", intent, parts)


def _part(part: Mapping[str, Any]) -> Part:
    text = json_text(part.get("text"), "text of a part")
    entity, slot = (part.get(key) for key in ("entity", "slot_name"))
    if entity is None and slot is None:
        return text, None, None
    label = json_text(entity if slot is None else slot, "slot_name")
    return text, label, json_text(slot if entity is None else entity, "entity")


def _add_yaml(file: Path, content: SnipsContent, on_error: str) -> None:
    for number, document in enumerate(yaml_documents(read_text(file), str(file)), start=1):
        where = f"{file}, document {number}"
        with content.raw.record(where, on_error):
            if document is None:  # a separator without anything after it
                continue
            kind = document.get("type") if isinstance(document, Mapping) else None
            if kind not in ("intent", "entity"):
                raise DataError("there is no type: intent or type: entity; add it")
            name = json_text(document.get("name"), "name")
            if not name.strip():
                raise DataError("the name is blank; write a name")
            if kind == "entity":
                content.add_entity(name, entity_entries(document.get("values"), "values"))
            else:
                _add_yaml_intent(name, document, where, content, on_error)


def _add_yaml_intent(name: str, document: Mapping[str, Any], where: str, content: SnipsContent, on_error: str) -> None:
    entity_of = {}
    for slot in json_objects(document.get("slots"), "slots"):
        entity_of[json_text(slot.get("name"), "name of a slot")] = json_text(slot.get("entity"), "entity of a slot")
    for number, text in enumerate(json_list(document.get("utterances"), "utterances"), start=1):
        place = f"{where}, utterance {number}"
        with content.raw.record(place, on_error):
            content.add(place, name, list(_parts(json_text(text, "utterance"), entity_of)))


def _parts(text: str, entity_of: Mapping[str, str]) -> Iterator[Part]:
    """The parts of an utterance with annotations; the notation has no escapes."""
    position = 0
    for match in _ANNOTATION.finditer(text):
        slot, entity, value = ((group or "").strip() for group in match.groups())
        if not slot:
            raise DataError(f"{match.group()!r:.200} has no slot; write [slot:entity](value)")
        yield text[position : match.start()], None, None
        yield match.group(3) if value else None, slot, entity or entity_of.get(slot, slot)
        position = match.end()
    if "[" in (rest := text[position:]) or "[" in _ANNOTATION.sub("", text):
        raise DataError(f"a bracket is not closed in {text!r:.200}; write [slot:entity](value)")
    yield rest, None, None
