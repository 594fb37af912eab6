"""Read LUIS bots as JSON, the export of the portal: utterances with the places of entities, and closed lists."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, read_head, read_json, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotSpan
from ..json_values import json_list, json_objects, json_records, json_text
from .bot import LuisBot, check_nesting, slot_label
from .patterns import bot_domain

__all__ = ["read_luis_json", "sniff"]

_KEY = '"luis_schema_version"'
_SUFFIXES = (".json",)
#: How many files of a folder are checked: an export is one file, so a folder with many files is something else.
_MAX_FILES = 20
#: How many bytes of a file are checked: the service writes the key first, and command-line tools write it last.
_MOST_BYTES = 1 << 28
#: A word or another sign: in schema 1, places count these.
_TOKEN = re.compile(r"\w+|[^\w\s]")

#: Key of models without utterances and values -> the reason under which they are counted; keys differ by version.
_COUNTED = {
    "phraselists": DropReason.PHRASE_LISTS,
    "model_features": DropReason.PHRASE_LISTS,
    "prebuiltEntities": DropReason.PREBUILT_ENTITIES,
    "bing_entities": DropReason.PREBUILT_ENTITIES,
    "regex_entities": DropReason.ENTITY_REGULAR_EXPRESSIONS,
    "regex_features": DropReason.ENTITY_REGULAR_EXPRESSIONS,
}


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(map(_is_export, islice(_candidates(path), _MAX_FILES)))
    return has_suffix(path, _SUFFIXES) and _is_export(path)


def _files_of(folder: Path) -> list[Path]:
    """List the exports in a folder, at any depth."""
    return sorted(filter(_is_export, _candidates(folder)))


def _candidates(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.[jJ][sS][oO][nN]*") if has_suffix(path, _SUFFIXES) and path.is_file())


def _is_export(path: Path) -> bool:
    try:
        return _KEY in read_head(path, _MOST_BYTES)
    except DataError:  # a file of another kind, which is not an error
        return False


def read_luis_json(
    path: Path,
    *,
    nested: str = "innermost",
    roles: bool = True,
    mark_lists: bool = False,
    max_per_pattern: int = 0,
    seed: int = 0,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read a LUIS bot.

    Positions are UTF-16 units, as in the service, and ``endPos`` is the last unit of a value. In schema 1, they count
    words and punctuation marks. Children of hierarchical entities keep their names, such as ``Location::From``.

    Args:
        path: an export, or a folder with exports at any depth; all exports of a folder are one bot.
        nested: which of overlapping entities (a composite and its parts) to keep: ``innermost`` or ``outermost``.
        roles: whether an entity is labelled with its role, ``city#from``, or as ``city``.
        mark_lists: whether values of closed lists that are not annotated become slots too, as in LUIS.
        max_per_pattern: the number of utterances to make from a pattern, with values of lists and of annotations; 0
            leaves out patterns.
        seed: the seed for these utterances.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the file is not an export, or something in it is broken.
    """
    check_nesting(nested)
    files = [path] if path.is_file() else _files_of(path)
    if not files:
        raise DataError(f"{path}: there is no JSON file with {_KEY}; give the folder that has one")
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    bot = LuisBot()
    for file in files:
        document = read_json(file)
        if not isinstance(document, Mapping) or "luis_schema_version" not in document:
            raise DataError(f"{file}: there is no JSON object with {_KEY}; check that this is a LUIS export")
        _add_document(document, file, bot, raw, roles, on_error)
    return bot_domain(
        bot,
        raw,
        nested=nested,
        roles=roles,
        mark_lists=mark_lists,
        max_per_pattern=max_per_pattern,
        seed=seed,
        on_error=on_error,
    )


