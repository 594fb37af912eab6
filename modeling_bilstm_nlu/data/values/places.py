"""Places: cities by population from GeoNames, countries, languages and currencies from CLDR, and addresses."""

import random
from collections.abc import Iterable, Iterator
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name

from . import geonames
from .names import last_names
from .numbers import spell_digits, spell_number, spell_ordinal
from .spoken import plain_name
from .word_lists import WORDS

__all__ = [
    "NUM_CITIES",
    "NUM_IN_REGION",
    "NUM_LARGEST",
    "airports",
    "cities",
    "countries",
    "country_codes",
    "currency_names",
    "capitals",
    "hospitals",
    "landmarks",
    "languages",
    "locations",
    "postal_addresses",
    "schools",
    "states",
    "street_addresses",
    "street_names",
    "teams",
    "venues",
]

#: Number of cities of each country, the largest first; other countries have their capital and their largest cities.
NUM_CITIES = {"US": 400, "GB": 120, "CA": 60, "AU": 40, "IN": 60, "IE": 10, "NZ": 10, "ZA": 10, "DE": 40, "FR": 30}
NUM_LARGEST = 300
#: Number of cities of a region that a slot type can have, the largest first.
NUM_IN_REGION = 500
#: Names that people say and that CLDR does not have.
_SAID_COUNTRIES = """
    the united states, america, the usa, the united kingdom, england, scotland, wales, northern ireland, great britain,
    the netherlands, holland, the philippines, the czech republic, turkey, the bahamas, ivory coast, burma, swaziland
""".split(",")
_SAID_CITIES = ("new york", "washington dc", "saint louis", "bangalore", "calcutta", "la", "quebec", "new delhi")
_NO_COUNTRIES = {"AQ", "BV", "HM", "IO", "TF", "UM", "GS", "AN", "CS"}  # uninhabited, or no longer a country
_STREETS = "street street road road avenue avenue lane drive court place way boulevard terrace square hill".split()
_STREET_NAMES = """
    main, high, church, park, station, oak, maple, elm, cedar, pine, washington, lincoln, lake, hill, river, mill,
    school, spring, victoria, king, queen, market, bridge, sunset, broad, north, west, cherry, chestnut, walnut
""".split(",")


def _names(cities: Iterable[geonames.City]) -> list[str]:
    return [plain_name(city.name) for city in cities]


def _is_in(city: geonames.City, region: str) -> bool:
    if region == "europe":
        return geonames.countries()[city.country].continent == "EU"
    return city.country == region.upper()


@lru_cache
def cities(region: str | None = None) -> tuple[str, ...]:
    """Return the large cities of a country or of Europe; without a region, cities that English speakers ask for.

    Args:
        region: a region in `REGIONS` of `data.values.builtin_types`; the tables have few cities of other countries.
    """
    if region is not None:
        found = [city for city in geonames.cities_by_population() if _is_in(city, region)][:NUM_IN_REGION]
        return tuple(dict.fromkeys(_names(found)))
    left = dict(NUM_CITIES)
    chosen = []
    for city in geonames.cities_by_population():
        left[city.country] = left.get(city.country, 0) - 1
        if left[city.country] >= 0:
            chosen.append(city)
    return tuple(
        dict.fromkeys(
            [*_names(chosen), *capitals(), *_names(geonames.cities_by_population()[:NUM_LARGEST]), *_SAID_CITIES]
        )
    )


@lru_cache
def capitals() -> tuple[str, ...]:
    """The capitals of all countries."""
    found = (country.capital for country in geonames.countries().values())
    return tuple(dict.fromkeys(plain_name(capital) for capital in found if capital))


@lru_cache
def countries() -> tuple[str, ...]:
    """Countries by their common English names, and other names that people use."""
    names = Locale("en").territories
    codes = sorted(geonames.countries(), key=lambda code: (-geonames.countries()[code].population, code))
    said = [" ".join(name.split()) for name in _SAID_COUNTRIES]
    found = [plain_name(names[code].split(" - ")[0]) for code in codes if code in names and code not in _NO_COUNTRIES]
    return tuple(dict.fromkeys([*(name.removesuffix(" sar china") for name in found), *said]))


def country_codes() -> Iterator[str]:
    """Two-letter codes of countries."""
    yield from (code.lower() for code in geonames.countries() if code not in _NO_COUNTRIES)


def currency_names() -> Iterator[str]:
    """Currencies in use, and short names of the common ones."""
    territories = get_global("territory_currencies").values()
    in_use = {code for codes in territories for code, _, end, is_tender in codes if is_tender and not end}
    yield from ("dollars", "dollar", "euros", "pounds", "yen", "rupees", "pesos", "francs", "bucks", "pounds sterling")
    yield from (plain_name(get_currency_name(code, locale="en")) for code in sorted(in_use))


