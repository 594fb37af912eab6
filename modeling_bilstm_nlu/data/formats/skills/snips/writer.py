"""Write a domain as a Snips NLU dataset in JSON."""

from collections import Counter
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import write_json

from ....domains import Domain
from ....drop_reasons import DropReason
from ....schema import SlotCatalog, SlotSpan, Utterance
from ....text import join_parts, normalise_spaces

__all__ = ["write_snips_dataset"]


def write_snips_dataset(path: Path, domain: Domain) -> dict[str, int]:
    """Write a domain as a Snips NLU dataset, completely or not at all; ``read_snips_dataset`` reads it back.

    Args:
        path: the JSON file.
        domain: what to write; the utterances of all splits are written.

    Returns:
        Drop reason -> number of things that a dataset cannot express.

    Raises:
        DataError: no utterance has an intent.
    """
    lost: Counter[str] = Counter()
    entity_of: dict[str, str] = {}
    intents: dict[str, Any] = {}
    for split in domain.splits:
        rows = domain.utterances(split)
        lost[DropReason.OTHER_SPLITS_WRITTEN_WITH_TRAIN] += len(rows) * (split != "train")
        for row in rows:
            if row.intent is None:
                lost[DropReason.UTTERANCES_WITHOUT_AN_INTENT] += 1
                continue
            lost[DropReason.SLOTS_NOT_ANNOTATED] += row.spans is None
            lost[DropReason.GROUPS_AND_DOMAINS] += bool(row.group or row.domain)
            for slot_type, _, _ in row.spans or ():
                entity_of.setdefault(slot_type, _entity_name(slot_type, domain.catalogs.get(slot_type)))
            data = _parts(row, entity_of, lost)
            intents.setdefault(row.intent, {"utterances": []})["utterances"].append({"data": data})
    if not intents:
        raise DataError(f"{path}: no utterance of {domain.name!r} has an intent, and Snips needs intents; add them")
    write_json(
        path,
        {
            "intents": intents,
            "entities": _entities(domain, entity_of, lost),
            "language": next(iter(domain.languages), "en"),
        },
    )
    return {reason: count for reason, count in lost.items() if count}


def _entity_name(slot_type: str, catalog: SlotCatalog | None) -> str:
    return catalog.type_name if catalog is not None and catalog.type_name else slot_type


def _parts(row: Utterance, entity_of: dict[str, str], lost: Counter[str]) -> list[dict[str, str]]:
    text, spans = normalise_spaces(row.text, row.spans or ())
    lost[DropReason.UTTERANCE_SPACES_COLLAPSED] += text != row.text
    parts: list[tuple[str, str | None]] = []
    position = 0
    for slot_type, start, end in (*spans, SlotSpan("", len(text), len(text))):
        if position < start:
            parts.append((text[position:start], None))
        if start < end:
            parts.append((text[start:end], slot_type))
        lost[DropReason.BLANK_SLOTS] += bool(slot_type) and start == end
        position = end
    _, _, num_parted = join_parts(parts)
    lost[DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD] += num_parted
    return [
        {"text": piece} if slot is None else {"text": piece, "entity": entity_of[slot], "slot_name": slot}
        for piece, slot in parts
    ]


def _entities(domain: Domain, entity_of: dict[str, str], lost: Counter[str]) -> dict[str, Any]:
    found: dict[str, SlotCatalog] = {entity: SlotCatalog(entity) for entity in entity_of.values()}
    for label, catalog in domain.catalogs.items():
        lost[DropReason.CATALOG_VALUE_IDS] += len(catalog.ids)
        if label not in entity_of:
            lost[DropReason.CATALOG_TYPE_NAMES] += catalog.type_name is not None
        entity = entity_of.get(label, label)
        found[entity] = found.get(entity, SlotCatalog(entity)).merged(catalog)
    return {
        entity: {}
        if entity.startswith("snips/")
        else {
            "data": [{"value": value, "synonyms": list(synonyms)} for value, synonyms in catalog.values.items()],
            "use_synonyms": True,
            "automatically_extensible": True,
            "matching_strictness": 1.0,
        }
        for entity, catalog in found.items()
    }
