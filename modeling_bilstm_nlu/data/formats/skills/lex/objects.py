"""A bot of Amazon Lex, and the objects in its files: intents, slots and slot types, each with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bilstm_nlu.errors import DataError

from ..json_values import json_objects

__all__ = ["Item", "LexBot", "intents_of", "items_of", "own_keys"]

#: Place and content of an object; ``name`` of version 2 is the place of its file.
Item = tuple[str, Mapping[str, Any]]


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
    intents: list[tuple[str, Mapping[str, Any], list[Item]]] = field(default_factory=list)
    types: list[Item] = field(default_factory=list)


def intents_of(value: object, where: str) -> list[tuple[str, Mapping[str, Any], list[Item]]]:
    """The intents of a list, each with its slots.

    Raises:
        DataError: the value is not a list of objects.
    """
    return [(place, item, items_of(item.get("slots"), f"{place}, slots")) for place, item in items_of(value, where)]


def items_of(value: object, where: str) -> list[Item]:
    """The objects of a list, with the keys of the service.

    Raises:
        DataError: the value is not a list of objects.
    """
    items = enumerate(json_objects(value, where), start=1)
    return [(f"{where} {number}", own_keys(item, f"{where} {number}")) for number, item in items]


def own_keys(value: object, where: str) -> Mapping[str, Any]:
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
