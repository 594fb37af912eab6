"""Read skills of Open Voice OS, Neon and Mycroft: a folder per language with ``.intent`` and ``.entity`` files.

A line of ``play.intent`` is a template of the intent ``play``: ``(play|start) [some] {genre}``. ``genre.entity``
contains values of the slot ``genre``, one template per line; most skills have no such file, and their slots allow any
words. ``#`` is a digit and ``:0`` is one or more words (see ``placeholders``). ``.voc`` files contain keywords of
intents that are made in code; they are not utterances.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import read_lines

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from ....schema import SlotCatalog
from ....skill_spec import CarrierPhrase, SkillSpec
from ..alternatives import UtteranceTemplate
from ..samples import filled, key_of
from .placeholders import is_number, with_values, without_comments

__all__ = ["parse_ovos", "read_ovos", "sniff"]

_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)
_PARENTS = ("locale", "vocab")
_PLACES = (*_PARENTS, "*/locale", "*/vocab")
#: The largest number of values from one line of an ``.entity`` file.
_MOST_VALUES = 1000
#: Matches ``{slot}``, ``{ slot }`` and ``{{slot}}``.
_BRACES = re.compile(r"\{\{?([^{}]*)\}\}?")


def _languages(path: Path) -> dict[str, list[Path]]:
    """Language in lower case -> its folders, in the package or module of a skill, or in a locale folder."""
    places = [path] if path.name in _PARENTS else [p for place in _PLACES for p in sorted(path.glob(place))]
    found: dict[str, list[Path]] = {}
    for place in places:
        for folder in sorted(place.iterdir()) if place.is_dir() else ():
            if folder.is_dir() and _LANGUAGE.fullmatch(folder.name) and _has_intents(folder):
                found.setdefault(key_of(folder.name), []).append(folder)
    return found


def _has_intents(folder: Path) -> bool:
    return any(next(folder.glob(prefix + _any_case("*.intent")), None) for prefix in ("", "*/", "*/*/"))


def _is_language_folder(path: Path) -> bool:
    """Say whether a folder has the files of one language; a skill may also have a name of two letters, such as tv."""
    if next(path.glob(_any_case("*.intent")), None) is not None:
        return True
    is_named = bool(_LANGUAGE.fullmatch(path.name)) and _has_intents(path)
    return is_named and (path.resolve().parent.name in _PARENTS or not _languages(path))


def _any_case(pattern: str) -> str:
    """Make a pattern of file names that ignores upper and lower case."""
    return re.sub("[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", pattern)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return _is_language_folder(path) or bool(_languages(path))
    return path.suffix.lower() == ".intent"


def read_ovos(
    path: Path,
    *,
    seed: int = 0,
    locale: str = "en-us",
    max_expansions: int = 20,
    max_per_carrier: int = 20,
    max_utterances: int = 5000,
    spoken_values: bool | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read a skill of Open Voice OS, expand its templates and fill them.

    Args:
        path: a package, its module, a locale folder, the folder of a language, or one ``.intent`` file.
        seed: the seed of expanding and filling.
        locale: the language to read if the path has several.
        max_expansions: the largest number of forms of one template; if there are more, some are chosen at random.
        max_per_carrier: the largest number of utterances from one form.
        max_utterances: the largest number of utterances in total.
        spoken_values: whether values are also written as they are spoken in English, as ``fill`` does; by default yes,
            unless the folder is of another language.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there are no such files, or something in them is broken.
    """
    folders = [path if path.is_dir() else path.parent]
    if path.is_dir() and not _is_language_folder(path):
        by_language = _languages(path)
        if key_of(locale) not in by_language:
            known = ", ".join(sorted(by_language)) or "none"
            raise DataError(
                f"{path}: there are no .intent files of language {locale!r}; its languages are: {known}",
                cure=Cure("choose one with {}", option="locale"),
            )
        folders = by_language[key_of(locale)]
    notes = RawDomain(_name(folders[0]))
    spec = parse_ovos(
        [path] if path.is_file() else _files(folders, ".intent"),
        _files(folders, ".entity"),
        notes,
        seed=seed,
        max_expansions=max_expansions,
        on_error=on_error,
    )
    notes.drop(DropReason.KEYWORD_FILES, len(_files(folders, ".voc")))
    return filled(
        spec,
        notes,
        str(path),
        language=_language(folders[0]),
        seed=seed,
        max_per_carrier=max_per_carrier,
        max_utterances=max_utterances,
        spoken_values=spoken_values,
    )


def _files(folders: list[Path], suffix: str) -> list[Path]:
    pattern = _any_case(f"*{suffix}")
    return [file for folder in folders for file in sorted(folder.rglob(pattern)) if file.is_file()]


