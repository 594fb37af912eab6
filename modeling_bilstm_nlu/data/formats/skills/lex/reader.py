"""Read bots of Amazon Lex and fill their sample utterances, as with Alexa skills, which have the same types."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....values.builtin_types import is_builtin
from ..ask.models import filled_model
from ..json_values import json_list, json_objects, json_text
from ..locales import choose_locale
from .bots import find_bots, is_lex
from .objects import LexBot

__all__ = ["read_lex", "sniff"]


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return is_lex(path)


def read_lex(
    path: Path,
    *,
    seed: int = 0,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    spoken_values: bool | None = None,
    builtin_intents: bool = True,
    slot_samples: bool = True,
    locale: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read a Lex bot and fill its sample utterances.

    Slot types without values that extend a built-in type take the values of that type.

    Args:
        path: the export of a bot or an intent of version 1 (zip, or its JSON file), the export of a bot of version 2
            (zip, or the unpacked folder), or a CloudFormation template in JSON or YAML, whose bots are joined.
        seed: the seed of the filling.
        max_per_carrier: the largest number of utterances from one sample.
        max_utterances: the largest number of utterances in total.
        spoken_values: whether values are written as they are spoken in English. The default is yes for English.
        builtin_intents: whether built-in intents of Alexa get common phrases, in English; otherwise those without
            samples are left out.
        slot_samples: whether the samples of slots (answers to a prompt) are filled as samples of their intent.
        locale: the language to read, such as ``de_DE``; ``None`` takes the only one, ``en_US``, or another English
            one.
        on_error: what to do about broken intents, samples and types: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there is no bot, the bot does not have the language, or something in it is broken.
    """
    bots = find_bots(path)
    if len(names := {bot.name for bot in bots}) > 1:
        raise DataError(f"{path}: there are several bots: {', '.join(sorted(names))}; give one of them")
    by_locale = {bot.locale or "": bot for bot in bots}
    bot = by_locale[choose_locale(by_locale, locale, str(path))]
    notes = RawDomain(bot.name)
    return filled_model(
        _model(bot, notes, on_error),
        notes,
        str(path),
        slot_samples=slot_samples,
        on_error=on_error,
        language=None if bot.locale is None else bot.locale.replace("_", "-"),
        seed=seed,
        max_per_carrier=max_per_carrier,
        max_utterances=max_utterances,
        spoken_values=spoken_values,
        builtin_intents=builtin_intents,
    )


def _model(bot: LexBot, notes: RawDomain, on_error: str) -> dict[str, Any]:
    """The bot in the form of an Alexa interaction model."""
    types: list[dict[str, Any]] = []
    parents: dict[str, str] = {}
    for where, item in bot.types:
        with notes.record(where, on_error):
            slot_type = _type(item, notes)
            parent = item.get("parentSlotTypeSignature")
            if not slot_type["values"] and isinstance(parent, str):
                parents[slot_type["name"]] = parent
            else:
                types.append(slot_type)
    intents = []
    for where, item, slots in bot.intents:
        intent: dict[str, Any] = {}
        with notes.record(where, on_error):
            intent = _intent(item)
        for place, slot in slots if intent else ():
            with notes.record(place, on_error):
                intent["slots"].append(_slot(slot, parents))
        intents += [intent] if intent else []
    return {"invocationName": bot.name, "intents": intents, "types": types}


def _intent(item: Mapping[str, Any]) -> dict[str, Any]:
    parent = item.get("parentIntentSignature")
    samples = _samples(item.get("sampleUtterances"))
    name = json_text(item.get("name", item.get("intentName")), "name")
    if isinstance(parent, str) and is_builtin(parent) and not samples:
        name = parent
    return {"name": name, "slots": [], "samples": samples}


def _slot(item: Mapping[str, Any], parents: Mapping[str, str]) -> dict[str, Any]:
    setting = item.get("valueElicitationSetting")
    listed = item.get("sampleUtterances")
    if listed is None and isinstance(setting, Mapping):
        listed = setting.get("sampleUtterances")
    slot_type = json_text(item.get("slotType", item.get("slotTypeName")), "type of the slot")
    return {
        "name": json_text(item.get("slotName", item.get("name")), "name of the slot"),
        "type": parents.get(slot_type, slot_type),
        "samples": _samples(listed),
    }


def _samples(value: object) -> list[str]:
    """Sample utterances: texts in version 1, objects in version 2."""
    items = json_list(value, "sampleUtterances")
    texts = [item.get("utterance") if isinstance(item, Mapping) else item for item in items]
    return [json_text(text, "sampleUtterances") for text in texts]


def _type(item: Mapping[str, Any], notes: RawDomain) -> dict[str, Any]:
    setting = item.get("valueSelectionSetting")
    has_pattern = isinstance(setting, Mapping) and bool(setting.get("regexFilter"))
    notes.drop(DropReason.ENTITY_REGULAR_EXPRESSIONS, has_pattern or _has_old_pattern(item))
    values = []
    for entry in json_objects(item.get("enumerationValues"), "enumerationValues"):  # version 1
        values.append(
            {"name": {"value": entry.get("value"), "synonyms": json_list(entry.get("synonyms"), "synonyms")}}
        )
    for entry in json_objects(item.get("slotTypeValues"), "slotTypeValues"):
        value = entry.get("sampleValue")
        synonyms = [synonym.get("value") for synonym in json_objects(entry.get("synonyms"), "synonyms")]
        values.append({"name": {"value": value.get("value") if isinstance(value, Mapping) else None}})
        values[-1]["name"]["synonyms"] = synonyms
    for value in values:
        json_text(value["name"]["value"], "value of a slot type")
    return {"name": json_text(item.get("name", item.get("slotTypeName")), "name"), "values": values}


def _has_old_pattern(item: Mapping[str, Any]) -> bool:
    listed = item.get("slotTypeConfigurations")
    return isinstance(listed, list) and any(isinstance(one, Mapping) and "regexConfiguration" in one for one in listed)
