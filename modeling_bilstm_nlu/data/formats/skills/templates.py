"""Fill carrier phrases with slot values: make annotated utterances from a skill, with a seed, limits and balance."""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from bilstm_nlu.errors import DataError

from ...drop_reasons import DropReason
from ...raw_domains import RawDomain
from ...schema import SlotCatalog, SlotSpan, Utterance
from ...skill_spec import CarrierPhrase, SkillSpec
from ...text import text_key
from ...values.builtin_types import builtin_forms, forms_by_name, is_builtin, is_open_type, open_phrases
from ...values.spoken import spoken_form

__all__ = ["fill"]

#: A carrier phrase that has only slots for any words is filled this many times less often than others.
_BARE_SHARE = 4


class _Deck:
    """Values drawn like cards: every value is used once before any is used again.

    The first round begins with one form of each of the developer's own values; then come their other forms and the
    values that a built-in type adds.
    """

    def __init__(self, own: Sequence[str], added: Sequence[str], rng: random.Random, *, is_open: bool = False):
        self.values = [*own, *added]
        self.rng = rng
        self.is_open = is_open
        self.left = rng.sample(added, len(added)) + rng.sample(own, len(own))
        self.last = ""

    def draw(self) -> str:
        if not self.left:
            self.left = self.rng.sample(self.values, len(self.values))
            if self.left[-1] == self.last:  # "from rome to rome"
                self.left.reverse()
        self.last = self.left.pop()
        return self.last


class _Decks:
    """The values of a skill's slots, found by slot and type; values that are not the skill's own are counted."""

    def __init__(self, spec: SkillSpec, raw: RawDomain, rng: random.Random, say: Callable[[str], str]):
        self.spec = spec
        self.raw = raw
        self.rng = rng
        self.say = say
        self.decks: dict[tuple[str, ...], _Deck] = {}
        self.examples: dict[str, list[str]] = {}  # slot type -> values that are written in carrier phrases
        for intent, carriers in spec.intents.items():
            types = spec.slots.get(intent, {})
            for carrier in carriers:
                for slot, value in carrier.slots:
                    if value is not None and slot in types:
                        self.examples.setdefault(types[slot], []).append(value)

    def find(self, slot: str, slot_type: str) -> _Deck:
        """Find the values of a slot: those of its type, or else values that fit the name of the type or the slot."""
        if deck := self.decks.get((slot_type,)) or self.decks.get((slot_type, slot)):
            return deck
        catalog = self.spec.catalogs.get(slot_type)
        forms = catalog.surface_forms() if catalog else []
        own, others = self.written_or_said(forms)
        self.raw.drop(DropReason.VALUES_SPELLED_OUT, sum(self.say(form) != _spaced(form) for form in forms))
        added: Sequence[str] = builtin_forms(slot_type) if is_builtin(slot_type) else ()
        key: tuple[str, ...] = (slot_type,)
        is_open = is_open_type(slot_type) and not own
        if not own and not added:
            added = forms_by_name(slot_type)
            if not added:
                key, added = (slot_type, slot), forms_by_name(slot)
            if added:
                self.raw.drop(DropReason.SLOT_TYPES_FILLED_BY_NAME)
            else:
                is_open, added = True, open_phrases()
                self.raw.drop(DropReason.SLOT_TYPES_FILLED_WITH_OPEN_PHRASES)
        given, other_given = self.written_or_said(self.examples.get(slot_type, ()))
        own = _distinct([*own, *given])
        known = set(own)
        added = [form for form in _distinct([*others, *other_given, *added]) if form not in known]
        self.decks[key] = _Deck(own, added, self.rng, is_open=is_open)
        return self.decks[key]

    def written_or_said(self, forms: Iterable[str]) -> tuple[list[str], list[str]]:
        """Choose for each form whether it is first used as it is written or as it is said.

        Returns:
            The chosen forms, and the other ones.
        """
        chosen, others = [], []
        for form in forms:
            both = _distinct((_spaced(form), self.say(form)))
            first, *other = self.rng.sample(both, 2) if len(both) == 2 else both
            chosen.append(first)
            others += other
        return _distinct(chosen), _distinct(others)


