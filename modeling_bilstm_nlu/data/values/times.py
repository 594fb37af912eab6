"""Dates, times of day and spans of time, as people say and type them. Names of days and months come from CLDR."""

import random
from collections.abc import Iterator
from functools import lru_cache

from babel.dates import get_day_names, get_month_names

from .numbers import spell_number, spell_ordinal, spell_year

__all__ = ["date_periods", "dates", "dates_and_times", "durations", "months", "time_periods", "times", "weekdays"]

_RELATIVE = ("next", "this", "last")
_HOLIDAYS = """
    christmas, christmas eve, christmas day, new year's eve, new year's day, halloween, thanksgiving, easter, easter
    sunday, good friday, valentine's day, mother's day, father's day, independence day, the fourth of july, labor day,
    memorial day, saint patrick's day
"""
_PARTS = ("morning", "afternoon", "evening", "night")


@lru_cache(maxsize=1)
def weekdays() -> tuple[str, ...]:
    """From monday to sunday."""
    return tuple(str(name).lower() for _, name in sorted(get_day_names("wide", locale="en").items()))


@lru_cache(maxsize=1)
def months() -> tuple[str, ...]:
    """From january to december."""
    return tuple(str(name).lower() for _, name in sorted(get_month_names("wide", locale="en").items()))


def dates() -> Iterator[str]:
    """Days: relative ones, weekdays, days of the month with and without a year, holidays, weeks and months."""
    yield from ("today", "tomorrow", "yesterday", "tonight", "now", "right now", "this evening", "the weekend")
    yield from ("the day after tomorrow", "the day before yesterday", "day after tomorrow", "the end of the month")
    yield from weekdays()
    yield from (f"{word} {day}" for word in _RELATIVE for day in weekdays())
    yield from (f"{word} {unit}" for word in _RELATIVE for unit in ("week", "weekend", "month", "year"))
    yield from (f"{day} {part}" for day in (*weekdays(), "tomorrow") for part in ("morning", "evening"))
    for number in range(2, 11):
        for unit in ("days", "weeks", "months"):
            yield f"in {spell_number(number)} {unit}"
        yield f"{spell_number(number)} days ago"
    yield from (" ".join(day.split()) for day in _HOLIDAYS.split(","))
    yield from (word for month in months() for word in (month, f"next {month}"))
    rng = random.Random("dates")
    for month_number, month in enumerate(months(), start=1):
        for day in sorted(rng.sample(range(1, 29), 14)):
            year = rng.randrange(1950, 2032)
            yield rng.choice(
                (
                    f"{month} {spell_ordinal(day)}",
                    f"the {spell_ordinal(day)} of {month}",
                    f"{month} {spell_number(day)}",
                )
            )
            yield rng.choice(
                (
                    f"{month} {day}",
                    f"{day} {month}",
                    f"{month} {spell_ordinal(day)} {spell_year(year)}",
                    f"{month} {day} {year}",
                    f"{month_number}/{day}/{year}",
                    f"{year}-{month_number:02d}-{day:02d}",
                )
            )
    yield from (f"the {spell_ordinal(day)}" for day in range(1, 32, 2))


def times() -> Iterator[str]:
    """Times of day: on the clock in words and digits, and parts of the day."""
    yield from ("noon", "midnight", "now", "right now", "midday", "sunrise", "sunset", "lunchtime", "dinner time")
    yield from (f"{word} {part}" for word in ("this", "in the") for part in _PARTS[:3])
    yield from ("tonight", "at night", "morning", "afternoon", "evening", "night")
    rng = random.Random("times")
    for hour in range(1, 13):
        word = spell_number(hour)
        yield from (f"{word} o'clock", f"{word} am", f"{word} pm", f"{word} p. m.", f"{word} a. m.", word)
        yield from (f"{word} thirty", f"{word} fifteen pm", f"{word} forty five am", f"{word} oh five")
        yield from (f"half past {word}", f"quarter to {word}", f"quarter past {word}")
        yield rng.choice((f"{word} in the morning", f"{word} in the evening", f"{word} at night"))
        yield from (f"ten past {word}", f"twenty to {word}", f"{hour} pm", f"{hour}am", f"{hour}:30 am")
        yield f"{word} {spell_number(rng.randrange(10, 60))}"
        yield f"{hour}:{rng.randrange(60):02d}"
        yield f"{hour + 11}:{rng.randrange(60):02d}"
        yield f"in {spell_number(5 * hour)} minutes"


