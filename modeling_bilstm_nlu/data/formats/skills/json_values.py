"""Check the kinds of values in a parsed JSON document; every error says what was found and where."""

from collections.abc import Mapping
from typing import Any

from bilstm_nlu.errors import DataError

from ...schema import storable

__all__ = ["json_list", "json_objects", "json_text"]


def json_list(value: object, where: str) -> list[Any]:
    """Check that a value is a list; null is read as an empty list.

    Raises:
        DataError: the value is not a list.
    """
    if not isinstance(value, list | None):
        raise DataError(f"{where}: expected a list, found {type(value).__name__}")
    return value or []


def json_objects(value: object, where: str) -> list[Mapping[str, Any]]:
    """Check that a value is a list of objects; null is read as an empty list.

    Raises:
        DataError: the value is not a list, or an item is not an object.
    """
    items = json_list(value, where)
    for item in items:
        if not isinstance(item, Mapping):
            raise DataError(f"{where}: expected objects, found {item!r:.200}")
    return items


def json_text(value: object, where: str) -> str:
    """Check that a value is a name or a phrase; numbers also occur as values and are read as text.

    Raises:
        DataError: the value is neither text nor a number, or has half of a surrogate pair, which no file can store.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"{where}: expected text, found {value!r:.200}")
    return storable(str(value), f"{where}: ")
