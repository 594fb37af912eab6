"""Cities, countries and states of the United States, from three tables of GeoNames in this package.

`scripts/make_place_tables.py` writes the tables. `tables/NOTICE.txt` names their source, their licence and what was
changed. A table is read on its first use.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["City", "Country", "TABLES", "cities_by_population", "countries", "us_states"]

#: The folder of the tables.
TABLES = Path(__file__).parent / "tables"


class City(NamedTuple):
    """A city: its name, the two-letter code of its country, and in the United States the code of its state."""

    name: str
    country: str
    state: str


class Country(NamedTuple):
    """A country: its two-letter code, the code of its continent, its capital (may be "") and its population."""

    code: str
    continent: str
    capital: str
    population: int


@lru_cache(maxsize=1)
def cities_by_population() -> tuple[City, ...]:
    """Return the cities, the largest first; `scripts/make_place_tables.py` limits their number for each country."""
    return tuple(City(*row) for row in _rows("cities"))


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Return code -> country, in the order of GeoNames."""
    return {
        code: Country(code, continent, capital, int(population))
        for code, continent, capital, population in _rows("countries")
    }


@lru_cache(maxsize=1)
def us_states() -> dict[str, str]:
    """Return code -> name of each state of the United States."""
    return {code: name for code, name in _rows("us_states")}


def _rows(table: str) -> list[list[str]]:
    """Read the rows of a table without its head line; fields are separated by tabs."""
    lines = (TABLES / f"{table}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]
