"""Times of day in English: "half past seven in the evening" is 19:30."""

import re
from typing import NamedTuple

__all__ = ["Clock", "clock_in", "part_of_day_in"]

_HALF = r"(?: ?(?P<half>[ap]m))?"
_HOUR = r"(?P<hour>\d{1,2})"
_MINUTE = r"(?:[:. ](?P<minute>\d\d)| (?:oh|o|0) ?(?P<digit>\d))"
_LEAD = r"\b(?:(?:at|by|for|to|until|till|from|after|before) )?"

_NAMED = re.compile(rf"{_LEAD}(?:12 )?(?P<name>noon|midday|midnight)\b")
_OFFSET = (
    rf"{_LEAD}(?:(?:a )?(?P<part>half|quarter)|(?P<count>\d?[05]|\d{{1,2}}(?= min))(?: min(?:ute)?s?)?) "
    r"(?P<side>past|after|to|before|till|til|of) "
)
_RELATIVE = re.compile(rf"{_OFFSET}{_HOUR}(?: ?o ?['\"]? ?clock)?{_HALF}\b")
_RELATIVE_TO_NAMED = re.compile(rf"{_OFFSET}(?:12 )?(?P<name>noon|midday|midnight)\b")
#: Patterns that can only be clock times, in the order in which they are tried.
_CLOCKS = (
    re.compile(rf"{_LEAD}{_HOUR}{_MINUTE}?(?::\d\d)? ?(?P<half>[ap]m)\b"),
    re.compile(rf"{_LEAD}{_HOUR}:(?P<minute>\d\d)(?::\d\d)?(?!\d)"),
    re.compile(rf"{_LEAD}{_HOUR}(?: (?P<minute>\d\d))? ?o ?['\"]? ?clock{_HALF}(?!\w)"),
    re.compile(rf"{_LEAD}(?P<hour>\d{{1,2}})(?P<minute>\d\d) ?(?:hours|(?P<half>[ap]m))\b"),
    re.compile(rf"\bat {_HOUR}{_MINUTE}?(?![\w:])"),
)
_RANGE = re.compile(r"\b(?:from|between) .+ (?:to|until|till|and) ")
#: A whole text that is known to name a time.
_BARE = re.compile(rf"(?:(?:at|by|for|until|till|from|after|before) )?{_HOUR}{_MINUTE}?|(?P<long>\d{{3,4}})")

_PART = re.compile(
    r"(?:\b(?:in|at|during|for)(?: the)? |\b(?P<this>this) |\b(?:the) |\b(?P<last>last) )?"
    r"\b(?P<part>morning|afternoon|evening|night|(?P<tonight>tonight))\b"
)


class Clock(NamedTuple):
    """A time of day.

    Attributes:
        hour: 0 to 23.
        minute: 0 to 59.
        is_open: whether the time may also be twelve hours later or earlier.
    """

    hour: int
    minute: int
    is_open: bool = False

    def __str__(self) -> str:
        return f"{self.hour:02d}:{self.minute:02d}"

    def other(self) -> "Clock":
        """The same time on a twelve-hour clock, twelve hours away."""
        return Clock((self.hour + 12) % 24, self.minute)


def part_of_day_in(text: str) -> tuple[str | None, int | None, str]:
    """Find the part of the day that a text names.

    Returns:
        `morning`, `afternoon`, `evening`, `night` or `None`; the number of days from today if the words say it (this
        evening: 0, last night: -1); and the rest of the text.
    """
    match = _PART.search(text)
    if match is None:
        return None, None, text
    days = 0 if match["this"] or match["tonight"] else -1 if match["last"] else None
    rest = " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    return "night" if match["tonight"] else match["part"], days, rest


def clock_in(text: str, part: str | None, *, is_time: bool) -> tuple[Clock | None, str]:
    """Find the clock time in a text whose numbers are digits, and return it with the rest of the text.

    Args:
        text: without a part of the day.
        part: the part of the day, which decides between morning and evening.
        is_time: whether the text is known to name a time; if so, a number alone is an hour.
    """
    if _RANGE.search(text):
        return None, text
    if match := _RELATIVE_TO_NAMED.search(text):
        minutes = _offset(match)
        total = ((0 if match["name"] == "midnight" else 12 * 60) + (minutes or 0)) % (24 * 60)
        return (None, text) if minutes is None else (Clock(total // 60, total % 60), _without(text, match))
    if match := _NAMED.search(text):
        return Clock(0 if match["name"] == "midnight" else 12, 0), _without(text, match)
    if match := _RELATIVE.search(text):
        minutes = _offset(match)
        hour = int(match["hour"])
        if hour > 24 or minutes is None:
            return None, text
        if hour <= 12:  # am and pm belong to the time that is meant, not to the hour that is named
            total = (60 * hour + minutes - 60) % (12 * 60) + 60  # 1:00 to 12:59
            return _clock(str(total // 60), str(total % 60), match["half"], part), _without(text, match)
        total = (60 * hour + minutes) % (24 * 60)
        return Clock(total // 60, total % 60), _without(text, match)
    for pattern in _CLOCKS:
        if match := pattern.search(text):
            groups = match.groupdict()
            minute = groups.get("minute") or groups.get("digit") or "0"
            return _clock(groups["hour"], minute, groups.get("half"), part), _without(text, match)
    if (is_time or part) and (match := _BARE.fullmatch(text)):
        if match["long"]:
            return _clock(match["long"][:-2], match["long"][-2:], None, part), ""
        return _clock(match["hour"], match["minute"] or match["digit"] or "0", None, part), ""
    return None, text


def _offset(match: re.Match[str]) -> int | None:
    """The minutes after an hour, negative if before it; `None` for "half to", which English does not use."""
    minutes = {"half": 30, "quarter": 15}.get(match["part"] or "") or int(match["count"] or 0)
    if match["side"] in ("past", "after"):
        return minutes
    return None if match["part"] == "half" else -minutes


def _without(text: str, match: re.Match[str]) -> str:
    return " ".join((text[: match.start()] + " " + text[match.end() :]).split())


def _clock(hour_text: str, minute_text: str, half: str | None, part: str | None) -> Clock | None:
    hour, minute = int(hour_text), int(minute_text)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    if not 1 <= hour <= 12:
        return Clock(hour % 24, minute)
    if half is None and part is not None:
        is_late = part in ("afternoon", "evening") or (part == "night" and 5 <= hour < 12)
        half = "pm" if is_late else "am"
        if hour == 12 and part == "afternoon":
            return Clock(12, minute)
    if half is not None:
        return Clock(hour % 12 + (12 if half == "pm" else 0), minute)
    return Clock(hour, minute, is_open=not hour_text.startswith("0"))
