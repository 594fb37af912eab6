"""Numbers, and amounts with units, as people say and type them: mostly words, sometimes digits."""

import random
import re
from collections.abc import Iterator
from functools import lru_cache

from babel.numbers import get_currency_name
from babel.units import format_unit, get_unit_name
from unicode_rbnf import RbnfEngine

__all__ = [
    "UNIT_KINDS",
    "ages",
    "alphanumerics",
    "amounts_of_money",
    "flight_numbers",
    "four_digit_numbers",
    "measures",
    "numbers",
    "ordinals",
    "percentages",
    "phone_numbers",
    "postcodes",
    "spell_digits",
    "spell_number",
    "spell_ordinal",
    "spell_year",
    "temperatures",
    "unit_names",
]

_LIMIT = 10**15
_CODE_LETTERS = "abcdefghjklmnpqrstuvwxyz"  # without i and o, which codes do not use

#: Kind -> units of CLDR that people use in everyday talk.
_UNITS = {
    "length": "length-meter length-kilometer length-centimeter length-mile length-foot length-inch length-yard",
    "area": "area-square-meter area-square-kilometer area-acre area-hectare area-square-foot area-square-mile",
    "speed": "speed-kilometer-per-hour speed-mile-per-hour speed-meter-per-second speed-knot",
    "volume": "volume-liter volume-milliliter volume-cup volume-gallon volume-pint volume-tablespoon volume-teaspoon",
    "weight": "mass-kilogram mass-gram mass-pound mass-ounce mass-ton mass-stone",
    "information": "digital-byte digital-kilobyte digital-megabyte digital-gigabyte digital-terabyte digital-bit",
}
UNIT_KINDS = tuple(_UNITS)
_CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF")


@lru_cache(maxsize=1)
def _english() -> RbnfEngine:
    return RbnfEngine.for_language("en")


@lru_cache(maxsize=10_000)
def _spelled(number: int, ruleset: str) -> str:
    if abs(number) >= _LIMIT:
        raise ValueError(f"cannot spell {number}: it has more than 15 digits")
    return _english().format_number(number, ruleset_names=[ruleset]).text.replace("-", " ")


def spell_number(number: int) -> str:
    """Return a whole number in words, without hyphens: 342 is ``three hundred forty two``.

    Raises:
        ValueError: the number has more than 15 digits.
    """
    return _spelled(number, "spellout-numbering")


def spell_ordinal(number: int) -> str:
    """Return the ordinal of a whole number in words: 22 is ``twenty second``; ValueError for more than 15 digits."""
    return _spelled(number, "spellout-ordinal")


def spell_year(number: int) -> str:
    """Spell a number as a year: 1984 is ``nineteen eighty four``; ValueError for more than 15 digits."""
    return _spelled(number, "spellout-numbering-year")


def spell_digits(text: str) -> str:
    """Spell the digits of a text one by one, and leave out all else: ``55-0`` is ``five five zero``."""
    return " ".join(spell_number(int(digit)) for digit in text if digit in "0123456789")


