"""Read projects of Microsoft CLU (conversational language understanding): the JSON that the portal exports.

The places of entities are ``offset`` and ``length``; ``stringIndexType`` says whether they count UTF-16 units or
characters. The lists of entities become catalogs. Prebuilt components and regular expressions have no values.

The reader follows the vendor's description of the file, with ``assets`` in all versions of the API.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import Cure, DataError

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, SlotSpan, Utterance
from ....text import normalise_spaces
from ..code_units import char_of_unit
from ..json_documents import find_documents, has_document
from ..json_values import json_list, json_objects, json_text
from ..luis.bot import check_nesting, flat_spans

__all__ = ["read_clu", "sniff"]

_KEYS = ("assets", "projectKind")
_KINDS = ("conversation", "orchestration")
_SPLITS = {"train": "train", "test": "test"}


def _is_project(document: Mapping[str, Any]) -> bool:
    assets, metadata = document.get("assets"), document.get("metadata")
    kinds = [part.get("projectKind") for part in (assets, metadata) if isinstance(part, Mapping)]
    return isinstance(assets, Mapping) and any(isinstance(kind, str) and kind.lower() in _KINDS for kind in kinds)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return has_document(path, _KEYS, _is_project)


def read_clu(
    path: Path, *, nested: str = "innermost", locale: str | None = None, on_error: str = "skip_few"
) -> RawDomain:
    """Read a CLU project; utterances of the dataset ``Test`` are the test split.

    Args:
        path: an exported project, or a folder that has one.
        nested: which of overlapping entities to keep: ``innermost`` or ``outermost``.
        locale: the language to read from a project of several languages; ``None`` takes the project's own language.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there is no project, or more than one, it has nothing in the language, or a record is broken.
    """
    check_nesting(nested)
    found = find_documents(path, _KEYS, _is_project, "CLU project with the keys assets and projectKind")
    if len(found) > 1:
        raise DataError(f"{path}: the folder has several projects: {', '.join(file.name for file, _ in found)}")
    ((file, document),) = found
    return _Reading(document, str(file), locale, nested, on_error).domain()


class _Reading:
    """Reads one project."""

    def __init__(self, document: Mapping[str, Any], where: str, locale: str | None, nested: str, on_error: str):
        metadata = document.get("metadata")
        self.metadata: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
        self.assets: Mapping[str, Any] = document["assets"]
        self.where = where
        self.nested = nested
        self.on_error = on_error
        own = self.metadata.get("language")
        self.own = json_text(own, f"{where}, language") if own is not None else None
        self.locale = locale
        self.place = _places(document.get("stringIndexType"), where)
        name = self.metadata.get("projectName")
        name = json_text(name, f"{where}, projectName") if name else Path(where).name
        self.raw = RawDomain(name, language=locale or self.own)
        self.seen: set[tuple[str, str]] = set()

    def domain(self) -> RawDomain:
        """The domain of the project."""
        raw = self.raw
        self._add_catalogs()
        languages: dict[str, None] = {}
        for number, item in enumerate(json_objects(self.assets.get("utterances"), f"{self.where}, utterances"), 1):
            with raw.record(f"{self.where}, utterance {number}", self.on_error):
                language = item.get("language")
                if isinstance(language, str) and not self._is_wanted(language):
                    languages[language] = None
                    raw.drop(DropReason.UTTERANCES_OF_OTHER_LANGUAGES)
                else:
                    self._add_utterance(item)
        intents = json_objects(self.assets.get("intents"), f"{self.where}, intents")
        used = [row.intent for rows in raw.splits.values() for row in rows]
        names = {json_text(item.get("category"), f"{self.where}, category of an intent") for item in intents}
        raw.drop(DropReason.INTENTS_WITHOUT_UTTERANCES, len(names.difference(used)))
        if not raw.splits and languages:
            raise DataError(
                f"{self.where}: no utterance is in the language {self.locale or self.own!r}",
                cure=Cure(f"name one of {', '.join(languages)} with {{}}", option="locale"),
            )
        return raw

    def _is_wanted(self, language: str) -> bool:
        """Say whether a language is the wanted one; without an option, the region does not count."""
        if self.locale is None:
            return self.own is None or _primary(language) == _primary(self.own)
        wanted = self.locale.lower().replace("_", "-")
        return language.lower().replace("_", "-") == wanted or (_primary(language) == wanted)

    def _add_utterance(self, item: Mapping[str, Any]) -> None:
        text, intent = json_text(item.get("text"), "text"), json_text(item.get("intent"), "intent")
        dataset = item.get("dataset") or "Train"
        if not isinstance(dataset, str) or dataset.lower() not in _SPLITS:
            raise DataError(f"dataset is {dataset!r:.100}; write Train or Test")
        annotations = [self._annotation(entity, text) for entity in json_objects(item.get("entities"), "entities")]
        Utterance(text, intent)
        kept, lost, crossing = flat_spans(annotations, nested=self.nested)
        reason = DropReason.MARKS_AROUND_OTHER_MARKS if self.nested == "innermost" else None
        self.raw.drop(reason or DropReason.MARKS_INSIDE_OTHER_MARKS, lost)
        self.raw.drop(DropReason.CROSSING_MARKS, crossing)
        text, spans = normalise_spaces(text, kept)
        self.raw.add(_SPLITS[dataset.lower()], Utterance(text, intent, spans))

    def _annotation(self, entity: Mapping[str, Any], text: str) -> SlotSpan:
        label = json_text(entity.get("category"), "category of an entity")
        offset, length = entity.get("offset"), entity.get("length")
        if type(offset) is not int or type(length) is not int:
            raise DataError(f"entity {label!r} needs whole numbers under 'offset' and 'length'")
        start, end = self.place(text, offset), self.place(text, offset + length)
        if not 0 <= start < end <= len(text) or text[start:end].isspace():
            raise DataError(f"entity {label!r} has no value at {offset}, length {length}, of {text!r:.200}")
        return SlotSpan(label, start, end)

    def _add_catalogs(self) -> None:
        where = f"{self.where}, entities"
        for number, item in enumerate(json_objects(self.assets.get("entities"), where), 1):
            with self.raw.record(f"{self.where}, entity {item.get('category', number)!r:.100}", self.on_error):
                name = json_text(item.get("category"), "category")
                self.raw.drop(DropReason.PREBUILT_ENTITIES, len(json_list(item.get("prebuilts"), "prebuilts")))
                regex = item.get("regex") or {}
                if isinstance(regex, Mapping):
                    expressions = json_list(regex.get("expressions"), "expressions")
                    self.raw.drop(DropReason.ENTITY_REGULAR_EXPRESSIONS, len(expressions))
                listed = item.get("list") or {}
                if not isinstance(listed, Mapping):
                    raise DataError(f"list is {listed!r:.100}; write an object with sublists")
                if values := self._values(json_objects(listed.get("sublists"), "sublists")):
                    self.raw.catalogs[name] = SlotCatalog(name, values)

    def _values(self, sublists: list[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
        values: dict[str, tuple[str, ...]] = {}
        for sublist in sublists:
            key = " ".join(json_text(sublist.get("listKey"), "listKey").split())
            if not key:
                self.raw.drop(DropReason.BLANK_VALUES)
                continue
            forms = dict.fromkeys(values.get(key, ()))
            for synonyms in json_objects(sublist.get("synonyms"), f"synonyms of {key!r}"):
                language = synonyms.get("language")
                if isinstance(language, str) and not self._is_wanted(language):
                    continue
                for form in json_list(synonyms.get("values"), f"synonyms of {key!r}"):
                    form = " ".join(json_text(form, f"synonym of {key!r}").split())
                    forms |= {form: None} if form and form != key else {}
            values[key] = tuple(forms)
        return values


def _primary(language: str) -> str:
    return re.split("[-_]", language)[0].lower()


def _places(kind: object, where: str) -> Callable[[str, int], int]:
    """Find how a project counts places in a text."""
    name = str(kind or "Utf16CodeUnit").lower().replace("_", "")
    if name == "utf16codeunit":
        return char_of_unit
    if name in ("unicodecodepoint", "textelementsv8", "textelementv8"):
        return _same if name == "unicodecodepoint" else _same_or_refused
    raise DataError(f"{where}: stringIndexType is {kind!r:.100}; export the project with Utf16CodeUnit")


def _same(text: str, place: int) -> int:
    return place


def _same_or_refused(text: str, place: int) -> int:
    """The place of a text element; in most texts, every character is one."""
    if not text.isascii() and any(unicodedata.category(char) in ("Mn", "Me", "Cf", "So", "Sk") for char in text):
        raise DataError(f"{text!r:.200} has signs of several characters; export it with stringIndexType Utf16CodeUnit")
    return place
