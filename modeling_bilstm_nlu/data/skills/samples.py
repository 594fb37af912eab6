"""What the formats with carrier phrases share: samples are added once, checked and counted, and then filled."""

from collections.abc import Mapping
from typing import Any

from ...errors import DataError
from ..registry import RawDomain
from ..templates import fill
from .spec import CarrierPhrase, SkillSpec

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
        notes.drop("blank samples")
        return
    phrase = CarrierPhrase(sample)
    if unknown := sorted({slot for slot, _ in phrase.slots} - set(slots)):
        raise DataError(f"slots {unknown} are not declared; declared: {sorted(slots)}")
    notes.drop("repeated samples", phrase.text.casefold() in phrases)
    phrases.setdefault(phrase.text.casefold(), phrase)


def filled(
    spec: SkillSpec, notes: RawDomain, where: str, *, written: SkillSpec | None = None, **options: Any
) -> RawDomain:
    """The domain of a skill, with the counts of its reading before those of its filling.

    Args:
        spec: what to fill.
        notes: the counts of the reading.
        where: the file, for messages.
        written: the skill that the domain keeps, where it is another one than was filled.
        options: of ``fill``.

    Raises:
        DataError: as in ``fill``.
    """
    try:
        raw = fill(spec, **options)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    raw.skill = written or spec
    raw.dropped = {**notes.dropped, **raw.dropped}
    return raw


def last_name(name: str) -> str:
    """The file name behind the folders of ``models__en-US.json``, as collections write ``models/en-US.json``."""
    return name.removesuffix(".gz").rpartition("__")[2]
