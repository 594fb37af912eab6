"""Values for slot types whose files hold none: built-in types, and types whose name tells what they take.

A built-in type (``AMAZON.City``, ``@sys.geo-city``, ``builtin.geographyV2.city``) is a pool of spoken forms: a list,
or what a small grammar generates from such lists. Forms are lower case and without accents, as speech recognisers
write most of them; numbers are words, with some digits mixed in as people type them.
"""

import re
from functools import cache, lru_cache

from .numbers import spell_number, spell_ordinal
from .phrases import open_phrases
from .pools import ALIASES, NEED_CONTEXT, OPEN, POOLS, REGIONAL_POOLS

__all__ = [
    "REGIONS",
    "builtin_forms",
    "forms_by_name",
    "is_builtin",
    "is_open_type",
    "open_phrases",
    "spell_number",
    "spell_ordinal",
    "words_of_name",
]

_PREFIX = re.compile(r"(?:amazon|@?sys|builtin|prebuilt|duckling)[.:]", re.IGNORECASE)
#: Word in a type's name -> the region that it stands for.
REGIONS = {word: word for word in ("us", "gb", "de", "at", "ca", "in", "au", "es", "fr", "it", "jp", "europe")}
REGIONS["uk"] = "gb"
#: What may stand at the end of a type's name and says nothing about its values.
_FILLERS = frozenset(
    "abbr abbreviation entity enum list name names one option options slot three two type types value values".split()
)
_LISTS = frozenset({"list", "lists", "type", "types", "kind", "name", "names", "set"})


def is_builtin(slot_type: str) -> bool:
    """Whether a slot type is named as one of a platform's own: ``AMAZON.*``, ``@sys.*``, ``builtin.*``."""
    return _PREFIX.match(slot_type) is not None


def is_open_type(slot_type: str) -> bool:
    """Whether a built-in type takes any words, so that a list of its values would say nothing."""
    return _builtin_notion(slot_type)[0] in OPEN


def builtin_forms(slot_type: str) -> tuple[str, ...]:
    """The spoken forms of a built-in slot type.

    Args:
        slot_type: in any case, with or without the platform's prefix (``AMAZON.``, ``@sys.``, ``builtin.``), a region
            (``US_CITY``, ``geo-city-us``) and a version (``datetimeV2``).

    Returns:
        The forms without repeats; empty for a type that is not known here.
    """
    notion, region = _builtin_notion(slot_type)
    return _forms(notion, region) if notion is not None else ()


def forms_by_name(name: str) -> tuple[str, ...]:
    """Values for a type, or a slot, of which nothing is known but its name.

    The name is cut into words at underscores, hyphens and capitals. Of ``number_of_people`` the words before "of"
    count, of ``LIST_OF_CITIES`` those after it. The longest run of words at the end that names a notion wins, in
    singular or plural: ``departureCity`` takes cities. Where there is none, words at the end that say nothing about
    values (``US_STATE_ABBR``, ``ROOM_TYPE``) are taken off, and so on. A few notions are too vague at the end of a
    longer name and count only where they are all of it: ``state`` is one of a country, but ``LIGHT_STATE`` is not.

    Returns:
        The spoken forms; empty where the name tells nothing, or tells that any words fit.
    """
    notion, region = _notion_by_name(name)
    return _forms(notion, region) if notion is not None and notion not in OPEN else ()


@cache
def _forms(notion: str, region: str | None) -> tuple[str, ...]:
    forms = REGIONAL_POOLS[notion](region) if notion in REGIONAL_POOLS else POOLS[notion]()
    return tuple(dict.fromkeys(forms))


def words_of_name(name: str) -> list[str]:
    """The words of a name in lower case, without a platform's prefix.

    It is cut at punctuation, at capitals (``HTTPStatus`` is ``http status``) and beside numbers.
    """
    name = _PREFIX.sub("", name, count=1)
    cut = ""
    for before, char, after in zip(f" {name}", name, f"{name[1:]} ", strict=False):
        is_capital = char.isupper() and (before.islower() or (before.isupper() and after.islower()))
        cut += " " * (is_capital or char.isdigit() != before.isdigit()) + (char if char.isalnum() else " ")
    return cut.lower().split()


def _notion(words: list[str]) -> str | None:
    """The notion that all the words together name, in singular or plural."""
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
    """The notion and the region that a type names: ``AMAZON.US_CITY`` is ``("city", "us")``."""
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
