"""Alexa interaction models (Alexa Skills Kit), the JSON file that a developer keeps for each locale.

The language model stands under ``interactionModel.languageModel``; in older files under ``languageModel``, in the
oldest at the top. A slot is labelled with its name, which is local to its intent; its values come from its type.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, read_json, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog
from ....skill_spec import CarrierPhrase, SkillSpec
from ....values.builtin_types import is_builtin
from ..json_values import json_list, json_objects, json_text
from ..samples import add_sample, filled, last_name
from .builtin_intents import BUILTIN_INTENT_PHRASES
from .parts import language_model, parts_left_out

__all__ = ["parse_ask", "read_ask", "sniff"]

#: Where a project keeps its models, the likeliest place first, and the names that they have there.
_PLACES = (
    "skill-package/interactionModels/custom",
    "interactionModels/custom",
    "interactionModels",
    "models",
    "speechAssets",
    "",
)
_NAMES = re.compile(
    r"(?:[a-z]{2}(?:-[a-z]{2})?|interaction[-_]?model|skill-?builder|model|skill)\.json", re.IGNORECASE
)
#: The languages of Alexa, with or without a region.
_LOCALE = re.compile(r"(?:ar|de|en|es|fr|hi|it|ja|nl|pt)(?:[-_][a-z]{2})?", re.IGNORECASE)


def _is_model(path: Path) -> bool:
    document = read_json(path)
    model = language_model(document)
    if model is None or model is not document:
        return model is not None
    # LUIS also has named intents at the top, but no samples in them, and its utterances stand elsewhere
    intents = [intent for intent in model["intents"] if isinstance(intent, Mapping) and "name" in intent]
    return "utterances" not in model and any("samples" in intent or "slots" in intent for intent in intents)


def sniff(path: Path) -> bool:
    """Whether a file or a folder looks like this format."""
    if path.is_dir():
        return bool(_models(path))
    return has_suffix(path, (".json",)) and _is_model(path)


def _models(folder: Path) -> list[Path]:
    """The interaction models of a skill project, one for each locale."""
    for place in _PLACES:
        files = (folder / place).glob("*.[jJ][sS][oO][nN]*")
        named = sorted(file for file in files if _NAMES.fullmatch(last_name(file.name)) and file.is_file())
        if models := [file for file in named if _is_model(file)]:
            return models
    return []


def _locale(path: Path) -> str | None:
    """The locale that a file is called after."""
    name = stem(Path(last_name(path.name)))
    return name if _LOCALE.fullmatch(name) else None


def _model_of_locale(folder: Path, locale: str | None) -> Path:
    models = _models(folder)
    if len({model.name.rpartition("__")[0] for model in models}) > 1:
        names = ", ".join(model.name for model in models)
        raise DataError(f"{folder}: holds the models of several skills; read one of them: {names}")
    by_locale = {stem(Path(last_name(model.name))): model for model in models}
    wanted = [locale] if locale is not None else ["en-US", *(name for name in by_locale if name.startswith("en"))]
    if locale is None and len(by_locale) == 1:
        wanted = list(by_locale)
    for name in wanted:
        if name in by_locale:
            return by_locale[name]
    raise DataError(
        f"{folder}: no interaction model of locale {locale or 'en-US'!r}; it has: {', '.join(by_locale) or 'none'}"
    )


def read_ask(
    path: Path,
    *,
    seed: int = 0,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    spoken_values: bool | None = None,
    slot_samples: bool = True,
    builtin_intents: bool = False,
    locale: str | None = None,
    on_error: str = "raise",
) -> RawDomain:
    """Read an Alexa skill and fill its samples.

    Args:
        path: the model of one locale, or a skill project that holds ``interactionModels/custom/<locale>.json``
            (at its top or in ``skill-package``), ``models/<locale>.json`` or ``interactionModel.json``.
        seed: of the fillings.
        max_per_carrier: fillings of one sample.
        max_utterances: fillings in all.
        spoken_values: fill values in as they are said, as ``fill`` does; by default unless the name of the file is
            that of a locale of another language, or ``locale`` is and the file's name says nothing.
        slot_samples: fill the samples of slots (answers to a prompt) as samples of their intent.
        builtin_intents: give the built-in intents without samples (help, stop, yes, ...) some common phrases, where
            there are any; else they are left out.
        locale: which file of a project; where it is ``None``, the only one, or ``en-US``, or another English one.
        on_error: ``raise``, or ``drop`` to leave broken samples, slots and values out.

    Raises:
        DataError: the file is no interaction model, or something in it is broken.
    """
    if path.is_dir():
        path = _model_of_locale(path, locale)
    notes = RawDomain(stem(path))
    spec = parse_ask(read_json(path), str(path), notes, on_error=on_error)
    phrases = dict((spec.with_answers() if slot_samples else spec).intents)
    for intent in spec.slots:
        if intent not in phrases and builtin_intents and intent in BUILTIN_INTENT_PHRASES:
            phrases[intent] = [CarrierPhrase(phrase) for phrase in BUILTIN_INTENT_PHRASES[intent]]
        reasons = (DropReason.INTENTS_WITHOUT_SAMPLES, DropReason.BUILTIN_INTENTS_WITHOUT_SAMPLES)
        notes.drop(reasons[is_builtin(intent)], intent not in phrases)
    return filled(
        replace(spec, intents=phrases),
        notes,
        str(path),
        written=spec,
        language=_locale(path) or locale,
        seed=seed,
        max_per_carrier=max_per_carrier,
        max_utterances=max_utterances,
        spoken_values=spoken_values,
    )


def parse_ask(document: object, where: str, notes: RawDomain, *, on_error: str = "raise") -> SkillSpec:
    """The skill of an interaction model.

    Args:
        document: the parsed JSON.
        where: the file, for messages.
        notes: takes the counts of what is left out.
        on_error: as in ``read_ask``.

    Raises:
        DataError: the document is no interaction model, or something in it is broken.
    """
    model = language_model(document)
    if model is None:
        raise DataError(f"{where}: no list of intents; is this an Alexa interaction model?")
    spec = SkillSpec(json_text(model.get("invocationName") or notes.name, f"{where}, invocationName"))
    for reason, count in parts_left_out(document).items():
        notes.drop(reason, count)
    for number, item in enumerate(json_objects(model.get("types"), f"{where}, types"), start=1):
        with notes.record(f"{where}, type {item.get('name', number)!r}", on_error):
            _add_type(spec, item, notes)
    for number, item in enumerate(json_objects(model["intents"], f"{where}, intents"), start=1):
        place = f"{where}, intent {item.get('name', number)!r}"
        parts = None
        with notes.record(place, on_error):
            parts = _parts_of(item)
        if parts is not None:
            _add_intent(spec, *parts, notes, place, on_error)
    for slots in spec.slots.values():
        for slot_type in slots.values():
            if slot_type not in spec.catalogs and not is_builtin(slot_type):
                notes.drop(DropReason.SLOTS_OF_AN_UNKNOWN_TYPE.of(slot_type))
    return spec


def _parts_of(item: Mapping[str, Any]) -> tuple[str, list[Any], list[tuple[str, str, list[Any]]]]:
    """The name of an intent, its samples, and name, type and samples of its slots."""
    slots = []
    for slot in json_objects(item.get("slots"), "slots"):
        name = json_text(slot.get("name"), "slot name")
        slot_type = json_text(slot.get("type"), f"slot {name!r}: type")
        slots.append((name, slot_type, json_list(slot.get("samples"), f"slot {name!r}: samples")))
    return json_text(item.get("name"), "name"), json_list(item.get("samples"), "samples"), slots


def _add_intent(
    spec: SkillSpec,
    intent: str,
    samples: list[Any],
    slots: list[tuple[str, str, list[Any]]],
    notes: RawDomain,
    place: str,
    on_error: str,
) -> None:
    notes.drop(DropReason.INTENTS_JOINED, intent in spec.slots)
    declared = spec.slots.setdefault(intent, {})
    for name, slot_type, _ in slots:
        with notes.record(place, on_error):
            if name in declared:
                raise DataError(f"slot {name!r} is declared twice; remove one")
            declared[name] = slot_type
    answers: dict[str, list[CarrierPhrase]] = {}
    for phrases, name, texts in (
        (spec.intents, intent, samples),
        *((answers, name, texts) for name, _, texts in slots),
    ):
        known = {phrase.text.casefold(): phrase for phrase in phrases.get(name, ())}
        for text in texts:
            with notes.record(f"{place}, sample {text!r:.200}", on_error):
                add_sample(known, json_text(text, "sample"), declared, notes)
        if known:
            phrases[name] = list(known.values())
    if answers:
        spec.answers.setdefault(intent, {}).update(answers)


def _add_type(spec: SkillSpec, item: Mapping[str, Any], notes: RawDomain) -> None:
    name = json_text(item.get("name"), "name")
    notes.drop(DropReason.SLOT_TYPES_JOINED, name in spec.catalogs)
    catalog = spec.catalogs.setdefault(name, SlotCatalog(name))
    for entry in json_list(item.get("values"), "values"):
        naming = entry.get("name") if isinstance(entry, Mapping) else {"value": entry}  # the oldest have bare values
        if not isinstance(naming, Mapping):
            raise DataError(f"value {entry!r:.200} has no object under 'name'")
        value = json_text(naming.get("value"), "name.value")
        synonyms = [json_text(text, f"synonym of {value!r}") for text in json_list(naming.get("synonyms"), "synonyms")]
        if not value.strip():
            notes.drop(DropReason.BLANK_VALUES)
            continue
        notes.drop(DropReason.BLANK_VALUES, sum(not synonym.strip() for synonym in synonyms))
        notes.drop(DropReason.REPEATED_VALUES, value in catalog.values)
        known = (*catalog.values.get(value, ()), *filter(str.strip, synonyms))
        catalog.values[value] = tuple(synonym for synonym in dict.fromkeys(known) if synonym != value)
        if isinstance(entry, Mapping) and entry.get("id") not in (None, ""):
            identifier = json_text(entry["id"], f"id of {value!r}")
            notes.drop(DropReason.SECOND_IDS, catalog.ids.setdefault(value, identifier) != identifier)
