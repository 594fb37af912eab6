"""Alexa interaction models (Alexa Skills Kit), the JSON file that a developer keeps for each locale.

The language model stands under ``interactionModel.languageModel``; in older files under ``languageModel``, in the
oldest at the top. A slot is labelled with its name, which is local to its intent; its values come from its type.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError
from ..catalogs import is_builtin
from ..files import read_json, stem
from ..registry import RawDomain, register_reader
from ..schema import SlotCatalog
from ..templates import fill
from .builtin_intents import BUILTIN_INTENT_PHRASES
from .spec import CarrierPhrase, SkillSpec

__all__ = ["parse_ask", "read_ask"]


def _language_model(document: object) -> Mapping[str, Any] | None:
    """The part of the document with the intents, wherever it stands."""
    model = document
    for key in ("interactionModel", "languageModel"):
        if isinstance(model, Mapping) and isinstance(model.get(key), Mapping):
            model = model[key]
    return model if isinstance(model, Mapping) and isinstance(model.get("intents"), list) else None


def _recognises(path: Path) -> bool:
    if path.is_dir():
        return bool(_locale_files(path))
    if not path.name.removesuffix(".gz").endswith(".json"):
        return False
    model = _language_model(read_json(path))
    return model is not None and all(isinstance(i, Mapping) and "name" in i for i in model["intents"])


def _locale_files(folder: Path) -> dict[str, Path]:
    """Locale -> file, in a skill project or its package folder."""
    places = ("models", "interactionModels/custom", "skill-package/interactionModels/custom")
    return {stem(file): file for place in places for file in sorted((folder / place).glob("*.json"))}


@register_reader("ask", recognises=_recognises, summary="Alexa interaction model JSON, a file or a skill project")
def read_ask(
    path: Path,
    *,
    seed: int = 0,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    slot_samples: bool = True,
    builtin_intents: bool = False,
    locale: str = "en-US",
    on_error: str = "raise",
) -> RawDomain:
    """Read an Alexa skill and fill its samples.

    Args:
        path: the model of one locale, or a skill project that holds ``interactionModels/custom/<locale>.json``
            (at its top or in ``skill-package``) or ``models/<locale>.json``.
        seed: of the fillings.
        max_per_carrier: fillings of one sample.
        max_utterances: fillings in all.
        slot_samples: take the samples of slots (answers to a prompt) as samples of their intent.
        builtin_intents: give the built-in intents without samples (help, stop, yes, ...) some common phrases, where
            there are any; else they are left out.
        locale: which file of a project.
        on_error: ``raise``, or ``drop`` to leave broken samples out.

    Raises:
        DataError: the file is no interaction model, or something in it is broken.
    """
    if path.is_dir():
        files = _locale_files(path)
        if locale not in files:
            raise DataError(f"{path}: no interaction model of locale {locale!r}; it has: {', '.join(files) or 'none'}")
        path = files[locale]
    notes = RawDomain(stem(path))
    spec = parse_ask(
        read_json(path),
        str(path),
        notes,
        slot_samples=slot_samples,
        builtin_intents=builtin_intents,
        on_error=on_error,
    )
    try:
        raw = fill(spec, seed=seed, max_per_carrier=max_per_carrier, max_utterances=max_utterances)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    raw.dropped = {**notes.dropped, **raw.dropped}
    return raw


def parse_ask(
    document: object,
    where: str,
    notes: RawDomain,
    *,
    slot_samples: bool = True,
    builtin_intents: bool = False,
    on_error: str = "raise",
) -> SkillSpec:
    """The skill of an interaction model.

    Args:
        document: the parsed JSON.
        where: the file, for messages.
        notes: takes the counts of what is left out.
        slot_samples, builtin_intents, on_error: as in ``read_ask``.

    Raises:
        DataError: the document is no interaction model, or something in it is broken.
    """
    model = _language_model(document)
    if model is None:
        raise DataError(f"{where}: no list of intents; is this an Alexa interaction model?")
    spec = SkillSpec(_text(model.get("invocationName") or notes.name, f"{where}, invocationName"))
    for number, item in enumerate(_objects(model.get("types"), f"{where}, types"), start=1):
        with notes.record(f"{where}, type {item.get('name', number)!r}", on_error):
            _add_type(spec, item)
    for number, item in enumerate(_objects(model["intents"], f"{where}, intents"), start=1):
        intent = _text(item.get("name"), f"{where}, intent {number}: name")
        place = f"{where}, intent {intent!r}"
        slots = _objects(item.get("slots"), f"{place}, slots")
        declared = spec.slots.setdefault(intent, {})
        samples = list(_list(item.get("samples"), f"{place}, samples"))
        for slot in slots:
            name = _text(slot.get("name"), f"{place}: slot name")
            if name in declared:
                raise DataError(f"{place}: slot {name!r} is declared twice; remove one")
            declared[name] = _text(slot.get("type"), f"{place}, slot {name!r}: type")
            if slot_samples:
                samples += _list(slot.get("samples"), f"{place}, slot {name!r}: samples")
        if not samples and builtin_intents:
            samples = list(BUILTIN_INTENT_PHRASES.get(intent, ()))
        _add_samples(spec, intent, samples, notes, place, on_error)
    return spec


def _add_samples(
    spec: SkillSpec, intent: str, samples: list[Any], notes: RawDomain, place: str, on_error: str
) -> None:
    carriers = {carrier.text.casefold(): carrier for carrier in spec.intents.get(intent, ())}
    for sample in samples:
        if isinstance(sample, str) and not sample.strip():
            notes.drop("blank samples")
            continue
        with notes.record(f"{place}, sample {sample!r}", on_error):
            carrier = CarrierPhrase(_text(sample, "sample"))
            if unknown := sorted({slot for slot, _ in carrier.slots} - set(spec.slots[intent])):
                raise DataError(f"slots {unknown} are not declared; declared: {sorted(spec.slots[intent])}")
            notes.drop("repeated samples", carrier.text.casefold() in carriers)
            carriers.setdefault(carrier.text.casefold(), carrier)
    if carriers:
        spec.intents[intent] = list(carriers.values())
    else:
        notes.drop(f"{'built-in ' if is_builtin(intent) else ''}intents without samples")


def _add_type(spec: SkillSpec, item: Mapping[str, Any]) -> None:
    name = _text(item.get("name"), "name")
    catalog = spec.catalogs.setdefault(name, SlotCatalog(name))
    for entry in _objects(item.get("values"), "values"):
        naming = entry.get("name")
        if not isinstance(naming, Mapping):
            raise DataError(f"value {entry!r} has no object under 'name'")
        value = _text(naming.get("value"), "name.value")
        synonyms = (_text(synonym, f"synonym of {value!r}") for synonym in _list(naming.get("synonyms"), "synonyms"))
        catalog.values[value] = tuple(dict.fromkeys((*catalog.values.get(value, ()), *synonyms)))
        if entry.get("id") not in (None, ""):
            catalog.ids.setdefault(value, str(entry["id"]))


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list | None):
        raise DataError(f"{where}: expected a list, found {type(value).__name__}")
    return value or []


def _objects(value: object, where: str) -> list[Mapping[str, Any]]:
    items = _list(value, where)
    for item in items:
        if not isinstance(item, Mapping):
            raise DataError(f"{where}: expected objects, found {item!r}")
    return items


def _text(value: object, where: str) -> str:
    """A name or phrase; bare numbers occur as values and are taken as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"{where}: expected text, found {value!r}")
    return str(value)