def _add_document(
    document: Mapping[str, Any], file: Path, bot: LuisBot, raw: RawDomain, roles: bool, on_error: str
) -> None:
    for key, reason in _COUNTED.items():
        raw.drop(reason, len(json_list(document.get(key), f"{file}, {key}")))
    for number, item in json_records(document.get("closedLists"), f"{file}, closedLists", raw, on_error):
        with raw.record(f"{file}, closed list {number}", on_error):
            _add_list(item, bot)
    for number, item in json_records(document.get("patterns"), f"{file}, patterns", raw, on_error):
        with raw.record(f"{file}, pattern {number}", on_error):
            pattern, intent = _text(item, "pattern"), _text(item, "intent")
            bot.patterns.append((f"{file}, pattern {number}", intent, pattern))
    composites = _names(document, "composites", file)
    used = set()
    places_in = _token_places if _is_schema_1(document) else _unit_places
    for number, item in json_records(document.get("utterances"), f"{file}, utterances", raw, on_error):
        with raw.record(f"{file}, utterance {number}", on_error):
            intent, text = _text(item, "intent"), _text(item, "text")
            places = places_in(text)
            annotations = [_annotation(entity, places, roles) for entity in _entities(item)]
            # if two have the same place, the composite comes first, as the outer one
            annotations.sort(key=lambda span: span.slot_type not in composites)
            bot.add_utterance(intent, text, annotations, raw)
            used.add(intent)
    raw.drop(DropReason.INTENTS_WITHOUT_UTTERANCES, len(_names(document, "intents", file) - used))


def _add_list(item: Mapping[str, Any], bot: LuisBot) -> None:
    name = _text(item, "name")
    for values in json_objects(item.get("subLists"), f"{name}, subLists"):
        canonical = _text(values, "canonicalForm")
        bot.add_value(
            name, canonical, [json_text(form, canonical) for form in json_list(values.get("list"), canonical)]
        )
    for role in json_list(item.get("roles"), f"{name}, roles"):
        role = json_text(role, f"{name}, roles")
        bot.list_of[role] = bot.list_of[slot_label(name, role, roles=True)] = name


def _is_schema_1(document: Mapping[str, Any]) -> bool:
    return re.fullmatch(r"1(?:\..*)?", str(document["luis_schema_version"]).strip()) is not None


def _unit_places(text: str) -> list[tuple[int, int]]:
    """List start and end of the UTF-16 units of a text; a character outside the basic plane has two units."""
    return [(i, i + 1) for i, char in enumerate(text) for _ in range(1 + (char > "\uffff"))]


def _token_places(text: str) -> list[tuple[int, int]]:
    """List start and end of the words and punctuation marks of a text."""
    return [match.span() for match in _TOKEN.finditer(text)]


def _entities(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the entities of an utterance, parents before their children."""
    waiting = deque(json_objects(item.get("entities"), "entities"))
    while waiting:
        entity = waiting.popleft()
        yield entity
        waiting.extend(json_objects(entity.get("children"), "children"))


def _annotation(entity: Mapping[str, Any], places: list[tuple[int, int]], roles: bool) -> SlotSpan:
    label = _text(entity, "entity")
    first, last = entity.get("startPos"), entity.get("endPos")
    if type(first) is not int or type(last) is not int:
        raise DataError(f"entity {label!r} needs whole numbers under 'startPos' and 'endPos'")
    role = None if entity.get("role") is None else _text(entity, "role")
    if not 0 <= first <= last < len(places):
        raise DataError(
            f"entity {label!r} at {first}-{last} is outside the text, which has {len(places)} places (words in schema "
            f"1, else characters); correct startPos and endPos"
        )
    return SlotSpan(slot_label(label, role, roles=roles), places[first][0], places[last][1])


def _names(document: Mapping[str, Any], key: str, file: Path) -> set[str]:
    where = f"{file}, {key}"
    return {json_text(item.get("name"), f"{where}: name") for item in json_objects(document.get(key), where)}


def _text(value: Mapping[str, Any], key: str) -> str:
    text = json_text(value.get(key), key)
    if not text.strip():
        raise DataError(f"{key} is blank; write a text")
    return text
