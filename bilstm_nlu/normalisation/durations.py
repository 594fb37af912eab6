"""Durations in English: "an hour and a half" is PT1H30M."""

import re
from typing import Any

from dateutil.relativedelta import relativedelta

from .numerals import to_digits

__all__ = ["duration_of", "read_duration", "to_relativedelta"]

_UNITS = {
    "years": "years?|yrs?",
    "months": "months?",
    "fortnights": "fortnights?",
    "weeks": "weeks?",
    "days": "days?|nights?",
    "hours": "hours?|hrs?|h",
    "minutes": "minutes?|mins?|m",
    "seconds": "secs?|s",  # the word "second" is both a unit and an ordinal: see duration_of
}
_FRACTION = "(?:(?P<{}>half|quarter|3 quarters)(?: of)?(?: an?)? )"
_COUNT = r"(?:(?P<count>\d{1,9}(?:\.\d{1,3})?)|an?|a couple(?: of)?)"
_UNIT = "|".join(f"(?P<{name}>{words})" for name, words in _UNITS.items())
_ITEM = re.compile(
    rf"(?:(?:a )?{_FRACTION.format('part')}|(?P<whole>{_COUNT})(?: and an? (?P<and>half|quarter))? ?)"
    rf"(?:{_UNIT})\b(?: and an? (?P<after>half|quarter)\b)?"
)
_LEAD = re.compile(
    r"(?:(?:for|in|within|about|around|after) )?(?P<next>(?:the )?(?:next|following|whole|last|past) )?"
)
_MORE = re.compile(r" (?:more|extra|additional) ")
_JOINT = re.compile(r" ?(?:,? and |,) ?| ")
_SHARES = {"half": 0.5, "quarter": 0.25, "3 quarters": 0.75}
#: Unit -> (the next smaller unit, how many of them).
_SMALLER = {"years": ("months", 12), "weeks": ("days", 7), "days": ("hours", 24), "hours": ("minutes", 60)}
_SMALLER |= {"minutes": ("seconds", 60)}
_DATE_LETTERS = {"years": "Y", "months": "M", "weeks": "W", "days": "D"}
_TIME_LETTERS = {"hours": "H", "minutes": "M", "seconds": "S"}

Duration = dict[str, float]


def duration_of(text: str) -> Duration | None:
    """The units of a duration and their counts: whole numbers, except for seconds."""
    text = to_digits(re.sub(r"\bsecond(s?)\b", r"sec\1", text), "en")
    units: Duration = {}
    place = 0
    while place < len(text):
        item = _ITEM.match(text, place)
        if item is None:
            return None
        unit = next(name for name in _UNITS if item[name])
        if unit in units:
            return None
        count = (
            _SHARES[item["part"]] if item["part"] else 2 if "couple" in item["whole"] else float(item["count"] or 1)
        )
        units[unit] = count + sum(_SHARES[item[name]] for name in ("and", "after") if item[name])
        place = item.end()
        joint = _JOINT.match(text, place)
        if place < len(text) and joint is None:
            return None
        place = joint.end() if joint else place
    return _in_whole_units(units)


def _in_whole_units(units: Duration) -> Duration | None:
    if "fortnights" in units:
        units["weeks"] = units.get("weeks", 0) + 2 * units.pop("fortnights")
    for unit, (smaller, size) in _SMALLER.items():
        if rest := units.get(unit, 0) % 1:
            units[unit] -= rest
            units[smaller] = units.get(smaller, 0) + rest * size
    if units.get("months", 0) % 1:  # half a month has no fixed number of days
        return None
    return {unit: count for unit, count in units.items() if count} or None


def read_duration(text: str) -> dict[str, Any] | None:
    """Read a duration, with or without a preposition: for the next two hours, five more minutes."""
    text = _MORE.sub(" ", text)
    lead = _LEAD.match(text)
    units = duration_of(text[lead.end() :]) if lead else None
    if units is None and lead and lead["next"]:
        units = duration_of(f"a {text[lead.end() :]}")  # for the next hour
    if units is None:
        return None
    if "weeks" in units and len(units) > 1:  # ISO 8601 does not mix weeks with other units
        units["days"] = units.get("days", 0) + 7 * units.pop("weeks")
    date, time = (
        "".join(f"{units[unit]:g}{letter}" if units[unit] % 1 else f"{int(units[unit])}{letter}"
                for unit, letter in letters.items() if unit in units)
        for letters in (_DATE_LETTERS, _TIME_LETTERS)
    )  # fmt: skip
    return {"value": f"P{date}T{time}" if time else f"P{date}", "kind": "duration"}


def to_relativedelta(units: Duration) -> relativedelta:
    """The duration in the form that can be added to a date."""
    return relativedelta(**{unit: int(count) for unit, count in units.items()})  # type: ignore[arg-type]
