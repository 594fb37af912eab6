"""Values of a parsed JSON document, checked for their kind; every error says what was found where."""

from collections.abc import Mapping
from typing import Any

from bilstm_nlu.errors import DataError

from ...schema import storable

__all__ = ["json_list", "json_objects", "json_text"]


def json_list(value: object, where: str) -> list[Any]:
    """A list; null is an empty one.

    Raises:
        DataError: it is something else.
    """
    if not isinstance(value, list | None):
        raise DataError(f"{where}: expected a list, found {type(value).__name__}")
    return value or []


def json_objects(value: object, where: str) -> list[Mapping[str, Any]]:
    """A list of objects; null is an empty one.

    Raises:
        DataError: it is something else.
    """
    items = json_list(value, where)
    for item in items:
        if not isinstance(item, Mapping):
            raise DataError(f"{where}: expected objects, found {item!r:.200}")
    return items


def json_text(value: object, where: str) -> str:
    """A name or phrase; bare numbers occur as values and are taken as text.

    Raises:
        DataError: it is something else, or holds half a surrogate pair, which no file could store.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"{where}: expected text, found {value!r:.200}")
    return storable(str(value), f"{where}: ")
