"""Read Alexa interaction models (Alexa Skills Kit): the JSON file that a developer writes for each locale.

The language model is under ``interactionModel.languageModel``, in older files under ``languageModel``, and in the
oldest files at the top. A slot is labelled with its name, which belongs to its intent; its values come from its type.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import has_suffix, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog
from ....skill_spec import CarrierPhrase, SkillSpec
from ....values.builtin_types import is_builtin
from ..json_values import json_list, json_objects, json_records, json_text
from ..samples import add_sample, filled, key_of, last_name
from .json_comments import read_json_with_comments
from .parts import language_model, parts_left_out

__all__ = ["parse_ask", "read_ask", "sniff"]

#: The folders where a project may have its models, the most likely folder first, and the names of the model files.
_PLACES = (
    "skill-package/interactionModels/custom",
    "interactionModels/custom",
    "interactionModels",
    "models",
    "speechAssets",
    "",
)
#: The languages of Alexa, with or without a region.
_LOCALE = r"(?:ar|de|en|es|fr|hi|it|ja|nl|pt)(?:[-_][a-z]{2})?"
#: The names of model files, without suffix: a locale, the name of a model, or both.
_NAMES = re.compile(
    rf"(?:(?P<before>{_LOCALE})[-_.])?(?:interaction[-_]?model|skill-?builder|model|skill)(?:[-_.](?P<after>{_LOCALE}))?"
    rf"|(?P<locale>{_LOCALE}|[a-z]{{2}}(?:-[a-z]{{2}})?)",
    re.IGNORECASE,
)


def _is_model(path: Path) -> bool:
    document = read_json_with_comments(path)
    model = language_model(document)
    if model is None or model is not document:
        return model is not None
    # LUIS also has named intents at the top, but without samples; its utterances are in another list
    intents = [intent for intent in model["intents"] if isinstance(intent, Mapping) and "name" in intent]
    return "utterances" not in model and any("samples" in intent or "slots" in intent for intent in intents)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return bool(_models(path))
    return has_suffix(path, (".json",)) and _is_model(path)


def _models(folder: Path) -> list[Path]:
    """Find the interaction models of a skill project, one for each locale."""
    for place in _PLACES:
        files = (folder / place).glob("*.[jJ][sS][oO][nN]*")
        named = sorted(file for file in files if has_suffix(file, (".json",)) and file.is_file())
        named = [file for file in named if _NAMES.fullmatch(stem(Path(last_name(file.name))))]
        if models := [file for file in named if _is_model(file)]:
            return models
    return []


def _locale(path: Path) -> str | None:
    """Read the locale from the name of a file, such as ``en-US``; ``None`` if the name has none."""
    match = _NAMES.fullmatch(stem(Path(last_name(path.name))))
    locale = next((group for group in match.groups() if group), None) if match else None
    return locale if locale and re.fullmatch(_LOCALE, locale, re.IGNORECASE) else None


def _model_of_locale(folder: Path, locale: str | None) -> Path:
    models = _models(folder)
    if len({model.name.rpartition("__")[0] for model in models}) > 1:
        names = ", ".join(model.name for model in models)
        raise DataError(f"{folder}: the folder has models of several skills; read one of them: {names}")
    by_locale = {_locale(model) or stem(Path(last_name(model.name))): model for model in models}
    wanted = [locale] if locale is not None else ["en-US", *(name for name in by_locale if name.startswith("en"))]
    if locale is None and len(by_locale) == 1:
        wanted = list(by_locale)
    by_key = {key_of(name): model for name, model in by_locale.items()}
    for name in wanted:
        if key_of(name) in by_key:
            return by_key[key_of(name)]
    raise DataError(
        f"{folder}: there is no interaction model of locale {locale or 'en-US'!r}; "
        f"the locales are: {', '.join(by_locale) or 'none'}",
        cure=Cure("choose one with {}", option="locale"),
    )


def read_ask(
    path: Path,
    *,
    seed: int = 0,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    spoken_values: bool | None = None,
    slot_samples: bool = True,
    builtin_intents: bool = True,
    locale: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read an Alexa skill and fill its samples.

    Args:
        path: the model of one locale, or a skill project that has ``interactionModels/custom/<locale>.json``
            (at its top or in ``skill-package``), ``models/<locale>.json`` or ``interactionModel.json``.
        seed: the seed of the filling.
        max_per_carrier: the largest number of utterances from one sample.
        max_utterances: the largest number of utterances in total.
        spoken_values: whether values are also written as they are spoken in English, as ``fill`` does. By default this
            depends on the locale in the name of the file, or else on ``locale``: yes for English or without a locale.
        slot_samples: whether the samples of slots (answers to a prompt) are filled as samples of their intent.
        builtin_intents: whether built-in intents (help, stop, yes, ...) get common phrases, in English; otherwise
            those without samples are left out.
        locale: the locale to read from a project; ``None`` takes the only locale, or ``en-US``, or another English
            locale.
        on_error: what to do about broken samples, slots and values: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the file is not an interaction model, or something in it is broken.
    """
    if path.is_dir():
        path = _model_of_locale(path, locale)
    notes = RawDomain(stem(path))
    spec = parse_ask(read_json_with_comments(path, notes), str(path), notes, on_error=on_error)
    return filled(
        spec.with_answers() if slot_samples else spec,
        notes,
        str(path),
        written=spec,
        language=_locale(path) or locale,
        seed=seed,
        max_per_carrier=max_per_carrier,
        max_utterances=max_utterances,
        spoken_values=spoken_values,
        builtin_intents=builtin_intents,
    )


