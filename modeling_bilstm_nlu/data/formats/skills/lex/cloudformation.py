"""Read templates of CloudFormation that make bots of Amazon Lex, in JSON or YAML.

``AWS::Lex::Bot`` has the objects of an export of version 2 with capital keys, and ``Custom::LexBot`` marks some keys
with ``CR.``. Tags such as ``!Ref`` and ``!Sub`` are not followed: their text is used. YAML follows the vendor's
documentation.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, read_head, read_text

from ..json_values import json_objects, json_text
from ..yaml_values import yaml_documents
from .objects import LexBot, intents_of, items_of, own_keys

__all__ = ["is_template", "is_yaml_template", "read_yaml_template", "template_bots"]

_BOT_TYPES = ("AWS::Lex::Bot", "Custom::LexBot")
_SUFFIXES = (".yaml", ".yml", ".template")
_TYPE = re.compile(rf"^\s+[\"']?Type[\"']?\s*:\s*[\"']?(?:{'|'.join(_BOT_TYPES)})[\"']?\s*(?:[#,].*)?$", re.M)
_HEAD_BYTES = 1 << 20
#: Functions of templates in their long form, whose text is used.
_FUNCTIONS = ("Ref", "Fn::Sub")


def is_template(document: object) -> TypeGuard[Mapping[str, Any]]:
    """Say whether a parsed file makes a bot."""
    resources = document.get("Resources") if isinstance(document, Mapping) else None
    return isinstance(resources, Mapping) and any(
        isinstance(item, Mapping) and item.get("Type") in _BOT_TYPES for item in resources.values()
    )


def is_yaml_template(path: Path) -> bool:
    """Say whether a file is a template in YAML that makes a bot, by its beginning."""
    if not has_suffix(path, _SUFFIXES):
        return False
    head = read_head(path, _HEAD_BYTES)
    return "Resources" in head and _TYPE.search(head) is not None


def read_yaml_template(path: Path) -> Mapping[str, Any]:
    """Read a template in YAML.

    Raises:
        DataError: the file is not YAML, or makes no bot.
    """
    document = next(iter(yaml_documents(read_text(path), str(path))), None)
    if not is_template(document):
        raise DataError(f"{path}: no resource has the type {' or '.join(_BOT_TYPES)}; give a template with a bot")
    return document


def template_bots(document: Mapping[str, Any], file: Path) -> list[LexBot]:
    """The bots of a template; those in one language are joined, because a template often has a bot for each skill.

    Raises:
        DataError: something in a bot is broken.
    """
    defaults = _defaults(document.get("Parameters"))
    bots: dict[str, LexBot] = {}
    for name, resource in document["Resources"].items():
        if not isinstance(resource, Mapping) or resource.get("Type") not in _BOT_TYPES:
            continue
        where = f"{file}, resource {name!r}"
        properties = own_keys(_plain(resource.get("Properties")), where)
        for item in json_objects(properties.get("botLocales"), f"{where}, BotLocales"):
            item = own_keys(item, where)
            locale = json_text(item.get("localeId"), f"{where}, LocaleId")
            locale = defaults.get(locale, locale)
            bot = bots.setdefault(locale, LexBot(file.stem, locale))
            bot.intents += intents_of(item.get("intents"), f"{where}, Intents")
            bot.types += items_of(item.get("slotTypes"), f"{where}, SlotTypes")
    return list(bots.values())


def _defaults(parameters: object) -> dict[str, str]:
    """Parameter -> its default."""
    listed = parameters.items() if isinstance(parameters, Mapping) else ()
    defaults = ((name, item.get("Default")) for name, item in listed if isinstance(item, Mapping))
    return {name: default for name, default in defaults if isinstance(default, str)}


def _plain(value: Any) -> Any:
    """A value with the texts of functions in place of these: ``{"Ref": "Locale"}`` becomes ``Locale``."""
    if isinstance(value, Mapping):
        if len(value) == 1 and (function := next(iter(value))) in _FUNCTIONS:
            text = value[function]
            return text[0] if isinstance(text, list) and text else text
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
