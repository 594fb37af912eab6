"""Check settings that people write against type annotations, with messages in plain words; uses pydantic.

A whole number may be written with a fraction of zero (`1e3`), and a member of an enumeration as its value. Nothing
else is converted: `"3"` is not a number, and `1` is not a truth value.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator, InstanceOf, Strict, TypeAdapter, ValidationError

__all__ = ["fit_value"]


def _without_zero_fraction(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_SCALARS: dict[Any, Any] = {
    int: Annotated[int, BeforeValidator(_without_zero_fraction), Strict()],
    float: Annotated[float, Strict()],
    bool: Annotated[bool, Strict()],
    str: Annotated[str, Strict()],
}
#: Name of a type in JSON Schema -> name in messages.
_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_PLURALS = {"integer": "whole numbers", "number": "numbers", "string": "texts"}


def fit_value(value: Any, kind: Any) -> Any:
    """Check a value against a type annotation, and return it.

    Args:
        value: value from a file or a call. An iterator is not checked, because it can be read only once.
        kind: type annotation. In a union with an enumeration, text must be a value of the enumeration.

    Returns:
        The value: a list if a sequence was asked for, the value of a member if an enumeration was asked for.

    Raises:
        TypeError: the value is of another kind; the message says which kinds are allowed.
    """
    if isinstance(value, Iterator):
        return value
    if isinstance(value, Enum):
        value = value.value
    adapter, allowed = _checker(kind)
    try:
        return adapter.validate_python(value)
    except ValidationError:
        raise TypeError(allowed()) from None


@cache
def _checker(kind: Any) -> tuple[TypeAdapter[Any], Callable[[], str]]:
    own = _as_written(kind)
    return TypeAdapter(own), lambda: " or ".join(dict.fromkeys(map(_describe, _choices(own))))


def _as_written(kind: Any) -> Any:
    """Return the annotation in the types of a recipe: strict scalars, lists, values of enumerations."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Literal[tuple(member.value for member in kind)]
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if any(isinstance(choice, type) and issubclass(choice, Enum) for choice in args):
            args = tuple(choice for choice in args if choice is not str)
        return Union[tuple(map(_as_written, args))]  # noqa: UP007 - the choices are known when it runs
    if origin in (Iterable, Collection, Sequence, list):
        return list[_as_written(args[0])] if args else list[Any]  # type: ignore[misc]
    is_class = isinstance(kind, type) and kind is not Any and kind.__module__ != "builtins"
    return Annotated[kind, InstanceOf()] if is_class else kind


def _choices(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _describe(kind: Any) -> str:
    """Describe a type in words, from its JSON Schema; a class that JSON does not have, by its name."""
    if kind not in _SCALARS.values() and get_origin(kind) is Annotated:
        return str(get_args(kind)[0].__name__)
    schema = TypeAdapter(kind).json_schema()
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return f"one of {', '.join(map(str, values))}"
    items = _PLURALS.get(schema.get("items", {}).get("type"), "")
    return _NAMES.get(schema.get("type", ""), str(kind)) + (f" of {items}" if items else "")
