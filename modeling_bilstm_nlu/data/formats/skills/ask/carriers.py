"""Make a skill from annotated utterances: carrier phrases with slots in place of the values."""

import re
from collections import Counter
from collections.abc import Iterable

from bilstm_nlu.errors import DataError

from ....domains import Domain
from ....drop_reasons import DropReason
from ....schema import SlotCatalog, SlotSpan, Utterance
from ....skill_spec import CarrierPhrase, SkillSpec
from ....text import text_key
from ....values.builtin_types import builtin_forms
from .names import builtin_type, legal_names

__all__ = ["observed_values", "skill_of_utterances"]


def skill_of_utterances(domain: Domain, lost: Counter[str]) -> SkillSpec:
    """Make a skill whose carrier phrases, when they are filled, give the utterances of all splits of a domain.

    Slots have the names of their slot types, and the types that their catalogs name. A catalog also gets the values
    that occur only in utterances. From a built-in type, only the values that a developer added are kept.

    Args:
        domain: a domain with intents and slots.
        lost: receives the counts of what a skill cannot express.

    Raises:
        DataError: no utterance has an intent.
    """
    utterances = [utterance for split in domain.splits for utterance in domain.utterances(split)]
    by_intent: dict[str | None, dict[str, None]] = {}
    for utterance in utterances:
        by_intent.setdefault(utterance.intent, {}).update({span.slot_type: None for span in utterance.spans or ()})
    slots = {slot for found in by_intent.values() for slot in found}
    names = legal_names(sorted(slots), "slot", together=by_intent.values())
    lost[DropReason.SLOT_NAMES_CHANGED] += sum(slot != name for slot, name in names.items())
    types = {slot: _type_of(slot, name, domain.catalogs.get(slot)) for slot, name in names.items()}
    spec = SkillSpec(domain.name, catalogs=_catalogs(domain, types, observed_values(utterances)))
    phrases: dict[str, dict[str, CarrierPhrase]] = {}
    carriers_of: dict[str | None, set[str]] = {}  # group -> its carrier phrases
    for utterance in utterances:
        if utterance.intent is None:
            lost[DropReason.UTTERANCES_WITHOUT_AN_INTENT] += 1
            continue
        carrier = CarrierPhrase(_carrier_text(utterance, names))
        carriers_of.setdefault(utterance.group, set()).add(carrier.text.casefold())
        phrases.setdefault(utterance.intent, {}).setdefault(carrier.text.casefold(), carrier)
        declared = spec.slots.setdefault(utterance.intent, {})
        declared.update({names[span.slot_type]: types[span.slot_type] for span in utterance.spans or ()})
    if not phrases:
        raise DataError(f"domain {domain.name!r} has no intents, and a skill needs intents; add some")
    # the fillings of one carrier phrase are a group again when the skill is read
    lost[DropReason.GROUPS_AND_DOMAINS] += sum(
        row.domain is not None or row.group is not None and len(carriers_of[row.group]) > 1
        for row in utterances
        if row.intent is not None
    )
    spec.intents = {intent: list(known.values()) for intent, known in phrases.items()}
    lost[DropReason.CATALOGS_WITHOUT_A_SLOT] += len(set(domain.catalogs) - slots)
    others = sum(len(rows) for split, rows in domain.splits.items() if split != "train")
    lost[DropReason.TEST_WRITTEN_AS_SAMPLES] += others
    return spec


def observed_values(utterances: Iterable[Utterance]) -> dict[str, list[str]]:
    """Collect the values of each slot in utterances; values that differ only in upper and lower case count once."""
    found: dict[str, dict[str, str]] = {}
    for utterance in utterances:
        for slot_type, start, end in utterance.spans or ():
            value = " ".join(utterance.text[start:end].split())
            if value:
                found.setdefault(slot_type, {}).setdefault(text_key(value), value)
    return {slot: list(values.values()) for slot, values in found.items()}


def _type_of(slot: str, name: str, catalog: SlotCatalog | None) -> str:
    known = catalog.type_name if catalog is not None and catalog.type_name else name.upper()
    return builtin_type(known) or known


def _carrier_text(utterance: Utterance, names: dict[str, str]) -> str:
    text = ""
    position = 0
    for slot_type, start, end in (*(utterance.spans or ()), SlotSpan("", len(utterance.text), len(utterance.text))):
        text += re.sub(r"[{}]", " ", utterance.text[position:start])
        text += f"{{{names[slot_type]}}}" if slot_type else ""
        position = end
    return re.sub(r"(?<=[^\W\d_]{2})\.\s*$", "", text) if text.strip() else " "


def _catalogs(domain: Domain, types: dict[str, str], observed: dict[str, list[str]]) -> dict[str, SlotCatalog]:
    catalogs: dict[str, SlotCatalog] = {}
    for slot, slot_type in types.items():
        known = domain.catalogs.get(slot, SlotCatalog(slot))
        values, ids = dict(known.values), known.ids
        if builtin_type(slot_type):
            common = set(map(text_key, builtin_forms(slot_type)))
            values = {v: forms for v, forms in values.items() if forms or v in ids or text_key(v) not in common}
        else:
            forms = set(map(text_key, known.surface_forms()))
            values |= {value: () for value in observed.get(slot, ()) if text_key(value) not in forms}
        if values:
            catalog = catalogs.get(slot_type, SlotCatalog(slot_type))
            catalogs[slot_type] = catalog.merged(SlotCatalog(slot, values, ids))
    return catalogs
