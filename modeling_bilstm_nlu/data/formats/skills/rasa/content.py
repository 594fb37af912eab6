"""Collect the content of all files of a Rasa project, in any notation, into one domain."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, SlotSpan, Utterance, storable
from ....text import normalise_spaces
from .annotations import Annotation, label_of, parse_annotations

__all__ = ["RasaContent"]


@dataclass
class RasaContent:
    """Examples, synonyms and lookup tables, which the parsers of the notations add.

    Args:
        raw: receives the utterances and the counts.
        roles: whether slots are labelled with entity and role.
        response_keys: whether the text after the slash of a retrieval intent is kept.
    """

    raw: RawDomain
    roles: bool = True
    response_keys: bool = False
    #: surface form in lower case -> canonical value; in Rasa, synonyms are valid for all entities and ignore case
    synonyms: dict[str, str] = field(default_factory=dict)
    #: canonical value -> its surface forms as written
    forms: dict[str, dict[str, None]] = field(default_factory=dict)
    #: entity -> values
    lookups: dict[str, dict[str, None]] = field(default_factory=dict)
    #: slot label -> annotated text -> canonical value, if the annotation gives one
    uses: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _entities: dict[str, str] = field(default_factory=dict)
    _seen: set[tuple[str, str | None, str, tuple[SlotSpan, ...]]] = field(default_factory=set)

    def add_annotated(self, split: str, intent: str, text: str) -> None:
        """Add an example with annotations in its text; see ``add_example``.

        Raises:
            DataError: an annotation is broken.
        """
        plain, annotations, num_stray = parse_annotations(text)
        self.raw.drop(DropReason.BRACKETS_THAT_ARE_NO_MARKS, num_stray)
        self.add_example(split, intent, plain, annotations)

    def add_example(self, split: str, intent: str | None, text: str, annotations: Iterable[Annotation]) -> None:
        """Add an example, unless it was added before.

        Raises:
            DataError: annotations overlap or are outside the text, or a string cannot be stored.
        """
        if not text.strip():
            self.raw.drop(DropReason.BLANK_EXAMPLES)
            return
        if intent is not None and not self.response_keys and (name := intent.partition("/")[0]).strip():
            self.raw.drop(DropReason.RESPONSE_KEYS, name != intent)
            intent = name
        annotations = list(annotations)
        spans = [
            SlotSpan(
                label_of(annotation.entity, annotation.role if self.roles else None), annotation.start, annotation.end
            )
            for annotation in annotations
        ]
        for label, start, end in spans:
            if not 0 <= start < end <= len(text):
                raise DataError(f"entity {label!r} at characters {start}-{end} is empty or outside {text!r}")
        text, moved = normalise_spaces(text, spans)
        utterance = Utterance(text, " ".join((intent or "").split()) or None, moved)
        key = (split, utterance.intent, text, moved)
        if key in self._seen:
            self.raw.drop(DropReason.REPEATED_EXAMPLES)
            return
        self._seen.add(key)
        self.raw.add(split, utterance)
        for annotation, (label, start, end) in zip(annotations, moved, strict=True):
            self._entities[label] = annotation.entity
            uses = self.uses.setdefault(label, {})
            uses[text[start:end]] = uses.get(text[start:end]) or (annotation.value and storable(annotation.value))
            self.raw.drop(DropReason.ENTITY_GROUPS, annotation.group is not None)
            self.raw.drop(DropReason.FURTHER_ENTITIES, annotation.num_more)

    def add_synonym(self, value: str, form: str) -> None:
        """Add a way to say a value; if the same form has two values, the first one is used.

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
        """Make the domain with its catalogs.

        The catalog of a slot label has the lookup table of its entity, and the synonyms of all values that are in the
        table or in an example with this label.
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
