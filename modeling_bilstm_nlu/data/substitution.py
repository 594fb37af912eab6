"""Variants of annotated utterances: other values in the slots, fewer words outside the slots."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .schema import SlotCatalog, SlotSpan, Utterance

__all__ = ["slot_values", "with_fewer_words", "with_other_values"]

_LONGEST = 8  # words; with a longer value, utterances are not natural


def slot_values(catalogs: Mapping[str, SlotCatalog]) -> dict[str, list[str]]:
    """Return the values that can fill a slot, for each slot type that has a catalog with values.

    Values are not taken from the utterances: two values of one slot type ("tomorrow", "in an hour") often need
    different words around them.
    """
    values = {
        slot_type: [form for form in catalog.surface_forms() if len(form.split()) <= _LONGEST]
        for slot_type, catalog in catalogs.items()
    }
    return {slot_type: forms for slot_type, forms in values.items() if forms}


def with_other_values(
    utterance: Utterance, values: Mapping[str, Sequence[str]], share: float, rng: random.Random
) -> Utterance:
    """Return an utterance with other values in some of its slots.

    Args:
        utterance: an utterance; without slots it does not change.
        values: slot type -> possible values, from ``slot_values``.
        share: probability that a slot gets another value.
        rng: random number generator.
    """

    def fill(slot_type: str, value: str) -> str:
        if slot_type in values and rng.random() < share:
            return rng.choice(values[slot_type]).strip()
        return value

    return _rewritten(utterance, fill=fill)


def with_fewer_words(utterance: Utterance, share: float, rng: random.Random) -> Utterance:
    """Return an utterance without some of the words outside its slots, and without its intent.

    Values are then next to each other, at the start or at the end, so a model learns to find where a value ends from
    the values themselves. The remaining words may not express the intent, so the utterance gets no intent.

    Args:
        utterance: an utterance; without slots it does not change.
        share: probability that a word outside the slots is removed.
        rng: random number generator.
    """
    if not utterance.spans:
        return utterance
    return replace(_rewritten(utterance, carry=lambda text: _thin_out(text, share, rng)), intent=None)


def _rewritten(
    utterance: Utterance,
    *,
    carry: Callable[[str], str] = lambda text: text,
    fill: Callable[[str, str], str] = lambda slot_type, value: value,
) -> Utterance:
    """Return an utterance with other texts outside its slots (`carry`) and in them (`fill`), from left to right."""
    if not utterance.spans:
        return utterance
    text, done = "", 0
    spans: list[SlotSpan] = []
    for slot_type, start, end in utterance.spans:
        text += carry(utterance.text[done:start])
        value = fill(slot_type, utterance.text[start:end])
        spans.append(SlotSpan(slot_type, len(text), len(text) + len(value)))
        text, done = text + value, end
    return replace(utterance, text=text + carry(utterance.text[done:]), spans=tuple(spans))


def _thin_out(text: str, share: float, rng: random.Random) -> str:
    """Remove some of the words; a text without white space stays, because it may separate two values."""
    if not re.search(r"\s", text):
        return text
    return re.sub(r"\S+", lambda word: "" if rng.random() < share else word[0], text)
