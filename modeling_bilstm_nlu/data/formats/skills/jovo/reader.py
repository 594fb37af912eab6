"""Read language models of Jovo and fill their phrases, as with Alexa skills.

Version 3 has lists: ``intents`` with ``inputs``, and ``inputTypes``. Version 4 has objects: ``intents`` with
``entities``, and ``entityTypes``. A type may be an object with a type for each platform.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....values.builtin_types import is_builtin
from ..ask.models import filled_model
from ..json_documents import find_documents, has_document
from ..json_values import json_list, json_objects, json_text
from ..locales import choose_locale

__all__ = ["read_jovo", "sniff"]

_KEYS = ("intents", "phrases")
_LOCALE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)
_SLOT = re.compile(r"\{([^{}|]*)\}")
_TOP = ("invocation", "version", "intents", "inputTypes", "entityTypes")


def _is_model(document: Mapping[str, Any]) -> bool:
    intents = document.get("intents")
    items = intents.values() if isinstance(intents, Mapping) else intents if isinstance(intents, list) else ()
    return any(isinstance(item, Mapping) and "phrases" in item for item in items)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return has_document(path, _KEYS, _is_model)


def read_jovo(
    path: Path,
    *,
    seed: int = 0,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    spoken_values: bool | None = None,
    builtin_intents: bool = True,
    locale: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read a Jovo language model and fill its phrases.

    Slots that an intent does not declare are counted; they get values that fit their names.

    Args:
        path: the model of one language, or a folder with models that are named after languages.
        seed: the seed of the filling.
        max_per_carrier: the largest number of utterances from one phrase.
        max_utterances: the largest number of utterances in total.
        spoken_values: whether values are written as they are spoken in English. The default depends on the language:
            yes for English, or if it is not known.
        builtin_intents: whether built-in intents of Alexa get common phrases, in English; otherwise those without
            samples are left out.
        locale: the language to read from a folder; ``None`` takes the only one, ``en-US``, or another English one.
        on_error: what to do about broken intents, phrases and types: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there is no model, the folder does not have the language, or something in the model is broken.
    """
    found = find_documents(path, _KEYS, _is_model, "Jovo model with intents that have phrases")
    by_locale = {stem(file): (file, document) for file, document in found}
    if len(by_locale) < len(found):
        raise DataError(f"{path}: there are several models of one language; give the folder of one of them")
    name = next(iter(by_locale)) if path.is_file() else choose_locale(by_locale, locale, str(path))
    file, document = by_locale[name]
    notes = RawDomain(name)
    return filled_model(
        _alexa_model(document, str(file), notes, on_error),
        notes,
        str(file),
        slot_samples=False,
        on_error=on_error,
        language=name if _LOCALE.fullmatch(name) else locale,
        seed=seed,
        max_per_carrier=max_per_carrier,
        max_utterances=max_utterances,
        spoken_values=spoken_values,
        builtin_intents=builtin_intents,
    )


def _alexa_model(document: Mapping[str, Any], where: str, notes: RawDomain, on_error: str) -> dict[str, Any]:
    """The model in the form of a language model of Alexa."""
    for key in document:
        notes.drop(DropReason.NOT_IMPORTED.of(f"{key:.60}"), key not in _TOP and bool(document[key]))
    types: list[dict[str, Any]] = []
    for key in ("inputTypes", "entityTypes"):
        for name, item in _named(document.get(key), f"{where}, {key}"):
            with notes.record(f"{where}, {key} {name!r:.100}", on_error):
                types.append(_type(name, item))
    known = {item["name"] for item in types}
    intents = []
    for name, item in _named(document["intents"], f"{where}, intents"):
        with notes.record(f"{where}, intent {name!r:.100}", on_error):
            intents.append(_intent(name, item, known, notes))
    invocation = document.get("invocation")
    return {
        "invocationName": invocation if isinstance(invocation, str) else notes.name,
        "intents": intents,
        "types": types,
    }


def _named(value: object, where: str) -> Iterator[tuple[object, Mapping[str, Any]]]:
    """Name and content of things: an object of objects, or a list of objects with names."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(item, Mapping):
                raise DataError(f"{where}, {name!r:.100}: expected an object, found {type(item).__name__}")
            yield name, item
    else:
        yield from ((item.get("name"), item) for item in json_objects(value, where))


def _type(name: object, item: Mapping[str, Any]) -> dict[str, Any]:
    values: list[dict[str, Any]] = []
    for entry in json_list(item.get("values"), "values"):
        fields = entry if isinstance(entry, Mapping) else {"value": entry}
        synonyms = json_list(fields.get("synonyms"), "synonyms")
        naming = {"value": json_text(fields.get("value"), "value"), "synonyms": synonyms}
        values.append({"name": naming, "id": fields.get("id")})
    return {"name": json_text(name, "name"), "values": values}


def _intent(name: object, item: Mapping[str, Any], known: set[str], notes: RawDomain) -> dict[str, Any]:
    slots: dict[str, str] = {}
    for key in ("inputs", "entities"):
        for slot, content in _named(item.get(key), key):
            slot = json_text(slot, f"name in {key}")
            slots[slot] = _type_name(slot, content.get("type", content.get("text")), known, notes)
    phrases = [json_text(phrase, "phrase") for phrase in json_list(item.get("phrases"), "phrases")]
    for phrase in phrases:
        for slot in (match.strip() for match in _SLOT.findall(phrase)):
            if slot and slot not in slots:
                slots[slot] = slot
                notes.drop(DropReason.UNDECLARED_SLOTS)
    return {
        "name": json_text(name, "name"),
        "slots": [{"name": slot, "type": slot_type} for slot, slot_type in slots.items()],
        "samples": phrases,
    }


def _type_name(slot: str, value: object, known: set[str], notes: RawDomain) -> str:
    """The type of a slot: of several platforms, the one with values; without any, the name of the slot."""
    listed = list(value.values()) if isinstance(value, Mapping) else [] if value is None else [value]
    names = [json_text(name, f"type of {slot!r}") for name in listed if not isinstance(name, Mapping)]
    patterns = [name for name in names if name.startswith("regex:")]
    notes.drop(DropReason.ENTITY_REGULAR_EXPRESSIONS, len(patterns))
    names = [name for name in names if name not in patterns and name.strip()]
    return next((name for name in names if name in known or is_builtin(name)), names[0] if names else slot)
