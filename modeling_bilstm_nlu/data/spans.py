"""Spans that overlap, in sources where the same words fill two slots: a flat tagging holds one of them."""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from .schema import SlotSpan

__all__ = ["without_overlaps"]


def without_overlaps(spans: Sequence[SlotSpan], *, preferred: Collection[str] = ()) -> tuple[SlotSpan, ...]:
    """Of spans that overlap keep the longest.

    Of equally long ones the preferred slot type is kept, else the one that starts first, else the first by name: the
    order in which the source lists them does not count, so the same words always get the same label.

    Args:
        spans: in any order.
        preferred: slot types that win over others of the same length.

    Returns:
        The kept spans in order of appearance.
    """
    if len(spans) < 2:
        return tuple(spans)
    kept: list[tuple[int, int, str]] = []  # (start, end, slot type), sorted and apart
    for slot_type, start, end in sorted(
        spans, key=lambda s: (s.start - s.end, s.slot_type not in preferred, s[1], s[0])
    ):
        place = bisect_left(kept, (start, end, slot_type))
        is_free = place == 0 or kept[place - 1][1] <= start
        if is_free and (place == len(kept) or end <= kept[place][0]):
            kept.insert(place, (start, end, slot_type))
    return tuple(SlotSpan(slot_type, start, end) for start, end, slot_type in kept)
