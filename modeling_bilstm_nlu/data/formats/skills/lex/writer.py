"""Write a domain as an Amazon Lex V2 bot: the files of an export, in a zip archive to import or in a folder.

Lex and Alexa share the rules for names and samples, so the bot has what an Alexa interaction model of the domain has.
The files follow the vendor's documentation of version 2.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.files import write_text

from ....domains import Domain
from ....drop_reasons import DropReason
from ....values.builtin_types import builtin_forms
from ..ask.names import BUILTIN_PREFIX, legal_names
from ..ask.writer import ask_document, check_samples

__all__ = ["write_lex"]

_FALLBACK = f"{BUILTIN_PREFIX}FallbackIntent"
#: The built-in slot types of version 2, by their names in lower case without ``AMAZON.``.
_BUILTIN = {
    name.lower(): name
    for name in (
        *("AlphaNumeric", "City", "Confirmation", "Country", "Date", "Duration", "EmailAddress", "FirstName"),
        *("FreeFormInput", "LastName", "Number", "Percentage", "PhoneNumber", "State", "StreetName", "Time"),
    )
}
_BUILTIN |= {"searchquery": "FreeFormInput", "us_state": "State", "us_first_name": "FirstName"}
_BUILTIN |= {"us_city": "City", "us_last_name": "LastName", "literal": "FreeFormInput", "four_digit_number": "Number"}
#: Language -> region, where the region is not the language in capitals.
_REGIONS = {"en": "US", "ja": "JP", "ko": "KR", "zh": "CN", "hi": "IN", "ca": "ES", "ar": "AE", "da": "DK", "sv": "SE"}
_DATE = (2020, 1, 1, 0, 0, 0)


def write_lex(path: Path, domain: Domain) -> dict[str, int]:
    """Write a Lex V2 bot; ``read_lex`` reads it back.

    Args:
        path: an archive ``*.zip``, or a folder.
        domain: a domain with its skill, or with utterances to make a skill from. The utterances of all splits are
            used.

    Returns:
        Drop reason -> number of things that the bot cannot express.

    Raises:
        DataError: the domain has no intents, or no sample can be written.
    """
    document, counted = ask_document(domain)
    lost = Counter(counted)
    model = document["interactionModel"]["languageModel"]
    check_samples(domain, filter(_is_written, model["intents"]))
    name = re.sub(r"[^A-Za-z0-9]+", "_", domain.name).strip("_") or "Bot"
    lost.pop(DropReason.INVOCATION_NAMES_CHANGED, None)  # a bot has no invocation name
    files = _files(model, name, _locale(domain.language), lost)
    if path.suffix.lower() == ".zip":
        _write_archive(path, files)
    else:
        for file, content in files.items():
            write_text(path / file, _text(content))
    return {reason: count for reason, count in lost.items() if count}


def _write_archive(path: Path, files: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(zipfile.ZipInfo(file, _DATE), _text(content), zipfile.ZIP_DEFLATED)


def _text(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _locale(language: str | None) -> str:
    code, _, region = (language or "en-US").replace("-", "_").partition("_")
    return f"{code.lower()}_{(region or _REGIONS.get(code.lower(), code)).upper()}"


def _files(model: Mapping[str, Any], name: str, locale: str, lost: Counter[str]) -> dict[str, Any]:
    """File -> content."""
    used = {slot["type"] for intent in model["intents"] for slot in intent.get("slots", ())}
    values = {item["name"]: item["values"] for item in model["types"]}
    types = _types(dict.fromkeys([*values, *sorted(used)]), values)
    lost[DropReason.SLOT_TYPE_NAMES_CHANGED] += sum(old != new for old, new in types.items())
    root = f"{name}/BotLocales/{locale}"
    files: dict[str, Any] = {
        "Manifest.json": {"metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": "BOT"}},
        f"{name}/Bot.json": {
            "name": name,
            "version": "DRAFT",
            "dataPrivacy": {"childDirected": False},
            "idleSessionTTLInSeconds": 300,
        },
        f"{root}/BotLocale.json": {
            "name": locale,
            "identifier": locale,
            "version": "DRAFT",
            "nluConfidenceThreshold": 0.4,
        },
    }
    for old, new in types.items():
        if not new.startswith(BUILTIN_PREFIX):
            known = values.get(old) or [{"name": {"value": form}} for form in builtin_forms(old)]
            files[f"{root}/SlotTypes/{new}/SlotType.json"] = _type(new, known, lost)
        else:  # the values that a developer adds to a built-in type
            lost[DropReason.VALUES_OF_BUILTIN_TYPES] += len(values.get(old, ()))
    intents = {intent["name"]: intent for intent in model["intents"]}
    lost[DropReason.BUILTIN_INTENTS_WITHOUT_SAMPLES] += sum(
        entry.startswith(BUILTIN_PREFIX) and entry != _FALLBACK and not intents[entry]["samples"] for entry in intents
    )
    named = {entry: entry.removeprefix(BUILTIN_PREFIX) for entry in intents if _is_written(intents[entry])}
    names = legal_names(named.values(), "Intent") | {"FallbackIntent": "FallbackIntent"}
    for entry, own in named.items():
        place = f"{root}/Intents/{names[own]}"
        files |= _intent(intents[entry], names[own], place, types)
    fallback = intents.get(_FALLBACK, {"samples": []})
    lost[DropReason.SAMPLES_OF_THE_FALLBACK] += len(fallback["samples"])
    files[f"{root}/Intents/FallbackIntent/Intent.json"] = {
        "name": "FallbackIntent",
        "parentIntentSignature": _FALLBACK,
        "sampleUtterances": [],
    }
    return files


def _is_written(intent: Mapping[str, Any]) -> bool:
    """Say whether an intent is one of its own: not the fallback, and not a built-in one without samples."""
    return intent["name"] != _FALLBACK and (bool(intent["samples"]) or not intent["name"].startswith(BUILTIN_PREFIX))


def _types(used: Iterable[str], values: Mapping[str, Any]) -> dict[str, str]:
    """Slot type -> its name in Lex."""
    names = {name: _BUILTIN.get(name.removeprefix(BUILTIN_PREFIX).lower()) for name in used if _is_amazon(name)}
    own = {name: name.removeprefix(BUILTIN_PREFIX) for name in used if names.get(name) is None}
    legal = legal_names(own.values(), "TYPE")
    return {name: BUILTIN_PREFIX + known for name, known in names.items() if known is not None} | {
        name: legal[short] for name, short in own.items()
    }


def _is_amazon(name: str) -> bool:
    return name.startswith(BUILTIN_PREFIX)


def _type(name: str, values: Iterable[Mapping[str, Any]], lost: Counter[str]) -> dict[str, Any]:
    entries = []
    for value in values:
        lost[DropReason.CATALOG_VALUE_IDS] += "id" in value
        entry: dict[str, Any] = {"sampleValue": {"value": value["name"]["value"]}}
        if synonyms := value["name"].get("synonyms"):
            entry["synonyms"] = [{"value": synonym} for synonym in synonyms]
        entries.append(entry)
    return {
        "name": name,
        "slotTypeValues": entries,
        "valueSelectionSetting": {"resolutionStrategy": "TOP_RESOLUTION"},
    }


def _intent(intent: Mapping[str, Any], name: str, place: str, types: Mapping[str, str]) -> dict[str, Any]:
    """The files of an intent."""
    slots = intent.get("slots", ())
    priorities = [{"priority": number, "slotName": slot["name"]} for number, slot in enumerate(slots, start=1)]
    content = {
        "name": name,
        "sampleUtterances": [{"utterance": sample} for sample in intent["samples"]],
        "slotPriorities": priorities,
    }
    files: dict[str, Any] = {f"{place}/Intent.json": content}
    for slot in slots:
        setting: dict[str, Any] = {"slotConstraint": "Optional"}
        if slot.get("samples"):
            setting["sampleUtterances"] = [{"utterance": sample} for sample in slot["samples"]]
        files[f"{place}/Slots/{slot['name']}/Slot.json"] = {
            "name": slot["name"],
            "slotTypeName": types[slot["type"]],
            "valueElicitationSetting": setting,
        }
    return files
