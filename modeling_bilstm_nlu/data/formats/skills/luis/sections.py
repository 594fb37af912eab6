"""Sort the lines of a ``.lu`` file into sections: utterances of intents, imports of files, definitions of entities."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_lines

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain
from .entities import EntityBody, EntityTable

__all__ = ["LuFile", "parse_lu", "reference_in"]

_REFERENCE = re.compile(r"\[[^\[\]]*\]\(([^()]*)\)")
_BULLET = re.compile(r"([ \t]*)[-*+]\s*(.*)")
_QUESTION = re.compile(r"#+\s*\?")
_FENCE = "```"
_SETTING = re.compile(r">\s*!#\s*@\s*(enableSections|enableMergeIntents)\s*=\s*(\w+)\s*")


@dataclass
class LuFile:
    """The content of one file.

    Args:
        path: the file.
        utterances: intent -> (line number, utterance as it is written in the file).
        imports: (line number, target of the link).
    """

    path: Path
    utterances: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    imports: list[tuple[int, str]] = field(default_factory=list)


def reference_in(text: str) -> str | None:
    """Find the target of a line that is only a link, ``[name](other.lu#Intent)``; ``None`` for other lines."""
    match = _REFERENCE.fullmatch(text)
    return match.group(1).strip() if match and re.search(r"\.(?:lu|qna)\b|\*|/", match.group(1)) else None


def parse_lu(path: Path, entities: EntityTable, notes: RawDomain, on_error: str) -> LuFile:
    """Sort the lines of a file into sections.

    Args:
        path: the file.
        entities: receives the definitions.
        notes: receives the counts of what is left out.
        on_error: what to do about broken lines: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: the kind of a line is not known, or a fenced block never ends.
    """
    content = LuFile(path)
    lines = read_lines(path)
    headings = _Headings(lines, content)
    section: list[tuple[int, str]] | EntityBody | None = None
    is_question = False
    fence = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip().lstrip("\ufeff")
        if text.startswith(_FENCE):
            fence = 0 if fence or text.count(_FENCE) > 1 else number
        if fence or not text or text[0] == ">" or text.startswith(_FENCE):
            continue
        if text[0] in "#@$":
            is_question = bool(_QUESTION.match(text))
            notes.drop(DropReason.QUESTION_ANSWER_PAIRS, is_question)
        if is_question:
            continue
        with notes.record(f"{path}, line {number}", on_error):
            if text[0] == "#":
                section = None  # the utterances below a broken heading must not go to the intent before it
                section = headings.lines_of(text)
            elif text[0] == "@":
                section = entities.define(text) or EntityBody("")
            elif text[0] == "$":
                section = entities.define_old(text)
            elif bullet := _BULLET.fullmatch(line):
                _add_item(section, bullet, number, notes)
            elif (target := reference_in(text)) is not None:
                content.imports.append((number, target))
            else:
                raise DataError(f"{text[:80]!r} is not a .lu line; start it with #, -, @, $ or > (a comment)")
    if fence:
        with notes.record(f"{path}, line {fence}", on_error):
            raise DataError(f"the block that begins with {_FENCE} never ends; close it")
    return content


class _Headings:
    """Finds the intent of each heading.

    With ``> !# @enableSections = true``, a heading ``# name`` with headings ``## name`` below it, and no utterances
    before these, is a section. A section is one intent, with the utterances of all its headings. With
    ``@enableMergeIntents = false``, the headings of a section are intents.
    """

    def __init__(self, lines: list[str], content: LuFile):
        found = (_SETTING.fullmatch(line.strip().lstrip("\ufeff")) for line in lines)
        settings = {match[1]: match[2] == "true" for match in found if match}
        self.has_sections = settings.get("enableSections", False)
        self.joins = settings.get("enableMergeIntents", True)
        self.utterances = content.utterances
        self.section: str | None = None
        self.num_before = 0  # utterances that the section had before its heading
        self.is_open = False  # whether a heading ## followed the heading of the section

    def lines_of(self, heading: str) -> list[tuple[int, str]]:
        """Find the list that receives the utterances below a heading."""
        name = _intent(heading)
        if not heading.startswith("##"):
            self.section = name if self.has_sections else None
            self.num_before = len(self.utterances.get(name, ()))
            self.is_open = False
        elif self.section is not None:
            num_lines = len(self.utterances.get(self.section, ()))
            if not self.is_open and num_lines > self.num_before:
                self.section = None  # an intent with utterances of its own
                return self.utterances.setdefault(name, [])
            self.is_open = True
            if self.joins:
                name = self.section
            elif not num_lines:
                self.utterances.pop(self.section, None)
        return self.utterances.setdefault(name, [])


def _intent(heading: str) -> str:
    name = " ".join(heading.lstrip("#").split())
    if not name:
        raise DataError("the heading has no name; write '# Intent'")
    return name


def _add_item(
    section: list[tuple[int, str]] | EntityBody | None, bullet: re.Match[str], number: int, notes: RawDomain
) -> None:
    indent, item = len(bullet.group(1).expandtabs(4)), bullet.group(2).strip()
    if not item:
        notes.drop(DropReason.BLANK_LIST_LINES)
    elif isinstance(section, EntityBody):
        section.lines.append((indent, item))
    elif section is None:
        raise DataError(f"{item[:80]!r} does not belong to an intent; put a heading '# Intent' above it")
    else:
        section.append((number, item))
