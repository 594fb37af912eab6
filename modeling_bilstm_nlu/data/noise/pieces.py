"""Utterances as words that know their slot, so that words can change and the slots follow."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from ..schema import SlotSpan, Utterance

__all__ = ["OUTSIDE", "Piece", "pieces_of", "utterance_of"]

#: The number of the slot of a word outside all slots.
OUTSIDE = -1

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[^\w\s]|_")


class Piece(NamedTuple):
    """A word or a punctuation mark.

    Attributes:
        text: its characters.
        slot: the number of its slot in the utterance, or `OUTSIDE`.
        spaced: whether a space is before it.
    """

    text: str
    slot: int = OUTSIDE
    spaced: bool = True

    @property
    def is_word(self) -> bool:
        return self.text[:1].isalnum()


def pieces_of(utterance: Utterance) -> list[Piece]:
    """Return the words and marks of an utterance, in order; none goes over the edge of a slot."""
    text, spans = utterance.text, utterance.spans or ()
    edges = sorted({0, len(text), *(span.start for span in spans), *(span.end for span in spans)})
    pieces = []
    for start, end in zip(edges, edges[1:], strict=False):
        slot = next((place for place, span in enumerate(spans) if span.start <= start < span.end), OUTSIDE)
        for match in _WORD.finditer(text, start, end):
            pieces.append(Piece(match[0], slot, match.start() > 0 and text[match.start() - 1].isspace()))
    return pieces


def utterance_of(pieces: Iterable[Piece], utterance: Utterance) -> Utterance:
    """Return the utterance with the text of these pieces, and its slots where their words are now.

    Args:
        pieces: pieces from `pieces_of`, changed; every slot must keep a word, and its pieces must stay together.
        utterance: the utterance whose intent and slot types stay.
    """
    text = ""
    places: dict[int, tuple[int, int]] = {}
    for piece in pieces:
        text += " " if piece.spaced and text else ""
        start, text = len(text), text + piece.text
        if piece.slot != OUTSIDE:
            places[piece.slot] = (places.get(piece.slot, (start, 0))[0], len(text))
    if utterance.spans is None:
        return replace(utterance, text=text)
    spans = tuple(SlotSpan(span.slot_type, *places[place]) for place, span in enumerate(utterance.spans))
    return replace(utterance, text=text, spans=spans)
