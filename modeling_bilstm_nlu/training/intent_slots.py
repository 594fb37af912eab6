"""The slot types of each intent, as a skill declares them or as they occur in training utterances."""

from collections import Counter
from typing import Any

from ..data.domains import Domain
from ..data.mixtures.mixture import Mixture

__all__ = ["declared_slots", "slots_of_intents"]


def slots_of_intents(domain: Domain) -> dict[str, Any]:
    """Return `intent_slots`, `undeclared_slot_probabilities` and `intents_by_slots` of `BiLstmNluConfig`.

    For a skill, the slots that its developer declares are strict: an intent has no other slots. For a mixture of
    corpora, the slots of the training utterances are strict, so that a slot of one corpus is not found in an intent of
    another; intents are not chosen by slots, because each corpus has its own tag subset. For other data, the training
    utterances show only some of the slots that users may say: if an intent has N slots of T types, the probability of
    another type is (T + 1) / (T + N + 1), as in Witten and Bell (1991). The values are empty if there are no slots.
    """
    found: dict[str, Any] = {"intent_slots": {}, "undeclared_slot_probabilities": {}, "intents_by_slots": True}
    if not domain.spec.slot_types:
        return found
    if domain.skill is not None:
        return {**found, "intent_slots": declared_slots(domain)}
    seen = dict(sorted(_count_slots(domain).items()))
    found["intent_slots"] = {intent: sorted(slots) for intent, slots in seen.items()}
    if isinstance(domain, Mixture):
        return {**found, "intents_by_slots": False}
    chances = {intent: (len(slots) + 1) / (len(slots) + slots.total() + 1) for intent, slots in seen.items()}
    return {**found, "undeclared_slot_probabilities": chances}


def declared_slots(domain: Domain) -> dict[str, list[str]]:
    """Return the slot types that the developer of the skill declares for each intent; empty without a skill."""
    if domain.skill is None:
        return {}
    declared = domain.skill.slots
    known = set(domain.spec.slot_types)
    return {
        intent: sorted(known.intersection(declared.get(intent, ())))
        for intent in domain.spec.intents
        if intent in declared or intent in domain.skill.intents
    }


def _count_slots(domain: Domain) -> dict[str, Counter[str]]:
    """Count the slots of each type in the training utterances of each intent."""
    seen: dict[str, Counter[str]] = {}
    for batch in domain.splits["train"].select_columns(["intent", "spans"]).iter(10_000):
        for intent, spans in zip(batch["intent"], batch["spans"], strict=True):
            if intent is not None:
                seen.setdefault(intent, Counter()).update(span["slot_type"] for span in spans or ())
    return seen
