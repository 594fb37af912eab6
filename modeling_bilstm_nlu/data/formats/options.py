"""Check the options of readers: the keyword-only arguments of a function that reads."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_type_hints

from bilstm_nlu.errors import DataError

from ..broken_records import ON_ERROR
from ..typed_values import fit_value

__all__ = ["COMMON_OPTIONS", "ONLY_DOMAINS", "check_options", "options_of"]

#: The options that every format takes.
COMMON_OPTIONS = ("intents", "domains", "exclude_domains")

#: An argument that is not an option: a reader that has it is told which domains are wanted, and can skip other files.
ONLY_DOMAINS = "only_domains"


def options_of(function: Callable[..., Any]) -> list[str]:
    """List the names of the options that a function takes: its keyword-only arguments."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != ONLY_DOMAINS]


def check_options(
    function: Callable[..., Any], given: Mapping[str, Any], what: str, *, is_reader: bool = True
) -> dict[str, Any]:
    """Refuse options that a function does not take, and values of the wrong kind.

    Args:
        function: the function that reads.
        given: option -> value.
        what: what is read, for messages.
        is_reader: whether ``COMMON_OPTIONS`` are allowed, and also ``on_error``, even if the function does not take
            it.

    Returns:
        The options that the function itself takes, with unchanged values.

    Raises:
        DataError: an unknown option, a value of the wrong kind, or an unknown ``on_error``.
    """
    own = options_of(function)
    common = COMMON_OPTIONS if is_reader else ()
    if unknown := sorted(set(given) - {*common, *own} - ({"on_error"} if is_reader else set())):
        known = ", ".join([*common, *own])
        raise DataError(f"{what} has no option {', '.join(unknown)}; known options: {known}")
    if given.get("on_error", ON_ERROR[0]) not in ON_ERROR:
        raise DataError(f"unknown value {given['on_error']!r} of on_error; known values: {', '.join(ON_ERROR)}")
    kinds = get_type_hints(function) | dict.fromkeys(COMMON_OPTIONS, Iterable[str] | str | None)
    for name, value in given.items():
        if name in kinds:
            try:
                fit_value(value, kinds[name])
            except TypeError as error:
                raise DataError(f"{what} cannot use {name}={value!r}; give {error}") from None
    return {name: value for name, value in given.items() if name in own}