def _digit_ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def numbers() -> Iterator[str]:
    """Every number to one hundred, a few larger ones, some of them read with "and", and some in digits."""
    rng = random.Random("numbers")
    yield from (spell_number(number) for number in range(101))
    for size, count in ((1000, 15), (10_000, 8), (100_000, 4), (1_000_000, 2)):
        yield from (spell_number(number) for number in sorted(rng.sample(range(size // 10 + 1, size), count)))
    for number in (200, 250, 365, 500, 750, 1000, 1500, 2000, 5000, 10_000, 100_000, 1_000_000):
        yield spell_number(number)
    for number in sorted(rng.sample(range(101, 1000), 6)):
        if number % 100:
            yield spell_number(number).replace("hundred ", "hundred and ")
    yield from map(str, (75, 100, 120, 250, 500, 1000, 2000))
    yield from ("a hundred", "a thousand", "a million", "a dozen")
    yield from map(str, range(0, 60, 2))


def four_digit_numbers() -> Iterator[str]:
    """Years as they are read, and codes digit by digit or in pairs."""
    rng = random.Random("four digits")
    yield from (spell_year(year) for year in range(1940, 2036))
    for code in sorted(rng.sample(range(1000, 10_000), 60)):
        yield spell_digits(str(code)) if code % 2 else spell_year(code)
        if code % 3 == 0:
            yield str(code)


def ordinals() -> Iterator[str]:
    """Ordinals, from the first to the thirty first and some larger ones."""
    yield from (spell_ordinal(number) for number in [*range(1, 32), *range(40, 101, 10)])
    yield from (_digit_ordinal(number) for number in range(1, 32, 2))
    yield from ("last", "next to last", "second to last")


def percentages() -> Iterator[str]:
    """Percentages: ``twenty percent``, ``20%``, ``20 percent``."""
    for number in [*range(1, 10), *range(10, 101, 5), 33, 66, 99]:
        yield f"{spell_number(number)} percent"
        if number % 3 == 0:
            yield f"{number}%" if number % 2 else f"{number} percent"
    yield from ("half", "a quarter", "two thirds")


def ages() -> Iterator[str]:
    """Ages of people."""
    for number in range(1, 95, 2):
        yield f"{spell_number(number)} years old"
        yield f"{number} years old" if number % 4 == 1 else f"{spell_number(number + 1)} year old"
    yield from ("six months old", "eighteen months", "a year old")


def temperatures() -> Iterator[str]:
    """Degrees, of the weather, of rooms and of ovens."""
    for number in [*range(-10, 40, 3), *range(50, 100, 4), 180, 200, 220, 350, 400]:
        yield f"{spell_number(number)} degrees"
        kind = "celsius" if number < 40 else "fahrenheit"
        yield f"{spell_number(number + 1)} degrees {kind}" if number % 2 else f"{number} degrees {kind}"


def measures(kind: str) -> Iterator[str]:
    """Counted units of a kind: ``length``, ``area``, ``speed``, ``volume``, ``weight`` or ``information``."""
    for unit in _UNITS[kind].split():
        for number in (1, 2, 3, 5, 8, 10, 15, 20, 25, 40, 50, 100, 250, 500):
            text = str(format_unit(number, unit, locale="en")).lower()
            yield re.sub(r"\d+", lambda digits: spell_number(int(digits.group())), text)
            if number in (5, 20, 100):
                yield text


def unit_names(kind: str) -> Iterator[str]:
    """The names of the units of a kind, without a number."""
    for unit in _UNITS[kind].split():
        yield str(get_unit_name(unit, locale="en")).lower()
        yield re.sub(r"[\d\s]+", " ", str(format_unit(1, unit, locale="en"))).strip().lower()


def amounts_of_money() -> Iterator[str]:
    """Prices and sums, as words and with a sign."""
    for number in [*range(1, 10), *range(10, 100, 5), 99, *range(100, 1000, 100), 1500, 2000, 10_000]:
        yield f"{spell_number(number)} dollar{'s' * (number > 1)}"
        code = _CURRENCIES[number % 7]
        yield f"{spell_number(number)} {get_currency_name(code, count=number, locale='en').lower()}"
        if number % 5 == 0:
            yield f"${number}"
            yield f"{number} euros"
    for number in range(1, 20, 3):
        yield f"{spell_number(number)} dollars and {spell_number(5 * number)} cents"
        yield f"{spell_number(number)} ninety nine"
        yield f"${number}.99"


def phone_numbers() -> Iterator[str]:
    """Telephone numbers that no one has (555-01xx), with and without an area code."""
    rng = random.Random("phone numbers")
    for line in rng.sample(range(100, 200), 60):
        local = f"5550{line}"
        area = str(rng.randrange(201, 990))
        yield spell_digits(local)
        yield spell_digits(area + local)
        yield rng.choice(
            (f"555-0{line}", f"({area}) 555-0{line}", f"{area}-555-0{line}", area + local, f"555 0{line}")
        )


def _letter_codes(pattern: str, count: int) -> Iterator[tuple[str, str]]:
    """Yield codes, typed and spoken; in the pattern ``a`` means a letter and ``0`` a digit."""
    rng = random.Random(pattern)
    for _ in range(count):
        code = "".join(rng.choice(_CODE_LETTERS if place == "a" else "123456789") for place in pattern)
        yield code, " ".join(spell_number(int(sign)) if sign.isdigit() else sign for sign in code)


def alphanumerics() -> Iterator[str]:
    """Codes of letters and digits: licence plates, bookings, parts."""
    for pattern in ("aaa000", "a00", "aa00aaa", "000000", "a0a0", "aaaa00"):
        for typed, spoken in _letter_codes(pattern, 15):
            yield typed
            yield spoken


def flight_numbers() -> Iterator[str]:
    """Flights: two letters and one to four digits."""
    for pattern in ("aa000", "aa0000", "aa00"):
        for typed, spoken in _letter_codes(pattern, 20):
            yield typed
            yield spoken


def postcodes() -> Iterator[str]:
    """American zip codes and British postcodes."""
    rng = random.Random("postcodes")
    for code in rng.sample(range(10_000, 99_999), 80):
        yield spell_digits(str(code))
        yield str(code)
    for pattern in ("aa00aa", "aa000aa", "a00aa"):
        for typed, spoken in _letter_codes(pattern, 12):
            yield f"{typed[:-3]} {typed[-3:]}"
            yield spoken
