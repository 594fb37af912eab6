"""What an annotated utterance is: a text, its intent, and character spans as the single truth about slots."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from datasets import Features, List, Value

from bilstm_nlu.errors import DataError

__all__ = [
    "FALLBACK_INTENT",
    "FEATURES",
    "NO_INTENT",
    "DomainSpec",
    "SlotCatalog",
    "SlotSpan",
    "Utterance",
    "storable",
]

#: Columns of every dataset in this package. ``intent`` and ``spans`` are null where they were not annotated
#: (an empty list of spans means "annotated, and there is no slot"). ``group`` names utterances that must stay in one
#: split, such as the fills of one carrier phrase; ``domain`` is the part of the source an utterance belongs to.
FEATURES = Features(
    {
        "text": Value("string"),
        "intent": Value("string"),
        "spans": List({"slot_type": Value("string"), "start": Value("int32"), "end": Value("int32")}),
        "group": Value("string"),
        "domain": Value("string"),
    }
)

#: The one intent of a domain in which nobody annotated intents; also the default of `BiLstmNluConfig`.
NO_INTENT = "none"

#: The intent of utterances that were annotated as fitting none of their domain's intents.
FALLBACK_INTENT = "out_of_scope"


def storable(text: str, where: str = "") -> str:
    """The text itself.

    Args:
        text: any.
        where: what to put in front of the message.

    Raises:
        DataError: it holds half a surrogate pair, which no file could store.
    """
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise DataError(f"{where}{text!r} holds half a surrogate pair; write the character whole, or take it out")
    return text


class SlotSpan(NamedTuple):
    """One slot: its type and its place in the text, in characters, end exclusive."""

    slot_type: str
    start: int
    end: int


@dataclass(frozen=True)
class Utterance:
    """One thing a user says.

    Args:
        text: what was said.
        intent: what the user wants; ``None`` where it was not annotated.
        spans: the slots in order of appearance; ``None`` where slots were not annotated.
        group: utterances of one group stay in one split (the carrier phrase of a filled utterance).
        domain: the part of its source that it belongs to, such as a scenario or a service; ``None`` if it has none.

    Raises:
        DataError: the text is blank, the intent is ``""``, a string holds half a surrogate pair (no file could store
            it), or a span is empty, lies outside the text or overlaps another span.
    """

    text: str
    intent: str | None = None
    spans: tuple[SlotSpan, ...] | None = ()
    group: str | None = None
    domain: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise DataError(f"utterance {self.text!r} is blank or no text; drop it")
        if self.intent == "":
            raise DataError(f"the intent of {self.text!r} has no name; name it, or give None where there is none")
        names = (self.intent or "", self.group or "", self.domain or "", *(span[0] for span in self.spans or ()))
        for label in (self.text, *names):
            if not isinstance(label, str):
                raise DataError(f"the label {label!r} of {self.text!r} is no text; write a name")
            storable(label)
        if self.spans is None:
            return
        spans = tuple(sorted((SlotSpan(*span) for span in self.spans), key=lambda span: (span.start, span.end)))
        object.__setattr__(self, "spans", spans)
        previous_end = 0
        for slot_type, start, end in spans:
            if not slot_type:
                raise DataError(f"a slot of {self.text!r} has no type; name it")
            if not 0 <= start < end <= len(self.text):
                raise DataError(
                    f"slot {slot_type!r} at characters {start}-{end} is empty or lies outside {self.text!r} "
                    f"({len(self.text)} characters)"
                )
            if start < previous_end:
                raise DataError(
                    f"slot {slot_type!r} at characters {start}-{end} overlaps another slot of {self.text!r}"
                )
            previous_end = end

    def as_row(self) -> dict:
        """The utterance as a row of a dataset with ``FEATURES``."""
        spans = None if self.spans is None else [span._asdict() for span in self.spans]
        return {"text": self.text, "intent": self.intent, "spans": spans, "group": self.group, "domain": self.domain}

    @classmethod
    def from_row(cls, row: dict) -> "Utterance":
        """The inverse of ``as_row``."""
        spans = row.get("spans")
        if spans is not None:
            spans = tuple(SlotSpan(span["slot_type"], span["start"], span["end"]) for span in spans)
        return cls(row["text"], row.get("intent"), spans, row.get("group"), row.get("domain"))


@dataclass(frozen=True)
class SlotCatalog:
    """The known values of one slot type.

    Args:
        slot_type: the slot type the values belong to.
        values: canonical value -> its synonyms (without the canonical value itself); none where only the name of the
            type is known.
        ids: canonical value -> the developer's identifier, where there is one.
        type_name: what the developer calls the type of the values, such as ``AMAZON.DATE`` or ``GENRE``, where that
            is another name than the slot's.
    """

    slot_type: str
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    type_name: str | None = None

    def surface_forms(self) -> list[str]:
        """Every way to say a value, canonical forms first come first, without repeats."""
        forms = (form for value, synonyms in self.values.items() for form in (value, *synonyms))
        return list(dict.fromkeys(form for form in forms if form.strip()))

    def merged(self, other: "SlotCatalog") -> "SlotCatalog":
        """The values of both: this catalog's first, with the synonyms of both, and its own name, type name and ids."""
        values = dict(self.values)
        for value, synonyms in other.values.items():
            values[value] = tuple(dict.fromkeys((*values.get(value, ()), *synonyms)))
        return SlotCatalog(self.slot_type, values, other.ids | self.ids, self.type_name or other.type_name)


@dataclass(frozen=True)
class DomainSpec:
    """A domain's label lists: sorted intents and slot types, drawn from its training split.

    Where no training utterance has an intent (data with slots alone), the domain has the single intent ``NO_INTENT``,
    because a network needs at least one. Nothing is labelled with it, training and scores leave intents out, and every
    frame of the trained model names it. Slot types may be none at all.
    """

    name: str
    intents: tuple[str, ...]
    slot_types: tuple[str, ...]

    @classmethod
    def from_utterances(cls, name: str, utterances: Iterable[Utterance]) -> "DomainSpec":
        """Draw the label lists from (training) utterances; ``NO_INTENT`` stands in where none has an intent."""
        intents: set[str] = set()
        slot_types: set[str] = set()
        for utterance in utterances:
            if utterance.intent is not None:
                intents.add(utterance.intent)
            slot_types.update(span.slot_type for span in utterance.spans or ())
        return cls(name, tuple(sorted(intents or {NO_INTENT})), tuple(sorted(slot_types)))
