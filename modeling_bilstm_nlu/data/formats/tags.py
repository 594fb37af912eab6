"""Token and tag columns to text and spans, as forgiving about IOB variants as conlleval."""

from collections.abc import Sequence

from bilstm_nlu.errors import DataError

from ..schema import SlotSpan

__all__ = ["is_tag", "spans_of_tags"]

#: What opens a slot and what goes on with one, in IOB1, IOB2, IOBES and BILOU.
_OPENING, _CONTINUING, _CLOSING = "BSU", "IEL", "ESLU"


def is_tag(text: str) -> bool:
    """Whether a word is a tag: ``O``, or a prefix letter, a hyphen and a slot type."""
    return text == "O" or (len(text) > 2 and text[1] == "-" and text[0] in _OPENING + _CONTINUING)


def spans_of_tags(tokens: Sequence[str], tags: Sequence[str]) -> tuple[str, tuple[SlotSpan, ...]]:
    """Join tokens with single spaces, and read the slots from their tags.

    A tag that continues nothing, or another slot type, starts a slot of its own, as conlleval reads it.

    Raises:
        DataError: tokens and tags differ in number, or a tag is neither ``O`` nor ``B-x``, ``I-x`` and the like.
    """
    if len(tokens) != len(tags):
        raise DataError(f"{len(tokens)} tokens but {len(tags)} tags; give every token one tag")
    spans: list[SlotSpan] = []
    open_type: str | None = None
    position = 0
    for token, tag in zip(tokens, tags, strict=True):
        if not is_tag(tag):
            raise DataError(f"unknown tag {tag!r} at token {token!r}; expected O, B-type or I-type")
        end = position + len(token)
        if tag == "O":
            open_type = None
        else:
            slot_type = tag[2:]
            if tag[0] in _CONTINUING and slot_type == open_type:
                spans[-1] = spans[-1]._replace(end=end)
            else:
                spans.append(SlotSpan(slot_type, position, end))
            open_type = None if tag[0] in _CLOSING else slot_type
        position = end + 1
    return " ".join(tokens), tuple(spans)
