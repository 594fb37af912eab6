"""Filling carrier phrases with slot values: from a skill to annotated utterances, seeded, capped and balanced."""

import random
from collections.abc import Iterable, Iterator, Sequence

from ..errors import DataError
from .catalogs import builtin_forms, is_builtin, is_open_type, open_phrases
from .registry import RawDomain
from .schema import SlotCatalog, SlotSpan, Utterance
from .skills.spec import CarrierPhrase, SkillSpec
from .text import text_key

__all__ = ["fill"]


class _Deck:
    """Values drawn like cards: each comes once before any comes again, so that all carriers together use them all.

    The developer's own values come before those that a built-in type adds.
    """

    def __init__(self, own: Sequence[str], added: Sequence[str], rng: random.Random):
        self.values = [*own, *added]
        self.rng = rng
        self.left = rng.sample(added, len(added)) + rng.sample(own, len(own))
        self.last = ""

    def draw(self) -> str:
        if not self.left:
            self.left = self.rng.sample(self.values, len(self.values))
            if self.left[-1] == self.last:  # "from rome to rome"
                self.left.reverse()
        self.last = self.left.pop()
        return self.last


def fill(spec: SkillSpec, *, seed: int = 0, max_per_carrier: int = 20, max_utterances: int = 5000) -> RawDomain:
    """Fill a skill's carrier phrases with values of its slot types; never the full cross product.

    Intents take turns, and so do the carriers of an intent, until all are at their limit or ``max_utterances`` is
    reached. No text is made twice; one that two intents could make goes to the first, and the other's is counted.
    Slots are labelled with their names, and an utterance's ``group`` is its intent and carrier.

    Args:
        spec: the skill.
        seed: of every draw.
        max_per_carrier: fillings of one carrier phrase.
        max_utterances: fillings in all.

    Returns:
        A domain with a train split only, and the catalogs by slot name (free-text types have none).

    Raises:
        DataError: a carrier names a slot that its intent does not declare, or nothing can be filled.
    """
    if max_per_carrier < 1 or max_utterances < 1:
        raise DataError(f"max_per_carrier={max_per_carrier} and max_utterances={max_utterances} must be at least 1")
    raw = RawDomain(spec.name, skill=spec)
    rng = random.Random(seed)
    decks: dict[str, _Deck] = {}
    for slot_type in dict.fromkeys(slot_type for slots in spec.slots.values() for slot_type in slots.values()):
        own = _spaced(spec.catalogs[slot_type].surface_forms() if slot_type in spec.catalogs else ())
        added = _spaced(builtin_forms(slot_type) if is_builtin(slot_type) else ())
        if not own and not added:
            raw.drop("slot types without values, filled with open phrases")
            added = list(open_phrases())
        known = set(own)
        decks[slot_type] = _Deck(own, [form for form in added if form not in known], rng)
    raw.catalogs = _catalogs_by_slot(spec)
    used = {(intent, slot) for intent, carriers in spec.intents.items() for c in carriers for slot, _ in c.slots}
    declared = {(intent, slot) for intent in spec.intents for slot in spec.slots.get(intent, ())}
    raw.drop("slots that no sample uses", len(declared - used))

    seen: dict[str, str] = {}
    queues = []
    for intent, carriers in spec.intents.items():
        slots = spec.slots.get(intent, {})
        queues.append([_fillings(raw, intent, slots, c, decks, seen, max_per_carrier) for c in carriers])
    utterances = raw.splits.setdefault("train", [])
    while queues := [queue for queue in queues if queue]:
        for queue in queues:
            while queue:  # a carrier at its end gives its turn to the next
                filling = queue.pop(0)
                utterance = next(filling, None)
                if utterance is not None:
                    utterances.append(utterance)
                    queue.append(filling)
                    break
            if len(utterances) == max_utterances:
                return raw
    if not utterances:
        raise DataError(f"skill {spec.name!r} has no carrier phrase that can be filled; give its intents samples")
    return raw


def _fillings(
    raw: RawDomain,
    intent: str,
    slots: dict[str, str],
    carrier: CarrierPhrase,
    decks: dict[str, _Deck],
    seen: dict[str, str],
    limit: int,
) -> Iterator[Utterance]:
    """The fillings of one carrier, made one by one; ``seen`` is shared by all carriers: text -> intent."""
    if unknown := sorted({slot for slot, _ in carrier.slots} - set(slots)):
        raise DataError(
            f"intent {intent!r}, {carrier.text!r}: slots {unknown} are not declared; known: {sorted(slots)}"
        )
    is_fixed = all(value is not None for _, value in carrier.slots)
    num_made = num_taken = 0
    # a small catalog has few fillings, so give up after some tries
    for _ in range(1 if is_fixed else 3 * limit):
        utterance = _fill_once(intent, slots, carrier, decks)
        key = text_key(utterance.text)
        if key not in seen:
            seen[key] = intent
            num_made += 1
            yield utterance
        elif seen[key] != intent:
            num_taken += 1
        if num_made == limit:
            break
    raw.drop("fillings that another intent has made already", num_taken)
    raw.drop("carrier phrases without a filling of their own", not num_made)


def _fill_once(intent: str, slots: dict[str, str], carrier: CarrierPhrase, decks: dict[str, _Deck]) -> Utterance:
    text = ""
    spans = []
    for piece, slot, given in carrier.pieces():
        if slot is not None:
            piece = given if given is not None else decks[slots[slot]].draw()
            spans.append(SlotSpan(slot, len(text), len(text) + len(piece)))
        text += piece
    return Utterance(text, intent, tuple(spans), carrier.key(intent))


def _spaced(forms: Iterable[str]) -> list[str]:
    """The forms with single spaces between their words, without repeats."""
    return list(dict.fromkeys(" ".join(form.split()) for form in forms))


def _catalogs_by_slot(spec: SkillSpec) -> dict[str, SlotCatalog]:
    """The values by slot name; a name that stands for several types in several intents gets the values of all."""
    catalogs: dict[str, SlotCatalog] = {}
    for slots in spec.slots.values():
        for slot, slot_type in slots.items():
            catalog = catalogs.setdefault(slot, SlotCatalog(slot, type_name=slot_type))
            if own := spec.catalogs.get(slot_type):
                catalog.values.update(own.values)
                catalog.ids.update(own.ids)
            if is_builtin(slot_type) and not is_open_type(slot_type):
                for form in builtin_forms(slot_type):
                    catalog.values.setdefault(form, ())
    return {slot: catalog for slot, catalog in catalogs.items() if catalog.values}
