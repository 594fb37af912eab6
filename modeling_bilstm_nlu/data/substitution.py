"""Variants of annotated utterances: the same carrier with other values in its slots."""

import random
from collections.abc import Iterable, Mapping, Sequence

from .schema import SlotCatalog, SlotSpan, Utterance

__all__ = ["slot_values", "with_other_values"]

_LONGEST = 8  # words; a longer value makes utterances that nobody says


def slot_values(utterances: Iterable[Utterance], catalogs: Mapping[str, SlotCatalog]) -> dict[str, list[str]]:
    """What may stand in a slot of each type: the values of its catalog, or of the utterances where it has none."""
    seen: dict[str, list[str]] = {}
    for utterance in utterances:
        for slot_type, start, end in utterance.spans or ():
            seen.setdefault(slot_type, []).append(utterance.text[start:end])
    values = {
        slot_type: catalog.surface_forms() if (catalog := catalogs.get(slot_type)) and catalog.values else found
        for slot_type, found in seen.items()
    }
    return {name: [form for form in forms if len(form.split()) <= _LONGEST] for name, forms in values.items()}


def with_other_values(
    utterance: Utterance, values: Mapping[str, Sequence[str]], share: float, rng: random.Random
) -> Utterance:
    """An utterance with some of its slots filled anew.

    Args:
        utterance: annotated or not; without slots it stays as it is.
        values: slot type -> what may stand in it, as ``slot_values`` gives it.
        share: chance of each slot to get another value.
        rng: draws.
    """
    if not utterance.spans:
        return utterance
    pieces: list[str] = []
    spans: list[SlotSpan] = []
    at = done = 0  # characters written, characters read
    for slot_type, start, end in utterance.spans:
        value = utterance.text[start:end]
        if values.get(slot_type) and rng.random() < share:
            value = rng.choice(values[slot_type]).strip()
        before = utterance.text[done:start]
        at += len(before)
        spans.append(SlotSpan(slot_type, at, at + len(value)))
        pieces += [before, value]
        at, done = at + len(value), end
    text = "".join([*pieces, utterance.text[done:]])
    return Utterance(text, utterance.intent, tuple(spans), utterance.group, utterance.domain)
