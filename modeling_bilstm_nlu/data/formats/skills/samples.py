"""Add samples to carrier phrases and fill these; all formats with carrier phrases use this module."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bilstm_nlu.errors import DataError

from ...drop_reasons import DropReason
from ...raw_domains import RawDomain
from ...skill_spec import CarrierPhrase, SkillSpec
from ...text import text_key
from ...values.builtin_intents import BUILTIN_FALLBACK, BUILTIN_INTENT_PHRASES
from ...values.builtin_types import builtin_forms, is_builtin
from .templates import fill

__all__ = ["add_sample", "filled", "is_english", "key_of", "last_name"]


def add_sample(phrases: dict[str, CarrierPhrase], sample: str, slots: Mapping[str, str], notes: RawDomain) -> None:
    """Add a sample to carrier phrases; blank and repeated samples are counted and not added.

    Args:
        phrases: text in lower case -> carrier phrase.
        sample: a text such as ``play {song}``.
        slots: the slots that the intent of the sample declares.
        notes: receives the counts.

    Raises:
        DataError: the sample has broken braces, or a slot that is not declared.
    """
    if not sample.strip():
        notes.drop(DropReason.BLANK_SAMPLES)
        return
    phrase = CarrierPhrase(sample)
    if unknown := sorted({slot for slot, _ in phrase.slots} - set(slots)):
        raise DataError(f"slots {unknown} are not declared; declared slots: {sorted(slots)}")
    notes.drop(DropReason.REPEATED_SAMPLES, phrase.text.casefold() in phrases)
    phrases.setdefault(phrase.text.casefold(), phrase)


def filled(
    spec: SkillSpec,
    notes: RawDomain,
    where: str,
    *,
    written: SkillSpec | None = None,
    language: str | None = None,
    spoken_values: bool | None = None,
    builtin_intents: bool = True,
    **options: Any,
) -> RawDomain:
    """Fill the carrier phrases of a skill, and return its domain with all counts of what was left out.

    Args:
        spec: the skill to fill.
        notes: the counts from reading the skill; they come before the counts from filling it.
        where: the file, for messages.
        written: the skill that the domain keeps, if it is not ``spec``.
        language: the language of the samples, such as ``de-DE``; ``None`` if it is not known, which means English.
        spoken_values: whether ``fill`` also writes values as they are spoken; by default only for English.
        builtin_intents: whether built-in intents get common phrases, in English.
        options: other options of ``fill``.

    Raises:
        DataError: a carrier phrase names a slot that is not declared, or nothing can be filled.
    """
    is_empty = not any(spec.intents.values())
    if builtin_intents and is_english(language) and not is_empty:
        spec = _with_builtin_intents(spec, notes)
    for intent in spec.slots:
        reasons = (DropReason.INTENTS_WITHOUT_SAMPLES, DropReason.BUILTIN_INTENTS_WITHOUT_SAMPLES)
        notes.drop(reasons[is_builtin(intent)], not spec.intents.get(intent) and intent != BUILTIN_FALLBACK)
    try:
        raw = fill(spec, spoken_values=is_english(language) if spoken_values is None else spoken_values, **options)
    except DataError as error:
        notes.broken.check(where, is_empty=is_empty)
        raise DataError(f"{where}: {error.message}", cure=error.cures) from error
    raw.skill, raw.language = written or spec, language
    raw.dropped = {**notes.dropped, **raw.dropped}
    raw.broken = notes.broken
    if not is_english(language):
        raw.drop(DropReason.BUILTIN_VALUES_IN_ENGLISH, len(_builtin_types(spec)))
    return raw


def _with_builtin_intents(spec: SkillSpec, notes: RawDomain) -> SkillSpec:
    """Give common phrases to the built-in intents, which have them on the platform, too.

    A phrase that the skill has in another intent is left to that intent. The phrases of an intent are of one group, so
    they are only trained: the scores of a skill are of its own phrases.
    """
    taken = {text_key(phrase.text) for phrases in spec.intents.values() for phrase in phrases}
    intents = dict(spec.intents)
    for intent in spec.slots:
        common = BUILTIN_INTENT_PHRASES.get(intent, ())
        group = f"({'|'.join(common)})"
        added = [CarrierPhrase(phrase, group) for phrase in common if text_key(phrase) not in taken]
        if added:
            intents[intent] = [*intents.get(intent, ()), *added]
        notes.drop(DropReason.BUILTIN_INTENTS_WITH_COMMON_PHRASES, bool(added))
    return replace(spec, intents=intents)


def is_english(language: str | None) -> bool:
    """Say whether a language such as ``en-US`` is English; so is a language that is not known."""
    return language is None or re.split("[-_]", language)[0].lower() == "en"


def key_of(language: str) -> str:
    """Write a language so that ``en_us`` and ``en-US`` are the same."""
    return language.casefold().replace("_", "-")


def _builtin_types(spec: SkillSpec) -> set[str]:
    """Find the slot types that are filled with built-in values."""
    slots = ((intent, slot) for intent, phrases in spec.intents.items() for phrase in phrases for slot in phrase.slots)
    used = {spec.slots[intent][slot] for intent, (slot, value) in slots if value is None}
    return {slot_type for slot_type in used if is_builtin(slot_type) and builtin_forms(slot_type)}


def last_name(name: str) -> str:
    """Cut the folders off a file name such as ``models__en-US.json``, which can mean ``models/en-US.json``."""
    return re.sub(r"\.gz$", "", name, flags=re.IGNORECASE).rpartition("__")[2]
