"""Which slots come with which intent: as a skill declares them, or as training utterances show them."""

from collections import Counter
from typing import Any

from ..data.domains import Domain
from ..data.mixtures.mixture import Mixture

__all__ = ["declared_slots", "slots_of_intents"]


def slots_of_intents(domain: Domain) -> dict[str, Any]:
    """`intent_slots`, `undeclared_slot_probabilities` and `intents_by_slots` of `BiLstmNluConfig`.

    What the developer of a skill declares holds without exception; so does what a mixture of corpora shows, lest a
    slot of one corpus is found in the intent of another; its tags are learnt corpus by corpus, so that finding one
    says nothing against the intents of the others. Of other data the training utterances show some of what may be
    said: if they hold N slots of an intent, of T types, the chance of another type is put at (T + 1) / (T + N + 1), in
    the way of Witten and Bell (1991). Empty where there are no slots.
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
    """The slot types of each intent, as the developer of the domain's skill declares them; empty without a skill."""
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
    """How often each slot type stands in the training utterances of each intent."""
    seen: dict[str, Counter[str]] = {}
    for batch in domain.splits["train"].select_columns(["intent", "spans"]).iter(10_000):
        for intent, spans in zip(batch["intent"], batch["spans"], strict=True):
            if intent is not None:
                seen.setdefault(intent, Counter()).update(span["slot_type"] for span in spans or ())
    return seen
