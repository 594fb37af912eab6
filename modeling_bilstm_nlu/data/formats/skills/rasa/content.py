"""What the files of a Rasa project say, in whichever notation, gathered into one domain."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, SlotSpan, Utterance, storable
from ....text import normalise_spaces
from .annotations import Mark, label_of, parse_annotations

__all__ = ["RasaContent"]


@dataclass
class RasaContent:
    """Examples, synonyms and lookup tables; the parsers of the notations put them in.

    Args:
        raw: takes the utterances and the counts.
        roles: label slots with entity and role.
        response_keys: keep what follows the slash of a retrieval intent.
    """

    raw: RawDomain
    roles: bool = True
    response_keys: bool = False
    #: surface form in lower case -> canonical value; Rasa's synonyms belong to no entity and have no case
    synonyms: dict[str, str] = field(default_factory=dict)
    #: canonical value -> its surface forms as written
    forms: dict[str, dict[str, None]] = field(default_factory=dict)
    #: entity -> values
    lookups: dict[str, dict[str, None]] = field(default_factory=dict)
    #: slot label -> annotated text -> canonical value where the mark gives one
    uses: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _entities: dict[str, str] = field(default_factory=dict)
    _seen: set[tuple[str, str | None, str, tuple[SlotSpan, ...]]] = field(default_factory=set)

    def add_marked(self, split: str, intent: str, text: str) -> None:
        """Add an example with inline marks; see ``add_example``."""
        plain, marks, num_stray = parse_annotations(text)
        self.raw.drop(DropReason.BRACKETS_THAT_ARE_NO_MARKS, num_stray)
        self.add_example(split, intent, plain, marks)

    def add_example(self, split: str, intent: str | None, text: str, marks: Iterable[Mark]) -> None:
        """Add an example, unless it is there already.

        Raises:
            DataError: marks overlap or lie outside the text, or a string cannot be stored.
        """
        if not text.strip():
            self.raw.drop(DropReason.BLANK_EXAMPLES)
            return
        if intent is not None and not self.response_keys and (name := intent.partition("/")[0]).strip():
            self.raw.drop(DropReason.RESPONSE_KEYS, name != intent)
            intent = name
        marks = list(marks)
        spans = [
            SlotSpan(label_of(mark.entity, mark.role if self.roles else None), mark.start, mark.end) for mark in marks
        ]
        for label, start, end in spans:
            if not 0 <= start < end <= len(text):
                raise DataError(f"entity {label!r} at characters {start}-{end} is empty or lies outside {text!r}")
        text, moved = normalise_spaces(text, spans)
        utterance = Utterance(text, " ".join((intent or "").split()) or None, moved)
        key = (split, utterance.intent, text, moved)
        if key in self._seen:
            self.raw.drop(DropReason.REPEATED_EXAMPLES)
            return
        self._seen.add(key)
        self.raw.add(split, utterance)
        for mark, (label, start, end) in zip(marks, moved, strict=True):
            self._entities[label] = mark.entity
            uses = self.uses.setdefault(label, {})
            uses[text[start:end]] = uses.get(text[start:end]) or (mark.value and storable(mark.value))
            self.raw.drop(DropReason.ENTITY_GROUPS, mark.group is not None)

    def add_synonym(self, value: str, form: str) -> None:
        """Add a way to say a value; where a form has two values, the first one counts.

        Raises:
            DataError: a string cannot be stored.
        """
        value, form = storable(" ".join(value.split())), storable(" ".join(form.split()))
        if not value or not form:
            self.raw.drop(DropReason.BLANK_SYNONYMS)
        elif self.synonyms.setdefault(form.lower(), value) != value:
            self.raw.drop(DropReason.SYNONYMS_OF_A_SECOND_VALUE)
        else:
            self.forms.setdefault(value, {})[form] = None

    def add_lookup(self, entity: str, value: str) -> None:
        """Add a value to the lookup table of an entity.

        Raises:
            DataError: a string cannot be stored.
        """
        entity, value = storable(" ".join(entity.split())), storable(" ".join(value.split()))
        if entity and value:
            self.lookups.setdefault(entity, {})[value] = None
        else:
            self.raw.drop(DropReason.BLANK_LOOKUP_VALUES)

    def finish(self) -> RawDomain:
        """The domain with its catalogs: for each slot label the lookup table of its entity, and the synonyms of the
        values that the table or an example of the label uses.
        """
        used: set[str] = set()
        annotated = set(self._entities.values())
        labels = self._entities | {entity: entity for entity in self.lookups if entity not in annotated}
        for label, entity in labels.items():
            listed = self.lookups.get(entity, {})
            values: dict[str, dict[str, None]] = {}
            for form, given in {**listed, **self.uses.get(label, {})}.items():
                value = given or self.synonyms.get(form.lower(), form)
                if form in listed or value != form or value in self.forms:
                    values.setdefault(value, {})[form] = None
            for value, forms in values.items():
                used.add(value)
                forms.update(self.forms.get(value, {}))
            if values:
                self.raw.catalogs[label] = SlotCatalog(
                    label,
                    {value: tuple(form for form in forms if form != value) for value, forms in values.items()},
                    type_name=None if entity == label else entity,
                )
        unused = sum(len(forms) for value, forms in self.forms.items() if value not in used)
        self.raw.drop(DropReason.UNUSED_SYNONYMS, unused)
        return self.raw
