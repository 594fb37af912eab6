"""The options of readers: the keyword-only arguments of the function that reads, checked before it is called."""

import inspect
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

from bilstm_nlu.errors import DataError

__all__ = ["COMMON_OPTIONS", "ONLY_DOMAINS", "check_options", "options_of"]

#: What every source takes, whoever reads it.
COMMON_OPTIONS = ("intents", "domains", "exclude_domains")

#: An argument, and no option: a reader that has it can spare itself the files of other domains, and is told which.
ONLY_DOMAINS = "only_domains"

_ON_ERROR = ("raise", "drop")
_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", type(None): "null"}


def options_of(function: Callable[..., Any]) -> list[str]:
    """The names of the options that a function takes: its keyword-only arguments."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != ONLY_DOMAINS]


def check_options(
    function: Callable[..., Any], given: Mapping[str, Any], what: str, *, is_reader: bool = True
) -> dict[str, Any]:
    """Refuse options that a function does not take, and values of another kind than it takes.

    Args:
        function: reads something.
        given: option -> value.
        what: is read, for messages.
        is_reader: whether ``COMMON_OPTIONS`` may be given, too, and ``on_error`` even where nothing of what is read
            can be broken.

    Returns:
        The options that the function itself takes.

    Raises:
        DataError: an unknown option, a value of the wrong kind, or an unknown ``on_error``.
    """
    own = options_of(function)
    common = COMMON_OPTIONS if is_reader else ()
    if unknown := sorted(set(given) - {*common, *own} - ({"on_error"} if is_reader else set())):
        known = ", ".join([*common, *own])
        raise DataError(f"{what} has no option {', '.join(unknown)}; known: {known}")
    if given.get("on_error", "raise") not in _ON_ERROR:
        raise DataError(f"unknown on_error {given['on_error']!r}; known: {', '.join(_ON_ERROR)}")
    kinds = get_type_hints(function) | dict.fromkeys(COMMON_OPTIONS, Iterable[str] | str | None)
    for name, value in given.items():
        if name in kinds and not _fits(value, kinds[name]):
            raise DataError(f"{what} cannot use {name}={value!r}; give {_described(kinds[name])}")
    return {name: value for name, value in given.items() if name in own}


def _fits(value: Any, kind: Any) -> bool:
    if kind is Any:
        return True
    if get_origin(kind) in (Union, types.UnionType):
        return any(_fits(value, choice) for choice in get_args(kind))
    if kind in (int, float):
        return isinstance(value, kind | int) and not isinstance(value, bool)
    origin = get_origin(kind)
    if origin is None:
        return isinstance(value, kind)
    if not isinstance(value, origin) or isinstance(value, str):
        return False
    # what can be gone through only once is left alone
    return not isinstance(value, Collection) or all(_fits(item, get_args(kind)[0]) for item in value)


def _described(kind: Any) -> str:
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(_described, get_args(kind))))
    if get_origin(kind) is not None:
        inner = {int: " of whole numbers", str: " of texts"}.get(get_args(kind)[0], "")
        return "a mapping" if issubclass(get_origin(kind), Mapping) else f"a list{inner}"
    return _NAMES.get(kind, getattr(kind, "__name__", str(kind)))
