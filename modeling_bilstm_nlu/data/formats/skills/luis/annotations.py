"""Marks of the ``.lu`` notation: ``book {Room=the blue room} for {@time:start = {datetime=monday}}``."""

import re

from bilstm_nlu.errors import DataError

from ....schema import SlotSpan
from .bot import slot_label

__all__ = ["is_pattern", "annotation_label", "parse_annotations"]

_PIECE = re.compile(r"\\[{}\[\]\\]|[{}]|[^{}\\]+|\\")
_HEAD = re.compile(r"\{([^{}=]*)(=\s*|\})")
_CHOICE = re.compile(r"\([^()|]*\|[^()]*\)|\[[^\[\]]*\]")


def is_pattern(line: str) -> bool:
    """Whether a line without marks is a pattern: it has ``(a|b)``, ``[optional]`` or the anchor ``^`` at an end."""
    return line.startswith("^") or line.endswith("^") or bool(_CHOICE.search(line.replace("\\[", "")))


def parse_annotations(line: str, *, roles: bool) -> tuple[str, list[SlotSpan]] | None:
    """Take the marks out of an utterance.

    A brace or a square bracket after a backslash is plain text.

    Args:
        line: the utterance as it stands in the file.
        roles: label a mark with its role, ``entity#role``.

    Returns:
        The text, and the marks, outer ones before those inside them; or ``None`` for a pattern.

    Raises:
        DataError: a brace without its partner, or a mark without a name.
    """
    if "{" not in line and "}" not in line:
        return None if is_pattern(line) else (re.sub(r"\\([{}\[\]\\])", r"\1", line), [])
    pieces: list[str] = []
    marks: list[SlotSpan] = []
    open_annotations: list[int] = []  # places in `marks`
    length = position = 0
    has_placeholder = False
    while match := _PIECE.match(line, position):
        piece = match.group()
        position = match.end()
        if piece == "{":
            head = _HEAD.match(line, match.start())
            if head is None:
                raise DataError(
                    f"unbalanced '{{' at character {match.start()} of {line!r:.200}; write {{entity=value}}"
                )
            position = head.end()
            if head.group(2) == "}":
                has_placeholder = True
                continue
            open_annotations.append(len(marks))
            marks.append(SlotSpan(annotation_label(head.group(1), roles=roles), length, length))
            continue
        if piece == "}":
            if not open_annotations:
                raise DataError(
                    f"unbalanced '}}' at character {match.start()} of {line!r:.200}; write {{entity=value}}"
                )
            if pieces and length > marks[open_annotations[-1]].start:
                length -= len(pieces[-1]) - len(pieces[-1].rstrip())
                pieces[-1] = pieces[-1].rstrip()
            i = open_annotations.pop()
            marks[i] = marks[i]._replace(end=length)
            continue
        pieces.append(piece[1:] if piece[0] == "\\" and len(piece) > 1 else piece)
        length += len(pieces[-1])
    if open_annotations:
        raise DataError(f"a mark of {line!r:.200} has no '}}'; close it")
    return None if has_placeholder else ("".join(pieces), marks)


def annotation_label(name: str, *, roles: bool) -> str:
    """The slot type that a mark names: ``@time``, ``'door number'``, ``time:start``.

    Raises:
        DataError: there is no name.
    """
    entity, _, role = (_unquoted(part) for part in name.strip().removeprefix("@").partition(":"))
    if not entity:
        raise DataError(f"the mark {{{name:.200}}} has no name; write {{entity=value}}")
    return slot_label(entity, role, roles=roles)


def _unquoted(name: str) -> str:
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name
