"""Read Rasa NLU data in JSON, the oldest notation: an object under ``rasa_nlu_data``, with the places of entities."""

import re
from collections.abc import Mapping
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ..json_values import json_list, json_objects, json_records, json_text
from .annotations import Annotation, plain_value
from .content import RasaContent

__all__ = ["looks_like_rasa_json", "parse_rasa_json"]


#: A letter or digit of Latin, Greek, Cyrillic, Armenian, Hebrew or Arabic script.
_SPACED_LETTER = re.compile(r"[^\W_\u0780-\u1dff\u2e80-\U0010ffff]")


def looks_like_rasa_json(text: str) -> bool:
    """Say whether a text has the key of the format."""
    return '"rasa_nlu_data"' in text


def parse_rasa_json(text: str, where: str, split: str, content: RasaContent, on_error: str) -> list[tuple[str, str]]:
    """Add the content of a file to ``content``.

    Args:
        text: the text of the file.
        where: the file, for messages.
        split: the split of its examples.
        content: receives examples, synonyms and lookup tables.
        on_error: what to do about broken examples: ``skip_few``, ``drop`` or ``raise``.

    Returns:
        The lookup tables that are in other files: entity and path.

    Raises:
        DataError: the text is not JSON, or not of this format.
    """
    document = parse_json(text, where)
    data = document.get("rasa_nlu_data") if isinstance(document, Mapping) else None
    if not isinstance(data, Mapping):
        raise DataError(f"{where}: there is no object under 'rasa_nlu_data'; check that this is Rasa NLU data")
    for key in ("common_examples", "intent_examples", "entity_examples"):
        for number, example in json_records(data.get(key), f"{where}, {key}", content.raw, on_error):
            with content.raw.record(f"{where}, {key} {number}", on_error):
                _add_example(example, split, content)
    place = f"{where}, entity_synonyms"
    for number, item in json_records(data.get("entity_synonyms"), place, content.raw, on_error):
        with content.raw.record(f"{place} {number}", on_error):
            for form in json_list(item.get("synonyms"), "synonyms"):
                content.add_synonym(json_text(item.get("value"), "value"), json_text(form, "synonym"))
    tables: list[tuple[str, str]] = []
    place = f"{where}, lookup_tables"
    for number, item in json_records(data.get("lookup_tables"), place, content.raw, on_error):
        with content.raw.record(f"{place} {number}", on_error):
            name = json_text(item.get("name"), "name")
            if isinstance(item.get("elements"), str):
                tables.append((name, item["elements"]))
                continue
            for value in json_list(item.get("elements"), "elements"):
                content.add_lookup(name, json_text(value, "element"))
    content.raw.drop(
        DropReason.REGULAR_EXPRESSIONS, len(json_list(data.get("regex_features"), f"{where}, regex_features"))
    )
    return tables


def _add_example(example: Mapping[str, Any], split: str, content: RasaContent) -> None:
    intent = example.get("intent")
    if not isinstance(intent, str | None):
        raise DataError(f"intent is {intent!r:.200}; write the name of the intent")
    text = json_text(example.get("text"), "text")
    annotations = [_annotation(entity, text) for entity in json_objects(example.get("entities"), "entities")]
    placed = [_at_its_value(annotation, text, content.raw) for annotation in annotations]
    content.add_example(split, intent, text, [annotation for annotation in placed if annotation is not None])


def _annotation(entity: Mapping[str, Any], text: str) -> Annotation:
    name = json_text(entity.get("entity"), "entity")
    start, end = entity.get("start"), entity.get("end")
    if type(start) is not int or type(end) is not int:
        raise DataError(f"entity {name!r} needs whole numbers under 'start' and 'end'")
    value, role, group = (plain_value(entity.get(key)) for key in ("value", "role", "group"))
    is_as_said = 0 <= start < end and value == plain_value(text[start:end])
    return Annotation(name, start, end, None if is_as_said else value, role, group)


def _at_its_value(annotation: Annotation, text: str, notes: RawDomain) -> Annotation | None:
    """Move an annotation that cuts a word, or is outside the text, to the one place of its value.

    Tools that edit texts forget to move the annotations: "Mumbai" is then at the place of "und Mu".

    Returns:
        The annotation; ``None`` if it cuts a word and there is no such place.
    """
    value, start, end = annotation.value, annotation.start, annotation.end
    is_inside = 0 <= start < end <= len(text)
    if value is None or (is_inside and not (_cuts(text, start) or _cuts(text, end))):
        return annotation
    if is_inside and value.casefold() == " ".join(text[start:end].split()).casefold():
        return annotation
    words = r"\s+".join(map(re.escape, value.split()))
    places = [match.span() for match in re.finditer(words, text, re.IGNORECASE)]
    places = [place for place in places if not any(_cuts(text, edge) for edge in place)]
    if len(places) == 1:
        notes.drop(DropReason.SLOTS_MOVED_TO_THEIR_VALUES)
        ((start, end),) = places
        return annotation._replace(start=start, end=end, value=None)
    notes.drop(DropReason.SLOTS_NOT_AT_THEIR_VALUES, is_inside)
    return None if is_inside else annotation  # outside the text: broken


def _cuts(text: str, place: int) -> bool:
    """Say whether a place is inside a word; only scripts that put spaces between bare words can tell."""
    return 0 < place < len(text) and all(map(_SPACED_LETTER.match, text[place - 1 : place + 1]))
