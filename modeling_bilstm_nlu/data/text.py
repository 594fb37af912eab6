"""Normalise white space, and compare texts."""

import re
import unicodedata
from collections.abc import Iterable

from .schema import SlotSpan

__all__ = ["join_parts", "loose_key", "normalise_spaces", "text_key"]

_SPACES = re.compile(r"\s+")
_NO_WORD = re.compile(r"[\W_]+")


def text_key(text: str) -> str:
    """Return the key of texts that count as the same utterance: case and white space are ignored."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.casefold().split())


def loose_key(text: str) -> str:
    """Return the key of texts that count as the same words: case, white space and punctuation are ignored.

    Corpora of one family write one sentence in several ways, such as ``what's`` and ``what 's``. The key of a text
    that has only punctuation is its ``text_key``.
    """
    if text.isascii():
        return _NO_WORD.sub("", text.casefold()) or text_key(text)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # combining marks are the vowels of some scripts
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M") or text_key(text)


def normalise_spaces(text: str, spans: Iterable[SlotSpan]) -> tuple[str, tuple[SlotSpan, ...]]:
    """Replace white space by single spaces, trim both ends, and move the spans with the text.

    Spaces at the edges of a span are left out of the span. A span that has only white space becomes empty, and
    ``Utterance`` refuses it.

    Returns:
        The new text and the spans in it, in characters, end exclusive.
    """
    pieces: list[str] = []
    place: list[int] = []  # place[i]: the new index of old character i
    length = position = 0
    for gap in _SPACES.finditer(text):
        place.extend(range(length, length + gap.start() - position))
        pieces.append(text[position : gap.start()])
        length += gap.start() - position
        place.extend([length] * (gap.end() - gap.start()))
        if 0 < gap.start() and gap.end() < len(text):
            pieces.append(" ")
            length += 1
        position = gap.end()
    place.extend(range(length, length + len(text) - position + 1))
    pieces.append(text[position:])
    moved = []
    for slot_type, start, end in spans:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        moved.append(SlotSpan(slot_type, place[start], place[end - 1] + 1 if end > start else place[start]))
    return "".join(pieces), tuple(moved)


def join_parts(parts: Iterable[tuple[str, str | None]]) -> tuple[str, tuple[SlotSpan, ...], int]:
    """Join pieces of text, some of them slots; a space is added where a slot touches a word.

    Args:
        parts: piece and its slot type, or ``None`` for plain text.

    Returns:
        The text with single spaces, its spans, and the number of added spaces.
    """
    text = ""
    spans: list[SlotSpan] = []
    num_parted = 0
    previous_is_slot = False
    for piece, slot_type in parts:
        if (slot_type is not None or previous_is_slot) and text[-1:].isalnum() and piece[:1].isalnum():
            text += " "
            num_parted += 1
        if slot_type is not None:
            spans.append(SlotSpan(slot_type, len(text), len(text) + len(piece)))
        text += piece
        previous_is_slot = slot_type is not None
    return *normalise_spaces(text, spans), num_parted
