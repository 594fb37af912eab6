"""Read a value of any kind with the libraries of the extra `normalise`."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from .dates import parser_for, read_date
from .durations import duration_of, read_duration, to_relativedelta
from .numerals import plain_text, read_digits, read_number, read_ordinal, to_digits
from .times import Clock, clock_in, part_of_day_in

__all__ = ["check_language", "read_value"]

_MERIDIEM = re.compile(r"\b([ap])(?: ?\.)? ?m\b(?: ?\.)?")
_OWNED = re.compile(
    r"(?<=\w)'s\b|(?<=\btoday)s\b|(?<=\btomorrow)s\b|(?<=\btonight)s\b|(?<=\byesterday)s\b"
)  # "tomorrow's weather"
_ONE_SPELLING = {"half-past": "half past", " o clock": " o'clock"}  # text2num would read "one o" as ten
_SPELLINGS = re.compile("|".join(_ONE_SPELLING))
_NO_DURATION = re.compile(r"in |\d{3,4} hours$")
_VAGUE = re.compile(r"\b(?:about|around|exactly|approximately|later|earlier) |(?<=\d)[ -]?ish\b")
_LEFT_OVER = re.compile(r"^(?:at|by|for|from|in|of|on|to|until|till|the)$")
_ISO_MOMENT = re.compile(r"(-\d\d)t(\d\d)\b")
#: The hour at which a part of the day has begun.
_BEGINS = {"morning": 0, "afternoon": 12, "evening": 17, "night": 20}
_SOON = re.compile(r"in (?P<ahead>.+)|(?P<later>.+) from now|(?P<ago>.+) ago")


@lru_cache(maxsize=64)
def check_language(language: str) -> None:
    """Raise a ValueError unless dateparser knows the language."""
    parser_for(language, datetime(2000, 1, 1).date()).get_date_data("1/1/2000")


def read_value(kind: str, text: str, now: datetime, language: str, prefer: str) -> dict[str, Any] | None:
    """Read a value of a kind; see `normalise_value`."""
    check_language(language)
    text = plain_text(text)
    base = language.partition("-")[0]
    if not text:
        return None
    if kind == "number":
        return read_number(text, base)
    if kind == "ordinal":
        return read_ordinal(text, base)
    if kind == "digits":
        return read_digits(text, base)
    if kind == "duration":
        return read_duration(text) if base == "en" else None
    if base != "en":
        found = read_date(to_digits(text, base), now, language, prefer)
        return None if found is None else {"value": found, "kind": "date"}
    return _read_moment(text, now, language, kind, prefer)


def _read_moment(text: str, now: datetime, language: str, kind: str, prefer: str) -> dict[str, Any] | None:
    """Read a date, a time, a part of the day, or a date with a time or a part of the day."""
    text = _VAGUE.sub("", _OWNED.sub("", _SPELLINGS.sub(lambda match: _ONE_SPELLING[match[0]], text)))
    if text in ("now", "right now") and kind != "date":
        moment = now.replace(tzinfo=None).isoformat(timespec="minutes")
        return {"value": moment.partition("T")[2] if kind == "time" else moment, "kind": kind}
    if (soon := _soon(text, now)) is not None:
        return soon
    if kind != "date" and not _NO_DURATION.match(to_digits(text, "en")):
        duration = read_duration(text)
        is_ordinal = kind != "time" and read_ordinal(text, "en") is not None  # the twenty second is a date
        if duration is not None and not is_ordinal:
            return duration
    text = _MERIDIEM.sub(r"\1m", _ISO_MOMENT.sub(r"\1 \2", to_digits(text, "en")))
    part, days, rest = part_of_day_in(text)
    clock, rest = clock_in(rest, part, is_time=kind == "time")
    rest = _LEFT_OVER.sub("", rest)
    if rest:
        day = _day_of_moment(rest, clock, part, now, language, prefer)
        if day is None or len(day) != 10 and (clock or part):
            return None
    else:
        day = None if days is None else read_date("yesterday" if days else "today", now, language, prefer)
    if clock is not None:
        found: dict[str, Any] = {"value": f"{day}T{clock}" if day else str(clock)}
        found["kind"] = "datetime" if day else "time"
        if clock.is_open:
            found["alternative"] = f"{day}T{clock.other()}" if day else str(clock.other())
        return found
    if day is None or kind == "time" and not rest:
        return {"value": part, "kind": "part_of_day"} if part is not None else None
    return {"value": day, "kind": "date", **({} if part is None else {"part_of_day": part})}


def _day_of_moment(
    text: str, clock: Clock | None, part: str | None, now: datetime, language: str, prefer: str
) -> str | None:
    """Read the day of a moment: in the past, a weekday whose time is still to come today is that of last week."""
    day = read_date(text, now, language, prefer)
    begins = (clock.hour, clock.minute) if clock else (_BEGINS[part], 0) if part else (0, 0)
    if prefer == "past" and day == now.date().isoformat() and begins > (now.hour, now.minute):
        if read_date(text, now, language, "future") != day:
            return read_date(text, now - timedelta(1), language, prefer)
    return day


def _soon(text: str, now: datetime) -> dict[str, Any] | None:
    """Read a moment some hours, minutes or seconds before or after now."""
    match = _SOON.fullmatch(text)
    units = duration_of(match["ahead"] or match["later"] or match["ago"]) if match else None
    if match is None or units is None or not units.keys() & {"hours", "minutes", "seconds"}:
        return None
    try:
        moment = now - to_relativedelta(units) if match["ago"] else now + to_relativedelta(units)
    except (OverflowError, ValueError):
        return None
    precision = "seconds" if units.get("seconds") else "minutes"
    return {"value": moment.replace(tzinfo=None).isoformat(timespec=precision), "kind": "datetime"}
