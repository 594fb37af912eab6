"""Variants of annotated utterances: other values in the slots, fewer words around them."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .schema import SlotCatalog, SlotSpan, Utterance

__all__ = ["slot_values", "with_fewer_words", "with_other_values"]

_LONGEST = 8  # words; a longer value makes utterances that nobody says


def slot_values(catalogs: Mapping[str, SlotCatalog]) -> dict[str, list[str]]:
    """What may stand in a slot of each type that has a catalog with values.

    Values are not taken from the utterances themselves: what an annotator calls one slot type ("tomorrow", "in an
    hour") often needs another carrier.
    """
    values = {
        slot_type: [form for form in catalog.surface_forms() if len(form.split()) <= _LONGEST]
        for slot_type, catalog in catalogs.items()
    }
    return {slot_type: forms for slot_type, forms in values.items() if forms}


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

    def fill(slot_type: str, value: str) -> str:
        if slot_type in values and rng.random() < share:
            return rng.choice(values[slot_type]).strip()
        return value

    return _rewritten(utterance, fill=fill)


def with_fewer_words(utterance: Utterance, share: float, rng: random.Random) -> Utterance:
    """An utterance that lost some of the words outside its slots, and with them its intent.

    Values come to stand side by side, at the start, at the end: where one ends and the next begins must then be told
    from the values. What is left need not say what the whole asked for, so it is no example of the intent.

    Args:
        utterance: annotated or not; without slots it stays as it is.
        share: chance of each word outside slots to go.
        rng: draws.
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
    """An utterance with other texts around its slots (`carry`) and in them (`fill`), from left to right."""
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
    """Without some of its words; what has no space in it stays, for it may part two values."""
    if not re.search(r"\s", text):
        return text
    return re.sub(r"\S+", lambda word: "" if rng.random() < share else word[0], text)