def durations() -> Iterator[str]:
    """Lengths of time."""
    yield from ("an hour", "half an hour", "a minute", "an hour and a half", "a day", "a week", "a couple of minutes")
    yield from ("a few hours", "a few minutes", "a month", "a year", "two and a half hours", "all day", "a second")
    counts = {"second": (10, 15, 20, 30, 45, 90), "minute": range(2, 61, 2), "hour": range(2, 25)}
    for unit, numbers in counts.items():
        yield from (f"{spell_number(number)} {unit}s" for number in numbers)
        yield from (f"{number} {unit}s" for number in list(numbers)[::3])
    for unit in ("day", "night", "week", "month", "year"):
        yield from (f"{spell_number(number)} {unit}s" for number in range(2, 13))
        yield from (f"{number} {unit}s" for number in range(3, 13, 4))
    yield from (f"{spell_number(n)} hours and {spell_number(5 * n)} minutes" for n in range(2, 10))
    yield from (f"one hour {spell_number(n)} minutes" for n in range(10, 60, 10))


def date_periods() -> Iterator[str]:
    """Periods of days: weeks, seasons, from one day to another."""
    days, names = weekdays(), months()
    yield from (f"{word} {unit}" for word in _RELATIVE for unit in ("week", "weekend", "month", "year", "quarter"))
    yield from (
        f"{word} {season}" for word in _RELATIVE for season in ("spring", "summer", "autumn", "fall", "winter")
    )
    for place, day in enumerate(days):
        yield f"from {day} to {days[(place + 2) % 7]}"
        yield f"between {day} and {days[(place + 3) % 7]}"
    for place, month in enumerate(names):
        yield f"{month} to {names[(place + 2) % 12]}"
        yield f"from {month} {spell_ordinal(place + 1)} to {month} {spell_ordinal(place + 9)}"
        yield f"the {('first', 'last')[place % 2]} week of {month}"
    yield from (
        f"the {word} {spell_number(n)} {unit}"
        for word in ("last", "next")
        for n in (2, 3, 7, 10)
        for unit in ("days", "weeks")
    )
    yield from (f"in {spell_year(year)}" for year in range(1998, 2031, 4))


def time_periods() -> Iterator[str]:
    """Periods of a day: its parts, from one hour to another."""
    yield from (f"{word} {part}" for word in ("in the", "this", "tomorrow") for part in _PARTS[:3])
    for hour in range(1, 11):
        start, end = spell_number(hour), spell_number(hour + 2)
        yield from (f"from {start} to {end}", f"between {start} and {end} pm", f"{hour} to {hour + 2}")
    yield from ("before noon", "after lunch", "after work", "during the night", "all morning", "all day")


def dates_and_times() -> Iterator[str]:
    """Points in time: dates, times, both together, and repeated times."""
    rng = random.Random("dates and times")
    yield from rng.sample(list(dates()), 120)
    yield from rng.sample(list(times()), 60)
    for _ in range(120):
        day = rng.choice(("today", "tomorrow", *weekdays(), *(f"next {day}" for day in weekdays())))
        hour = rng.randrange(1, 13)
        time = rng.choice((f"{spell_number(hour)} pm", f"{spell_number(hour)} o'clock", f"{hour}am", f"{hour}:30"))
        yield rng.choice((f"{day} at {time}", f"at {time} {day}", f"{time} {day}"))
    yield from (f"every {day}" for day in (*weekdays(), "day", "week", "morning", "weekday"))
