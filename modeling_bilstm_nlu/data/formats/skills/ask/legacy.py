"""Read Alexa skills from before 2018: an intent schema, a file of sample utterances, and lists of values.

``IntentSchema.json`` declares intents and slots. Each line of ``SampleUtterances.txt`` is the name of an intent and a
sample. The values of a slot type are in a file with the name of the type, one per line. A sample may contain a value:
``order {two|cups} of tea``. Such a value does not change when the sample is filled.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import read_lines, read_text, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog
from ....skill_spec import CarrierPhrase, SkillSpec
from ..json_values import json_objects, json_records, json_text
from ..samples import add_sample, filled, is_english, key_of, last_name
from .json_comments import read_json_with_comments

__all__ = ["parse_ask_legacy", "read_ask_legacy", "sniff"]

_SCHEMA = re.compile(r"(?:intent[-_]?)?schema(?:[-_.]([a-z]{2}(?:[-_][a-z]{2})?))?\.(?:json|txt)", re.IGNORECASE)
_SAMPLES = re.compile(r"(?:sample[-_]?)?utterances(?:[-_.]([a-z]{2}(?:[-_][a-z]{2})?))?(?:\.txt)?", re.IGNORECASE)
_PLACES = ("", "speech*ssets", "*/speech*ssets")


def _schemas(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Find the schemas of a folder, each with the sample utterances of each language next to it."""
    for place in _PLACES:
        for inner in sorted(folder.glob(place)) if place else [folder]:
            files = sorted(file for file in inner.iterdir() if file.is_file()) if inner.is_dir() else []
            for schema in files:
                if is_schema := _SCHEMA.fullmatch(last_name(schema.name)):
                    languages: set[str | None] = set()
                    for samples in files:
                        match = _SAMPLES.fullmatch(last_name(samples.name))
                        if match is None or _prefix(samples) != _prefix(schema) or match[1] in languages:
                            continue
                        if None in (is_schema[1], match[1]) or key_of(is_schema[1]) == key_of(match[1]):
                            languages.add(match[1])
                            yield schema, samples


def _language(schema: Path, samples: Path) -> str | None:
    """Read the language in the name of the samples or of the schema."""
    named = (_SAMPLES.fullmatch(last_name(samples.name)), _SCHEMA.fullmatch(last_name(schema.name)))
    return next((match[1] for match in named if match and match[1]), None)


def _chosen(pairs: list[tuple[Path, Path]], path: Path, locale: str | None) -> tuple[Path, Path]:
    """Choose the schema and the samples of a language: the asked one, the only one, or else English."""
    languages = [_language(*pair) for pair in pairs]
    names = ", ".join(dict.fromkeys(schema.name for schema, _ in pairs))
    if len({(schema.parent, _prefix(schema)) for schema, _ in pairs}) > 1 or len(set(languages)) < len(pairs):
        raise DataError(f"{path}: the folder has several skills; read one of their schemas: {names}")
    for pair, language in zip(pairs, languages, strict=True):
        is_wanted = is_english(language) if locale is None else key_of(language or "") == key_of(locale)
        if is_wanted or (len(pairs) == 1 and (locale is None or language is None)):
            return pair
    raise DataError(
        f"{path}: there are no sample utterances of locale {locale or 'en-US'!r}; "
        f"the locales are: {', '.join(sorted(map(str, languages)))}",
        cure=Cure("choose one with {}", option="locale"),
    )


def _prefix(path: Path) -> str:
    return path.name.rpartition("__")[0]


def _is_schema(path: Path) -> bool:
    if '"intent"' not in read_text(path):
        return False
    document = read_json_with_comments(path)
    intents = document.get("intents") if isinstance(document, Mapping) else None
    return isinstance(intents, list) and any(isinstance(item, Mapping) and "intent" in item for item in intents)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return any(_is_schema(schema) for schema, _ in _schemas(path))
    name = last_name(path.name)
    if not _SCHEMA.fullmatch(name) and not _SAMPLES.fullmatch(name):
        return False
    return any(path in pair and _is_schema(pair[0]) for pair in _schemas(path.parent))


