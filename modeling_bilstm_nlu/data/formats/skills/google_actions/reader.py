"""Read projects of Google Actions: a YAML file for each intent and each type, as the Actions SDK keeps them.

A training phrase has annotations such as ``I like ($color 'dark blue' auto=true)``. Intents of other languages are in
folders that are named after them, ``custom/intents/de``; this follows the vendor's documentation.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, read_text, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, Utterance
from ....text import join_parts
from ..catalogs import catalogs_by_slot
from ..json_values import json_list, json_objects, json_text
from ..locales import choose_locale
from ..yaml_values import yaml_documents

__all__ = ["read_google_actions", "sniff"]

_SUFFIXES = (".yaml", ".yml")
_PLACES = ("sdk/custom/intents", "custom/intents", "intents")
_HAS_PHRASES = re.compile(r"^trainingPhrases[ \t]*:", re.M)
_ANNOTATION = re.compile(r"\(\$([^\s']+)\s+'(.*?)'(?:\s+auto\s*=\s*\w+)?\s*\)", re.S)
_BROKEN = re.compile(r"\(\$\w")
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
#: The language of the files that are not in the folder of a language.
_DEFAULT = ""
#: Built-in type -> the name of such a type that the normaliser knows.
_BUILTIN = {
    "actions.type.DateTime": "@sys.date-time",
    "actions.type.Date": "@sys.date",
    "actions.type.Time": "@sys.time",
    "actions.type.Number": "@sys.number",
}


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        folder = _intents(path)
        return folder is not None and any(map(_has_phrases, folder.glob("*.y*ml*")))
    return _has_phrases(path)


def _intents(path: Path) -> Path | None:
    """The folder of the intents of a project."""
    if path.name == "intents":
        return path
    return next((path / place for place in _PLACES if (path / place).is_dir()), None)


def _has_phrases(path: Path) -> bool:
    try:
        return has_suffix(path, _SUFFIXES) and bool(_HAS_PHRASES.search(read_text(path)))
    except DataError:  # another file of the folder may be good
        return False


def read_google_actions(path: Path, *, locale: str | None = None, on_error: str = "skip_few") -> RawDomain:
    """Read the intents and types of a Google Actions project; all phrases are in the train split.

    Args:
        path: the project, its folder ``sdk``, ``custom`` or ``intents``, or the file of one intent.
        locale: the language to read, as its folder is named; ``None`` takes the default language of the project.
        on_error: what to do about broken phrases and types: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there is no intent with phrases, the project does not have the language, or a file is broken.
    """
    folder = path.parent if path.is_file() else _intents(path)
    by_locale = {_DEFAULT: [path]} if path.is_file() else _files_by_locale(folder) if folder is not None else {}
    if not by_locale or folder is None:
        raise DataError(f"{path}: there is no folder custom/intents with YAML files; give the folder of the project")
    name = choose_locale(by_locale, locale, str(path)) if locale is not None else _DEFAULT
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path), language=locale)
    raw.drop(DropReason.FILES_OF_OTHER_LOCALES, sum(len(files) for key, files in by_locale.items() if key != name))
    types = _types(folder.parent / "types", name, raw, on_error)
    types_of: dict[str, dict[str, None]] = {}
    for file in by_locale.get(name, ()):
        _add_intent(file, types_of, raw, on_error)
    if not raw.splits:
        raise DataError(f"{path}: no intent has a training phrase; add trainingPhrases")
    raw.catalogs = catalogs_by_slot(types, types_of)
    for slot, names in types_of.items():
        if len(names) == 1 and (builtin := _BUILTIN.get(next(iter(names)))) and slot not in raw.catalogs:
            raw.catalogs[slot] = SlotCatalog(slot, type_name=builtin)
    return raw


def _files_by_locale(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for place in (folder, *sorted(inner for inner in folder.iterdir() if inner.is_dir())):
        if place != folder and not _LOCALE.fullmatch(place.name):
            continue
        files = sorted(file for file in place.iterdir() if file.is_file() and has_suffix(file, _SUFFIXES))
        if files:
            found[_DEFAULT if place == folder else place.name] = files
    return found


def _document(file: Path) -> Mapping[str, Any]:
    documents = [document for document in yaml_documents(read_text(file), str(file)) if document is not None]
    if len(documents) > 1 or not all(isinstance(document, Mapping) for document in documents):
        raise DataError(f"{file}: expected one object, with trainingPhrases or with a type")
    return documents[0] if documents else {}


def _add_intent(file: Path, types_of: dict[str, dict[str, None]], raw: RawDomain, on_error: str) -> None:
    document = _document(file)
    declared = {}
    for parameter in json_objects(document.get("parameters"), f"{file}, parameters"):
        with raw.record(f"{file}, parameters", on_error):
            slot = json_text(parameter.get("name"), "name")
            kind = parameter.get("type")
            declared[slot] = json_text(kind.get("name"), "name of the type") if isinstance(kind, Mapping) else slot
    phrases = json_list(document.get("trainingPhrases"), f"{file}, trainingPhrases")
    raw.drop(DropReason.INTENTS_WITHOUT_UTTERANCES, not phrases)
    for number, phrase in enumerate(phrases, start=1):
        with raw.record(f"{file}, phrase {number}", on_error):
            parts = list(_parts(json_text(phrase, "phrase")))
            text, spans, num_parted = join_parts(parts)
            if not text:
                raw.drop(DropReason.BLANK_EXAMPLES)
                continue
            raw.add("train", Utterance(text, stem(file), spans))
            raw.drop(DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD, num_parted)
            for span in spans:
                types_of.setdefault(span.slot_type, {})[declared.get(span.slot_type, span.slot_type)] = None


def _parts(phrase: str) -> Iterator[tuple[str, str | None]]:
    """The parts of a phrase: text, and the slot that it is."""
    if _BROKEN.search(_ANNOTATION.sub("", phrase)):
        raise DataError(f"an annotation is broken in {phrase!r:.200}; write ($slot 'value' auto=true)")
    position = 0
    for match in _ANNOTATION.finditer(phrase):
        yield phrase[position : match.start()], None
        value = match[2].replace("\\'", "'")
        if not value.strip():
            raise DataError(f"{match[0]!r:.200} has no value; write ($slot 'value' auto=true)")
        yield value, match[1]
        position = match.end()
    yield phrase[position:], None


def _types(folder: Path, locale: str, raw: RawDomain, on_error: str) -> dict[str, SlotCatalog]:
    """The types of a project; a type of another language has the values of the default one where it has no file."""
    types: dict[str, SlotCatalog] = {}
    by_locale = _files_by_locale(folder) if folder.is_dir() else {}
    for file in [*by_locale.get(_DEFAULT, ()), *(by_locale.get(locale, ()) if locale else ())]:
        with raw.record(str(file), on_error):
            document = _document(file)
            synonym = document.get("synonym") or {}
            if document.get("regularExpression") is not None:
                raw.drop(DropReason.REGULAR_EXPRESSION_VALUES)
            entities = synonym.get("entities") if isinstance(synonym, Mapping) else synonym
            if not isinstance(entities, Mapping | None):
                raise DataError(f"the entities of synonym are {entities!r:.100}; write an object")
            values: dict[str, tuple[str, ...]] = {}
            for value, item in (entities or {}).items():
                listed = item.get("synonyms") if isinstance(item, Mapping) else None
                forms = [" ".join(json_text(form, "synonyms").split()) for form in json_list(listed, "synonyms")]
                if value := " ".join(value.split()):
                    values[value] = tuple(dict.fromkeys(form for form in forms if form and form != value))
                else:
                    raw.drop(DropReason.BLANK_VALUES)
            types[stem(file)] = SlotCatalog(stem(file), values)
    return types
