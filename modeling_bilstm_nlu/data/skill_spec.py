"""A skill as its developer wrote it: carrier phrases of each intent, slots with types, and values of each type."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from bilstm_nlu.errors import DataError

from .schema import SlotCatalog

__all__ = ["CarrierPhrase", "SkillSpec"]

_MARK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class CarrierPhrase:
    """The words around the slots: ``play {song} in the {room}``.

    Args:
        text: the words, with slots as ``{song}``; the older form ``{jazz|genre}`` includes a value.
        template: the template with alternatives that the phrase was made from; ``None`` if there is no template.

    Raises:
        DataError: the text is blank, a brace has no partner, or a slot has no name.
    """

    text: str
    template: str | None = None

    def __post_init__(self) -> None:
        # a slot that touches a word would start or end inside that word
        spaced = re.sub(r"(?<=\w)\{", " {", re.sub(r"\}(?=[\w{])", "} ", self.text))
        object.__setattr__(self, "text", " ".join(spaced.split()))
        if not self.text:
            raise DataError("a sample is blank; remove it")
        if re.search(r"[{}]", _MARK.sub("", self.text)):
            raise DataError(f"{self.text!r} has a brace without its partner; write slots as {{slot}}")
        if not all(slot for slot, _ in self.slots):
            raise DataError(f"{self.text!r} has a slot without a name; write slots as {{slot}}")

    @property
    def slots(self) -> list[tuple[str, str | None]]:
        """The slots from left to right: name, and the value written with it, if any. A slot may occur twice."""
        return [(slot, value) for piece, slot, value in self.pieces() if slot is not None]

    def pieces(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Yield plain pieces as ``(text, None, None)`` and slots as ``("", slot, value or None)``, left to right."""
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
        """Return the group of its fillings: the intent, and the words (of the template) with ``{}`` for each slot."""
        return f"{intent}: {_MARK.sub('{}', self.template or self.text).casefold()}"


@dataclass
class SkillSpec:
    """A skill, before its carrier phrases are filled.

    Args:
        name: the invocation name of the skill, or else its name.
        intents: intent -> carrier phrases.
        slots: intent -> slot name -> slot type. A slot name is local to its intent. Intents without carrier phrases
            may be here, too.
        catalogs: slot type -> values. The values of types named ``AMAZON.*`` are added to the built-in values.
        answers: intent -> slot name -> carrier phrases that answer the question for that slot.
    """

    name: str
    intents: dict[str, list[CarrierPhrase]] = field(default_factory=dict)
    slots: dict[str, dict[str, str]] = field(default_factory=dict)
    catalogs: dict[str, SlotCatalog] = field(default_factory=dict)
    answers: dict[str, dict[str, list[CarrierPhrase]]] = field(default_factory=dict)

    def types_by_slot(self) -> dict[str, dict[str, None]]:
        """Return slot name -> the types that the slot has in any intent, in order."""
        found: dict[str, dict[str, None]] = {}
        for slots in self.slots.values():
            for slot, slot_type in slots.items():
                found.setdefault(slot, {})[slot_type] = None
        return found

    def of_intents(self, intents: Container[str]) -> "SkillSpec":
        """Return the skill with only some of its intents."""
        return replace(
            self,
            intents={intent: phrases for intent, phrases in self.intents.items() if intent in intents},
            slots={intent: slots for intent, slots in self.slots.items() if intent in intents},
            answers={intent: answers for intent, answers in self.answers.items() if intent in intents},
        )

    def with_answers(self) -> "SkillSpec":
        """Return the skill with the answers added to the carrier phrases of their intents, each phrase once."""
        intents = {}
        for intent in dict.fromkeys([*self.slots, *self.intents]):
            phrases = {phrase.text.casefold(): phrase for phrase in self.intents.get(intent, ())}
            for answers in self.answers.get(intent, {}).values():
                for phrase in answers:
                    phrases.setdefault(phrase.text.casefold(), phrase)
            if phrases:
                intents[intent] = list(phrases.values())
        return replace(self, intents=intents, answers={})
