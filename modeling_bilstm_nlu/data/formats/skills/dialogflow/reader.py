"""Read Dialogflow (ES) agents as the console exports them: a zip archive, or the unpacked folder.

An example is a list of parts; a part with an alias is a slot, and the alias is its label. Aliases belong to their
intent, so one label may have several entity types; its catalog then has the values of all these types.
"""

import re
import zipfile
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog, Utterance
from ....text import join_parts, text_key
from ..catalogs import catalogs_by_slot
from ..json_values import json_list, json_objects, json_records, json_text
from .export import Export, find_exports

__all__ = ["read_dialogflow", "read_entity_types", "sniff"]

#: ``@type:name`` in a value: the value is a template with other types.
_COMPOSITE = re.compile(r"(?<!\S)@[A-Za-z][\w.-]*:[\w-]+")
#: A value that is nothing but ``@type``.
_TYPE = re.compile(r"@([A-Za-z][\w.-]*)")


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return bool(find_exports(path))
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return False
    return bool(find_exports(path))


def read_dialogflow(
    path: Path, *, locale: str = "en", drop_shared: bool = False, on_error: str = "skip_few"
) -> RawDomain:
    """Read the examples and entity types of a Dialogflow agent; all examples are in the train split.

    Words with the type ``@sys.ignore`` are not slots. If a slot touches a word, a space is added and counted. The
    types ``@sys.*`` have no values in the files.

    Args:
        path: the archive, or a folder with ``intents`` and ``entities`` (at its top, or up to two folders below).
        locale: the language of the agent to read.
        drop_shared: whether to leave out texts that occur in more than one intent. Only the dialogue shows which
            intent is meant; if these texts are kept, they are label conflicts.
        on_error: what to do about broken examples: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there is no agent, or more than one, or the agent does not have the language, or something in it is
            broken.
    """
    exports = find_exports(path)
    if len(exports) != 1:
        found = f"several agents ({', '.join(exports)}); give one of them" if exports else "no examples of an agent"
        raise DataError(f"{path}: {found} (files intents/<name>_usersays_<language>.json)")
    (export,) = exports.values()
    if locale not in export.examples:
        raise DataError(
            f"{path}: no examples in language {locale!r}; its languages are: {', '.join(sorted(export.examples))}",
            cure=Cure("choose one with {}", option="locale"),
        )
    export.load(locale)
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path), language=locale)
    types_of: dict[str, dict[str, None]] = {}  # slot label -> its entity types
    seen: set[Utterance] = set()
    for name, file in export.examples[locale].items():
        intent = _settings(export, name, types_of)
        where = export.where(file)
        for number, row in json_records(export.rows(file, "userSays"), where, raw, on_error):
            with raw.record(f"{where}, example {number}", on_error):
                utterance = _utterance(row, intent, types_of, raw)
                if utterance in seen:
                    raw.drop(DropReason.REPEATED_EXAMPLES)
                elif utterance is not None:
                    seen.add(utterance)
                    raw.add("train", utterance)
    if drop_shared and raw.splits:
        raw.splits["train"] = _without_shared(raw)
    if not raw.splits:
        raise DataError(f"{path}: no intent has an example in language {locale!r}; add examples")
    types = read_entity_types(export, locale, raw, on_error)
    raw.catalogs = catalogs_by_slot(types, types_of)
    return raw


def _settings(export: Export, name: str, types_of: dict[str, dict[str, None]]) -> str:
    """Read the name of an intent, which can differ from its file name; add its parameters to ``types_of``."""
    if name not in export.intents:
        return name
    settings = export.parsed(export.intents[name])
    if not isinstance(settings, Mapping):
        return name
    responses = settings.get("responses")
    for response in responses if isinstance(responses, list) else ():
        parameters = response.get("parameters") if isinstance(response, Mapping) else None
        for parameter in parameters if isinstance(parameters, list) else ():
            slot, entity_type = (_get(parameter, key) for key in ("name", "dataType"))
            if slot and entity_type:
                types_of.setdefault(slot, {})[entity_type.removeprefix("@")] = None
    return _get(settings, "name") or name


