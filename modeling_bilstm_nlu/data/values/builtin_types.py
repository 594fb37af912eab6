"""Values for slot types without a list of values: built-in types, and types whose name tells what they take.

A built-in type (``AMAZON.City``, ``@sys.geo-city``, ``builtin.geographyV2.city``) has a pool of spoken forms: a list,
or phrases that a small grammar makes from such lists. Forms are lower case and without accents, as speech recognisers
usually write them. Numbers are words, and some are digits, as people type them.
"""

import re
from functools import cache, lru_cache

from .numbers import spell_number, spell_ordinal
from .phrases import open_phrases
from .pools import ALIASES, NEED_CONTEXT, OPEN, PLAIN, POOLS, REGIONAL_POOLS

__all__ = [
    "REGIONS",
    "builtin_forms",
    "forms_by_name",
    "is_builtin",
    "is_open_type",
    "open_phrases",
    "plain_forms",
    "spell_number",
    "spell_ordinal",
    "words_of_name",
]

_PREFIX = re.compile(r"(?:amazon|@?sys|builtin|prebuilt|duckling)[.:]", re.IGNORECASE)
#: Word in the name of a type -> the region that it means.
REGIONS = {word: word for word in ("us", "gb", "de", "at", "ca", "in", "au", "es", "fr", "it", "jp", "europe")}
REGIONS["uk"] = "gb"
#: Words at the end of a type's name that say nothing about its values.
_FILLERS = frozenset(
    "abbr abbreviation entity enum list name names one option options slot three two type types value values".split()
)
_LISTS = frozenset({"list", "lists", "type", "types", "kind", "name", "names", "set"})


def is_builtin(slot_type: str) -> bool:
    """Whether a slot type has the name of a platform's built-in type: ``AMAZON.*``, ``@sys.*``, ``builtin.*``."""
    return _PREFIX.match(slot_type) is not None


def is_open_type(slot_type: str) -> bool:
    """Whether a built-in type takes any words, so that a list of values would not help."""
    return _builtin_notion(slot_type)[0] in OPEN


def builtin_forms(slot_type: str) -> tuple[str, ...]:
    """Return the spoken forms of a built-in slot type.

    Args:
        slot_type: name of the type in any case, with or without the platform's prefix (``AMAZON.``, ``@sys.``,
            ``builtin.``), a region (``US_CITY``, ``geo-city-us``) and a version (``datetimeV2``).

    Returns:
        The forms without repeats; empty for an unknown type.
    """
    notion, region = _builtin_notion(slot_type)
    return _forms(notion, region) if notion is not None else ()


def plain_forms(slot_type: str) -> tuple[str, ...]:
    """Return the spoken forms of a built-in slot type if they mean nothing else, such as numbers and dates.

    Numbers from 0 to 100 are complete, as words and as digits.
    """
    notion, region = _builtin_notion(slot_type)
    if notion not in PLAIN:
        return ()
    numbers = range(101) if notion == "number" else ()
    more = [form for number in numbers for form in (spell_number(number), str(number))]
    return tuple(dict.fromkeys([*_forms(notion, region), *more]))


def forms_by_name(name: str) -> tuple[str, ...]:
    """Return values for a type, or a slot, if only its name is known.

    The name is split into words at underscores, hyphens and capitals. Of ``number_of_people`` only the words before
    "of" are used, of ``LIST_OF_CITIES`` those after it. The longest run of words at the end that is a known kind of
    value decides, in singular or plural: ``departureCity`` takes cities. If there is no such run, words at the end
    that say nothing about values (``US_STATE_ABBR``, ``ROOM_TYPE``) are removed, and the search is repeated. A few
    kinds are too vague at the end of a longer name, and are used only if they are the whole name: ``state`` is a state
    of a country, but ``LIGHT_STATE`` is not.

    Returns:
        The spoken forms; empty if the name says nothing, or says that any words fit.
    """
    notion, region = _notion_by_name(name)
    return _forms(notion, region) if notion is not None and notion not in OPEN else ()


@cache
def _forms(notion: str, region: str | None) -> tuple[str, ...]:
    forms = REGIONAL_POOLS[notion](region) if notion in REGIONAL_POOLS else POOLS[notion]()
    return tuple(dict.fromkeys(forms))


def words_of_name(name: str) -> list[str]:
    """Return the words of a name in lower case, without a platform's prefix.

    The name is split at punctuation, at capitals (``HTTPStatus`` is ``http status``), and before and after numbers.
    """
    name = _PREFIX.sub("", name, count=1)
    cut = ""
    for before, char, after in zip(f" {name}", name, f"{name[1:]} ", strict=False):
        is_capital = char.isupper() and (before.islower() or (before.isupper() and after.islower()))
        cut += " " * (is_capital or char.isdigit() != before.isdigit()) + (char if char.isalnum() else " ")
    return cut.lower().split()


def _notion(words: list[str]) -> str | None:
    """Return the kind of value ("notion") that all the words together name, in singular or plural."""
    name = "".join(words)
    for form in (name, name[:-3] + "y" if name.endswith("ies") else name, name.removesuffix("s")):
        form = ALIASES.get(form, form)
        if form in POOLS or form in REGIONAL_POOLS:
            return form
    return None


def _without_region(words: list[str]) -> tuple[list[str], str | None]:
    marks = [word for word in words if word in REGIONS]
    return [word for word in words if word not in marks], REGIONS[marks[0]] if marks else None


@lru_cache(maxsize=10_000)
def _builtin_notion(slot_type: str) -> tuple[str | None, str | None]:
    """Return the kind of value and the region that a type names: ``AMAZON.US_CITY`` is ``("city", "us")``."""
    words = [word for word in words_of_name(slot_type) if word != "v" and not word.isdigit()]
    general, region = _without_region(words)
    if (notion := _notion(words)) is not None:
        return notion, None
    return (_notion(general), region) if general else (None, None)


@lru_cache(maxsize=10_000)
def _notion_by_name(name: str) -> tuple[str | None, str | None]:
    words = [word for word in words_of_name(name) if not word.isdigit()]
    if "of" in words[1:-1] and _notion(words) is None:
        place = words.index("of", 1)
        words = words[place + 1 :] if words[place - 1] in _LISTS else words[:place]
    words, region = _without_region(words)
    while words:
        for start in range(len(words)):
            notion = _notion(words[start:])
            if notion is not None and (start == 0 or not NEED_CONTEXT & {words[-1], "".join(words[start:])}):
                return notion, region
        if words[-1] not in _FILLERS:
            break
        words = words[:-1]
    return None, None
