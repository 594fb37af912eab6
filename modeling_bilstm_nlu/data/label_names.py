"""Training utterances made from the names of intents and slot types."""

import random
from collections.abc import Iterable

from .domains import Domain
from .schema import SlotSpan, Utterance
from .values.builtin_types import words_of_name

__all__ = ["label_name_utterances", "name_words"]

#: Words in the name of a label that say nothing about its meaning.
_OF_LABELS = frozenset("entity intent slot type value".split())


def name_words(label: str) -> str:
    """Return the words of a label's name in lower case: `play music` for `PlayMusicIntent` or `play_music`.

    Words such as "intent" and "slot" are left out if there are other words. The result is empty if the name has no
    letters.
    """
    words = words_of_name(label)
    kept = [word for word in words if word not in _OF_LABELS] or words
    return " ".join(kept) if any(word.isalpha() for word in kept) else ""


def label_name_utterances(
    domain: Domain, utterances: Iterable[Utterance], *, per_slot_type: int = 2, seed: int = 0
) -> list[Utterance]:
    """Make utterances from label names, to be added to a small training set.

    The name of an intent is an utterance with that intent and without annotated slots. The name of a slot type before
    one of its values ("song yellow submarine") is an utterance with that slot and without an annotated intent.
    Developers name labels after what users say, and a pretrained network knows these words.

    Args:
        domain: domain with the labels and catalogs; the name of a single intent is not used.
        utterances: the training utterances; their slot values are used, too.
        per_slot_type: number of utterances for each slot type that has values.
        seed: seed of the draw of values.
    """
    rng = random.Random(seed)
    found = []
    if len(domain.spec.intents) > 1:
        found = [Utterance(words, intent, None) for intent in domain.spec.intents if (words := name_words(intent))]
    values = _values(domain, utterances)
    for slot_type in domain.spec.slot_types:
        words = name_words(slot_type)
        if words and values.get(slot_type):
            drawn = (rng.choice(values[slot_type]) for _ in range(per_slot_type))
            found += [_named_slot(slot_type, words, value) for value in drawn]
    return found


def _values(domain: Domain, utterances: Iterable[Utterance]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for utterance in utterances:
        for slot_type, start, end in utterance.spans or ():
            values.setdefault(slot_type, []).append(utterance.text[start:end])
    for slot_type, catalog in domain.catalogs.items():
        values.setdefault(slot_type, []).extend(form.strip() for form in catalog.surface_forms())
    return {slot_type: [value for value in known if value.strip()] for slot_type, known in values.items()}


def _named_slot(slot_type: str, words: str, value: str) -> Utterance:
    start = len(words) + 1
    return Utterance(f"{words} {value}", None, (SlotSpan(slot_type, start, start + len(value)),))
