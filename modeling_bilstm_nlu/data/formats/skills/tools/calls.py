"""Write a frame as a function call, with the arguments in the types that the function declares."""

from collections.abc import Mapping
from typing import Any

from .schema import Parameter, parse_tools

__all__ = ["tool_call"]

_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


def tool_call(frame: Mapping[str, Any], tools: Any) -> dict[str, Any] | None:
    """Write a frame as a call of the function that its intent names.

    A value is converted to the type of its parameter: what a slot was resolved to comes first, then its text. Values
    of an enumeration are written as the schema writes them. A value that does not fit its parameter is left out, so
    that a call never has an argument that the schema forbids; so are slots that the function does not declare.

    Args:
        frame: from the pipeline, with ``intent`` and ``slots``.
        tools: the functions, as parsed JSON: a list of tools of OpenAI, Anthropic or MCP.

    Returns:
        ``{"name": ..., "arguments": {...}}``; ``None`` if the intent is not a function of the schema. OpenAI writes
        the arguments as text: ``json.dumps(call["arguments"])``.

    Raises:
        DataError: the schema is broken.
    """
    functions = parse_tools(tools, "tools").functions
    intent = frame.get("intent")
    if intent not in functions:
        return None
    arguments: dict[str, Any] = {}
    for slot in frame.get("slots") or ():
        parameter = functions[intent].get(slot["slot_type"])
        if parameter is None:
            continue
        candidates = [resolved["value"]] if (resolved := slot.get("resolved")) and "value" in resolved else []
        values = (_converted(candidate, parameter) for candidate in (*candidates, slot["value"]))
        value = next((value for value in values if value is not None), None)
        if value is not None:
            _put(arguments, slot["slot_type"].split("."), value, parameter.is_list)
    return {"name": intent, "arguments": arguments}


def _put(arguments: dict[str, Any], names: list[str], value: Any, is_list: bool) -> None:
    """Put a value under its name, or under the names of the objects that it is in."""
    for name in names[:-1]:
        arguments = arguments.setdefault(name, {})
    if is_list:
        arguments.setdefault(names[-1], []).append(value)
    else:
        arguments.setdefault(names[-1], value)


def _converted(value: Any, parameter: Parameter) -> Any:
    """The value in the type of a parameter; ``None`` if it does not fit."""
    if parameter.choices:
        wanted = _key(value)
        return next((choice for choice in parameter.choices if _key(choice) == wanted), None)
    if parameter.kind in ("integer", "number"):
        return _number(value, parameter.kind == "integer")
    if parameter.kind == "boolean":
        said = str(value).strip().casefold()
        return True if said in _TRUE else False if said in _FALSE else None
    return str(value)


def _key(value: Any) -> str:
    return " ".join(str(value).casefold().replace("_", " ").split())


def _number(value: Any, is_whole: bool) -> int | float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value).strip().replace(",", ""))
    except ValueError:
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    if number.is_integer():
        return int(number)
    return None if is_whole else number
