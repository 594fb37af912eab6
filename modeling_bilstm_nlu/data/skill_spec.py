"""A skill as its developer wrote it: carrier phrases for each intent, slots with types, and values for each type."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from bilstm_nlu.errors import DataError

from .schema import SlotCatalog

__all__ = ["CarrierPhrase", "SkillSpec"]

_MARK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class CarrierPhrase:
    """The words around the slots.

    Args:
        text: such as ``play {song} in the {room}``; the older ``{jazz|genre}`` brings its own value.
        template: the template with alternatives that it is one form of, if it is.

    Raises:
        DataError: the text is blank, a brace has no partner, or a mark is empty.
    """

    text: str
    template: str | None = None

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
        """The group of its fillings: the intent, and the words (of the template) with every slot written ``{}``."""
        return f"{intent}: {_MARK.sub('{}', self.template or self.text).casefold()}"


@dataclass
class SkillSpec:
    """A skill, before its carrier phrases are filled.

    Args:
        name: the skill's name; the invocation name where there is one.
        intents: intent -> carrier phrases.
        slots: intent -> slot name -> slot type. A slot name is local to its intent. Intents without carrier phrases
            may stand here, too.
        catalogs: slot type -> values. Types named ``AMAZON.*`` extend the built-in values.
        answers: intent -> slot name -> carrier phrases that answer the question for that slot.
    """

    name: str
    intents: dict[str, list[CarrierPhrase]] = field(default_factory=dict)
    slots: dict[str, dict[str, str]] = field(default_factory=dict)
    catalogs: dict[str, SlotCatalog] = field(default_factory=dict)
    answers: dict[str, dict[str, list[CarrierPhrase]]] = field(default_factory=dict)

    def types_by_slot(self) -> dict[str, dict[str, None]]:
        """Slot name -> the types that it has in any intent, in order."""
        found: dict[str, dict[str, None]] = {}
        for slots in self.slots.values():
            for slot, slot_type in slots.items():
                found.setdefault(slot, {})[slot_type] = None
        return found

    def of_intents(self, intents: Container[str]) -> "SkillSpec":
        """The skill with some of its intents only."""
        return replace(
            self,
            intents={intent: phrases for intent, phrases in self.intents.items() if intent in intents},
            slots={intent: slots for intent, slots in self.slots.items() if intent in intents},
            answers={intent: answers for intent, answers in self.answers.items() if intent in intents},
        )

    def with_answers(self) -> "SkillSpec":
        """The skill with its answers among the carrier phrases of their intents, each phrase once."""
        intents = {}
        for intent in dict.fromkeys([*self.slots, *self.intents]):
            phrases = {phrase.text.casefold(): phrase for phrase in self.intents.get(intent, ())}
            for answers in self.answers.get(intent, {}).values():
                for phrase in answers:
                    phrases.setdefault(phrase.text.casefold(), phrase)
            if phrases:
                intents[intent] = list(phrases.values())
        return replace(self, intents=intents, answers={})
