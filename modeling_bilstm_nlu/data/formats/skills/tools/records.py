"""Read sentences with their function calls: chat records, or objects with a text, a function and its arguments."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json

from ..json_values import json_objects, json_text

__all__ = ["Call", "is_chat", "is_record", "turns_of"]

_NAME_KEYS = ("function", "name", "tool", "tool_name", "intent")


class Call(NamedTuple):
    """A function call: the function, and its arguments as parsed JSON."""

    function: str
    arguments: Mapping[str, Any]


def is_chat(record: object) -> bool:
    """Say whether a record is a chat: messages with roles."""
    messages = record.get("messages") if isinstance(record, Mapping) else None
    return isinstance(messages, list) and any(isinstance(item, Mapping) and "role" in item for item in messages)


def is_record(record: object) -> bool:
    """Say whether a record is a chat, or a text with a function and its arguments."""
    if not isinstance(record, Mapping):
        return False
    has_name = any(key in record for key in _NAME_KEYS)
    return is_chat(record) or (isinstance(record.get("text"), str) and has_name and "arguments" in record)


def turns_of(record: object) -> Iterator[tuple[str, list[Call]]]:
    """List the texts of a user with the calls that answer them; a turn without a call has an empty list.

    Of a chat, these are the messages of the user that an assistant answers.

    Raises:
        DataError: the record is neither a chat nor a text with a function and its arguments, or a call is broken.
    """
    if not isinstance(record, Mapping):
        raise DataError(f"expected a JSON object, found {type(record).__name__}")
    if "messages" not in record:
        name = next((record[key] for key in _NAME_KEYS if record.get(key) is not None), None)
        calls = [] if name is None else [_call({"name": name, "arguments": record.get("arguments")})]
        yield json_text(record.get("text"), "text"), calls
        return
    asked = None
    for message in json_objects(record["messages"], "messages"):
        role = message.get("role")
        if role == "user":
            asked = _content(message.get("content"))
        elif role == "assistant" and asked is not None:
            if asked.strip():
                yield asked, _calls(message)
            asked = None


def _content(content: object) -> str:
    """The text of a message: a text, or a list of parts of which some are texts."""
    if isinstance(content, list):
        texts = [part.get("text") for part in json_objects(content, "content") if part.get("type") == "text"]
        return "\n".join(json_text(text, "content") for text in texts)
    return "" if content is None else json_text(content, "content")


def _calls(message: Mapping[str, Any]) -> list[Call]:
    listed = json_objects(message.get("tool_calls"), "tool_calls")
    calls = [_call(item.get("function", item)) for item in listed]
    if (old := message.get("function_call")) is not None:
        calls.append(_call(old))
    return calls


def _call(item: object) -> Call:
    if isinstance(item, Mapping) and isinstance(item.get("name"), Mapping):  # {"function": {"name": ..., ...}}
        item = item["name"]
    if not isinstance(item, Mapping):
        raise DataError(f"a call is {item!r:.100}; write an object with name and arguments")
    name = json_text(item.get("name"), "name of the function")
    if not name.strip():
        raise DataError("the name of the function is blank; write a name")
    arguments = item.get("arguments")
    if isinstance(arguments, str):
        arguments = parse_json(arguments, f"arguments of {name!r}") if arguments.strip() else {}
    if not isinstance(arguments, Mapping | None):
        raise DataError(f"the arguments of {name!r} are {arguments!r:.100}; write an object")
    return Call(name, arguments or {})
