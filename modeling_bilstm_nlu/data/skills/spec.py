"""A skill as its developer wrote it: carrier phrases for each intent, slots with types, and values for each type."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...errors import DataError
from ..schema import SlotCatalog

__all__ = ["CarrierPhrase", "SkillSpec"]

_MARK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class CarrierPhrase:
    """The words around the slots.

    Args:
        text: such as ``play {song} in the {room}``; the older ``{jazz|genre}`` brings its own value.

    Raises:
        DataError: the text is blank, a brace has no partner, or a mark is empty.
    """

    text: str

    def __post_init__(self) -> None:
        # a mark that touches a word would cut that word in two
        spaced = re.sub(r"(?<=\w)\{", " {", re.sub(r"\}(?=[\w{])", "} ", self.text))
        object.__setattr__(self, "text", " ".join(spaced.split()))
        if not self.text:
            raise DataError("a sample is blank; remove it")
        if re.search(r"[{}]", _MARK.sub("", self.text)):
            raise DataError(f"unbalanced brace in {self.text!r}; write slots as {{slot}}")
        if not all(slot for slot, _ in self.slots):
            raise DataError(f"empty slot mark in {self.text!r}; write slots as {{slot}}")

    @property
    def slots(self) -> list[tuple[str, str | None]]:
        """The marks from left to right: slot name and the value written with it, if any. A slot may occur twice."""
        return [(slot, value) for piece, slot, value in self.pieces() if slot is not None]

    def pieces(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Plain pieces as ``(text, None, None)`` and marks as ``("", slot, value or None)``, from left to right."""
        position = 0
        for match in _MARK.finditer(self.text):
            if match.start() > position:
                yield self.text[position : match.start()], None, None
            value, bar, slot = match.group(1).rpartition("|")
            yield "", slot.strip(), value.strip() if bar and value.strip() else None
            position = match.end()
        if position < len(self.text):
            yield self.text[position:], None, None

    def key(self, intent: str) -> str:
        """The group of its fillings: the intent, and the words with every slot written ``{}``."""
        return f"{intent}: {_MARK.sub('{}', self.text).casefold()}"


@dataclass
class SkillSpec:
    """A skill, before its carrier phrases are filled.

    Args:
        name: the skill's name; the invocation name where there is one.
        intents: intent -> carrier phrases.
        slots: intent -> slot name -> slot type. A slot name is local to its intent.
        catalogs: slot type -> values. Types named ``AMAZON.*`` extend the built-in values.
    """

    name: str
    intents: dict[str, list[CarrierPhrase]] = field(default_factory=dict)
    slots: dict[str, dict[str, str]] = field(default_factory=dict)
    catalogs: dict[str, SlotCatalog] = field(default_factory=dict)
