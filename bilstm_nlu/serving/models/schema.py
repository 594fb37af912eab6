"""A small part of JSON Schema: what checks the body of a request is also what the API description shows.

No message contains a value of the request, because it could be what a user said.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from .errors import bad_request, not_valid, too_long

__all__ = ["check", "parse_json"]

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
_SHOWN: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def parse_json(body: bytes) -> Any:
    """The value of a body.

    Raises:
        Refusal: it is not JSON in UTF-8.
    """
    try:
        return _decode(body.decode())
    except UnicodeDecodeError:
        raise bad_request("the body is not UTF-8; send JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        raise bad_request(f"the body is not JSON: {error.msg} at character {error.pos}") from None
    except (ValueError, RecursionError):
        raise bad_request("the body is not JSON that can be read") from None


def check(value: Any, schema: Mapping[str, Any], where: str = "the body") -> None:
    """Check a value against a schema.

    Args:
        value: as JSON gives it.
        schema: with the keys `type`, `enum`, `minimum`, `maximum`, `minLength`, `maxLength`, `minItems`, `maxItems`,
            `items`, `properties`, `required`, `additionalProperties` and `anyOf` of JSON Schema.
        where: what the value is, for messages.

    Raises:
        Refusal: the value does not fit; 413 if it is only too long.
    """
    if "anyOf" in schema:
        _check_any(value, schema["anyOf"], where)
        return
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is_of(value, kind) for kind in kinds):
        expected = " or ".join(_SHOWN[_KINDS[kind][0]] for kind in kinds)
        raise not_valid(f"{where} must be {expected}, not {_shown(value)}")
    if "enum" in schema and value not in schema["enum"]:
        raise not_valid(f"{where} must be one of {', '.join(map(str, schema['enum']))}")
    if isinstance(value, str):
        _check_length(len(value), schema.get("minLength", 0), schema.get("maxLength"), where, "characters")
    elif isinstance(value, list):
        _check_length(len(value), schema.get("minItems", 0), schema.get("maxItems"), where, "items")
        for place, item in enumerate(value):
            check(item, schema["items"], f"{where}, item {place}")
    elif isinstance(value, dict):
        _check_object(value, schema, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        if not least <= value <= most:
            raise not_valid(f"{where} must be a number from {least} to {most}")


def _is_of(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _KINDS[kind])


def _shown(value: Any) -> str:
    return _SHOWN[type(value)]


def _check_any(value: Any, schemas: list[Mapping[str, Any]], where: str) -> None:
    fitting = [one for one in schemas if any(_is_of(value, kind) for kind in _kinds_of(one))]
    if not fitting:
        expected = " or ".join(_SHOWN[_KINDS[kind][0]] for one in schemas for kind in _kinds_of(one))
        raise not_valid(f"{where} must be {expected}, not {_shown(value)}")
    check(value, fitting[0], where)


def _kinds_of(schema: Mapping[str, Any]) -> list[str]:
    return schema["type"] if isinstance(schema["type"], list) else [schema["type"]]


def _check_length(length: int, least: int, most: int | None, where: str, unit: str) -> None:
    if length < least:
        raise not_valid(f"{where} must have at least {least} {unit}, not {length}")
    if most is not None and length > most:
        raise too_long(f"{where} has {length:,} {unit}, but at most {most:,} are allowed here")


def _check_object(value: dict[str, Any], schema: Mapping[str, Any], where: str) -> None:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", False)
    _check_length(len(value), schema.get("minProperties", 0), schema.get("maxProperties"), where, "keys")
    for name in schema.get("required", ()):
        if name not in value:
            raise not_valid(f"{where} lacks {name!r}")
    for name, item in value.items():
        if name in properties:
            check(item, properties[name], name if where == "the body" else f"{where}, {name}")
        elif others is False:
            known = ", ".join(properties)
            raise not_valid(f"{where} has a key that is not known here; known: {known}")
        elif others is not True:
            check(item, others, f"{where}, a value")
