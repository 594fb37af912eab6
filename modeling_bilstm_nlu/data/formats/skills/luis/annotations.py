"""Read annotations of the ``.lu`` notation: ``book {Room=the blue room} for {@time:start = {datetime=monday}}``."""

import re

from bilstm_nlu.errors import DataError

from ....schema import SlotSpan
from .bot import slot_label

__all__ = ["is_pattern", "annotation_label", "parse_annotations"]

_PIECE = re.compile(r"\\[{}\[\]\\]|[{}]|[^{}\\]+|\\")
_HEAD = re.compile(r"\{([^{}=]*)(=\s*|\})")
_CHOICE = re.compile(r"\([^()|]*\|[^()]*\)|\[[^\[\]]*\]")


def is_pattern(line: str) -> bool:
    """Say whether a line without annotations is a pattern: with ``(a|b)``, ``[optional]``, or ``^`` at an end."""
    return line.startswith("^") or line.endswith("^") or bool(_CHOICE.search(line.replace("\\[", "")))


def parse_annotations(line: str, *, roles: bool) -> tuple[str, list[SlotSpan]] | None:
    """Remove the annotations from an utterance.

    A brace or a square bracket after a backslash is plain text.

    Args:
        line: the utterance as it is written in the file.
        roles: whether an annotation is labelled with its role, ``entity#role``.

    Returns:
        The plain text, and the spans of the annotations, outer spans before inner spans; or ``None`` for a pattern.

    Raises:
        DataError: a brace has no partner, or an annotation has no name.
    """
    if "{" not in line and "}" not in line:
        return None if is_pattern(line) else (re.sub(r"\\([{}\[\]\\])", r"\1", line), [])
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
            if pieces and length > annotations[open_annotations[-1]].start:
                length -= len(pieces[-1]) - len(pieces[-1].rstrip())
                pieces[-1] = pieces[-1].rstrip()
            i = open_annotations.pop()
            annotations[i] = annotations[i]._replace(end=length)
            continue
        pieces.append(piece[1:] if piece[0] == "\\" and len(piece) > 1 else piece)
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
