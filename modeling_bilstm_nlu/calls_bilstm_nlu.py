"""What is known only at the moment of a call: which intents are possible, and more values of slot types."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from .catalogs_bilstm_nlu import Resolved, SlotCatalogs
from .forms_bilstm_nlu import FormIndex
from .resolution_bilstm_nlu import ValueIndex

#: Number of values and synonyms that a call may have.
MAX_VALUES = 10_000

#: Characters of the longest value or synonym.
MAX_LENGTH = 500

#: Values of calls that are kept, so that values that come again are ready.
_KEPT = 32

#: Slot type -> value -> its synonyms, as tuples, so that the same content is recognised.
_Entries = tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]


class CallValues:
    """The values of one call. Calls with the same values share one object, so what is made of it can be kept.

    Attributes:
        entries: slot type -> value -> its synonyms.
    """

    def __init__(self, entries: _Entries):
        self.entries = entries

    @property
    def forms(self) -> Iterator[tuple[str, str]]:
        """All slot types with their values and synonyms."""
        for slot_type, values in self.entries:
            for value, synonyms in values:
                yield slot_type, value
                for synonym in synonyms:
                    yield slot_type, synonym

    @cached_property
    def value_indices(self) -> dict[str, ValueIndex]:
        """Slot type -> the values, to resolve slots."""
        return {slot_type: ValueIndex(dict(values)) for slot_type, values in self.entries}

    @cached_property
    def form_indices(self) -> dict[str, FormIndex]:
        """Slot type -> the values, to find them in texts."""
        own: dict[str, list[str]] = {}
        for slot_type, form in self.forms:
            own.setdefault(slot_type, []).append(form)
        return {slot_type: FormIndex(forms) for slot_type, forms in own.items()}


@lru_cache(maxsize=_KEPT)
def _kept(entries: _Entries) -> CallValues:
    return CallValues(entries)


def possible_intents(given: Any, known: Sequence[str]) -> tuple[str, ...] | None:
    """Check the intents of a call.

    Args:
        given: a list of intents; `None` allows all.
        known: the intents of the model.

    Raises:
        ValueError: it is not a list of intents of the model, or it is empty.
    """
    if given is None:
        return None
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Collection):
        raise ValueError(f"intents must be a list of intents, got {given!r:.80}; known: {_listed(known)}")
    if not given:
        raise ValueError("intents is empty; give at least one intent, or None to allow all")
    names = set(known)
    for intent in given:
        if not isinstance(intent, str) or intent not in names:
            raise ValueError(f"intents: the model has no intent {intent!r:.80}; known: {_listed(known)}")
    return tuple(dict.fromkeys(given))


def call_values(given: Any, slot_types: Sequence[str]) -> CallValues | None:
    """Check the catalogs of a call.

    Args:
        given: slot type -> its values: a list, or a dict with the synonyms of every value; `None` for no values.
        slot_types: the slot types of the model.

    Returns:
        The values; `None` without values.

    Raises:
        ValueError: it has another layout, an unknown slot type, an empty list, a blank value, or too many values.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ValueError(f"catalogs must be a dict from slot types to values, got {given!r:.80}")
    if not given:
        raise ValueError("catalogs is empty; give the values of at least one slot type, or None")
    found = []
    for slot_type, values in given.items():
        if slot_type not in slot_types:
            raise ValueError(
                f"catalogs: the model has no slot type {slot_type!r:.80}; known: {_listed(slot_types) or 'none'}"
            )
        where = f"catalogs: slot type {slot_type!r:.80}"
        if not isinstance(values, Mapping | list | tuple | set | frozenset):
            raise ValueError(f"{where}: give a list of values, or a dict with their synonyms, got {values!r:.80}")
        if not values:
            raise ValueError(f"{where} has no values; give at least one, or leave the slot type out")
        if isinstance(values, Mapping):
            entries = tuple((_form(value, where), _synonyms(given, value, where)) for value, given in values.items())
        else:
            ordered = values if isinstance(values, list | tuple) else sorted(values, key=repr)
            entries = tuple((_form(value, where), ()) for value in ordered)
        found.append((slot_type, entries))
    number = sum(1 + len(synonyms) for _, entries in found for _, synonyms in entries)
    if number > MAX_VALUES:
        raise ValueError(
            f"catalogs has {number:,} values and synonyms, but a call may have {MAX_VALUES:,}; "
            "train the model with the values that do not change"
        )
    return _kept(tuple(found))


def _synonyms(given: Any, value: str, where: str) -> tuple[str, ...]:
    if not isinstance(given, list | tuple):
        raise ValueError(f"{where}, value {value!r:.80}: give a list of synonyms, got {given!r:.80}")
    return tuple(_form(synonym, f"{where}, value {value!r:.80}") for synonym in given)


def _form(value: Any, where: str) -> str:
    if type(value) is not str:
        if not isinstance(value, str):
            raise ValueError(f"{where}: a value must be a text, got {value!r:.80}")
        value = str(value)  # NumPy has its own strings
    if not value or value.isspace():
        raise ValueError(f"{where}: the value {value!r} is blank; remove it")
    if len(value) > MAX_LENGTH:
        raise ValueError(
            f"{where}: the value {value!r:.40}... has {len(value):,} characters; give at most {MAX_LENGTH}"
        )
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(f"{where}: the value {value!r:.80} contains half a surrogate pair; write the whole character")
    return value


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown


class CatalogsOfCall:
    """The slot catalogs of a checkpoint, with the values of one call. Where both know a text, the call counts.

    Args:
        own: the slot catalogs of the checkpoint; they do not change.
        values: the values of the call.
    """

    def __init__(self, own: SlotCatalogs, values: CallValues):
        self._own = own
        self._values = values

    def resolve(self, slot_type: str, text: str) -> Resolved | None:
        """Find the known value that a slot's text means; of two similar values the more similar one."""
        own, index = self._own.resolve(slot_type, text), self._values.value_indices.get(slot_type)
        match = None if index is None else index.find(text)
        if match is None or (own is not None and own.get("score", 1.0) > match.score):
            return own
        return Resolved(value=match.value) if match.score == 1 else Resolved(value=match.value, score=match.score)

    def type_name(self, slot_type: str) -> str:
        """Return the developer's name for the type of a slot's values, or else the slot type."""
        return self._own.type_name(slot_type)

    def forms(self, slot_type: str) -> Sequence[FormIndex]:
        """Return the forms of a slot type's values."""
        own = self._own.forms(slot_type)
        index = self._values.form_indices.get(slot_type)
        return own if index is None else (index, *own)
