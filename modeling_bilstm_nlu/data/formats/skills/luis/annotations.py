"""Read annotations of the ``.lu`` notation: ``book {Room=the blue room} for {@time:start = {datetime=monday}}``."""

import re

from bilstm_nlu.errors import DataError

from ....schema import SlotSpan
from .bot import slot_label

__all__ = ["annotation_label", "hide_escaped", "is_pattern", "parse_annotations", "show_escaped", "unescaped"]

#: A sign that the notation uses, after a backslash: it is plain text.
_ESCAPED = re.compile(r"\\([{}\[\]()|\\])")
#: The first of the characters that replace escaped signs while a pattern is filled.
_PRIVATE = 0xE000
_SHOWN = {_PRIVATE + ord(sign): sign for sign in "{}[]()|\\"}
_PIECE = re.compile(rf"{_ESCAPED.pattern}|[{{}}]|[^{{}}\\]+|\\")
_HEAD = re.compile(r"\{([^{}=]*)(=|\})")
_CHOICE = re.compile(r"\([^()|]*\|[^()]*\)|\[[^\[\]]*\]")


def is_pattern(line: str) -> bool:
    """Say whether a line without annotations is a pattern: with ``(a|b)``, ``[optional]``, or ``^`` at an end."""
    return line.startswith("^") or line.endswith("^") or bool(_CHOICE.search(_ESCAPED.sub("", line)))


def unescaped(text: str) -> str:
    """Remove the backslashes before signs of the notation: ``\\(page 2\\)`` is ``(page 2)``."""
    return _ESCAPED.sub(r"\1", text)


def hide_escaped(pattern: str) -> str:
    """Write escaped signs as private characters, which mean nothing in a pattern; ``show_escaped`` is the inverse."""
    return _ESCAPED.sub(lambda match: chr(_PRIVATE + ord(match.group(1))), pattern)


def show_escaped(text: str) -> str:
    """Write the private characters of ``hide_escaped`` as the signs that they replaced, one for one."""
    return text.translate(_SHOWN)


def parse_annotations(line: str, *, roles: bool) -> tuple[str, list[SlotSpan]] | None:
    """Remove the annotations from an utterance.

    A bracket, a bar or a backslash after a backslash is plain text. White space inside an annotation stays in the text
    and in the span, which ``LuisBot.add_utterance`` trims.

    Args:
        line: the utterance as it is written in the file.
        roles: whether an annotation is labelled with its role, ``entity#role``.

    Returns:
        The plain text, and the spans of the annotations, outer spans before inner spans; or ``None`` for a pattern.

    Raises:
        DataError: a brace has no partner, or an annotation has no name.
    """
    if "{" not in line and "}" not in line:
        return None if is_pattern(line) else (unescaped(line), [])
    pieces: list[str] = []
    annotations: list[SlotSpan] = []
    open_annotations: list[int] = []  # places in `annotations`
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
            open_annotations.append(len(annotations))
            annotations.append(SlotSpan(annotation_label(head.group(1), roles=roles), length, length))
            continue
        if piece == "}":
            if not open_annotations:
                raise DataError(
                    f"unbalanced '}}' at character {match.start()} of {line!r:.200}; write {{entity=value}}"
                )
            i = open_annotations.pop()
            annotations[i] = annotations[i]._replace(end=length)
            continue
        pieces.append(match.group(1) or piece)
        length += len(pieces[-1])
    if open_annotations:
        raise DataError(f"an annotation of {line!r:.200} has no '}}'; close it")
    return None if has_placeholder else ("".join(pieces), annotations)


def annotation_label(name: str, *, roles: bool) -> str:
    """Read the slot type that an annotation names: ``@time``, ``'door number'``, ``time:start``.

    Raises:
        DataError: the annotation has no name.
    """
    entity, _, role = (_unquoted(part) for part in name.strip().removeprefix("@").partition(":"))
    if not entity:
        raise DataError(f"the annotation {{{name:.200}}} has no name; write {{entity=value}}")
    return slot_label(entity, role, roles=roles)


def _unquoted(name: str) -> str:
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name
