"""Find the bots of Amazon Lex in a file, a folder or an archive, and bring all their forms into one.

Version 2 exports a tree of files: ``BotLocales/<locale>/Intents/<intent>/Intent.json``, the slots of an intent in
``Slots/<slot>/Slot.json``, and ``SlotTypes/<type>/SlotType.json``. CloudFormation has the same objects in one file
with capital keys, and ``Custom::LexBot`` marks some keys with ``CR.``. Version 1 exports one file.

The tree follows the vendor's documentation.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json, read_text

from ..archives import archive_names, entry_text, opened_archive
from ..json_documents import find_documents, has_document
from ..json_values import json_objects, json_text

__all__ = ["LexBot", "find_bots", "is_lex"]

#: Place and content of an object; ``name`` of version 2 is the place of its file.
_Item = tuple[str, Mapping[str, Any]]

_TREE = re.compile(
    r"(?:(?P<root>.+)/)?BotLocales/(?P<locale>[^/]+)/"
    r"(?:Intents/(?P<intent>[^/]+)/(?:Intent|Slots/[^/]+/Slot)|SlotTypes/[^/]+/SlotType)\.json"
)
_V1 = ("importType", "resource")
_TEMPLATE = ("Resources", "Type")
_BOT_TYPES = ("AWS::Lex::Bot", "Custom::LexBot")
_MAX_FILES = 5000


@dataclass
class LexBot:
    """A bot in one language.

    Args:
        name: the bot's name.
        locale: such as ``en_US``; ``None`` if the file does not say it.
        intents: place and content of each intent, and place and content of each of its slots.
        types: place and content of each slot type.
    """

    name: str
    locale: str | None = None
    intents: list[tuple[str, Mapping[str, Any], list[_Item]]] = field(default_factory=list)
    types: list[_Item] = field(default_factory=list)


def is_lex(path: Path) -> bool:
    """Say whether a path has a bot."""
    if path.is_dir():
        return bool(_tree_names(path)) or has_document(path, _V1, _is_v1)
    if path.suffix.lower() == ".zip":
        return zipfile.is_zipfile(path) and any(map(_TREE.fullmatch, archive_names(path)))
    return has_document(path, _V1, _is_v1) or has_document(path, _TEMPLATE, _is_template)


def find_bots(path: Path) -> list[LexBot]:
    """Read the bots of a path, one for each language.

    Raises:
        DataError: there is no bot, or a file is broken.
    """
    if path.is_file() and path.suffix.lower() == ".zip":
        with opened_archive(path) as archive:
            names = [name for name in archive_names(path) if _TREE.fullmatch(name)]
            return _tree(path, {name: entry_text(archive, name, f"{path}, {name}") for name in names}, "{}, {}")
    if path.is_dir() and (names := _tree_names(path)):
        return _tree(path, {name: read_text(path / name) for name in names}, "{}/{}")

    def is_wanted(document: Mapping[str, Any]) -> bool:
        return _is_v1(document) or (path.is_file() and _is_template(document))

    bots: list[LexBot] = []
    for file, document in find_documents(path, (), is_wanted, "Lex bot with importType and resource, or BotLocales"):
        if _is_v1(document):
            bots.append(_first_version(document, file))
        else:
            bots += _template(document, file)
    return bots


def _is_v1(document: Mapping[str, Any]) -> bool:
    metadata = document.get("metadata")
    return (
        isinstance(metadata, Mapping)
        and metadata.get("importType") == "LEX"
        and isinstance(document.get("resource"), Mapping)
    )


def _is_template(document: Mapping[str, Any]) -> bool:
    resources = document.get("Resources")
    return isinstance(resources, Mapping) and any(
        isinstance(item, Mapping) and item.get("Type") in _BOT_TYPES for item in resources.values()
    )


def _tree_names(folder: Path) -> list[str]:
    """The files of an unpacked export, at its top or one folder below."""
    roots = [place for pattern in ("BotLocales", "*/BotLocales") for place in sorted(folder.glob(pattern))]
    files = (file for root in roots for file in sorted(root.rglob("*.json")))
    names = (file.relative_to(folder).as_posix() for file in islice(files, _MAX_FILES))
    return [name for name in names if _TREE.fullmatch(name)]


def _tree(path: Path, texts: Mapping[str, str], place: str) -> list[LexBot]:
    """The bots of the files of a tree."""
    if not texts:
        raise DataError(f"{path}: there is no Lex bot with files BotLocales/<locale>/Intents/<intent>/Intent.json")
    bots: dict[tuple[str, str], LexBot] = {}
    slots_of: dict[tuple[str, str, str], list[_Item]] = {}
    slots: list[tuple[tuple[str, str, str], _Item]] = []
    for name, text in texts.items():
        where = place.format(path, name)
        content = _keys(parse_json(text, where), where)
        match = _TREE.fullmatch(name)
        assert match is not None
        root, locale = match["root"] or "", match["locale"]
        bot = bots.setdefault((root, locale), LexBot(root.rpartition("/")[2] or path.stem, locale))
        key = (root, locale, match["intent"] or "")
        if name.endswith("/Intent.json"):
            bot.intents.append((where, content, slots_of.setdefault(key, [])))
        elif name.endswith("/Slot.json"):
            slots.append((key, (where, content)))
        else:
            bot.types.append((where, content))
    for key, (where, content) in slots:
        if key not in slots_of:
            raise DataError(f"{where}: the slot has no file Intent.json next to it; export the bot again")
        slots_of[key].append((where, content))
    return list(bots.values())


def _first_version(document: Mapping[str, Any], file: Path) -> LexBot:
    resource = document["resource"]
    name = resource.get("name")
    bot = LexBot(name if isinstance(name, str) and name.strip() else file.stem)
    locale = resource.get("locale")
    bot.locale = locale.replace("-", "_") if isinstance(locale, str) else None
    intents = resource.get("intents")
    if intents is None and "sampleUtterances" in resource:  # the export of one intent
        intents = [resource]
    bot.intents = _intents(intents, f"{file}, intents")
    bot.types = _items(resource.get("slotTypes"), f"{file}, slotTypes")
    return bot


def _template(document: Mapping[str, Any], file: Path) -> list[LexBot]:
    """The bots of a template; those in one language are joined, because a template often has a bot for each skill."""
    bots: dict[str, LexBot] = {}
    for name, resource in document["Resources"].items():
        if not isinstance(resource, Mapping) or resource.get("Type") not in _BOT_TYPES:
            continue
        where = f"{file}, resource {name!r}"
        properties = _keys(resource.get("Properties"), where)
        for item in json_objects(properties.get("botLocales"), f"{where}, BotLocales"):
            item = _keys(item, where)
            locale = json_text(item.get("localeId"), f"{where}, LocaleId")
            bot = bots.setdefault(locale, LexBot(file.stem, locale))
            bot.intents += _intents(item.get("intents"), f"{where}, Intents")
            bot.types += _items(item.get("slotTypes"), f"{where}, SlotTypes")
    return list(bots.values())


def _intents(value: object, where: str) -> list[tuple[str, Mapping[str, Any], list[_Item]]]:
    return [(place, item, _items(item.get("slots"), f"{place}, slots")) for place, item in _items(value, where)]


def _items(value: object, where: str) -> list[_Item]:
    items = enumerate(json_objects(value, where), start=1)
    return [(f"{where} {number}", _keys(item, f"{where} {number}")) for number, item in items]


def _keys(value: object, where: str) -> Mapping[str, Any]:
    """An object, and all objects in it, with the keys of the service: ``CR.slots`` and ``Slots`` become ``slots``.

    Raises:
        DataError: the value is not an object.
    """
    if not isinstance(value, Mapping):
        raise DataError(f"{where}: expected an object, found {type(value).__name__}")
    return {_key(key): _inner(inner) for key, inner in value.items()}


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _inner(inner) for key, inner in value.items()}
    return [_inner(inner) for inner in value] if isinstance(value, list) else value


def _key(key: str) -> str:
    key = key.removeprefix("CR.")
    return key[:1].lower() + key[1:]
