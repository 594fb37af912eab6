"""Titles of works and names of bands, channels and stations. They are invented: no library has lists of real ones."""

import random
from collections.abc import Iterator
from functools import lru_cache

from .names import first_names, last_names
from .numbers import spell_number, spell_ordinal
from .places import cities
from .word_lists import WORDS

__all__ = [
    "bands",
    "channels",
    "events",
    "playlists",
    "stations",
    "titles",
    "tv_episodes",
    "tv_seasons",
    "restaurants",
]


@lru_cache
def titles() -> tuple[str, ...]:
    """Titles of songs, films, books, series and games, of one to six words."""
    rng = random.Random("titles")
    adjectives, nouns = WORDS["adjective"], WORDS["noun"]
    found = list(nouns)
    for adjective in adjectives:
        one, other, third = rng.sample(nouns, 3)
        found += [f"the {adjective} {one}", f"{adjective} {other}s", f"{adjective} {third}"]
    for noun in nouns:
        other = rng.choice(nouns)
        name = rng.choice(first_names()[:100])
        found += [f"{noun} of the {other}", f"the {noun} and the {other}", f"{name} and the {noun}", f"my {noun}"]
        found += [
            rng.choice((f"{noun} {spell_number(rng.randrange(2, 10))}", f"return to the {noun}", f"no more {noun}s"))
        ]
    for verb in WORDS["title verb"]:
        found += [f"{verb} {rng.choice(('me', 'you', 'us', 'it'))}", f"{verb} the {rng.choice(nouns)}"]
        found += [f"{rng.choice(('do not', 'we will', 'never', 'let us'))} {verb}"]
    return tuple(dict.fromkeys(found))


def bands() -> Iterator[str]:
    """Bands, and singers by their names."""
    rng = random.Random("bands")
    for adjective in WORDS["adjective"]:
        yield f"the {adjective} {rng.choice(WORDS['noun'])}s"
        yield f"{adjective} {rng.choice(WORDS['animal'])}"
    for _ in range(80):
        yield f"{rng.choice(first_names()[:200])} {rng.choice(last_names()[:300])}"
    for name in rng.sample(last_names()[:200], 20):
        yield rng.choice((f"the {name}s", f"{name} and the {rng.choice(WORDS['noun'])}s", f"{name} brothers", name))


def playlists() -> Iterator[str]:
    """Playlists: by genre, by mood, by occasion."""
    rng = random.Random("playlists")
    for genre in WORDS["genre"][:30]:
        yield rng.choice(
            (
                f"{genre} classics",
                f"best of {genre}",
                f"my {genre} mix",
                f"{genre} hits",
                f"{genre} {rng.randrange(1, 40)}",
            )
        )
    for occasion in WORDS["occasion"]:
        yield from (f"{occasion} songs", rng.choice((f"{occasion} mix", f"my {occasion} playlist", occasion)))


def channels() -> Iterator[str]:
    """Television channels."""
    yield from WORDS["tv channel"]
    yield from (f"channel {spell_number(number)}" for number in range(1, 30, 2))


def stations() -> Iterator[str]:
    """Radio stations, by frequency and by name."""
    rng = random.Random("stations")
    for _ in range(30):
        whole, tenth = rng.randrange(88, 108), rng.choice((1, 3, 5, 7, 9))
        yield rng.choice(
            (f"{whole}.{tenth} fm", f"{spell_number(whole)} point {spell_number(tenth)}", f"{whole}.{tenth}")
        )
    yield from (f"{city} {rng.choice(('radio', 'fm', 'public radio'))}" for city in cities()[:60:2])
    yield from (f"{genre} fm" for genre in WORDS["genre"][:24:2])


def tv_seasons() -> Iterator[str]:
    """Seasons of a series."""
    for number in range(1, 25):
        yield from (f"season {spell_number(number)}", f"the {spell_ordinal(number)} season")
    yield from ("the last season", "the first season", "the new season")


def tv_episodes() -> Iterator[str]:
    """Episodes, by number and by title."""
    for number in range(1, 25):
        yield from (f"episode {spell_number(number)}", f"the {spell_ordinal(number)} episode")
    yield from ("the last episode", "the pilot", "the finale", *titles()[::4])


def events() -> Iterator[str]:
    """Festivals, matches, shows and parties."""
    yield from WORDS["festival"]
    yield from (
        f"{city} {kind}" for city in cities()[:40:2] for kind in ("marathon", "film festival", "jazz festival")
    )
    yield from (f"{sport} {kind}" for sport in WORDS["sport"] for kind in ("final", "world cup", "game"))
    yield from (f"{occasion} party" for occasion in WORDS["occasion"][:10])


def restaurants() -> Iterator[str]:
    """Restaurants, bars and shops."""
    rng = random.Random("restaurants")
    kinds = ("kitchen", "grill", "cafe", "diner", "pizza", "bakery", "bistro", "coffee house", "tavern", "noodle bar")
    for name in rng.sample(first_names()[:200], 50):
        yield f"{name}'s {rng.choice(kinds)}"
    for adjective in WORDS["adjective"]:
        yield f"the {adjective} {rng.choice(WORDS['animal'])}"
    yield from (f"{city} {rng.choice(kinds)}" for city in cities()[:60:2])
