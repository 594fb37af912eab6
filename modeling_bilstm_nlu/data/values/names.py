"""Names of people and companies, and their addresses. First and last names, jobs and colours are from Faker."""

import random
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from faker.providers.color import Provider as Colors
from faker.providers.company import Provider as CompanyWords
from faker.providers.job.en_US import Provider as Jobs
from faker.providers.person.de_DE import Provider as GermanNames
from faker.providers.person.en_GB import Provider as BritishNames
from faker.providers.person.en_US import Provider as AmericanNames

from .spoken import plain_name
from .word_lists import WORDS

__all__ = ["colors", "companies", "email_addresses", "first_names", "jobs", "last_names", "people", "web_addresses"]

#: Region -> its Faker provider; only the tables of names are used.
_SOURCES: dict[str, Any] = {"us": AmericanNames, "gb": BritishNames, "de": GermanNames}


def _by_frequency(names: Iterable[str]) -> list[str]:
    """Return the names of a mapping from name to frequency, common names first; a plain list is shuffled."""
    if isinstance(names, dict):
        return sorted(names, key=lambda name: -names[name])
    return random.Random("names").sample(list(names), len(list(names)))


@lru_cache
def first_names(region: str | None = None) -> tuple[str, ...]:
    """Return female and male names in turn; a region without names of its own gets those of the United States."""
    source = _SOURCES.get(region or "us", AmericanNames)
    pairs = zip(_by_frequency(source.first_names_female), _by_frequency(source.first_names_male), strict=False)
    return tuple(dict.fromkeys(plain_name(name) for pair in pairs for name in pair))


@lru_cache
def last_names(region: str | None = None) -> tuple[str, ...]:
    """Return the common family names; a region without names of its own gets those of the United States."""
    source = _SOURCES.get(region or "us", AmericanNames)
    return tuple(dict.fromkeys(plain_name(name) for name in _by_frequency(source.last_names)[:600]))


def people(region: str | None = None) -> Iterator[str]:
    """Full names, each first name with a family name drawn for it."""
    rng = random.Random("people")
    yield from (f"{first} {rng.choice(last_names(region))}" for first in first_names(region))


def companies() -> Iterator[str]:
    """Invented companies: family names, some with a kind of business."""
    rng = random.Random("companies")
    endings = [plain_name(ending) for ending in CompanyWords.company_suffixes]
    for name in last_names()[:160]:
        other = rng.choice(last_names())
        yield rng.choice(
            (f"{name} {rng.choice(endings)}", f"{name} and {other}", f"{name} {rng.choice(WORDS['business'])}")
        )


def colors() -> Iterator[str]:
    """Colours: common names, and the names that web pages use."""
    yield from WORDS["color"]
    for name in Colors.all_colors:
        yield re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def jobs() -> Iterator[str]:
    """Occupations of one or two words."""
    for job in Jobs.jobs:
        if len(job) > 4 and len(job.split()) < 3 and not set(job) & set(",/()"):
            yield plain_name(job)


def email_addresses() -> Iterator[str]:
    """Email addresses at domains that are reserved for examples, typed and spoken."""
    rng = random.Random("email")
    for first, last in zip(first_names()[:80], last_names()[:80], strict=True):
        domain = rng.choice(("example.com", "example.org", "example.net", "mail.example.com"))
        user = rng.choice((f"{first}.{last}", f"{first}", f"{first}_{last}", f"{first[0]}{last}"))
        yield f"{user}@{domain}"
        yield f"{user}@{domain}".replace(".", " dot ").replace("@", " at ").replace("_", " underscore ")


def web_addresses() -> Iterator[str]:
    """Addresses of pages, typed and spoken."""
    for name, noun in zip(last_names()[:60], (*WORDS["noun"],) * 3, strict=False):
        yield f"https://www.{name}{noun}.example.com"
        yield f"www.{name}.example.org/{noun}"
        yield f"{name}{noun} dot com"
