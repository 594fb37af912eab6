"""Read LUIS bots as text (``.lu``): ``# Intent``, ``- an utterance with {entity=value}``, ``@ list`` definitions."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.files import has_suffix, stem

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from .annotations import parse_annotations
from .bot import LuisBot, check_nesting
from .entities import EntityTable
from .patterns import bot_domain
from .sections import LuFile, parse_lu, reference_in

__all__ = ["read_luis_lu", "sniff"]

_SUFFIXES = (".lu",)
#: A language with a region or a script; ``my-bot`` and ``tea-shop`` are names of folders.
_LOCALE = re.compile(r"[a-z]{2,3}-(?:[a-z]{2}|hans|hant|latn|cyrl|\d{3})", re.IGNORECASE)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    if path.is_dir():
        return next(_lu_files(path), None) is not None
    return has_suffix(path, _SUFFIXES)


def _lu_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.[lL][uU]*") if has_suffix(path, _SUFFIXES) and path.is_file())


def _locale(path: Path) -> str | None:
    """Find the locale in the name of a file (``menu.en-us.lu``), or else of its folder, in lower case."""
    for name in (stem(path).rpartition(".")[2], path.parent.name):
        if _LOCALE.fullmatch(name):
            return name.lower()
    return None


def _files_of(path: Path, locale: str | None, raw: RawDomain) -> list[Path]:
    """List the files of a bot; if a folder has several languages, only those of one language."""
    if path.is_file():
        return [path]
    files = sorted(_lu_files(path))
    if not files:
        raise DataError(f"{path}: there is no file with the suffix .lu; give the folder that has one")
    found = sorted({name for file in files if (name := _locale(file)) is not None})
    if locale is None and len(found) < 2:
        return files
    wanted = (locale or "en-us").lower()
    if wanted not in found:
        raise DataError(
            f"{path}: there is no file of locale {wanted!r}; its locales are: {', '.join(found) or 'none'}",
            cure=Cure("choose one with {}", option="locale"),
        )
    kept = [file for file in files if _locale(file) in (wanted, None)]
    raw.drop(DropReason.FILES_OF_OTHER_LOCALES, len(files) - len(kept))
    return kept


def read_luis_lu(
    path: Path,
    *,
    nested: str = "innermost",
    roles: bool = True,
    mark_lists: bool = False,
    max_per_pattern: int = 0,
    seed: int = 0,
    locale: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read a LUIS bot; the files of a folder are one bot, together with the files that they import.

    Only files in the folder are imported (for a single file, files in its own folder); other imports are counted.
    Phrase lists, prebuilt entities, entities of regular expressions, and question-answer pairs are counted and left
    out.

    Args:
        path: a ``.lu`` file, or a folder with such files at any depth.
        nested: which annotations to keep if some are inside others: ``innermost`` (the smallest parts), or
            ``outermost`` (for example a whole message, of which one word also has an annotation).
        roles: whether ``{city:from=rome}`` is labelled as ``city#from`` or as ``city``.
        mark_lists: whether values of list entities that are not annotated become slots too, as in LUIS.
        max_per_pattern: the number of utterances to make from a pattern, with values of lists and of annotations; 0
            leaves out patterns.
        seed: the seed for these utterances.
        locale: the language to read if a folder has several; ``None`` means ``en-us``. It is found in the names of
            files or of their folders.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a line is broken, or the value of an option is unknown.
    """
    check_nesting(nested)
    raw = RawDomain(path.resolve().name if path.is_dir() else stem(path))
    reading = _Reading(path if path.is_dir() else path.parent, raw, roles, on_error)
    for file in _files_of(path, locale, raw):
        reading.add_file(file)
    raw.drop(DropReason.INTENTS_WITHOUT_UTTERANCES, sum(not count for count in reading.intents.values()))
    reading.entities.fill_bot(reading.bot, raw)
    return bot_domain(
        reading.bot,
        raw,
        nested=nested,
        roles=roles,
        mark_lists=mark_lists,
        max_per_pattern=max_per_pattern,
        seed=seed,
        on_error=on_error,
    )


