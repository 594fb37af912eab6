"""Read and write ``catalogs.json``: the slot catalogs of a folder of utterances.

``{"room": {"type_name": "ROOM", "values": [{"value": "kitchen", "synonyms": ["cook room"], "id": "K1"}]}}``; the type
name, the synonyms and the id are optional. If the type of a skill's slot has no values, the file still keeps the name
of the type.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json, write_text

from ..drop_reasons import DropReason
from ..schema import SlotCatalog
from ..skill_spec import SkillSpec

__all__ = ["CATALOGS_FILE", "read_catalogs", "write_catalogs"]

CATALOGS_FILE = "catalogs.json"


def write_catalogs(
    folder: Path, catalogs: Mapping[str, SlotCatalog], skill: SkillSpec | None = None
) -> dict[str, int]:
    """Write the catalogs of a domain into its folder.

    The file is written completely or not at all. Without catalogs, no file is written.

    Args:
        folder: the folder of the domain.
        catalogs: slot type -> known values.
        skill: the skill of the domain; the file also keeps the type names of its slots that have no known values.

    Returns:
        Drop reason -> number of things that the file cannot hold.
    """
    types = {} if skill is None else skill.types_by_slot()
    unlisted = {slot: next(iter(names)) for slot, names in types.items() if slot not in catalogs}
    catalogs = {**catalogs, **{slot: SlotCatalog(slot, type_name=name) for slot, name in unlisted.items()}}
    lost: dict[str, int] = {DropReason.SLOTS_OF_SEVERAL_TYPES: sum(len(names) > 1 for names in types.values())}
    if not catalogs:
        return lost
    # ASCII: a value may contain half of a surrogate pair, which UTF-8 cannot encode
    text = json.dumps({slot_type: _as_json(catalog) for slot_type, catalog in catalogs.items()}, indent=1)
    write_text(folder / CATALOGS_FILE, text + "\n")
    return lost


def _as_json(catalog: SlotCatalog) -> dict[str, Any]:
    values = []
    for value, synonyms in catalog.values.items():
        entry: dict[str, Any] = {"value": value}
        if synonyms:
            entry["synonyms"] = list(synonyms)
        if value in catalog.ids:
            entry["id"] = catalog.ids[value]
        values.append(entry)
    return ({} if catalog.type_name is None else {"type_name": catalog.type_name}) | {"values": values}


def read_catalogs(folder: Path) -> dict[str, SlotCatalog]:
    """Read the catalogs of a folder, by slot type; the result is empty if the folder has no ``catalogs.json``.

    Raises:
        DataError: the file is broken.
    """
    path = folder / CATALOGS_FILE
    if not path.is_file():
        return {}
    document = read_json(path)
    if not isinstance(document, dict):
        raise DataError(f"{path}: expected a JSON object of slot types, found {type(document).__name__}")
    return {slot_type: _catalog(f"{path}, {slot_type!r}", slot_type, item) for slot_type, item in document.items()}


def _catalog(where: str, slot_type: str, item: object) -> SlotCatalog:
    if not isinstance(item, dict) or not isinstance(item.get("values"), list):
        raise DataError(f"{where}: there is no list under 'values'; add the list of values")
    type_name = item.get("type_name")
    if not isinstance(type_name, str | None):
        raise DataError(f"{where}: the type name is {type_name!r}; write a name, or remove it")
    catalog = SlotCatalog(slot_type, type_name=type_name)
    for entry in item["values"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
            raise DataError(f"{where}: {str(entry)[:100]!r} has no text under 'value'; add the text")
        synonyms, identifier = entry.get("synonyms", []), entry.get("id")
        if not isinstance(synonyms, list) or not all(isinstance(synonym, str) for synonym in synonyms):
            raise DataError(f"{where}: the synonyms of {entry['value']!r} are not a list of texts; write a list")
        if not isinstance(identifier, str | None):
            raise DataError(f"{where}: the id of {entry['value']!r} is {identifier!r}; write it as a text")
        catalog.values[entry["value"]] = tuple(synonyms)
        if identifier is not None:
            catalog.ids[entry["value"]] = identifier
    return catalog
