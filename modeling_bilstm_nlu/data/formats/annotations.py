r"""Read and write annotations in plain text: ``play [jazz](genre) in the [kitchen](room)``.

A bracket that is not part of an annotation is text. A backslash turns a bracket that would begin or end an annotation
into text, and also a parenthesis in a slot type: ``see \[1](note)``. A backslash is special only before these signs;
there, two backslashes mean one. ``C:\music`` needs no escapes.
"""

import re
from collections.abc import Iterable

from bilstm_nlu.errors import DataError

from ..schema import SlotSpan

__all__ = ["are_annotated", "has_annotations", "num_broken_annotations", "parse_annotations", "write_annotations"]

#: The number of backslashes before the opening bracket is even; an odd number turns the bracket into text. In the
#: value and in the slot type, a bracket or a parenthesis follows an odd number of backslashes.
_ANNOTATION = re.compile(
    r"(?<!\\)(?P<before>(?:\\\\)*)"
    r"\[(?P<value>(?:[^\[\]\\]|\\+(?![\\\[\]])|(?<!\\)\\(?:\\\\)*[\[\]])*(?:(?<!\\)(?:\\\\)+)?)\]"
    r"\((?P<slot_type>(?:[^()\\]|\\+(?![\\()])|(?<!\\)\\(?:\\\\)*[()])*(?:(?<!\\)(?:\\\\)+)?)\)"
)
#: Either an escaped bracket up to its closing bracket, which is not counted; or (group "broken") a bracket that does
#: not close, a closed bracket before a parenthesis, or a closing bracket before a parenthesis without an opening one.
_BROKEN = re.compile(
    r"(?<!\\)(?:\\\\)*\\\[(?:[^\[\]\\]|\\+(?![\\\[\]]))*\]?"
    r"|(?P<broken>\[[^\[\]]*(?:(?<!\\)\]\s*\(|(?=\[)|$)|(?<!\\)\]\()"
)
_ESCAPED_BRACKET = re.compile(r"(?<!\\)(\\+)([\[\]])")
_ESCAPED_PARENTHESIS = re.compile(r"(?<!\\)(\\+)([()])")
_BRACKET = re.compile(r"(?<!\\)(\\*)([\[\]])")
_PARENTHESIS = re.compile(r"(?<!\\)(\\*)([()])")


def has_annotations(text: str) -> bool:
    """Say whether a text has an annotation."""
    return "](" in text and _ANNOTATION.search(text) is not None


def are_annotated(texts: Iterable[str], marks: bool | None) -> bool:
    """Say whether texts are annotated: as the option ``marks`` says; if it is ``None``, whether any text is."""
    return any(map(has_annotations, texts)) if marks is None else marks


def num_broken_annotations(text: str) -> int:
    """Count brackets that look like an annotation with a typing error: ``[jazz] (genre)``, ``[jazz(genre)``."""
    if "[" not in text and "](" not in text:
        return 0
    return sum(match["broken"] is not None for match in _BROKEN.finditer(_ANNOTATION.sub(r"\g<before>", text)))


def parse_annotations(text: str) -> tuple[str, tuple[SlotSpan, ...]]:
    """Remove the annotations from a text.

    Returns:
        The plain text, and the spans of the slot values in the plain text.

    Raises:
        DataError: an annotation has no value or no slot type.
    """
    if "[" not in text and "]" not in text:
        return text, ()
    pieces: list[str] = []
    spans: list[SlotSpan] = []
    length = position = 0
    for match in _ANNOTATION.finditer(text):
        plain = _unescaped(text[position : match.start()]) + match["before"][1::2]
        value = _unescaped(match["value"] + "]")[:-1]
        slot_type = _ESCAPED_PARENTHESIS.sub(_half, match["slot_type"] + ")")[:-1].strip()
        if not value.strip() or not slot_type:
            raise DataError(f"annotation {match.group()!r} has no value or no slot type; write [value](slot)")
        pieces += (plain, value)
        length += len(plain)
        spans.append(SlotSpan(slot_type, length, length + len(value)))
        length += len(value)
        position = match.end()
    pieces.append(_unescaped(text[position:]))
    return "".join(pieces), tuple(spans)


def write_annotations(text: str, spans: tuple[SlotSpan, ...]) -> str:
    """Write the spans into a text as annotations, and escape other brackets; the inverse of ``parse_annotations``."""
    pieces: list[str] = []
    position = 0
    for slot_type, start, end in spans:
        plain = _BRACKET.sub(_escaped_outside, text[position:start])
        value = _BRACKET.sub(_escaped, text[start:end])
        name = _PARENTHESIS.sub(_escaped, slot_type)
        plain, value, name = (_end_doubled(part) for part in (plain, value, name))
        pieces.append(f"{plain}[{value}]({name})")
        position = end
    pieces.append(_BRACKET.sub(_escaped_outside, text[position:]))
    return "".join(pieces)


def _half(match: re.Match[str]) -> str:
    return match.group(1)[: len(match.group(1)) // 2] + match.group(2)


def _unescaped(text: str) -> str:
    return _ESCAPED_BRACKET.sub(_half, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    return 2 * match.group(1) + "\\" + match.group(2)


def _escaped_outside(match: re.Match[str]) -> str:
    """Escape a bracket outside an annotation; a closing bracket without backslashes is text there anyway."""
    return match.group() if match.group() == "]" else _escaped(match)


def _end_doubled(text: str) -> str:
    """Double the backslashes at the end of a text, because a bracket or a parenthesis follows it."""
    return text + (len(text) - len(text.rstrip("\\"))) * "\\"
