"""Annotated utterances: a text, its intent, and its slots as character spans."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
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

#: Columns of every dataset in this package. ``intent`` and ``spans`` are null if they were not annotated
#: (an empty list of spans means "annotated, and there is no slot"). Utterances with the same ``group`` must stay in
#: one split, such as the fillings of one carrier phrase; ``domain`` is the part of the source an utterance is from.
FEATURES = Features(
    {
        "text": Value("string"),
        "intent": Value("string"),
        "spans": List({"slot_type": Value("string"), "start": Value("int32"), "end": Value("int32")}),
        "group": Value("string"),
        "domain": Value("string"),
    }
)

#: The only intent of a domain without annotated intents; also the default of `BiLstmNluConfig`.
NO_INTENT = "none"

#: The intent of utterances that fit no intent of their domain.
FALLBACK_INTENT = "out_of_scope"


#: The categories of Unicode that leave no mark on a page: white space, line breaks, control and format characters.
_INVISIBLE = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))


def storable(text: str, where: str = "") -> str:
    """Return the text if a file can store it.

    Args:
        text: any text.
        where: text to put in front of the error message.

    Raises:
        DataError: the text contains half a surrogate pair, which files cannot store.
    """
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise DataError(
            f"{where}{text!r} contains half a surrogate pair; write the whole character, or remove the half"
        )
    return text


@lru_cache(maxsize=2**14)
def _is_visible(label: str) -> bool:
    """Whether a label has a character that people can see; utterances share their labels."""
    return any(unicodedata.category(char) not in _INVISIBLE for char in label)


class SlotSpan(NamedTuple):
    """One slot: its type, and its start and end in the text in characters, end exclusive."""

    slot_type: str
    start: int
    end: int


@dataclass(frozen=True)
class Utterance:
    """One thing a user says.

    Args:
        text: what the user said.
        intent: what the user wants; ``None`` if it was not annotated.
        spans: the slots in order of appearance; ``None`` if slots were not annotated.
        group: name of the group, such as the carrier phrase of a filled utterance; all utterances of a group stay in
            one split.
        domain: the part of its source that the utterance is from, such as a scenario or a service; ``None`` if the
            source has no parts.

    Raises:
        DataError: the text is blank, a label has no visible character (not every format could store it), a string
            contains half a surrogate pair (files cannot store it), or a span is empty, is outside the text or overlaps
            another span.
    """

    text: str
    intent: str | None = None
    spans: tuple[SlotSpan, ...] | None = ()
    group: str | None = None
    domain: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise DataError(f"utterance {self.text!r} is blank or not a text; remove it")
        storable(self.text)
        for kind, label in (("intent", self.intent), ("group", self.group), ("domain", self.domain)):
            if label is not None:
                self._check_label(label, kind, f", or None for no {kind}")
        for span in self.spans or ():
            self._check_label(span[0], "slot type")
        if self.spans is None:
            return
        spans = tuple(sorted((SlotSpan(*span) for span in self.spans), key=lambda span: (span.start, span.end)))
        object.__setattr__(self, "spans", spans)
        previous_end = 0
        for slot_type, start, end in spans:
            if not 0 <= start < end <= len(self.text):
                raise DataError(
                    f"slot {slot_type!r} at characters {start}-{end} is empty or outside {self.text!r} "
                    f"({len(self.text)} characters); correct its start and end"
                )
            if start < previous_end:
                raise DataError(
                    f"slot {slot_type!r} at characters {start}-{end} overlaps another slot of {self.text!r}; "
                    f"keep one of them"
                )
            previous_end = end

    def _check_label(self, label: object, kind: str, choice: str = "") -> None:
        """Check that a label is a name that people can see and files can store."""
        if not isinstance(label, str):
            raise DataError(f"the {kind} {label!r} of {self.text!r} is not a text; write a name{choice}")
        storable(label)
        if not _is_visible(label):
            raise DataError(f"the {kind} {label!r} of {self.text!r} has no visible character; write a name{choice}")

    def outside_slots(self) -> list[str]:
        """Return the pieces of the text before, between and after its slots; one more than there are slots."""
        pieces, end = [], 0
        for span in self.spans or ():
            pieces.append(self.text[end : span.start])
            end = span.end
        return [*pieces, self.text[end:]]

    def as_row(self) -> dict:
        """Return the utterance as a row of a dataset with ``FEATURES``."""
        spans = None if self.spans is None else [span._asdict() for span in self.spans]
        return {"text": self.text, "intent": self.intent, "spans": spans, "group": self.group, "domain": self.domain}

    @classmethod
    def from_row(cls, row: dict) -> "Utterance":
        """Make an utterance from a row of a dataset with ``FEATURES``."""
        spans = row.get("spans")
        if spans is not None:
            spans = tuple(SlotSpan(span["slot_type"], span["start"], span["end"]) for span in spans)
        return cls(row["text"], row.get("intent"), spans, row.get("group"), row.get("domain"))


@dataclass(frozen=True)
class SlotCatalog:
    """The known values of one slot type.

    Args:
        slot_type: the slot type of the values.
        values: canonical value -> its synonyms (without the canonical value itself); empty if only the name of the
            type is known.
        ids: canonical value -> the developer's identifier, if the value has one.
        type_name: the developer's name for the type of the values, such as ``AMAZON.DATE`` or ``GENRE``, if it differs
            from the name of the slot.
    """

    slot_type: str
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    type_name: str | None = None

    def surface_forms(self) -> list[str]:
        """Return every way to say a value, without repeats: each canonical form, followed by its synonyms."""
        forms = (form for value, synonyms in self.values.items() for form in (value, *synonyms))
        return list(dict.fromkeys(form for form in forms if form.strip()))

    def merged(self, other: "SlotCatalog") -> "SlotCatalog":
        """Join two catalogs: values of this one first, synonyms of both; this one's name, type name and ids win."""
        values = dict(self.values)
        for value, synonyms in other.values.items():
            values[value] = tuple(dict.fromkeys((*values.get(value, ()), *synonyms)))
        return SlotCatalog(self.slot_type, values, other.ids | self.ids, self.type_name or other.type_name)


@dataclass(frozen=True)
class DomainSpec:
    """The label lists of a domain: the sorted intents and slot types of its train split.

    If no training utterance has an intent (data with slots alone), the domain has the single intent ``NO_INTENT``,
    because a network needs at least one. No utterance is labelled with it, training and scores ignore intents, and
    every frame of the trained model names it. The list of slot types may be empty.
    """

    name: str
    intents: tuple[str, ...]
    slot_types: tuple[str, ...]

    @classmethod
    def from_utterances(cls, name: str, utterances: Iterable[Utterance]) -> "DomainSpec":
        """Make the label lists from training utterances; ``NO_INTENT`` is the only intent if none is annotated."""
        intents: set[str] = set()
        slot_types: set[str] = set()
        for utterance in utterances:
            if utterance.intent is not None:
                intents.add(utterance.intent)
            slot_types.update(span.slot_type for span in utterance.spans or ())
        return cls(name, tuple(sorted(intents or {NO_INTENT})), tuple(sorted(slot_types)))
