"""Values for built-in slot types (``AMAZON.DATE``, ``AMAZON.City``, ...), as people say them.

The files of a skill hold no values for these types. Here every type is a pool of spoken forms: a list, or all that a
small grammar generates. Numbers are words, with some digits mixed in as people type them.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from .builtin_values import WORDS

__all__ = ["builtin_forms", "is_builtin", "is_open_type", "open_phrases", "spell_number", "spell_ordinal"]

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_ORDINALS |= {"twelve": "twelfth"} | {tens: f"{tens[:-1]}ieth" for tens in _TENS[2:]}


def spell_number(number: int) -> str:
    """A whole number from 0 to 999,999 in words: 342 is ``three hundred forty two``.

    Raises:
        ValueError: the number lies outside that range.
    """
    if not 0 <= number < 1_000_000:
        raise ValueError(f"cannot spell {number}; only 0 to 999,999")
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = f" {spell_number(number % size)}" if number % size else ""
    return f"{spell_number(number // size)} {name}{rest}"


def spell_ordinal(number: int) -> str:
    """The ordinal of a whole number in words: 22 is ``twenty second``."""
    *head, last = spell_number(number).split()
    return " ".join([*head, _ORDINALS.get(last, f"{last}th")])


def _digit_ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _numbers() -> list[str]:
    large = [*range(110, 1000, 45), *range(1000, 10_000, 750), *range(10_000, 100_000, 12_500), 250_000]
    return [spell_number(n) for n in [*range(101), *large]] + [
        str(n) for n in [*range(0, 60, 2), 75, 100, 120, 500, 2000]
    ]


def _four_digits() -> list[str]:
    years = [f"nineteen {spell_number(n)}" for n in range(40, 100, 3)] + [
        f"twenty {spell_number(n)}" for n in range(10, 36)
    ]
    codes = [" ".join(_ONES[int(digit)] for digit in str(1234 + 617 * step)) for step in range(14)]
    return years + codes + [str(1050 + 377 * step) for step in range(20)] + ["two thousand", "two thousand five"]


def _ordinals() -> list[str]:
    return (
        [spell_ordinal(n) for n in range(1, 32)] + [_digit_ordinal(n) for n in range(1, 21)] + ["last", "next to last"]
    )


def _dates() -> list[str]:
    days = WORDS["weekday"]
    dates = ["today", "tomorrow", "yesterday", "tonight", "the day after tomorrow", "the day before yesterday", "now"]
    dates += [*days, *(f"{word} {day}" for word in ("next", "this", "last") for day in days)]
    dates += [f"{word} {unit}" for word in ("next", "this", "last") for unit in ("week", "weekend", "month", "year")]
    dates += [f"{day} {part}" for day in (*days, "tomorrow") for part in ("morning", "evening")]
    dates += [f"in {spell_number(n)} {unit}s" for n in range(2, 11) for unit in ("day", "week")]
    for number, month in enumerate(WORDS["month"]):
        day = number * 2 + 3
        dates += [
            f"{month} {spell_ordinal(day)}",
            f"the {spell_ordinal(day + 4)} of {month}",
            f"{month} {day + 2}",
            month,
        ]
        dates.append(f"{month} {spell_ordinal(number + 1)} twenty {spell_number(number + 15)}")
    return dates


def _times() -> list[str]:
    times = ["noon", "midnight", "now", "morning", "this afternoon", "this evening", "tonight", "midday", "sunrise"]
    for hour in range(1, 13):
        word = spell_number(hour)
        times += [
            f"{word} o'clock",
            f"{word} am",
            f"{word} pm",
            f"{word} thirty",
            f"{word} fifteen pm",
            f"{word} p. m.",
        ]
        times += [f"half past {word}", f"quarter to {word}", f"quarter past {word}", f"{hour} pm", f"{hour}:30 am"]
        times += [f"{word} {spell_number(20 + hour)}", f"{hour}:{4 * hour:02d}"]
    return times


def _durations() -> list[str]:
    durations = ["an hour", "half an hour", "a minute", "an hour and a half", "a day", "a week", "a couple of minutes"]
    for unit, counts in {"second": (10, 20, 30, 45, 90), "minute": range(2, 60, 3), "hour": range(2, 13)}.items():
        durations += [f"{spell_number(count)} {unit}s" for count in counts]
        durations += [f"{count} {unit}s" for count in list(counts)[::3]]
    durations += [
        f"{spell_number(count)} {unit}s" for unit in ("day", "week", "month", "year") for count in range(2, 8)
    ]
    return durations + [f"{spell_number(n)} hours and {spell_number(5 * n)} minutes" for n in range(2, 7)]


def _people() -> list[str]:
    first, last = WORDS["first name"], WORDS["last name"]
    return [f"{name} {last[(7 * i) % len(last)]}" for i, name in enumerate(first)]


def _titles() -> list[str]:
    nouns = WORDS["noun"]
    titles = [f"the {word} {nouns[(5 * i) % len(nouns)]}" for i, word in enumerate(WORDS["adjective"])]
    titles += [f"{word} {nouns[(3 * i + 1) % len(nouns)]}s" for i, word in enumerate(WORDS["adjective"])]
    return titles + [f"{noun} of the {nouns[(i + 9) % len(nouns)]}" for i, noun in enumerate(nouns)] + list(nouns)


def _addresses() -> list[str]:
    return [f"{spell_number(3 + 14 * i)} {name}" for i, name in enumerate(WORDS["street"])] + [
        f"{12 + 31 * i} {name}" for i, name in enumerate(WORDS["street"])
    ]


def _phone_numbers() -> list[str]:
    numbers = [f"555{1000 + 271 * i}" for i in range(12)]
    return [f"{n[:3]} {n[3:]}" for n in numbers] + [" ".join(_ONES[int(digit)] for digit in n) for n in numbers]


@lru_cache
def open_phrases() -> tuple[str, ...]:
    """Phrases of one to eight words on anything, for slots that take free text or whose values nobody published."""
    topics = WORDS["topic"]
    phrases = [*topics, *WORDS["question"], *WORDS["note"], *_titles()]
    for i, topic in enumerate(topics):
        phrases += [f"{('the best', 'some', 'more about', 'news about')[i % 4]} {topic}"]
    return tuple(dict.fromkeys([*phrases, *WORDS["food"][::4], *WORDS["city"][::6], *_people()[::6]]))


_OPEN_TYPES = frozenset({"searchquery", "literal", "message", "freetext"})

_POOLS: dict[str, Callable[[], list[str]]] = {
    "number": _numbers,
    "fourdigitnumber": _four_digits,
    "ordinal": _ordinals,
    "date": _dates,
    "time": _times,
    "duration": _durations,
    "person": _people,
    "title": _titles,
    "address": _addresses,
    "phonenumber": _phone_numbers,
}
_LISTS = {
    "firstname": "first name", "lastname": "last name", "city": "city", "state": "state", "country": "country",
    "color": "color", "food": "food", "room": "room", "genre": "genre", "animal": "animal", "sport": "sport",
    "language": "language", "dayofweek": "weekday", "month": "month", "weathercondition": "weather",
    "device": "device", "corporation": "company", "streetname": "street", "fictionalcharacter": "hero",
}  # fmt: skip
_ALIASES = {
    "postaladdress": "address", "streetaddress": "address", "actor": "person", "artist": "person", "author": "person",
    "director": "person", "athlete": "person", "musician": "person", "professional": "person",
    "musicgroup": "title", "musicalbum": "title", "musicrecording": "title", "musicplaylist": "title",
    "movie": "title", "tvseries": "title", "videogame": "title", "book": "title", "song": "title", "album": "title",
    "tvepisode": "title", "bookseries": "title", "movieseries": "title", "game": "title",
    "colour": "color", "region": "state", "administrativearea": "state", "organization": "corporation",
    "localbusiness": "corporation", "airline": "corporation", "devicetype": "device", "musicgenre": "genre",
    "moviegenre": "genre", "dessert": "food", "drink": "food", "dish": "food", "foodestablishment": "title",
}  # fmt: skip
_REGION = re.compile(r"^(us|gb|uk|de|at|ca|in|au|es|fr|it|jp|europe)_")


def _plain_name(slot_type: str) -> str:
    """``AMAZON.US_FIRST_NAME`` and ``amazon.FirstName`` alike as ``firstname``."""
    name = _REGION.sub("", slot_type.lower().removeprefix("amazon.")).replace("_", "")
    return _ALIASES.get(name, name)


def is_builtin(slot_type: str) -> bool:
    """Whether a slot type is named as one of the platform's own."""
    return slot_type.lower().startswith("amazon.")


def is_open_type(slot_type: str) -> bool:
    """Whether a built-in type takes any words, so that a list of its values would say nothing."""
    return _plain_name(slot_type) in _OPEN_TYPES


@lru_cache
def builtin_forms(slot_type: str) -> tuple[str, ...]:
    """The spoken forms of a built-in slot type; the name may be in any case, with or without ``AMAZON.`` and a region.

    Returns:
        The forms without repeats; empty for a type that is not known here.
    """
    name = _plain_name(slot_type)
    if name in _OPEN_TYPES:
        return open_phrases()
    if name in _LISTS:
        return WORDS[_LISTS[name]]
    return tuple(dict.fromkeys(_POOLS[name]())) if name in _POOLS else ()
