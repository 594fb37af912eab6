"""Spans that overlap, in sources where the same words fill two slots: slot tags can express only one of them."""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from .schema import SlotSpan

__all__ = ["without_overlaps"]


def without_overlaps(spans: Sequence[SlotSpan], *, preferred: Collection[str] = ()) -> tuple[SlotSpan, ...]:
    """Keep the longest of spans that overlap.

    Of equally long spans, the one with a preferred slot type is kept, else the one that starts first, else the first
    by name. The order in the source does not matter, so the same words always get the same label.

    Args:
        spans: in any order.
        preferred: slot types that are kept rather than others of the same length.

    Returns:
        The kept spans in order of appearance.
    """
    if len(spans) < 2:
        return tuple(spans)
    kept: list[tuple[int, int, str]] = []  # (start, end, slot type), sorted and without overlaps
    for slot_type, start, end in sorted(
        spans, key=lambda s: (s.start - s.end, s.slot_type not in preferred, s[1], s[0])
    ):
        place = bisect_left(kept, (start, end, slot_type))
        is_free = place == 0 or kept[place - 1][1] <= start
        if is_free and (place == len(kept) or end <= kept[place][0]):
            kept.insert(place, (start, end, slot_type))
    return tuple(SlotSpan(slot_type, start, end) for start, end, slot_type in kept)
