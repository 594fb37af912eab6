"""Read the slots of a text from JSON values: objects or lists of three for spans, or slot types with their values."""

from collections.abc import Mapping, Sequence
from typing import Any

from bilstm_nlu.errors import DataError

from ..schema import SlotSpan

__all__ = ["has_spans", "spans_of_value"]

_TYPE_KEYS = ("slot_type", "slot", "entity", "label", "type")
_EDGES = (("start", "end"), ("start_offset", "end_offset"))


def has_spans(value: object) -> bool:
    """Say whether a value is a list of spans with at least one of them, rather than a label or a list of labels."""
    if isinstance(value, Mapping):
        return bool(_as_list(value))
    return isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value)


def spans_of_value(value: object, text: str) -> tuple[SlotSpan, ...]:
    """Read the slots of a text.

    Args:
        value: a list of spans; or an object of slot types, each with a value or a list of values that are in the text:
            ``{"genre": "jazz"}``. A span is an object with ``start`` and ``end`` (characters, end exclusive; or
            ``start_offset`` and ``end_offset``) and its type under ``slot_type``, ``slot``, ``entity``, ``label`` or
            ``type``; or a list ``[start, end, type]``. An object of three lists (starts, ends and types) is read as
            spans too: old versions of ``datasets`` write spans so.
        text: the text that the slots are in.

    Raises:
        DataError: the value is of another kind, an item is not a span, or a slot value is not in the text.
    """
    if isinstance(value, Mapping):
        columns = _as_list(value)
        return tuple(map(_span, columns)) if columns is not None else _spans_of_values(value, text)
    if not isinstance(value, list):
        raise DataError(f"the spans are {type(value).__name__}; write a list of objects")
    return tuple(map(_span, value))


def _as_list(value: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The spans of an object of lists of equal lengths, one of starts and one of ends; ``None`` for another object."""
    if not any(start in value and end in value for start, end in _EDGES):
        return None
    lists = list(value.values())
    if not all(isinstance(items, list) and len(items) == len(lists[0]) for items in lists):
        return None
    return [dict(zip(value, items, strict=True)) for items in zip(*lists, strict=True)]


def _span(item: object) -> SlotSpan:
    if isinstance(item, list) and len(item) == 3:
        start, end, slot_type = item
    elif isinstance(item, Mapping):
        slot_type = next((item[key] for key in _TYPE_KEYS if key in item), None)
        start, end = next(((item[a], item[b]) for a, b in _EDGES if a in item and b in item), (None, None))
    else:
        raise DataError(f"span {item!r:.200} is not a JSON object; write an object, or [start, end, type]")
    if not (isinstance(slot_type, str) and type(start) is int and type(end) is int):
        raise DataError(f"span {item!r:.200} needs a name under 'slot_type' and whole numbers under 'start' and 'end'")
    return SlotSpan(slot_type, start, end)


def _spans_of_values(value: Mapping[str, Any], text: str) -> tuple[SlotSpan, ...]:
    spans: list[SlotSpan] = []
    for slot_type, values in value.items():
        for given in values if isinstance(values, list) else [values]:
            if not isinstance(given, str) or not given.strip():
                raise DataError(f"the spans give slot {slot_type!r} the value {given!r}; write a text or texts")
            spans.append(_found(slot_type, given.strip(), text, spans))
    return tuple(spans)


def _found(slot_type: str, value: str, text: str, taken: Sequence[SlotSpan]) -> SlotSpan:
    """Find the first place of a value in the text that no other slot uses."""
    start = text.find(value)
    while start >= 0:
        end = start + len(value)
        if not any(span.start < end and start < span.end for span in taken):
            return SlotSpan(slot_type, start, end)
        start = text.find(value, start + 1)
    raise DataError(f"slot {slot_type!r} has the value {value!r}, which is not in {text!r}; write it as in the text")