def fill(
    spec: SkillSpec,
    *,
    seed: int = 0,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    spoken_values: bool = True,
) -> RawDomain:
    """Fill a skill's carrier phrases with values of its slot types; not all combinations are made.

    The intents take turns, and the carrier phrases of an intent take turns, until all have reached their limit or
    there are ``max_utterances``. No text is made twice: a text that fits two intents goes to the first, and is counted
    for the second. Slots are labelled with their names. The ``group`` of an utterance is its intent and its carrier
    phrase.

    Canonical values, synonyms, and values that are written in carrier phrases (``{jazz|genre}``) are used equally. A
    built-in type adds its own values. A type without values gets values that fit its name or the name of the slot
    (``catalogs.forms_by_name``), or else phrases about anything; both cases are counted. A carrier phrase that has
    only slots of such phrases, or of free-text types, fits any utterance, so it is filled a quarter as often as
    others.

    Args:
        spec: the skill.
        seed: the seed of every random choice.
        max_per_carrier: the largest number of utterances from one carrier phrase.
        max_utterances: the largest number of utterances in total.
        spoken_values: whether values are also written as they are spoken (``spoken.spoken_form``), like the samples:
            "5-star (new)" is also "five star". A spoken form may be wrong ("P nk"), so the written form is always used
            too. Values with both are counted, and the catalogs get the spoken form as a synonym. Upper and lower
            case, accents, and the words of carrier phrases do not change. Set it to ``False`` for languages other
            than English.

    Returns:
        A domain that has only a train split, and the catalogs by slot name (free-text types have no catalog).

    Raises:
        DataError: a carrier phrase names a slot that its intent does not declare, or nothing can be filled.
    """
    if max_per_carrier < 1 or max_utterances < 1:
        raise DataError(f"max_per_carrier={max_per_carrier} and max_utterances={max_utterances} must be at least 1")
    raw = RawDomain(spec.name, skill=spec)
    say = cache(spoken_form if spoken_values else _spaced)
    decks = _Decks(spec, raw, random.Random(seed), say)
    raw.catalogs = _catalogs_by_slot(spec, say)
    used = {(intent, slot) for intent, carriers in spec.intents.items() for c in carriers for slot, _ in c.slots}
    declared = {(intent, slot) for intent in spec.intents for slot in spec.slots.get(intent, ())}
    raw.drop(DropReason.UNUSED_SLOTS, len(declared - used))

    seen: dict[str, str] = {}  # text -> intent
    queues = []
    for intent, carriers in spec.intents.items():
        slots = spec.slots.get(intent, {})
        fillers = [_Filler(intent, slots, carrier, decks) for carrier in carriers]
        queues.append(deque(filler.fillings(raw, seen, max_per_carrier) for filler in fillers))
    utterances = raw.splits.setdefault("train", [])
    while queues := [queue for queue in queues if queue]:
        for queue in queues:
            while queue:  # a carrier phrase that is finished gives its turn to the next one
                filling = queue.popleft()
                utterance = next(filling, None)
                if utterance is not None:
                    utterances.append(utterance)
                    queue.append(filling)
                    break
            if len(utterances) == max_utterances:
                return raw
    if not utterances:
        raise DataError(f"skill {spec.name!r} has no carrier phrase that can be filled; add samples to its intents")
    return raw


