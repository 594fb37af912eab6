"""Find the language model in an Alexa interaction model, and count the parts that a domain cannot hold."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ....drop_reasons import DropReason

__all__ = ["language_model", "parts_left_out"]

#: From the outside in; older files do not have the first key, and the oldest files have neither.
_LAYERS = ("interactionModel", "languageModel")
_VERSION = "version"  # Alexa increases it automatically


def language_model(document: object) -> Mapping[str, Any] | None:
    """Find the part of the document that has the intents; ``None`` if there is no such part."""
    *_, model = _layers(document)
    return model if isinstance(model, Mapping) and isinstance(model.get("intents"), list) else None


def _layers(document: object) -> Iterator[object]:
    yield document
    for key in _LAYERS:
        if isinstance(document, Mapping) and isinstance(document.get(key), Mapping):
            document = document[key]
            yield document


def parts_left_out(document: object) -> dict[str, int]:
    """Count the parts of an interaction model that are not imported, such as ``dialog``: drop reason -> number."""
    counts: Counter[str] = Counter()
    model = language_model(document)
    if model is None:
        return {}
    for layer in _layers(document):
        if layer is not model:
            _count(layer, (*_LAYERS, _VERSION), "", counts)
    _count(model, ("invocationName", "intents", "types", _VERSION), "", counts)
    for intent in _objects(model.get("intents")):
        _count(intent, ("name", "samples", "slots"), " of intents", counts)
        for slot in _objects(intent.get("slots")):
            _count(slot, ("name", "type", "samples"), " of slots", counts)
    for slot_type in _objects(model.get("types")):
        _count(slot_type, ("name", "values"), " of slot types", counts)
        for value in _objects(slot_type.get("values")):
            _count(value, ("id", "name"), " of values", counts)
            _count(value.get("name"), ("value", "synonyms"), " of values", counts)
    return dict(counts)


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _count(item: object, known: Collection[str], whose: str, counts: Counter[str]) -> None:
    """Count the things that an object has under unknown keys."""
    for key, value in item.items() if isinstance(item, Mapping) else ():
        if key not in known and (size := _size(value)):
            counts[DropReason.NOT_IMPORTED.of(f"{key:.60}{whose}")] += size


def _size(value: object) -> int:
    """Count the things in a value: the items of its lists, or else one; an empty value counts as zero."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(inner) for inner in value.values() if isinstance(inner, list)) or int(any(value.values()))
    return int(value not in (None, "", False))