def _language(folder: Path) -> str | None:
    """Find the language of a folder in its name or in the names of the folders above it, or else ``None``."""
    for place in (folder.resolve(), *folder.resolve().parents):
        is_child = place.parent.name in _PARENTS
        if _LANGUAGE.fullmatch(place.name) and (is_child or re.search("[-_]", place.name)):
            return place.name
    return None


def _name(folder: Path) -> str:
    """Find the name of the skill that the folder of a language belongs to."""
    folder = folder.resolve()
    for place in (folder, *folder.parents):
        is_language = _LANGUAGE.fullmatch(place.name) and (place == folder or place.parent.name in _PARENTS)
        if place.name and place.name not in _PARENTS and not is_language:
            return place.name
    return folder.name


def parse_ovos(
    intents: list[Path],
    entities: list[Path],
    notes: RawDomain,
    *,
    seed: int = 0,
    max_expansions: int = 20,
    on_error: str = "skip_few",
) -> SkillSpec:
    """Read the skill of ``.intent`` and ``.entity`` files; files with the same name are one intent or one value list.

    Args:
        intents: the ``.intent`` files.
        entities: the ``.entity`` files.
        notes: receives the counts of what is left out.
        seed: the seed of expanding templates.
        max_expansions: the largest number of forms of one template; if there are more, some are chosen at random.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a file cannot be read, or a template is broken.
    """
    spec = SkillSpec(notes.name)
    types = {file.stem.casefold(): file.stem for file in entities}  # slot in lower case -> its type
    for file in entities:
        lines = without_comments(_lines(file), notes, are_values=True)
        if lines and all(is_number(line) for _, line in lines):
            types[file.stem.casefold()] = "AMAZON.NUMBER"
        elif values := _values(file, lines, notes, seed, on_error):
            catalog = spec.catalogs.setdefault(types[file.stem.casefold()], SlotCatalog(file.stem))
            catalog.values.update({value: () for value in values})
    templates: dict[str, list[list[CarrierPhrase]]] = {}
    for file in intents:
        for number, line in without_comments(_lines(file), notes):
            with notes.record(f"{file}, line {number}", on_error):
                template = _BRACES.sub(lambda slot: f"{{{slot.group(1).strip()}}}", line)
                forms = UtteranceTemplate(template).expand(limit=max_expansions, seed=seed)
                texts = _filled_forms(forms, template, max_expansions, seed)
                templates.setdefault(file.stem, []).append([CarrierPhrase(text, template) for text in texts])
    for intent, phrases in templates.items():
        # the templates take turns, so that all are used if the number of forms is limited
        turns = [phrase for turn in zip_longest(*phrases) for phrase in turn if phrase is not None]
        known = {phrase.text.casefold(): phrase for phrase in reversed(turns)}
        notes.drop(DropReason.REPEATED_SAMPLES, len(turns) - len(known))
        notes.drop(DropReason.INTENTS_WITHOUT_SAMPLES, not turns)
        spec.intents[intent] = [phrase for phrase in turns if known[phrase.text.casefold()] is phrase]
        slots = sorted({slot for phrase in turns for slot, _ in phrase.slots})
        spec.slots[intent] = {slot: types.get(slot.casefold(), slot) for slot in slots}
    return spec


def _filled_forms(forms: list[str], template: str, limit: int, seed: int) -> list[str]:
    """Fill the placeholders in the forms of a template, which take turns, up to the limit."""
    filled_forms = [with_values(form, template, seed=seed) for form in forms]
    return [text for turn in zip_longest(*filled_forms) for text in turn if text is not None][:limit]


def _values(file: Path, lines: list[tuple[int, str]], notes: RawDomain, seed: int, on_error: str) -> dict[str, None]:
    """Read the values in the lines of an ``.entity`` file, which may have alternatives and optional words."""
    values: dict[str, None] = {}
    for number, line in lines:
        with notes.record(f"{file}, line {number}", on_error):
            template = UtteranceTemplate(line)
            forms = template.expand(limit=_MOST_VALUES, seed=seed)
            is_cut = template.num_forms > _MOST_VALUES
            notes.drop(DropReason.LINES_OF_TOO_MANY_VALUES.of(_MOST_VALUES), is_cut)
            if ":0" in forms and "#" not in line:  # the slot takes any words
                forms.remove(":0")
                notes.drop(DropReason.VALUES_OF_ANY_WORDS)
            values |= dict.fromkeys(_filled_forms(forms, line, _MOST_VALUES, seed))
    return values


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    for number, line in enumerate(read_lines(file), start=1):
        if line.strip():
            yield number, line.strip()