def read_ask_legacy(
    path: Path,
    *,
    seed: int = 0,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    spoken_values: bool | None = None,
    builtin_intents: bool = True,
    locale: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read an Alexa skill from before 2018 and fill its samples.

    Args:
        path: the folder of the files, a folder above it, the schema file or the file of sample utterances.
        seed: the seed of the filling.
        max_per_carrier: the largest number of utterances from one sample.
        max_utterances: the largest number of utterances in total.
        spoken_values: whether values are also written as they are spoken in English, as ``fill`` does; by default yes,
            unless the names of the files say another language, as ``SampleUtterances.de.txt`` does.
        builtin_intents: whether built-in intents (help, stop, yes, ...) get common phrases, in English; otherwise
            those without samples are left out.
        locale: the language to read if there are several; ``None`` means English.
        on_error: what to do about broken samples: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a file is missing, or something in it is broken.
    """
    folder = path if path.is_dir() else path.parent
    pairs = [pair for pair in _schemas(folder) if path == folder or path in pair]
    if not pairs:
        raise DataError(f"{path}: there is no IntentSchema.json with a SampleUtterances.txt next to it; add both")
    schema, samples = _chosen(pairs, path, locale)
    notes = RawDomain(folder.resolve().name)
    spec = parse_ask_legacy(schema, samples, notes, on_error=on_error)
    return filled(
        spec,
        notes,
        f"{schema} and {samples.name}",
        language=_language(schema, samples),
        seed=seed,
        max_per_carrier=max_per_carrier,
        max_utterances=max_utterances,
        spoken_values=spoken_values,
        builtin_intents=builtin_intents,
    )


def parse_ask_legacy(schema: Path, samples: Path, notes: RawDomain, *, on_error: str = "skip_few") -> SkillSpec:
    """Read the skill of a schema and its sample utterances.

    Args:
        schema: the file of the intent schema.
        samples: the file of the sample utterances.
        notes: receives the counts of what is left out.
        on_error: what to do about broken samples: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: something in a file is broken.
    """
    spec = SkillSpec(notes.name)
    document = read_json_with_comments(schema, notes)
    if not isinstance(document, Mapping) or "intents" not in document:
        raise DataError(f"{schema}: there is no list of intents; check that this is an intent schema")
    for number, item in json_records(document["intents"], f"{schema}, intents", notes, on_error):
        with notes.record(f"{schema}, intent {item.get('intent', number)!r}", on_error):
            _declare(spec, item)
    _add_samples(spec, samples, schema.name, notes, on_error)
    used = dict.fromkeys(slot_type for slots in spec.slots.values() for slot_type in slots.values())
    files = _value_files(schema)
    for slot_type in used:
        if slot_type.casefold() in files:
            values = [value.strip() for value in read_lines(files[slot_type.casefold()])]
            spec.catalogs[slot_type] = SlotCatalog(slot_type, {value: () for value in values if value})
    return spec


def _declare(spec: SkillSpec, item: Mapping[str, Any]) -> None:
    intent = json_text(item.get("intent"), "intent")
    slots = {}
    for slot in json_objects(item.get("slots"), "slots"):
        name = json_text(slot.get("name"), "slot name")
        if name in slots:
            raise DataError(f"slot {name!r} is declared twice; remove one")
        slots[name] = json_text(slot.get("type"), f"slot {name!r}: type")
    if intent in spec.slots:
        raise DataError("the intent is declared twice; remove one")
    spec.slots[intent] = slots


def _add_samples(spec: SkillSpec, path: Path, schema: str, notes: RawDomain, on_error: str) -> None:
    phrases: dict[str, dict[str, CarrierPhrase]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        intent, *rest = line.split(maxsplit=1) or [""]
        if not intent:
            continue
        if intent not in spec.slots:
            notes.drop(DropReason.SAMPLES_OF_UNDECLARED_INTENTS)
            continue
        with notes.record(f"{path} (slots as in {schema}), line {number}", on_error):
            sample = "".join(rest)
            for slot in _undeclared(sample, spec.slots[intent]):
                spec.slots[intent][slot] = "AMAZON.LITERAL"
                notes.drop(DropReason.UNDECLARED_SLOTS)
            add_sample(phrases.setdefault(intent, {}), sample, spec.slots[intent], notes)
    for intent in spec.slots:
        if phrases.get(intent):
            spec.intents[intent] = list(phrases[intent].values())


def _undeclared(sample: str, slots: Mapping[str, str]) -> list[str]:
    """Find slots that the schema does not declare, but that have a value in the sample."""
    found = CarrierPhrase(sample).slots if sample.strip() else ()
    return list(dict.fromkeys(slot for slot, value in found if value is not None and slot not in slots))


def _value_files(schema: Path) -> dict[str, Path]:
    """Name in lower case -> file that may contain the values of a slot type, next to the schema or in a subfolder."""
    found: dict[str, Path] = {}
    prefix = f"{_prefix(schema)}__" if _prefix(schema) else ""
    folders = [schema.parent, *sorted(inner for inner in schema.parent.iterdir() if inner.is_dir())]
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if file.is_file() and (folder != schema.parent or file.name.startswith(prefix)):
                name = last_name(file.name)
                found.setdefault(name.casefold(), file)
                if name.lower().endswith((".txt", ".csv")):
                    found.setdefault(stem(Path(name)).casefold(), file)
    return found