def parse_ask(document: object, where: str, notes: RawDomain, *, on_error: str = "skip_few") -> SkillSpec:
    """Read the skill of an interaction model.

    Args:
        document: the parsed JSON.
        where: the file, for messages.
        notes: receives the counts of what is left out.
        on_error: what to do about broken samples, slots and values: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the document is not an interaction model, or something in it is broken.
    """
    model = language_model(document)
    if model is None:
        raise DataError(f"{where}: there is no list of intents; check that this is an Alexa interaction model")
    spec = SkillSpec(json_text(model.get("invocationName") or notes.name, f"{where}, invocationName"))
    for reason, count in parts_left_out(document).items():
        notes.drop(reason, count)
    for number, item in json_records(model.get("types"), f"{where}, types", notes, on_error):
        with notes.record(f"{where}, type {item.get('name', number)!r}", on_error):
            _add_type(spec, item, notes)
    for number, item in json_records(model["intents"], f"{where}, intents", notes, on_error):
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
    """Read the name of an intent, its samples, and the name, type and samples of its slots."""
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
        naming = entry.get("name") if isinstance(entry, Mapping) else {"value": entry}  # plain in the oldest files
        if not isinstance(naming, Mapping):
            raise DataError(f"value {entry!r:.200} has no object under 'name'; add the object")
        value = json_text(naming.get("value"), "name.value").strip()
        listed = json_list(naming.get("synonyms"), "synonyms")
        synonyms = [json_text(text, f"synonym of {value!r}").strip() for text in listed]
        if not value:
            notes.drop(DropReason.BLANK_VALUES)
            continue
        notes.drop(DropReason.BLANK_VALUES, sum(not synonym for synonym in synonyms))
        notes.drop(DropReason.REPEATED_VALUES, value in catalog.values)
        known = (*catalog.values.get(value, ()), *filter(None, synonyms))
        catalog.values[value] = tuple(synonym for synonym in dict.fromkeys(known) if synonym != value)
        if isinstance(entry, Mapping) and entry.get("id") not in (None, ""):
            identifier = json_text(entry["id"], f"id of {value!r}")
            notes.drop(DropReason.SECOND_IDS, catalog.ids.setdefault(value, identifier) != identifier)
