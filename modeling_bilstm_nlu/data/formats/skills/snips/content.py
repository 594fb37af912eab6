"""Collect the content of Snips NLU datasets: utterances as parts, and entities with their values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, Utterance
from ....text import join_parts
from ....values.builtin_types import forms_by_name
from ..catalogs import catalogs_by_slot
from ..json_values import json_list, json_text

__all__ = ["Part", "SnipsContent", "entity_entries"]

#: A piece of an utterance: text (``None`` where a value of the entity is to be put in), slot and entity.
Part = tuple[str | None, str | None, str | None]


@dataclass
class SnipsContent:
    """The content of the files of a dataset.

    Args:
        raw: receives the utterances and counts.
        types_of: slot -> its entities.
        entities: entity -> its values.
        waiting: place, intent and parts of utterances that need the values of entities.
    """

    raw: RawDomain
    types_of: dict[str, dict[str, None]] = field(default_factory=dict)
    entities: dict[str, SlotCatalog] = field(default_factory=dict)
    waiting: list[tuple[str, str, list[Part]]] = field(default_factory=list)

    def add(self, where: str, intent: str, parts: list[Part]) -> None:
        """Add an utterance, now or as soon as all values are known.

        Raises:
            DataError: the utterance has no text.
        """
        for _, slot, entity in parts:
            if slot is not None:
                self.types_of.setdefault(slot, {})[entity or slot] = None
        if any(text is None for text, _, _ in parts):
            self.waiting.append((where, intent, parts))
            return
        self._add_joined(intent, [(text or "", slot) for text, slot, _ in parts])

    def _add_joined(self, intent: str, parts: list[tuple[str, str | None]]) -> None:
        blank = [slot is not None and not text.strip() for text, slot in parts]
        self.raw.drop(DropReason.SLOTS_WITHOUT_A_TEXT, sum(blank))
        text, spans, num_parted = join_parts(
            (text, None if is_blank else slot) for (text, slot), is_blank in zip(parts, blank, strict=True)
        )
        if not text:
            self.raw.drop(DropReason.BLANK_EXAMPLES)
            return
        self.raw.add("train", Utterance(text, intent, spans))
        self.raw.drop(DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD, num_parted)

    def add_entity(self, name: str, entries: Iterable[tuple[str, list[str]]]) -> None:
        """Add values, each with its synonyms, to an entity; blank ones are counted."""
        catalog = self.entities.setdefault(name, SlotCatalog(name))
        for value, synonyms in entries:
            value, *forms = (" ".join(form.split()) for form in (value, *synonyms))
            self.raw.drop(DropReason.BLANK_VALUES, (value, *forms).count(""))
            if value:
                known = dict.fromkeys((*catalog.values.get(value, ()), *forms))
                catalog.values[value] = tuple(form for form in known if form and form != value)

    def finish(self, on_error: str) -> None:
        """Put values into the utterances that wait for them, and add the catalogs.

        Each entity gives its values in turn. One without values gives those that fit its name, if there are any.
        """
        values: dict[str, Any] = {}
        for where, intent, parts in self.waiting:
            with self.raw.record(where, on_error):
                names = [entity or slot or "" for text, slot, entity in parts if text is None]
                for name in names:
                    values.setdefault(name, self._values(name))
                if not all(values[name] for name in names):
                    self.raw.drop(DropReason.PATTERNS_OF_EMPTY_ENTITIES)
                    continue
                said = [
                    (next(values[entity or slot or ""]) if text is None else text, slot)
                    for text, slot, entity in parts
                ]
                self._add_joined(intent, said)
        self.raw.catalogs = catalogs_by_slot(self.entities, self.types_of)

    def _values(self, name: str) -> "cycle[str] | None":
        catalog = self.entities.get(name)
        forms = catalog.surface_forms() if catalog is not None else []
        forms = forms or list(forms_by_name(name.rpartition("/")[2]))
        return cycle(forms) if forms else None


def entity_entries(values: object, where: str) -> list[tuple[str, list[str]]]:
    """Read the values of an entity: texts, lists of a value and its synonyms, or objects ``value``, ``synonyms``.

    Raises:
        DataError: an entry is of another kind.
    """
    entries = []
    for entry in json_list(values, where):
        if isinstance(entry, Mapping):
            synonyms = json_list(entry.get("synonyms"), f"{where}: synonyms")
            forms = [entry.get("value"), *synonyms]
        else:
            forms = entry if isinstance(entry, list) else [entry]
        if not forms:
            raise DataError(f"{where}: a value is an empty list; write the value and its synonyms")
        value, *synonyms = (json_text(form, where) for form in forms)
        entries.append((value, synonyms))
    return entries
