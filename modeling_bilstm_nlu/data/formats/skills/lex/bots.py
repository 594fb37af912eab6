"""Find the bots of Amazon Lex in a file, a folder or an archive, and bring all their forms into one.

Version 2 exports a tree of files: ``BotLocales/<locale>/Intents/<intent>/Intent.json``, the slots of an intent in
``Slots/<slot>/Slot.json``, and ``SlotTypes/<type>/SlotType.json``. CloudFormation has the same objects in one file.
Version 1 exports one JSON file in an archive.

The tree and the archives follow the vendor's documentation.
"""

import re
import zipfile
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json, read_text

from ..archives import archive_names, entry_text, opened_archive
from ..json_documents import find_documents, has_document
from .cloudformation import is_template, is_yaml_template, read_yaml_template, template_bots
from .objects import Item, LexBot, intents_of, items_of, own_keys

__all__ = ["find_bots", "is_lex"]

_TREE = re.compile(
    r"(?:(?P<root>.+)/)?BotLocales/(?P<locale>[^/]+)/"
    r"(?:Intents/(?P<intent>[^/]+)/(?:Intent|Slots/[^/]+/Slot)|SlotTypes/[^/]+/SlotType)\.json"
)
_V1 = ("importType", "resource")
_TEMPLATE = ("Resources", "Type")
_MAX_FILES = 5000
#: How many files of an archive are looked at for an export of version 1.
_MAX_CHECKED = 200


def is_lex(path: Path) -> bool:
    """Say whether a path has a bot."""
    if path.is_dir():
        return bool(_tree_names(path)) or has_document(path, _V1, _is_v1)
    if path.suffix.lower() == ".zip":
        return zipfile.is_zipfile(path) and _is_archive(path)
    if has_document(path, _V1, _is_v1) or has_document(path, _TEMPLATE, is_template):
        return True
    return is_yaml_template(path)


def find_bots(path: Path) -> list[LexBot]:
    """Read the bots of a path, one for each language.

    Raises:
        DataError: there is no bot, or a file is broken.
    """
    if path.is_file() and path.suffix.lower() == ".zip":
        with opened_archive(path) as archive:
            names = [name for name in archive_names(path) if _TREE.fullmatch(name)]
            if not names and (old := _first_versions(archive, path)):
                return [_first_version(document, where, path) for where, document in old]
            return _tree(path, {name: entry_text(archive, name, f"{path}, {name}") for name in names}, "{}, {}")
    if path.is_file() and is_yaml_template(path):
        return template_bots(read_yaml_template(path), path)
    if path.is_dir() and (names := _tree_names(path)):
        return _tree(path, {name: read_text(path / name) for name in names}, "{}/{}")

    def is_wanted(document: Mapping[str, Any]) -> bool:
        return _is_v1(document) or (path.is_file() and is_template(document))

    bots: list[LexBot] = []
    for file, document in find_documents(path, (), is_wanted, "Lex bot with importType and resource, or BotLocales"):
        if _is_v1(document):
            bots.append(_first_version(document, str(file), file))
        else:
            bots += template_bots(document, file)
    return bots


def _is_v1(document: Mapping[str, Any]) -> bool:
    metadata = document.get("metadata")
    return (
        isinstance(metadata, Mapping)
        and metadata.get("importType") == "LEX"
        and isinstance(document.get("resource"), Mapping)
    )


def _is_archive(path: Path) -> bool:
    if any(map(_TREE.fullmatch, archive_names(path))):
        return True
    try:
        with opened_archive(path) as archive:
            return bool(_first_versions(archive, path))
    except DataError:  # an archive of another kind
        return False


def _first_versions(archive: zipfile.ZipFile, path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """Place and content of the exports of version 1 in an archive.

    Raises:
        DataError: a file that looks like such an export is broken.
    """
    found = []
    for name in islice((name for name in archive.namelist() if name.lower().endswith(".json")), _MAX_CHECKED):
        where = f"{path}, {name}"
        text = entry_text(archive, name, where)
        if all(f'"{key}"' in text for key in _V1):
            document = parse_json(text, where)
            if isinstance(document, Mapping) and _is_v1(document):
                found.append((where, document))
    return found


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
    slots_of: dict[tuple[str, str, str], list[Item]] = {}
    slots: list[tuple[tuple[str, str, str], Item]] = []
    for name, text in texts.items():
        where = place.format(path, name)
        content = own_keys(parse_json(text, where), where)
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


def _first_version(document: Mapping[str, Any], where: str, file: Path) -> LexBot:
    resource = document["resource"]
    name = resource.get("name")
    bot = LexBot(name if isinstance(name, str) and name.strip() else file.stem)
    locale = resource.get("locale")
    bot.locale = locale.replace("-", "_") if isinstance(locale, str) else None
    intents = resource.get("intents")
    if intents is None and "sampleUtterances" in resource:  # the export of one intent
        intents = [resource]
    bot.intents = intents_of(intents, f"{where}, intents")
    bot.types = items_of(resource.get("slotTypes"), f"{where}, slotTypes")
    return bot
