"""The inline notation of Rasa: ``[value](entity)``, ``[value](entity:canonical)``, ``[value]{"entity": "...", ...}``.

A mark starts at the first bracket that the next closing bracket can belong to, as Rasa itself reads it. The notation
has no escapes, so a text that looks like a mark cannot be told from one.
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from ....schema import SlotSpan

__all__ = [
    "ROLE_SEPARATOR",
    "Mark",
    "entity_and_role",
    "label_of",
    "parse_annotations",
    "plain_value",
    "write_annotations",
]

#: Between entity and role in a slot label, as in Rasa's own names for such pairs.
ROLE_SEPARATOR = "#"

_JSON = json.JSONDecoder()
#: What stands in round brackets is split at a colon and ends at a bracket.
_SIMPLE_ENTITY = re.compile(r"[^\s:()\[\]{}](?:[^:()\[\]{}\n]*[^\s:()\[\]{}])?")
#: A bracket with a brace behind it: Rasa takes it for a mark, and stops if the braces hold no JSON.
_BRACED = re.compile(r"\[[^\[\]]*\]\{")


class Mark(NamedTuple):
    """An entity in a text, characters, end exclusive; ``value`` is the canonical value where the mark gives one."""

    entity: str
    start: int
    end: int
    value: str | None = None
    role: str | None = None
    group: str | None = None


def label_of(entity: str, role: str | None) -> str:
    """The slot label of an entity in a role: ``city#from``."""
    return f"{entity}{ROLE_SEPARATOR}{role}" if role else entity


def entity_and_role(label: str) -> tuple[str, str | None]:
    """The inverse of ``label_of``; a label without both is an entity without a role."""
    entity, _, role = label.partition(ROLE_SEPARATOR)
    is_pair = all(part and part == part.strip() for part in (entity, role))
    return (entity, role) if is_pair else (label, None)


def plain_value(value: object) -> str | None:
    """The text of a JSON scalar with single spaces; ``None`` for null, blank text, lists and objects."""
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    return " ".join(value.split()) or None if isinstance(value, str) else None


def parse_annotations(text: str) -> tuple[str, list[Mark], int]:
    """Take the marks out of a text.

    Returns:
        The text without marks, the marks with their places in it, and the number of bracketed pieces that are no
        marks (they stay in the text as they are).
    """
    pieces: list[str] = []
    marks: list[Mark] = []
    num_stray = length = position = 0
    opening = text.find("[")
    while opening >= 0 and (closing := text.find("]", opening)) >= 0:
        value = text[opening + 1 : closing]
        label = _label(text, closing + 1) if value.strip() else None
        if label is None:
            # all brackets up to the closing one end in the same place, so none of them starts a mark
            num_stray += bool(value.strip())
        else:
            mark, end = label
            pieces += (text[position:opening], value)
            start = length + opening - position
            length = start + len(value)
            marks.append(mark._replace(start=start, end=length))
            position = end
        opening = text.find("[", max(closing + 1, position))
    pieces.append(text[position:])
    return "".join(pieces), marks, num_stray


def _label(text: str, position: int) -> tuple[Mark, int] | None:
    """The label that starts at a place of the text, in a mark without its place, and where the label ends."""
    first = text[position : position + 1]
    if first == "(":
        end = text.find(")", position)
        entity, colon, value = text[position + 1 : max(end, 0)].partition(":")
        if end < 0 or not entity.strip() or (colon and not value.strip()):
            return None
        return Mark(" ".join(entity.split()), 0, 0, plain_value(value)), end + 1
    if first == "{":
        try:
            attributes, end = _JSON.raw_decode(text, position)
        except (ValueError, RecursionError):
            return None
        name = attributes.get("entity")
        if not isinstance(name, str) or not name.strip():
            return None
        canonical, role, group = (plain_value(attributes.get(key)) for key in ("value", "role", "group"))
        return Mark(" ".join(name.split()), 0, 0, canonical, role, group), end
    return None


def write_annotations(text: str, spans: Iterable[SlotSpan]) -> str | None:
    """A text with its slots in the notation, or ``None`` where Rasa would read it back as something else.

    Args:
        text: one line with single spaces.
        spans: in order.
    """
    pieces: list[str] = []
    position = 0
    spans = tuple(spans)
    for label, start, end in spans:
        pieces += (text[position:start], f"[{text[start:end]}]", _written_label(label))
        position = end
    pieces.append(text[position:])
    line = "".join(pieces)
    plain, marks, _ = parse_annotations(line)
    if plain != text or [(label_of(mark.entity, mark.role), mark.start, mark.end) for mark in marks] != list(spans):
        return None
    return None if any(map(_BRACED.search, pieces[::3])) else line


def _written_label(label: str) -> str:
    entity, role = entity_and_role(label)
    if role is None and _SIMPLE_ENTITY.fullmatch(entity):
        return f"({entity})"
    attributes = {"entity": entity} if role is None else {"entity": entity, "role": role}
    written = json.dumps(attributes, ensure_ascii=not label.isprintable())
    return written[:-1].replace("}", "\\u007d") + "}"  # Rasa looks for the end of the mark before it parses it
