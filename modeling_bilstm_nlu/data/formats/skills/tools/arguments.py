"""Find the arguments of a function call in the text that it answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotSpan
from ....spans import without_overlaps
from ....values.builtin_types import spell_number
from .schema import Parameter

__all__ = ["spans_of_arguments"]

_MAX_DEPTH = 10
_MAX_SPELLED = 10**9


def spans_of_arguments(
    text: str, arguments: Mapping[str, Any], parameters: Mapping[str, Parameter], notes: RawDomain
) -> tuple[SlotSpan, ...] | None:
    """Find the places of arguments in a text, in any case; a number may be written in digits or in English words.

    An enumeration, a number or a boolean that is not in the text is a value that the speaker did not say. Another
    argument that is not in the text exactly once was said in a way that only a person can find.

    Args:
        text: what the user said.
        arguments: the parsed arguments of the call.
        parameters: slot -> parameter, as far as the function declares them.
        notes: receives the counts.

    Returns:
        The spans, or ``None`` if the slots of the text are not known.
    """
    spans: list[SlotSpan] = []
    is_known = True
    for slot, value in _flat(arguments, "", 0):
        if value is None or isinstance(value, bool):
            continue
        places = _places(text, value)
        if len(places) == 1:
            spans.append(SlotSpan(slot, *places[0]))
            continue
        parameter = parameters.get(slot)
        may_be_silent = not isinstance(value, str) or (parameter is not None and bool(parameter.choices))
        if places or not may_be_silent:
            is_known = False
        else:
            notes.drop(DropReason.ARGUMENTS_NOT_SAID)
    if not is_known:
        notes.drop(DropReason.UTTERANCES_WITH_ARGUMENTS_NOT_FOUND)
        return None
    kept = without_overlaps(spans)
    notes.drop(DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE, len(spans) - len(kept))
    return kept


def _flat(value: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Slot and value of every argument; the items of a list have the same slot."""
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        for key, inner in value.items():
            if key.strip():
                yield from _flat(inner, f"{name}.{key}" if name else key, depth + 1)
    elif isinstance(value, list) and depth < _MAX_DEPTH:
        for inner in value:
            if not isinstance(inner, Mapping):
                yield from _flat(inner, name, depth + 1)
    elif not isinstance(value, Mapping | list):
        yield name, value


def _places(text: str, value: Any) -> list[tuple[int, int]]:
    """The places of a value in a text, as whole words; the first form that occurs counts."""
    for form in _forms(value):
        words = r"\s+".join(map(re.escape, form.split()))
        if words:
            before, after = (r"(?<!\w)" if form[0].isalnum() else ""), (r"(?!\w)" if form[-1].isalnum() else "")
            if found := [match.span() for match in re.finditer(before + words + after, text, re.IGNORECASE)]:
                return found
    return []


def _forms(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value := value.strip():
            yield value
            if "_" in value:  # names of enumerations
                yield value.replace("_", " ").strip()
        return
    if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_SPELLED:
        value = int(value)
    if isinstance(value, int) and abs(value) >= _MAX_SPELLED:
        return
    yield str(value)
    if isinstance(value, int):
        words = spell_number(abs(value))
        yield words
