"""Read and write Rasa's annotations: ``[value](entity)``, ``[value](entity:canonical)``, ``[value]{"entity": "..."}``.

A value may have several entities, ``[value][{"entity": "..."}, {"entity": "..."}]``; the first is read.

An annotation starts at the first bracket that the next closing bracket can belong to, as in Rasa. The notation has no
escapes, so a text that looks like an annotation is always read as an annotation.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from bilstm_nlu.errors import DataError

from ....schema import SlotSpan

__all__ = [
    "ROLE_SEPARATOR",
    "Annotation",
    "entity_and_role",
    "label_of",
    "parse_annotations",
    "plain_value",
    "write_annotations",
]

#: The sign between entity and role in a slot label, which Rasa also uses for such pairs.
ROLE_SEPARATOR = "#"

_JSON = json.JSONDecoder()
#: An entity that can be written in round brackets: a colon would split it, and a bracket would end it.
_SIMPLE_ENTITY = re.compile(r"[^\s:()\[\]{}](?:[^:()\[\]{}\n]*[^\s:()\[\]{}])?")
#: A bracketed text before a brace: Rasa reads it as an annotation, and fails if the braces do not contain JSON.
_BRACED = re.compile(r"\[[^\[\]]*\]\{")


class Annotation(NamedTuple):
    """An entity in a text: places in characters, end exclusive; ``value`` is the canonical value, if it is given.

    ``num_more`` is the number of further entities of the same text.
    """

    entity: str
    start: int
    end: int
    value: str | None = None
    role: str | None = None
    group: str | None = None
    num_more: int = 0


def label_of(entity: str, role: str | None) -> str:
    """Write the slot label of an entity with its role: ``city#from``."""
    return f"{entity}{ROLE_SEPARATOR}{role}" if role else entity


def entity_and_role(label: str) -> tuple[str, str | None]:
    """Split a label into entity and role, the inverse of ``label_of``; other labels are an entity without a role."""
    entity, _, role = label.partition(ROLE_SEPARATOR)
    is_pair = all(part and part == part.strip() for part in (entity, role))
    return (entity, role) if is_pair else (label, None)


def plain_value(value: object) -> str | None:
    """Read a JSON scalar as text with single spaces; ``None`` for null, blank text, lists and objects."""
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    return " ".join(value.split()) or None if isinstance(value, str) else None


def parse_annotations(text: str) -> tuple[str, list[Annotation], int]:
    """Remove the annotations from a text.

    Returns:
        The plain text, the annotations with their places in the plain text, and the number of bracketed pieces that
        are not annotations (they stay in the text).

    Raises:
        DataError: there is no JSON with the name of an entity in the braces after a bracketed text.
    """
    pieces: list[str] = []
    annotations: list[Annotation] = []
    num_stray = length = position = 0
    opening = text.find("[")
    while opening >= 0 and (closing := text.find("]", opening)) >= 0:
        value = text[opening + 1 : closing]
        label = _label(text, closing + 1) if value.strip() else None
        if label is None:
            # all brackets before the closing one end in the same place, so none of them starts an annotation
            num_stray += bool(value.strip())
        else:
            annotation, end = label
            pieces += (text[position:opening], value)
            start = length + opening - position
            length = start + len(value)
            annotations.append(annotation._replace(start=start, end=length))
            position = end
        opening = text.find("[", max(closing + 1, position))
    pieces.append(text[position:])
    return "".join(pieces), annotations, num_stray


def _label(text: str, position: int) -> tuple[Annotation, int] | None:
    """Read the label at a place of the text; the result is an annotation without places, and where the label ends."""
    first = text[position : position + 1]
    if first == "(":
        end = text.find(")", position)
        entity, colon, value = text[position + 1 : max(end, 0)].partition(":")
        if end < 0 or not entity.strip() or (colon and not value.strip()):
            return None
        return Annotation(" ".join(entity.split()), 0, 0, plain_value(value)), end + 1
    is_list = text.startswith("[{", position)
    if not is_list and (first != "{" or text.find("}", position) < position + 2):
        return None
    try:
        found, end = _JSON.raw_decode(text, position)
    except (ValueError, RecursionError):
        found, end = None, position
    entities = found if is_list and isinstance(found, list) else [found]
    if not all(map(_is_entity, entities)):
        raise DataError(
            f'{text[position : position + 60]!r} does not name an entity; write [value]{{"entity": "name"}} in JSON'
        )
    attributes = entities[0]
    canonical, role, group = (plain_value(attributes.get(key)) for key in ("value", "role", "group"))
    name = " ".join(attributes["entity"].split())
    return Annotation(name, 0, 0, canonical, role, group, len(entities) - 1), end


def _is_entity(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("entity"), str) and bool(value["entity"].strip())


def write_annotations(text: str, spans: Iterable[SlotSpan]) -> str | None:
    """Write a text with annotations; ``None`` if Rasa would not read back the same text and slots.

    Args:
        text: one line with single spaces.
        spans: the slots, in order.
    """
    pieces: list[str] = []
    position = 0
    spans = tuple(spans)
    for label, start, end in spans:
        pieces += (text[position:start], f"[{text[start:end]}]", _written_label(label))
        position = end
    pieces.append(text[position:])
    line = "".join(pieces)
    try:
        plain, annotations, _ = parse_annotations(line)
    except DataError:
        return None
    if plain != text or [
        (label_of(annotation.entity, annotation.role), annotation.start, annotation.end) for annotation in annotations
    ] != list(spans):
        return None
    # Rasa also takes brackets right after brackets for an annotation
    unlabelled = "".join("()" if number % 3 == 2 else piece for number, piece in enumerate(pieces))
    return None if "][" in unlabelled or any(map(_BRACED.search, pieces[::3])) else line


def _written_label(label: str) -> str:
    entity, role = entity_and_role(label)
    if role is None and _SIMPLE_ENTITY.fullmatch(entity):
        return f"({entity})"
    attributes = {"entity": entity} if role is None else {"entity": entity, "role": role}
    written = json.dumps(attributes, ensure_ascii=not label.isprintable())
    return written[:-1].replace("}", "\\u007d") + "}"  # Rasa searches for the closing brace before it parses
