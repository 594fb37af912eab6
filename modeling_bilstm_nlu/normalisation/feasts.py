"""Days with a name: the same day every year, so many days from Easter, or the n-th weekday of a month."""

import re
from datetime import date

from dateutil.easter import easter
from dateutil.relativedelta import MO, SU, TH, relativedelta

__all__ = ["next_feast"]

_DAYS = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "halloween": (10, 31),
    "new year": (1, 1),
    "new year day": (1, 1),
    "new year eve": (12, 31),
    "saint patrick day": (3, 17),
    "st patrick day": (3, 17),
    "valentine day": (2, 14),
}
_FROM_EASTER = {"good friday": -2, "easter": 0, "easter sunday": 0, "easter monday": 1}
#: Days of the United States: other countries keep them on another day or not at all.
_AMERICAN_DAYS = {"independence day": (7, 4)}
_AMERICAN_WEEKDAYS = {
    "labor day": relativedelta(month=9, day=1, weekday=MO(1)),
    "memorial day": relativedelta(month=5, day=31, weekday=MO(-1)),
    "mother day": relativedelta(month=5, day=1, weekday=SU(2)),
    "father day": relativedelta(month=6, day=1, weekday=SU(3)),
    "thanksgiving": relativedelta(month=11, day=1, weekday=TH(4)),
    "thanksgiving day": relativedelta(month=11, day=1, weekday=TH(4)),
}
#: What a name is said with or without.
_FILLER = re.compile(
    r"^(?:this|next|the) |\.|'|(?<=year)s\b|(?<=patrick)s\b|(?<=valentine)s\b|(?<=mother)s\b|(?<=father)s\b"
)


def next_feast(text: str, today: date, region: str) -> date | None:
    """The next day of this name, today included.

    Args:
        text: in lower case.
        today: where to begin.
        region: a country, or nothing, which stands for the United States.
    """
    name = _FILLER.sub("", text)
    for year in (today.year, today.year + 1):
        day = _feast(name, year, is_american=region in ("", "us"))
        if day is not None and day >= today:
            return day
    return None


def _feast(name: str, year: int, *, is_american: bool) -> date | None:
    days = {**_DAYS, **(_AMERICAN_DAYS if is_american else {})}
    if name in days:
        return date(year, *days[name])
    if name in _FROM_EASTER:
        return easter(year) + relativedelta(days=_FROM_EASTER[name])
    if is_american and name in _AMERICAN_WEEKDAYS:
        return date(year, 1, 1) + _AMERICAN_WEEKDAYS[name]
    return None
