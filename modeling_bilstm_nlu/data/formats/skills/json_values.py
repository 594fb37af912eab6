"""Check the kinds of values in a parsed JSON document; every error says what was found and where."""

from collections.abc import Iterator, Mapping
from typing import Any

from bilstm_nlu.errors import DataError

from ...raw_domains import RawDomain
from ...schema import storable

__all__ = ["json_list", "json_objects", "json_records", "json_text"]


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


def json_records(value: object, where: str, raw: RawDomain, on_error: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Number the objects of a list of records from 1; an item that is not an object is a broken record.

    Args:
        value: the list; null is read as an empty list.
        where: the file and the name of the list, for messages.
        raw: counts broken records.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the value is not a list, or an item is not an object.
    """
    for number, item in enumerate(json_list(value, where), start=1):
        if isinstance(item, Mapping):
            yield number, item
            continue
        with raw.record(f"{where}, item {number}", on_error):
            raise DataError(f"expected an object, found {item!r:.200}")


def json_text(value: object, where: str) -> str:
    """Check that a value is a name or a phrase; numbers also occur as values and are read as text.

    Raises:
        DataError: the value is neither text nor a number, or has half of a surrogate pair, which no file can store.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"{where}: expected text, found {value!r:.200}")
    return storable(str(value), f"{where}: ")
