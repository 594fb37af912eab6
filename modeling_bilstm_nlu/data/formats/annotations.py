r"""Inline marks in plain text: ``play [jazz](genre) in the [kitchen](room)``.

A bracket that belongs to no mark is text. A backslash makes text of a bracket that would begin or end a mark, and of a
parenthesis in a slot type: ``see \[1](note)``. Only in front of these signs backslashes count, and two stand for one:
``C:\music`` is written as it is.
"""

import re
from collections.abc import Iterable

from bilstm_nlu.errors import DataError

from ..schema import SlotSpan

__all__ = ["are_annotated", "has_annotations", "num_broken_annotations", "parse_annotations", "write_annotations"]

#: A run of backslashes in front of the opening bracket is of even length, else it makes the bracket text. In the
#: value and in the slot type a sign of the notation stands after a run of odd length only.
_MARK = re.compile(
    r"(?<!\\)(?P<before>(?:\\\\)*)"
    r"\[(?P<value>(?:[^\[\]\\]|\\+(?![\\\[\]])|(?<!\\)\\(?:\\\\)*[\[\]])*(?:(?<!\\)(?:\\\\)+)?)\]"
    r"\((?P<slot_type>(?:[^()\\]|\\+(?![\\()])|(?<!\\)\\(?:\\\\)*[()])*(?:(?<!\\)(?:\\\\)+)?)\)"
)
#: An escaped bracket up to the closing one, which is passed over; or a bracket that does not close, that a parenthesis
#: follows, or that a parenthesis follows without an opening one.
_BROKEN = re.compile(
    r"(?<!\\)(?:\\\\)*\\\[(?:[^\[\]\\]|\\+(?![\\\[\]]))*\]?"
    r"|(?P<broken>\[[^\[\]]*(?:(?<!\\)\]\s*\(|(?=\[)|$)|(?<!\\)\]\()"
)
_ESCAPED_BRACKET = re.compile(r"(?<!\\)(\\+)([\[\]])")
_ESCAPED_PARENTHESIS = re.compile(r"(?<!\\)(\\+)([()])")
_BRACKET = re.compile(r"(?<!\\)(\\*)([\[\]])")
_PARENTHESIS = re.compile(r"(?<!\\)(\\*)([()])")


def has_annotations(text: str) -> bool:
    """Whether there is a mark in a text."""
    return "](" in text and _MARK.search(text) is not None


def are_annotated(texts: Iterable[str], marks: bool | None) -> bool:
    """Whether texts have marks: as an option says, or else if there is one in any of them."""
    return any(map(has_annotations, texts)) if marks is None else marks


def num_broken_annotations(text: str) -> int:
    """How many brackets look like marks that somebody wrote in a wrong way: ``[jazz] (genre)``, ``[jazz(genre)``."""
    if "[" not in text and "](" not in text:
        return 0
    return sum(match["broken"] is not None for match in _BROKEN.finditer(_MARK.sub(r"\g<before>", text)))


def parse_annotations(text: str) -> tuple[str, tuple[SlotSpan, ...]]:
    """Take the marks out of a text.

    Returns:
        The plain text, and the spans of the values in it.

    Raises:
        DataError: a mark without a value or without a slot type.
    """
    if "[" not in text and "]" not in text:
        return text, ()
    pieces: list[str] = []
    spans: list[SlotSpan] = []
    length = position = 0
    for match in _MARK.finditer(text):
        plain = _unescaped(text[position : match.start()]) + match["before"][1::2]
        value = _unescaped(match["value"] + "]")[:-1]
        slot_type = _ESCAPED_PARENTHESIS.sub(_half, match["slot_type"] + ")")[:-1].strip()
        if not value.strip() or not slot_type:
            raise DataError(f"mark {match.group()!r} lacks its value or its slot type; write [value](slot)")
        pieces += (plain, value)
        length += len(plain)
        spans.append(SlotSpan(slot_type, length, length + len(value)))
        length += len(value)
        position = match.end()
    pieces.append(_unescaped(text[position:]))
    return "".join(pieces), tuple(spans)


def write_annotations(text: str, spans: tuple[SlotSpan, ...]) -> str:
    """The inverse of ``parse_annotations``: a text with its spans annotated; other brackets get a backslash."""
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
    """Outside a mark a bare closing bracket is text anyway."""
    return match.group() if match.group() == "]" else _escaped(match)


def _end_doubled(text: str) -> str:
    """The text with the backslashes at its end doubled, where a sign of the notation comes next."""
    return text + (len(text) - len(text.rstrip("\\"))) * "\\"
