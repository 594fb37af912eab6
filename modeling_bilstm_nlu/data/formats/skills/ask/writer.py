"""Write a domain as an Alexa interaction model.

If the domain keeps its skill, the skill is written as its developer wrote it. For any other domain, the carrier
phrases are the utterances with slots in place of the values, and the slot types contain the values of the catalogs
and of the utterances.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json, write_json

from ....domains import Domain
from ....drop_reasons import DropReason
from ....schema import FALLBACK_INTENT, SlotCatalog
from ....skill_spec import CarrierPhrase, SkillSpec
from ....values.builtin_intents import BUILTIN_INTENT_PHRASES
from .carriers import observed_values, skill_of_utterances
from .names import BUILTIN_PREFIX, builtin_type, legal_invocation, legal_names, legal_words
from .parts import parts_left_out

__all__ = ["ask_document", "check_ask_target", "check_samples", "write_ask"]

_LITERAL = f"{BUILTIN_PREFIX}LITERAL"
_FALLBACK = f"{BUILTIN_PREFIX}FallbackIntent"


def write_ask(path: Path, domain: Domain) -> dict[str, int]:
    """Write an Alexa interaction model, completely or not at all; the utterances of all splits are used.

    Args:
        path: the JSON file.
        domain: a domain with its skill, or with utterances to make a skill from.

    Returns:
        Drop reason -> number of things that the model cannot express.

    Raises:
        DataError: the domain has no intents, no sample can be written, or the file exists and has parts that would be
            lost.
    """
    check_ask_target(path)
    document, lost = ask_document(domain)
    write_json(path, document)
    return lost


def check_ask_target(path: Path) -> None:
    """Check that ``write_ask`` may replace a file without loss.

    Raises:
        DataError: the file is an interaction model with parts that a domain cannot hold, such as dialogs and prompts.
    """
    try:
        parts = parts_left_out(read_json(path)) if path.is_file() else {}
    except DataError:  # the file is not an interaction model
        return
    if parts:
        prefix = DropReason.NOT_IMPORTED.of("")
        what = ", ".join(f"{reason.removeprefix(prefix)} ({count:,})" for reason, count in parts.items())
        raise DataError(
            f"{path} is an interaction model with parts that would be lost: {what}; write to another path, and copy "
            f"the new languageModel over the old one"
        )


def ask_document(domain: Domain) -> tuple[dict[str, Any], dict[str, int]]:
    """Make the interaction model of a domain, and count what it cannot express: drop reason -> number.

    Intents, slots and types get new names if Alexa does not accept their names or sees no difference between them
    (see ``legal_names``). Words in samples that Alexa does not accept are written as they are spoken (see
    ``legal_words``). Utterances that are annotated as out of scope become samples of the built-in fallback intent. A
    type without a catalog gets the values of the utterances.

    Raises:
        DataError: the domain has no intents, or no sample can be written.
    """
    lost: Counter[str] = Counter()
    spec = domain.skill if domain.skill is not None else skill_of_utterances(domain, lost)
    intents = dict.fromkeys([*spec.slots, *spec.intents])
    intent_names = legal_names(intents, "intent")
    if FALLBACK_INTENT in intents and _FALLBACK not in intents:
        intent_names[FALLBACK_INTENT] = _FALLBACK
    slots = [slot for slots in spec.slots.values() for slot in slots]
    slot_names = legal_names(slots, "slot", together=spec.slots.values())
    types = _Types(spec)
    lost[DropReason.INTENT_NAMES_CHANGED] += sum(intent != name for intent, name in intent_names.items())
    lost[DropReason.SLOT_NAMES_CHANGED] += sum(slot != name for slot, name in slot_names.items())
    lost[DropReason.SLOT_TYPE_NAMES_CHANGED] += sum(slot_type != name for slot_type, name in types.names.items())
    entries = [_intent_entry(spec, intent, name, slot_names, types, lost) for intent, name in intent_names.items()]
    check_samples(domain, entries)
    types.add_observed(domain, lost)
    invocation_name = legal_invocation(spec.name)
    lost[DropReason.INVOCATION_NAMES_CHANGED] += invocation_name != spec.name
    model = {"invocationName": invocation_name, "intents": entries, "types": types.entries()}
    document = {"interactionModel": {"languageModel": model}}
    return document, {reason: count for reason, count in lost.items() if count}


def check_samples(domain: Domain, entries: Iterable[dict[str, Any]]) -> None:
    """Check that a model says something.

    Raises:
        DataError: no intent of the model has samples, so that no reader could use it.
    """
    for entry in entries:
        if entry["samples"] or any(slot.get("samples") for slot in entry.get("slots", ())):
            return
        if entry["name"] in BUILTIN_INTENT_PHRASES:
            return
    raise DataError(
        f"no utterance of {domain.name!r} has an intent of its own and a word that can be written; add utterances"
    )


class _Types:
    """The slot types of a skill: their legal names, and the values from the skill, its samples and utterances."""

    def __init__(self, spec: SkillSpec):
        self.spec = spec
        used = [slot_type for slots in spec.slots.values() for slot_type in slots.values()]
        known = {slot_type: builtin_type(slot_type) or slot_type for slot_type in [*spec.catalogs, *used]}
        legal = legal_names(known.values(), "TYPE")
        self.names = {slot_type: legal[name] for slot_type, name in known.items()}
        self.values: dict[str, dict[str, None]] = {}  # of types without a catalog

    def add(self, slot_type: str, values: Iterable[str]) -> None:
        """Add values to a custom type that has no catalog."""
        if slot_type not in self.spec.catalogs and not self.names[slot_type].startswith(BUILTIN_PREFIX):
            self.values.setdefault(slot_type, {}).update(dict.fromkeys(values))

    def add_observed(self, domain: Domain, lost: Counter[str]) -> None:
        """Add the values in the utterances of a domain to types without a catalog."""
        used = {slot_type for slots in self.spec.slots.values() for slot_type in slots.values()}
        if all(slot_type in self.spec.catalogs or builtin_type(slot_type) for slot_type in used):
            return
        observed = observed_values(row for split in domain.splits for row in domain.utterances(split))
        for slots in self.spec.slots.values():
            for slot, slot_type in slots.items():
                self.add(slot_type, observed.get(slot, ()))
        lost[DropReason.SLOT_TYPES_WITHOUT_A_CATALOG] += len(self.values)

    def entries(self) -> list[dict[str, Any]]:
        """Write the types in the JSON form of Alexa."""
        catalogs = dict(self.spec.catalogs)
        catalogs |= {name: SlotCatalog(name, dict.fromkeys(values, ())) for name, values in self.values.items()}
        return [
            {"name": self.names[name], "values": [_value_entry(catalog, value) for value in catalog.values]}
            for name, catalog in catalogs.items()
        ]


def _value_entry(catalog: SlotCatalog, value: str) -> dict[str, Any]:
    naming: dict[str, Any] = {"value": value}
    if catalog.values[value]:
        naming["synonyms"] = list(catalog.values[value])
    return {"id": catalog.ids[value], "name": naming} if value in catalog.ids else {"name": naming}


def _intent_entry(
    spec: SkillSpec, intent: str, name: str, slot_names: dict[str, str], types: _Types, lost: Counter[str]
) -> dict[str, Any]:
    declared = spec.slots.get(intent, {})
    slots: list[dict[str, Any]] = []
    for slot, slot_type in declared.items():
        slots.append({"name": slot_names[slot], "type": types.names[slot_type]})
        if answers := spec.answers.get(intent, {}).get(slot):
            slots[-1]["samples"] = _samples(answers, declared, slot_names, types, lost)
    samples = _samples(spec.intents.get(intent, ()), declared, slot_names, types, lost)
    return {"name": name, **({"slots": slots} if slots else {}), "samples": samples}


def _samples(
    phrases: Iterable[CarrierPhrase],
    declared: dict[str, str],
    slot_names: dict[str, str],
    types: _Types,
    lost: Counter[str],
) -> list[str]:
    """Write carrier phrases as Alexa accepts them, without repeats.

    A value in a sample stays there if its slot has the old free-text type, which has no other values. Any other value
    goes to the type of its slot.
    """
    found: dict[str, str] = {}
    for phrase in phrases:
        plain = legal = ""
        for piece, slot, value in phrase.pieces():
            if slot is None:
                plain += piece
                legal += legal_words(piece)
                continue
            written = f"{{{slot_names[slot]}}}"
            if value is not None and declared[slot] == _LITERAL and (said := legal_words(value).strip()):
                written = f"{{{said}|{slot_names[slot]}}}"
            elif value is not None:
                types.add(declared[slot], [value])
                lost[DropReason.VALUES_IN_SAMPLES] += 1
            plain += written
            legal += written
        if any(map(str.isalpha, legal)):
            lost[DropReason.SAMPLES_REWRITTEN] += plain != legal
            text = CarrierPhrase(legal).text
            found.setdefault(text.casefold(), text)
        else:
            lost[DropReason.SAMPLES_WITHOUT_A_WORD] += 1
    return list(found.values())
