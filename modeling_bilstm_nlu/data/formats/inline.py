"""Read annotations as MASSIVE, SLURP and HWU64 write them: ``wake me at [time : nine am]``."""

import re

from bilstm_nlu.errors import DataError

from ..schema import SlotSpan

__all__ = ["parse_inline"]

_PIECE = re.compile(r"\[|\]|[^\[\]]+")
_SEPARATOR = re.compile(" :+ ")


def parse_inline(annotated: str) -> tuple[str, tuple[SlotSpan, ...]]:
    """Remove the annotations ``[type : value]`` from a text; a doubled colon counts as one.

    Returns:
        The plain text, and the spans of the slot values in the plain text.

    Raises:
        DataError: a bracket has no partner, a bracket is inside a bracket, or an annotation has no ``" : "``.
    """
    pieces: list[str] = []
    spans: list[SlotSpan] = []
    length = 0
    inside = False
    for match in _PIECE.finditer(annotated):
        piece = match.group()
        if piece in "[]":
            if (piece == "[") == inside:
                raise DataError(
                    f"unbalanced {piece!r} at character {match.start()} of {annotated!r}; close it or remove it"
                )
            inside = not inside
            continue
        if inside:
            separator = _SEPARATOR.search(piece)
            if separator is None:
                raise DataError(f"annotation [{piece}] of {annotated!r} has no ' : '; write [type : value]")
            slot_type = piece[: separator.start()].strip()
            piece = piece[separator.end() :].strip()
            spans.append(SlotSpan(slot_type, length, length + len(piece)))
        pieces.append(piece)
        length += len(piece)
    if inside:
        raise DataError(f"unbalanced '[' in {annotated!r}; close it or remove it")
    return "".join(pieces), tuple(spans)
