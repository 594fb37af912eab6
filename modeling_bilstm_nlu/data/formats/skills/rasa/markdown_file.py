"""Read Rasa NLU data in Markdown, the notation before version 2: headings such as ``## intent:name`` with lists."""

import re

from bilstm_nlu.errors import DataError

from ....drop_reasons import DropReason
from .content import RasaContent

__all__ = ["looks_like_rasa_markdown", "parse_rasa_markdown"]

_HEADING = re.compile(r"##+[ \t]*(intent|synonym|lookup|regex)[ \t]*:[ \t]*(\S.*)")
#: A heading of another kind, ``## story: name``, or one that lacks a sign, ``## synonym name``: it ends a section.
_OTHER_HEADING = re.compile(r"##+[ \t]*[\w-]+[ \t]*:|##+[ \t]*(?:intent|synonym|lookup|regex)\b|#[ \t]*intent[ \t]*:")
_HAS_HEADING = re.compile(r"^[ \t]*##+[ \t]*(?:intent|synonym|lookup|regex)[ \t]*:", re.M)
_COMMENT_END = re.compile(r"--!?>")


def looks_like_rasa_markdown(text: str) -> bool:
    """Say whether a text has a heading of the format."""
    return bool(_HAS_HEADING.search(text))


def parse_rasa_markdown(
    text: str, where: str, split: str, content: RasaContent, on_error: str
) -> list[tuple[str, str]]:
    """Add the content of a file to ``content``.

    A line such as ``# comment`` or ``## some words`` does not end a section.

    Args:
        text: the text of the file.
        where: the file, for messages.
        split: the split of its examples.
        content: receives examples, synonyms and lookup tables.
        on_error: what to do about broken examples: ``skip_few``, ``drop`` or ``raise``.

    Returns:
        The lookup tables that are in other files: entity and path.

    Raises:
        DataError: the text is not of this format.
    """
    if not looks_like_rasa_markdown(text):
        raise DataError(f"{where}: there is no heading '## intent:name'; check that this is Rasa NLU data")
    tables: list[tuple[str, str]] = []
    kind = name = None
    for number, line in enumerate(_without_comments(text).split("\n"), start=1):
        line = line.strip()
        if line.startswith("#"):
            if heading := _HEADING.match(line):
                kind, name = heading.groups()
                continue
            content.raw.drop(DropReason.UNKNOWN_HEADINGS)
            if _OTHER_HEADING.match(line):
                kind = name = None
        elif not line:
            continue
        elif kind is None or name is None:
            content.raw.drop(DropReason.LINES_UNDER_UNKNOWN_HEADINGS)
        elif line[0] not in "-*+":
            if kind == "lookup":
                tables.append((name, line))
            else:
                content.raw.drop(DropReason.LINES_WITHOUT_A_LEADING_DASH)
        elif kind == "regex":
            content.raw.drop(DropReason.REGULAR_EXPRESSIONS)
        else:
            with content.raw.record(f"{where}, line {number}", on_error):
                if kind == "intent":
                    content.add_annotated(split, name, line[1:])
                elif kind == "synonym":
                    content.add_synonym(name, line[1:])
                else:
                    content.add_lookup(name, line[1:])
    return tables


def _without_comments(text: str) -> str:
    """Remove the comments from a text, but keep their line breaks; a comment that never ends is text."""
    pieces: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := _COMMENT_END.search(text, start + 4)):
        pieces += (text[position:start], "\n" * text.count("\n", start, end.end()))
        position = end.end()
    return "".join([*pieces, text[position:]])
