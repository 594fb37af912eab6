"""Turn token and tag columns into text and spans; all IOB variants that conlleval accepts are read."""

from collections.abc import Sequence

from bilstm_nlu.errors import DataError

from ..schema import SlotSpan

__all__ = ["is_tag", "spans_of_tags"]

#: The prefix letters that open, continue and close a slot, in IOB1, IOB2, IOBES and BILOU.
_OPENING, _CONTINUING, _CLOSING = "BSU", "IEL", "ESLU"


def is_tag(text: str) -> bool:
    """Say whether a word is a tag: ``O``, or a prefix letter, a hyphen and a slot type."""
    return text == "O" or (len(text) > 2 and text[1] == "-" and text[0] in _OPENING + _CONTINUING)


def spans_of_tags(tokens: Sequence[str], tags: Sequence[str]) -> tuple[str, tuple[SlotSpan, ...]]:
    """Join tokens with single spaces, and read the slots from their tags.

    A tag such as ``I-song`` that does not follow a slot of its slot type starts a new slot, as in conlleval.

    Raises:
        DataError: the number of tokens and of tags differ, or a tag is neither ``O`` nor one like ``B-x`` or ``I-x``.
    """
    if len(tokens) != len(tags):
        raise DataError(f"{len(tokens)} tokens but {len(tags)} tags; give every token one tag")
    spans: list[SlotSpan] = []
    open_type: str | None = None
    position = 0
    for token, tag in zip(tokens, tags, strict=True):
        if not is_tag(tag):
            raise DataError(f"unknown tag {tag!r} at token {token!r}; write O, B-type or I-type")
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