class _Reading:
    """Adds the files of a bot to the bot; each file is read once."""

    def __init__(self, folder: Path, raw: RawDomain, roles: bool, on_error: str):
        self.folder = os.path.realpath(folder)
        self.raw = raw
        self.roles = roles
        self.on_error = on_error
        self.bot = LuisBot()
        self.entities = EntityTable()
        self.intents: dict[str, int] = {}  # intent -> number of its lines in all files
        self.added: set[Path] = set()
        self.parsed: dict[Path, LuFile] = {}

    def add_file(self, file: Path) -> None:
        """Add the utterances and entities of a file, and of the files that it imports."""
        waiting = [file]
        while waiting:
            path = waiting.pop(0)
            if path.resolve() in self.added:
                continue
            self.added.add(path.resolve())
            content = parse_lu(path, self.entities, self.raw, self.on_error)
            for intent, lines in content.utterances.items():
                self.intents.setdefault(intent, 0)
                self.intents[intent] += len(lines)
                for number, line in lines:
                    with self.raw.record(f"{path}, line {number}", self.on_error):
                        self._add_line(intent, line, path, number)
            for number, target in content.imports:
                with self.raw.record(f"{path}, line {number}", self.on_error):
                    if (found := self._linked(target, path)) is None:
                        continue
                    imported, part = found
                    if part and "*" not in part:
                        for intent, line in self._lines_of(imported, part):
                            self._add_utterance(intent, line, f"{path}, line {number}")
                    else:
                        waiting.append(imported)

    def _add_line(self, intent: str, line: str, path: Path, number: int) -> None:
        target = reference_in(line)
        where = f"{path}, line {number}"
        if target is None:
            self._add_utterance(intent, line, where)
        elif (found := self._linked(target, path)) is not None:
            for _, other in self._lines_of(*found):
                self._add_utterance(intent, other, where)

    def _add_utterance(self, intent: str, line: str, where: str) -> None:
        parsed = parse_annotations(line, roles=self.roles)
        if parsed is None:
            self.bot.patterns.append((where, intent, line))
        else:
            self.bot.add_utterance(intent, *parsed, self.raw)

    def _linked(self, target: str, path: Path) -> tuple[Path, str] | None:
        """Find the file that a link names and the part of that file; ``None`` for a link that is not followed."""
        name, _, part = target.partition("#")
        is_file = name.lower().endswith((".lu", ".lu.gz")) and not any(sign in name for sign in ("*", "://", "\0"))
        if not is_file or PureWindowsPath(name).anchor:  # an absolute path, on any system
            self.raw.drop(DropReason.REFERENCES_NOT_FOLLOWED)
            return None
        linked = path.parent / name.replace("\\", "/")
        # with a name that is not possible on a system, os.path says that the file is missing
        if not os.path.isfile(linked) and (locale := _locale(path)):
            linked = linked.with_suffix(f".{locale}.lu")  # links in a project of several languages have no locale
        if not Path(os.path.realpath(linked)).is_relative_to(self.folder):
            self.raw.drop(DropReason.REFERENCES_NOT_FOLLOWED)
            return None
        if not os.path.isfile(linked):
            raise DataError(f"the line names the file {name!r:.200}, which does not exist; add it, or remove the line")
        return linked, part.strip()

    def _lines_of(self, path: Path, part: str) -> list[tuple[str, str]]:
        """List (intent, line) of one or all intents of another file; links in these lines are not followed."""
        key = path.resolve()
        if key not in self.parsed:  # its entities are not used
            self.parsed[key] = parse_lu(
                path, EntityTable(), RawDomain(path.name, broken=self.raw.broken), self.on_error
            )
        utterances = self.parsed[key].utterances
        wanted = part.partition("*")[0].strip()
        if wanted and wanted not in utterances:
            raise DataError(f"{path} has no intent {wanted!r}; its intents are: {', '.join(utterances) or 'none'}")
        found = [
            (intent, line)
            for intent, lines in utterances.items()
            for _, line in lines
            if not wanted or intent == wanted
        ]
        kept = [(intent, line) for intent, line in found if reference_in(line) is None]
        self.raw.drop(DropReason.REFERENCES_NOT_FOLLOWED, len(found) - len(kept))
        return kept