def _get(item: object, key: str) -> str:
    """Read a text of an object, without spaces at its ends; empty if there is no text."""
    value = item.get(key) if isinstance(item, Mapping) else None
    return value.strip() if isinstance(value, str) else ""


def _utterance(
    row: Mapping[str, Any], intent: str, types_of: dict[str, dict[str, None]], raw: RawDomain
) -> Utterance | None:
    """Read the utterance of an example, ``None`` for a template or a blank text; add its slots to ``types_of``."""
    if row.get("isTemplate") is True:
        raw.drop(DropReason.TEMPLATE_EXAMPLES)
        return None
    parts: list[tuple[str, str | None]] = []
    used: list[tuple[str, str]] = []
    for part in json_objects(row.get("data"), "data"):
        piece = json_text(part.get("text"), "the text of a part")
        entity_type = _get(part, "meta").removeprefix("@")
        slot = "" if entity_type == "sys.ignore" else _get(part, "alias") or entity_type
        if slot and not piece.strip():
            raw.drop(DropReason.SLOTS_WITHOUT_A_TEXT)
            slot = ""
        if slot:
            used.append((slot, entity_type))
        parts.append((piece, slot or None))
    text, spans, num_parted = join_parts(parts)
    if not text:
        raw.drop(DropReason.BLANK_EXAMPLES)
        return None
    utterance = Utterance(text, intent, spans)
    for slot, entity_type in used:
        types_of.setdefault(slot, {})[entity_type] = None
    raw.drop(DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD, num_parted)
    return utterance


def _without_shared(raw: RawDomain) -> list[Utterance]:
    intents: dict[str, set[str | None]] = {}
    for utterance in raw.splits["train"]:
        intents.setdefault(text_key(utterance.text), set()).add(utterance.intent)
    kept = [utterance for utterance in raw.splits["train"] if len(intents[text_key(utterance.text)]) == 1]
    raw.drop(DropReason.TEXTS_OF_SEVERAL_INTENTS, len(raw.splits["train"]) - len(kept))
    return kept


def read_entity_types(export: Export, language: str, raw: RawDomain, on_error: str) -> dict[str, SlotCatalog]:
    """Read the entity types of an agent with their values.

    Args:
        export: the loaded agent.
        language: the language to read.
        raw: receives the counts of what is left out.
        on_error: what to do about broken entries: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: something is broken.
    """
    types: dict[str, SlotCatalog] = {}
    for name, file in export.entries.get(language, {}).items():
        settings = export.parsed(export.types[name]) if name in export.types else None
        where = export.where(file)
        entries = export.rows(file, "entries")
        if isinstance(settings, Mapping) and settings.get("isRegexp") is True:
            raw.drop(DropReason.REGULAR_EXPRESSION_VALUES, len(entries))
            continue
        catalog = types[name] = SlotCatalog(name)
        for number, entry in json_records(entries, where, raw, on_error):
            with raw.record(f"{where}, entry {number}", on_error):
                listed = (entry.get("value"), *json_list(entry.get("synonyms"), "synonyms"))
                value, *synonyms = (" ".join(json_text(form, "value or synonym").split()) for form in listed)
                if _is_composite(value, export.entries[language]):
                    raw.drop(DropReason.COMPOSITE_VALUES)
                elif value:
                    plain = [form for form in synonyms if not _is_composite(form, export.entries[language])]
                    raw.drop(DropReason.COMPOSITE_SYNONYMS, len(synonyms) - len(plain))
                    known = catalog.values.get(value, ())
                    forms = dict.fromkeys(form for form in (*known, *plain) if form and form != value)
                    catalog.values[value] = tuple(forms)
                else:
                    raw.drop(DropReason.BLANK_VALUES)
    return types


def _is_composite(form: str, types: Container[str]) -> bool:
    """Say whether a form is a template: with ``@type:name``, or nothing but the name of a type."""
    if _COMPOSITE.search(form):
        return True
    whole = _TYPE.fullmatch(form)
    return whole is not None and (whole[1] in types or whole[1].startswith("sys."))
