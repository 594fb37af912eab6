"""Write a domain as a project of Microsoft CLU (conversational language understanding), to import it there.

The file follows the vendor's description of the import format, version 2023-04-01. It has only the datasets ``Train``
and ``Test``, and one language.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import write_json

from ....domains import Domain
from ....drop_reasons import DropReason
from ....schema import FALLBACK_INTENT, SlotCatalog, Utterance
from ..code_units import unit_of_char

__all__ = ["write_clu"]

_VERSION = "2023-04-01"
#: The intent of CLU for what fits no other intent; every project has it.
_NONE = "None"


def write_clu(path: Path, domain: Domain) -> dict[str, int]:
    """Write a domain as a CLU project, completely or not at all; ``read_clu`` reads it back.

    Args:
        path: the JSON file.
        domain: what to write; utterances of the validation split go to the dataset ``Train``.

    Returns:
        Drop reason -> number of things that a project cannot express.

    Raises:
        DataError: no utterance has an intent.
    """
    lost: Counter[str] = Counter()
    language = (domain.language or next(iter(domain.languages), "en")).replace("_", "-").lower()
    utterances: dict[tuple[str, str], dict[str, Any]] = {}
    # an utterance of training wins over the same one of another split
    for split in sorted(domain.splits, key=lambda name: ("train", "validation", "test").index(name)):
        rows = domain.utterances(split)
        lost[DropReason.OTHER_SPLITS_WRITTEN_WITH_TRAIN] += len(rows) * (split == "validation")
        for row in rows:
            if row.intent is None:
                lost[DropReason.UTTERANCES_WITHOUT_AN_INTENT] += 1
                continue
            intent = _name(row.intent)
            lost[DropReason.REPEATED_UTTERANCES] += (intent, row.text) in utterances
            lost[DropReason.SLOTS_NOT_ANNOTATED] += row.spans is None
            lost[DropReason.GROUPS_AND_DOMAINS] += bool(row.group or row.domain)
            entry = _utterance(row, intent, language, "Test" if split == "test" else "Train")
            utterances.setdefault((intent, row.text), entry)
    if not utterances:
        raise DataError(f"{path}: no utterance of {domain.name!r} has an intent, and CLU needs intents; add them")
    labels = {span["category"] for entry in utterances.values() for span in entry["entities"]}
    intents = dict.fromkeys(entry["intent"] for entry in utterances.values())
    used = {row["intent"] for split in domain.splits.values() for row in split}
    lost[DropReason.INTENT_NAMES_CHANGED] += FALLBACK_INTENT in used
    assets = {
        "projectKind": "Conversation",
        "intents": [{"category": intent} for intent in dict.fromkeys([_NONE, *intents])],
        "entities": [
            _entity(label, domain.catalogs.get(label), language, lost)
            for label in dict.fromkeys([*sorted(labels), *domain.catalogs])
        ],
        "utterances": list(utterances.values()),
    }
    metadata = {
        "projectKind": "Conversation",
        "projectName": domain.name,
        "multilingual": False,
        "description": "",
        "language": language,
        "settings": {"confidenceThreshold": 0},
    }
    write_json(
        path,
        {
            "projectFileVersion": _VERSION,
            "stringIndexType": "Utf16CodeUnit",
            "metadata": metadata,
            "assets": assets,
        },
    )
    return {reason: count for reason, count in lost.items() if count}


def _name(intent: str) -> str:
    return _NONE if intent == FALLBACK_INTENT else intent


def _utterance(row: Utterance, intent: str, language: str, dataset: str) -> dict[str, Any]:
    entities = []
    for slot_type, start, end in row.spans or ():
        offset = unit_of_char(row.text, start)
        entities.append({"category": slot_type, "offset": offset, "length": unit_of_char(row.text, end) - offset})
    return {"text": row.text, "intent": intent, "entities": entities, "language": language, "dataset": dataset}


def _entity(label: str, catalog: SlotCatalog | None, language: str, lost: Counter[str]) -> dict[str, Any]:
    entity: dict[str, Any] = {"category": label, "compositionSetting": "combineComponents"}
    if catalog is None:
        return entity
    lost[DropReason.CATALOG_VALUE_IDS] += len(catalog.ids)
    lost[DropReason.CATALOG_TYPE_NAMES] += catalog.type_name is not None
    sublists = [
        {"listKey": value, "synonyms": [{"language": language, "values": [value, *synonyms]}]}
        for value, synonyms in catalog.values.items()
    ]
    return {**entity, "list": {"sublists": sublists}}
