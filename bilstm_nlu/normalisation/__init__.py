"""The meaning of numbers, dates, times and durations: "twenty two" is 22, "next month" is 2026-12.

The libraries that do this are an extra of the package (`pip install "bilstm-nlu[normalise]"`). They are loaded when
the first value is read, not when the package is imported.
"""

import importlib
import importlib.util
from datetime import datetime
from typing import Any

from ..errors import Cure, NluError
from .kinds import value_kind

__all__ = ["DIRECTIONS", "check_language", "is_installed", "normalise_value", "value_kind"]

#: Where to look for a date whose year, month or week is not said.
DIRECTIONS = ("future", "past")

_LIBRARIES = ("dateparser", "holidays", "text_to_num")


def is_installed() -> bool:
    """Whether the libraries of the extra `normalise` are installed."""
    return all(importlib.util.find_spec(library) is not None for library in _LIBRARIES)


def normalise_value(
    type_name: str, text: str, *, now: datetime | None = None, language: str = "en", prefer: str = "future"
) -> dict[str, Any] | None:
    """Read a value of a built-in type, and return what it means.

    Args:
        type_name: the type of the value, such as `AMAZON.DATE`, `@sys.date` or `datetimeV2`, or a slot type with a
            similar name (see `value_kind`).
        text: the value as it was said.
        now: the moment that relative dates and times count from; the time of the call by default.
        language: of the text, such as `en` or `en-GB`. Times, durations, and dates beyond what dateparser knows are
            read in English only; numbers in the languages of text2num; dates in those of dateparser.
        prefer: with `future`, "march third" is the next such day; with `past`, it is the last one. Both count today.
            It is the same for weekdays, months, days of the month and days with a name. Words such as "next friday",
            "last march" or "in two weeks" are stronger.

    Returns:
        `value` and `kind`: a `number` or an `ordinal` (an int or a float; the last is -1, the next to last -2), four
        `digits`, a `date` (ISO 8601: `2026-11-23`, a week `2026-W48`, a weekend `2026-11-28/2026-11-29`, a month
        `2026-12`, a year `2027`), a `time` (`17:30`), a `datetime` (`2026-11-23T17:30`), a `duration` (`PT1H30M`) or a
        `part_of_day` (`morning`, `afternoon`, `evening`, `night`). A date may come with a `part_of_day`. A time that
        does not say whether it is before or after noon is read as it was said, and the other reading is
        `alternative`. `None` if the type is not such a type, or the text cannot be read.

    Raises:
        NluError: the libraries are not installed.
        ValueError: dateparser does not know the language, or `prefer` is not one of `DIRECTIONS`.
    """
    if prefer not in DIRECTIONS:
        raise ValueError(f"prefer must be one of {', '.join(DIRECTIONS)}, got {prefer!r:.80}")
    kind = value_kind(type_name)
    return None if kind is None else _values().read_value(kind, text, now or datetime.now(), language, prefer)


def check_language(language: str) -> None:
    """Raise a ValueError unless values of this language can be read."""
    _values().check_language(language)


def _values() -> Any:
    if not is_installed():
        raise NluError(
            "dateparser, holidays and text2num are not all installed", cure=Cure("run {}", install="normalise")
        )
    return importlib.import_module(".values", __name__)
