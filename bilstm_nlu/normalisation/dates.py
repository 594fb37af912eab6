"""Dates, to the day or coarser: read by dateparser, or here if dateparser does not know the words."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from dateparser.date import DateDataParser
from dateutil.relativedelta import relativedelta

from .durations import duration_of, to_relativedelta
from .named_days import named_day

__all__ = ["parser_for", "read_date"]

_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH, _WEEKDAY = "|".join(_MONTHS), "|".join(_WEEKDAYS)

#: A word before a date that says in which direction the date is.
_TOWARDS = {"coming": "future", "since": "past"}
_THIS_TOO = re.compile(r"\bthis (?=(?:coming|upcoming|next|last|past) )")  # this coming friday
_SAME_STEP = {"past": "last", "previous": "last", "following": "next", "upcoming": "next"}
_OTHER_STEP = re.compile(rf"^({'|'.join(_SAME_STEP)}) ")
_LEAD = re.compile(r"^(?:(?:on|for|by|from|to|since|until|till|of|during|over|at|the|coming) )+")
_SPLIT_YEAR = re.compile(r"\b(1[789]|20) (?:(\d\d)|oh (\d))$")
_STEPS = {"this": 0, "current": 0, "next": 1, "following": 1, "upcoming": 1, "last": -1, "past": -1, "previous": -1}
_STEP = "|".join(_STEPS)
_PERIOD = re.compile(rf"(?P<step>{_STEP}) (?P<unit>week|weekend|month|year)|weekend")
_NEAR = {"now": 0, "right now": 0, "today": 0, "tomorrow": 1, "yesterday": -1}
_NEAR |= {"day after tomorrow": 2, "day before yesterday": -2}
_WEEKDAY_IN_WEEK = re.compile(
    rf"(?P<day>{_WEEKDAY}) (?P<step>{_STEP}) week|(?P<step2>{_STEP}) week (?:on )?(?P<day2>{_WEEKDAY})"
)
_THIS_WEEKDAY = re.compile(rf"this (?P<day>{_WEEKDAY})")
_BARE_MONTH = re.compile(rf"(?:in )?(?:(?P<step>{_STEP}) )?(?P<month>{_MONTH})(?: (?:of )?(?P<year>\d{{4}}))?")
_DAY_OF_MONTH = re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)(?: of (?P<step>{_STEP}) month)?")
_WEEKDAY_AND_DAY = re.compile(rf"(?P<weekday>{_WEEKDAY}),? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)")
_STEP_TO_DAY = re.compile(r"(?P<step>next|last) (?P<day>.*\d.*)")
_YEAR = re.compile(r"(?:in )?(?P<year>1[5-9]\d\d|2[01]\d\d)")
_AWAY = re.compile(r"in (?P<ahead>.+)|(?P<later>.+) from (?:now|today)|(?P<ago>.+) ago")
_NAMES = [*_MONTHS, *_WEEKDAYS]
_SHORT = {name[:3]: name for name in _NAMES} | {"sept": "september", "tues": "tuesday", "thur": "thursday"}
_SHORT |= {"thurs": "thursday"}
_SHORT_NAME = re.compile(rf"\b({'|'.join(_SHORT)})\b\.?")
_DATE_WORDS = {"of", "the", "on", "this", "next", "last", "past", "coming", "st", "nd", "rd", "th", *_NAMES}
_NUMERIC = re.compile(r"\d{1,2}/\d{1,2}|\d{1,4}([-/.])\d{1,2}\1\d{1,4}")
#: Number of dates that are remembered, because users say "tomorrow" often; each depends on the day alone.
_REMEMBERED = 4096


def read_date(text: str, now: datetime, language: str, prefer: str) -> str | None:
    """The date that a text names, in ISO 8601: a day, a week, a weekend, a month or a year.

    A date without a year or month is the next or the last such date; today and this month count. In the future, a
    weekday is the next one after today, and only `this` weekday may be today. Words such as `next`, `last`, `coming`
    or `since` are stronger than `prefer`.

    Args:
        text: in lower case, with digits for numbers.
        now: the moment that relative dates count from.
        language: such as `en` or `en-GB`.
        prefer: `future` or `past`.
    """
    try:
        if language[:2].lower() == "en":
            text = _THIS_TOO.sub("", _SHORT_NAME.sub(lambda match: _SHORT[match[1]], text))
            if lead := _LEAD.match(text):
                prefer = next((_TOWARDS[word] for word in lead[0].split() if word in _TOWARDS), prefer)
                text = text[lead.end() :]
            text = _SPLIT_YEAR.sub(lambda match: match[1] + (match[2] or f"0{match[3]}"), text)
            text = _OTHER_STEP.sub(lambda match: f"{_SAME_STEP[match[1]]} ", text)
        return _read(text, now.date(), language, prefer)
    except (OverflowError, ValueError):  # a day that does not exist
        return None


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str, today: date, language: str, prefer: str) -> str | None:
    base, _, region = language.lower().partition("-")
    found = _english(text, today, region, prefer) if base == "en" else None
    if found is None and base == "en" and (match := _STEP_TO_DAY.fullmatch(text)):  # last march 3rd
        is_last = match["step"] == "last"
        found = _read(match["day"], today + timedelta(-1 if is_last else 1), language, "past" if is_last else "future")
        found = found if found is not None and len(found) == 10 else None
    return _parsed(text, today, language, prefer) if found is None else found


def _english(text: str, today: date, region: str, prefer: str) -> str | None:
    if text in _NEAR:
        return (today + timedelta(_NEAR[text])).isoformat()
    if (day := named_day(text, today, region, prefer)) is not None:
        return day.isoformat()
    if match := _PERIOD.fullmatch(text):
        is_before = match["step"] is None and prefer == "past" and today.weekday() < 5  # a weekend, not yet begun
        return _period(match["unit"] or "weekend", -1 if is_before else _STEPS[match["step"] or "this"], today)
    if prefer == "past" and (match := _THIS_WEEKDAY.fullmatch(text)):
        return (today + timedelta(_WEEKDAYS.index(match["day"]) - today.weekday())).isoformat()
    if match := _WEEKDAY_IN_WEEK.fullmatch(text):
        monday = today - timedelta(today.weekday()) + timedelta(weeks=_STEPS[match["step"] or match["step2"]])
        return (monday + timedelta(_WEEKDAYS.index(match["day"] or match["day2"]))).isoformat()
    if match := _BARE_MONTH.fullmatch(text):
        return _month(_MONTHS.index(match["month"]) + 1, match["year"], match["step"], today, prefer)
    if match := _DAY_OF_MONTH.fullmatch(text):
        return _day_of_month(int(match["day"]), match["step"], today, prefer)
    if match := _WEEKDAY_AND_DAY.fullmatch(text):
        return _day_of_month(int(match["day"]), None, today, prefer, weekday=_WEEKDAYS.index(match["weekday"]))
    if match := _YEAR.fullmatch(text):
        return match["year"]
    if match := _AWAY.fullmatch(text):
        units = duration_of(match["ahead"] or match["later"] or match["ago"])
        if units is None or units.keys() & {"hours", "minutes", "seconds"}:
            return None
        delta = to_relativedelta(units)
        return (today - delta if match["ago"] else today + delta).isoformat()
    return None


def _period(unit: str, step: int, today: date) -> str:
    if unit == "year":
        return str(today.year + step)
    if unit == "month":
        return (today.replace(day=1) + relativedelta(months=step)).strftime("%Y-%m")
    day = today + timedelta(weeks=step)
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    saturday = day + timedelta(5 - day.weekday())
    return f"{saturday.isoformat()}/{(saturday + timedelta(1)).isoformat()}"


def _month(month: int, year: str | None, step: str | None, today: date, prefer: str) -> str:
    """Such a month of a year. Without a year and a step it is the next or the last one, and this month counts."""
    if year is not None:
        return f"{year}-{month:02d}"
    direction = _STEPS[step or "this"]
    if direction < 0:
        found = today.year - (month >= today.month)
    elif direction > 0:
        found = today.year + (month <= today.month)
    elif prefer == "future":
        found = today.year + (month < today.month)
    else:
        found = today.year - (step is None and month > today.month)
    return f"{found}-{month:02d}"


def _day_of_month(day: int, step: str | None, today: date, prefer: str, *, weekday: int | None = None) -> str | None:
    """The next or the last such day, today included. Months without it are skipped, unless the month is named."""
    first = today.replace(day=1)
    if step is not None:
        return (first + relativedelta(months=_STEPS[step])).replace(day=day).isoformat()
    sign = 1 if prefer == "future" else -1
    for months in range(24):
        found = first + relativedelta(months=sign * months, day=day or None)  # the last day, if the month is shorter
        if found.day == day and (found - today).days * sign >= 0 and weekday in (None, found.weekday()):
            return found.isoformat()
    return None


def _parsed(text: str, today: date, language: str, prefer: str) -> str | None:
    """What dateparser reads, if all words are date words: dateparser ignores some words that it does not know."""
    words = set(re.findall("[a-z]+", text))
    if language.startswith("en") and not (words <= _DATE_WORDS and words.intersection(_NAMES)):
        if not _NUMERIC.fullmatch(text):
            return None
    if text.isdecimal():  # dateparser reads any number as a day, a month or a year
        return None
    found = parser_for(language, today, prefer).get_date_data(text)
    if found.date_obj is None or found.period in ("time", "part_of_day"):
        return None
    day = found.date_obj.date()
    if _may_be_today(text, day, today, language, prefer):
        day = today
    is_coarse = not any(char.isdigit() for char in text)
    if is_coarse and found.period == "month":
        return day.isoformat()[:7]
    if is_coarse and found.period == "year":
        return day.isoformat()[:4]
    return day.isoformat()


def _may_be_today(text: str, day: date, today: date, language: str, prefer: str) -> bool:
    """Whether a text can mean today, but dateparser went on to the next year, or back to the last week.

    The texts of such dates are read as two different days in the two directions; "in a year" is the same day in both.
    """
    if prefer == "future":
        if day <= today or (day.month, day.day) != (today.month, today.day):
            return False
        return bool(parser_for(language, today, "past").get_date_data(text).date_obj.date() == today)
    if day != today - timedelta(weeks=1):
        return False
    next_one = parser_for(language, today, "future").get_date_data(text).date_obj.date()
    return bool(next_one == today + timedelta(weeks=1))


@lru_cache(maxsize=8)
def parser_for(language: str, today: date, prefer: str = "future") -> DateDataParser:
    """A parser of one language, or language and region, that counts from a day and prefers dates on one side of it.

    Raises:
        ValueError: dateparser does not know the language.
    """
    base, _, region = language.partition("-")
    return DateDataParser(
        languages=[base],
        region=region.upper() or None,
        settings={
            "RELATIVE_BASE": datetime.combine(today, time()),
            "PREFER_DATES_FROM": prefer,
            "RETURN_TIME_AS_PERIOD": True,
        },
    )
