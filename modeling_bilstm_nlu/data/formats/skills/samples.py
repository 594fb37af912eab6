"""What the formats with carrier phrases share: samples are added once, checked and counted, and then filled."""

import re
from collections.abc import Mapping
from typing import Any

from bilstm_nlu.errors import DataError

from ...drop_reasons import DropReason
from ...raw_domains import RawDomain
from ...skill_spec import CarrierPhrase, SkillSpec
from ...values.builtin_types import builtin_forms, is_builtin
from .templates import fill

__all__ = ["add_sample", "filled", "last_name"]


def add_sample(phrases: dict[str, CarrierPhrase], sample: str, slots: Mapping[str, str], notes: RawDomain) -> None:
    """Add a sample to carrier phrases; a blank one and one that is there already are counted instead.

    Args:
        phrases: text in lower case -> carrier phrase.
        sample: such as ``play {song}``.
        slots: the slots that its intent declares.
        notes: takes the counts.

    Raises:
        DataError: the sample has a broken mark, or a slot that is not declared.
    """
    if not sample.strip():
        notes.drop(DropReason.BLANK_SAMPLES)
        return
    phrase = CarrierPhrase(sample)
    if unknown := sorted({slot for slot, _ in phrase.slots} - set(slots)):
        raise DataError(f"slots {unknown} are not declared; declared: {sorted(slots)}")
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
    **options: Any,
) -> RawDomain:
    """The domain of a skill, with the counts of its reading before those of its filling.

    Args:
        spec: what to fill.
        notes: the counts of the reading.
        where: the file, for messages.
        written: the skill that the domain keeps, where it is another one than was filled.
        language: of the samples, such as ``de-DE``; ``None`` where it is not known, and taken for English.
        spoken_values: as in ``fill``; by default for English alone.
        options: further ones of ``fill``.

    Raises:
        DataError: as in ``fill``.
    """
    is_english = language is None or re.split("[-_]", language)[0].lower() == "en"
    try:
        raw = fill(spec, spoken_values=is_english if spoken_values is None else spoken_values, **options)
    except DataError as error:
        raise DataError(f"{where}: {error.message}", cure=error.cures) from error
    raw.skill, raw.language = written or spec, language
    raw.dropped = {**notes.dropped, **raw.dropped}
    if not is_english:
        raw.drop(DropReason.BUILTIN_VALUES_IN_ENGLISH, len(_builtin_types(spec)))
    return raw


def _builtin_types(spec: SkillSpec) -> set[str]:
    """The slot types that are filled with built-in values."""
    marks = ((intent, mark) for intent, phrases in spec.intents.items() for phrase in phrases for mark in phrase.slots)
    used = {spec.slots[intent][slot] for intent, (slot, value) in marks if value is None}
    return {slot_type for slot_type in used if is_builtin(slot_type) and builtin_forms(slot_type)}


def last_name(name: str) -> str:
    """The file name behind the folders of ``models__en-US.json``, as collections write ``models/en-US.json``."""
    return re.sub(r"\.gz$", "", name, flags=re.IGNORECASE).rpartition("__")[2]
