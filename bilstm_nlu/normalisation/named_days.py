"""Days with a name, such as Christmas Eve or Labor Day, from the English names of the library holidays."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

import holidays

__all__ = ["named_day"]

#: Days with the same name and date in all English-speaking countries; the calendar of the United States has them all.
_EVERYWHERE = {
    "christmas day",
    "christmas eve",
    "easter sunday",
    "good friday",
    "halloween",
    "new years day",
    "new years eve",
    "saint patricks day",
    "valentines day",
}
#: What people say -> the name in the library.
_ALSO_CALLED = {
    "christmas": "christmas day",
    "easter": "easter sunday",
    "juneteenth": "juneteenth national independence day",
    "martin luther king day": "martin luther king jr day",
    "new year": "new years day",
    "presidents day": "washingtons birthday",
    "thanksgiving": "thanksgiving day",
}
_LEAD = re.compile(r"^(?P<word>this|next|last|the) ")
#: A note in the library's names: the day is estimated from the moon, or its date is not fixed yet.
_NOTE = re.compile(r" \((?:estimated|observed)[^)]*\)")


def named_day(text: str, today: date, region: str, prefer: str) -> date | None:
    """The next or the last day with this name, today included; "next" and "last" in the text leave out today.

    Args:
        text: in lower case.
        today: the day to count from.
        region: a country code of two letters; "" means the United States.
        prefer: `future` or `past`, unless the text says it. In the past, "this" is the day of this year.
    """
    lead = _LEAD.match(text)
    word = lead["word"] if lead else ""
    name = _key(_LEAD.sub("", text))
    name = _ALSO_CALLED.get(name, name)
    region = region or "us"
    if word == "this" and prefer == "past":
        return min(_days(today.year, region).get(name, ()), default=None)
    step = {"next": 1, "last": -1}.get(word, 0)
    sign = step or (1 if prefer == "future" else -1)
    edge = today + timedelta(step)
    for year in (edge.year, edge.year + sign):
        days = [day for day in _days(year, region).get(name, ()) if (day - edge).days * sign >= 0]
        if days:
            return min(days) if sign > 0 else max(days)
    return None


@lru_cache(maxsize=64)
def _days(year: int, region: str) -> dict[str, list[date]]:
    """Name -> its days in a year, in a country."""
    american = _calendar(year, "us")
    if region == "us":
        found = american
    else:
        found = _calendar(year, region) | {name: american[name] for name in _EVERYWHERE & american.keys()}
    found["easter monday"] = _calendar(year, "gb", "ENG").get("easter monday", [])
    return {form: days for name, days in found.items() for form in _forms(name)}


def _calendar(year: int, country: str, part: str | None = None) -> dict[str, list[date]]:
    """Key of a name -> its days. Covers all categories of the library, in English if it has English names."""
    try:
        known = holidays.country_holidays(country.upper(), subdiv=part)
    except NotImplementedError:  # the library does not know the country
        return {}
    days = holidays.country_holidays(
        country.upper(),
        subdiv=part,
        years=year,
        categories=known.supported_categories,
        language="en_US" if "en_US" in known.supported_languages else None,
        observed=False,
    )
    found: dict[str, list[date]] = {}
    for day, names in days.items():
        for name in names.split("; "):
            found.setdefault(_key(_NOTE.sub("", name).lower()), []).append(day)
    return found


def _key(name: str) -> str:
    """A name without periods and apostrophes, and with the American spelling of labor."""
    return re.sub(r"[.,'\u2019]", "", name).replace("labour", "labor")


def _forms(name: str) -> Iterable[str]:
    """A key and its other spellings: `st patricks day`, `mother day`."""
    for form in {name, name.replace("saint ", "st ")}:
        yield form
        yield re.sub(r"s (?=(?:day|eve)$)", " ", form)