@lru_cache
def states(region: str | None = None) -> tuple[str, ...]:
    """The states of the United States, or the parts of Britain, Germany or Austria for these regions."""
    if region in ("gb", "de", "at"):
        return WORDS[f"{region} region"]
    return tuple(plain_name(name) for name in geonames.us_states().values())


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages with a two-letter code, and some variants that people name."""
    names = Locale("en").languages
    more = "mandarin, cantonese, american english, british english, brazilian portuguese, sign language, klingon"
    return tuple(
        dict.fromkeys([*(plain_name(name) for code, name in names.items() if len(code) == 2), *more.split(", ")])
    )


@lru_cache
def _cities_with_state() -> tuple[tuple[str, str], ...]:
    """The large cities of the United States, each with its state."""
    found = cities("us")
    codes = {
        plain_name(city.name): city.state for city in reversed(geonames.cities_by_population()) if _is_in(city, "us")
    }
    names = geonames.us_states()
    return tuple((city, plain_name(names[codes[city]])) for city in found if codes.get(city) in names)


@lru_cache
def street_names() -> tuple[str, ...]:
    """Streets."""
    rng = random.Random("streets")
    numbered = [f"{spell_ordinal(n)} {rng.choice(('street', 'avenue'))}" for n in range(2, 60, 4)]
    common = [f"{name.strip()} {rng.choice(_STREETS)}" for name in _STREET_NAMES for _ in range(2)]
    return tuple(
        dict.fromkeys([*common, *numbered, *(f"{name} {rng.choice(_STREETS)}" for name in last_names()[:80])])
    )


@lru_cache
def street_addresses() -> tuple[str, ...]:
    """House number and street; the number in words, digit by digit or in digits."""
    rng = random.Random("addresses")
    found = []
    for street in street_names():
        number = rng.randrange(1, 3000)
        found.append(f"{spell_number(rng.randrange(1, 130))} {street}")
        found.append(f"{rng.choice((str(number), spell_digits(str(number))))} {street}")
    return tuple(dict.fromkeys(found))


def postal_addresses() -> Iterator[str]:
    """Street addresses, most of them with a city, some with state and zip code."""
    rng = random.Random("postal addresses")
    for address in street_addresses():
        city, state = rng.choice(_cities_with_state()[:200])
        code = str(rng.randrange(10_000, 99_999))
        yield rng.choice(
            (
                address,
                f"{address} {city}",
                f"{address} in {city}",
                f"{address} {city} {state}",
                f"{address}, {city} {code}",
                f"{address} apartment {spell_number(rng.randrange(1, 40))}",
            )
        )


def airports() -> Iterator[str]:
    """Airports by the name of their city."""
    for place, city in enumerate(cities()[:160]):
        yield f"{city} {('airport', 'international airport', 'international')[place % 3]}"
    yield from WORDS["airport"]


def schools() -> Iterator[str]:
    """Universities, colleges and schools."""
    yield from (f"university of {state}" for state in states())
    yield from (f"{state} state university" for state in states()[::2])
    yield from (f"{city} {kind}" for city in cities("us")[:60:3] for kind in ("college", "high school"))


def hospitals() -> Iterator[str]:
    """Hospitals and clinics."""
    yield from (f"{city} {kind}" for city in cities("us")[:60:2] for kind in ("general hospital", "medical center"))
    yield from (f"saint {name} hospital" for name in ("mary's", "john's", "joseph's", "luke's", "vincent"))


def venues() -> Iterator[str]:
    """Theatres, stadiums and halls."""
    kinds = ("opera house", "arena", "stadium", "concert hall", "theater", "convention center", "symphony hall")
    yield from (f"{city} {kinds[place % len(kinds)]}" for place, city in enumerate(cities()[:150]))


def landmarks() -> Iterator[str]:
    """Sights, and museums and parks by the name of their city."""
    yield from WORDS["landmark"]
    kinds = ("zoo", "cathedral", "museum of art", "central station", "botanical garden", "castle", "town hall")
    yield from (f"{city} {kinds[place % len(kinds)]}" for place, city in enumerate(cities()[:100]))


def teams() -> Iterator[str]:
    """Sports teams: a city with a typical team name."""
    for place, city in enumerate(cities("us")[:90]):
        yield f"{city} {WORDS['mascot'][(7 * place) % len(WORDS['mascot'])]}"
    yield from (
        f"{city} {('united', 'city', 'rovers', 'football club')[i % 4]}" for i, city in enumerate(cities("gb")[:40])
    )
    yield from (f"the {mascot}" for mascot in WORDS["mascot"])


def locations() -> Iterator[str]:
    """Any place: cities with and without their state or country, states, countries, streets, and words like here."""
    rng = random.Random("locations")
    yield from ("here", "nearby", "near me", "downtown", "home", "my location", "work", "around here")
    yield from rng.sample(cities(), 250)
    yield from (f"{city} {state}" for city, state in rng.sample(_cities_with_state(), 50))
    yield from (f"{capital} {country}" for capital, country in _capitals_with_country(rng, 40))
    yield from rng.sample(states(), 30)
    yield from rng.sample(countries(), 80)
    yield from rng.sample(street_addresses(), 40)
    yield from WORDS["landmark"]


def _capitals_with_country(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    names = Locale("en").territories
    known = [c for c in geonames.countries().values() if c.capital and c.code in names]
    for country in rng.sample(known, count):
        yield plain_name(country.capital), plain_name(names[country.code])
