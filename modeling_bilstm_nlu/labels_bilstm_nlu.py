"""BIO tags: make tags from slot types, turn character spans into tags, and tags into spans.

A *word* is a pair of character offsets ``(start, end)``, end exclusive. A *span* is a triple
``(slot_type, start, end)`` with the same kind of offsets; ``SlotSpan`` is such a triple. The scheme is IOB2
(Ramshaw and Marcus 1995, as used by CoNLL 2003 and later): ``B-x`` starts a slot, ``I-x`` continues it.
"""

from collections.abc import Iterable, Sequence

OUTSIDE = "O"

#: The label id that the loss ignores: padding, and labels that were not annotated.
IGNORED = -100


def tags_for(slot_types: Sequence[str]) -> list[str]:
    """Return the tags of a list of slot types: ``["O", "B-a", "I-a", "B-b", "I-b", ...]``."""
    return [OUTSIDE] + [f"{prefix}-{slot_type}" for slot_type in slot_types for prefix in "BI"]


def slot_type_of(tag: str) -> str | None:
    """Return the slot type of a tag, which is the part after the first hyphen; ``None`` for ``O``."""
    return None if tag == OUTSIDE else tag.partition("-")[2]


def word_offsets(word_ids: Sequence[int | None], offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join a fast tokenizer's token offsets into word offsets by its ``word_ids`` (``None`` = special or padding)."""
    words: list[tuple[int, int]] = []
    last = None
    for word_id, (start, end) in zip(word_ids, offsets, strict=True):
        if word_id is None:
            continue
        if word_id == last:
            words[-1] = (words[-1][0], end)
        else:
            words.append((start, end))
            last = word_id
    return words


def spans_to_tags(words: Sequence[tuple[int, int]], spans: Iterable[tuple[str, int, int]]) -> list[str]:
    """Return one BIO tag for every word.

    Raises:
        ValueError: a span is empty, contains no word, starts or ends inside a word, or overlaps another span.
    """
    tags = [OUTSIDE] * len(words)
    for slot_type, start, end in spans:
        inside = [i for i, (left, right) in enumerate(words) if left < end and right > start]
        if not inside or end <= start:
            raise ValueError(f"slot {slot_type!r} at characters {start}-{end} contains no word")
        if words[inside[0]][0] < start or words[inside[-1]][1] > end:
            raise ValueError(f"slot {slot_type!r} at characters {start}-{end} starts or ends inside a word")
        if any(tags[i] != OUTSIDE for i in inside):
            raise ValueError(f"slot {slot_type!r} at characters {start}-{end} overlaps another slot")
        tags[inside[0]] = f"B-{slot_type}"
        for i in inside[1:]:
            tags[i] = f"I-{slot_type}"
    return tags


def tags_to_spans(words: Sequence[tuple[int, int]], tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return the spans of a tag sequence, read strictly: an ``I-x`` that does not continue a slot is ignored.

    So is a ``B-x`` at a character of the slot before: some characters are two words, such as U+1D15E.
    """
    spans: list[tuple[str, int, int]] = []
    open_type: str | None = None
    for (start, end), tag in zip(words, tags, strict=True):
        slot_type = slot_type_of(tag)
        if slot_type is not None and tag.startswith("B-"):
            is_taken = bool(spans) and start < spans[-1][2]
            if not is_taken:
                spans.append((slot_type, start, end))
            open_type = None if is_taken else slot_type
        elif slot_type is not None and slot_type == open_type:
            spans[-1] = (slot_type, spans[-1][1], end)
        else:
            open_type = None
    return spans


def matching_places(names: Sequence[str], old_names: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the indices of the names that both lists have, in the first and in the second list."""
    places = {name: i for i, name in enumerate(old_names)}
    shared = [(i, places[name]) for i, name in enumerate(names) if name in places]
    return [i for i, _ in shared], [j for _, j in shared]