class _Filler:
    """Fills one carrier phrase."""

    def __init__(self, intent: str, slots: dict[str, str], carrier: CarrierPhrase, decks: _Decks):
        if unknown := sorted({slot for slot, _ in carrier.slots} - set(slots)):
            raise DataError(
                f"intent {intent!r}, {carrier.text!r}: slots {unknown} are not declared; declared: {sorted(slots)}"
            )
        self.intent = intent
        self.group = carrier.key(intent)
        #: Words, slot, and the source of its values: a deck, or ``None`` if the carrier phrase gives the value.
        self.pieces: list[tuple[str, str | None, _Deck | None]] = []
        for piece, slot, given in carrier.pieces():
            if slot is None:
                self.pieces.append((piece, None, None))
            elif given is None:
                self.pieces.append(("", slot, decks.find(slot, slots[slot])))
            else:
                (first,), others = decks.written_or_said([given])
                self.pieces.append((first, slot, _Deck([first], others, decks.rng) if others else None))
        drawn = [deck for _, _, deck in self.pieces if deck is not None]
        self.is_fixed = not drawn
        self.is_bare = len(drawn) == sum(piece != " " for piece, _, _ in self.pieces) and all(d.is_open for d in drawn)

    def fillings(self, raw: RawDomain, seen: dict[str, str], limit: int) -> Iterator[Utterance]:
        """Make utterances one by one; all carrier phrases share ``seen``: text -> intent."""
        if self.is_bare:
            limit = max(1, limit // _BARE_SHARE)
            raw.drop(DropReason.CARRIER_PHRASES_OF_OPEN_SLOTS)
        num_made = num_taken = 0
        # a small catalog gives few different utterances, so stop after some attempts
        for _ in range(1 if self.is_fixed else 3 * limit):
            utterance = self._fill_once()
            key = text_key(utterance.text)
            if key not in seen:
                seen[key] = self.intent
                num_made += 1
                yield utterance
            elif seen[key] != self.intent:
                num_taken += 1
            if num_made == limit:
                break
        raw.drop(DropReason.FILLINGS_OF_ANOTHER_INTENT, num_taken)
        raw.drop(DropReason.CARRIER_PHRASES_WITHOUT_A_FILLING, not num_made)

    def _fill_once(self) -> Utterance:
        text = ""
        spans = []
        for piece, slot, deck in self.pieces:
            if deck is not None:
                piece = deck.draw()
            if slot is not None:
                spans.append(SlotSpan(slot, len(text), len(text) + len(piece)))
            text += piece
        return Utterance(text, self.intent, tuple(spans), self.group)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _distinct(forms: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(forms))


def _catalogs_by_slot(spec: SkillSpec, say: Callable[[str], str]) -> dict[str, SlotCatalog]:
    """Collect the values by slot name; a slot that has different types in different intents gets the values of all."""
    said = {name: replace(catalog, values=_with_said(catalog, say)) for name, catalog in spec.catalogs.items()}
    catalogs: dict[str, SlotCatalog] = {}
    for slot, slot_type in dict.fromkeys(pair for slots in spec.slots.values() for pair in slots.items()):
        catalog = catalogs.get(slot, SlotCatalog(slot, type_name=slot_type))
        if slot_type in said:
            catalog = catalog.merged(said[slot_type])
        if is_builtin(slot_type) and not is_open_type(slot_type):
            catalog = catalog.merged(SlotCatalog(slot, dict.fromkeys(builtin_forms(slot_type), ())))
        catalogs[slot] = catalog
    return {slot: catalog for slot, catalog in catalogs.items() if catalog.values}


def _with_said(catalog: SlotCatalog, say: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Add the spoken form of each value as a synonym, unless it also means another value."""
    known = {text_key(form) for form in catalog.surface_forms()}
    said = {
        value: [form for form in _distinct(map(say, (value, *synonyms))) if form and text_key(form) not in known]
        for value, synonyms in catalog.values.items()
    }
    owners = Counter(key for forms in said.values() for key in {text_key(form) for form in forms})
    return {
        value: (*synonyms, *(form for form in said[value] if owners[text_key(form)] == 1))
        for value, synonyms in catalog.values.items()
    }
