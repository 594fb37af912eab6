"""What Alexa accepts as a name, as an invocation name and as a sample, and the nearest such thing to what is not.

Names of intents, slots and types are letters and underscores. Samples are letters of any script, spaces, apostrophes,
hyphens, underscores and periods; numbers are words in them.
"""

import re
import unicodedata
from collections.abc import Iterable

from ....values.spoken import spoken_form

__all__ = ["BUILTIN_PREFIX", "builtin_type", "legal_invocation", "legal_names", "legal_words"]

BUILTIN_PREFIX = "AMAZON."

#: What Alexa calls the built-in types of other platforms.
_BUILTIN_TYPES = {
    "@sys.any": "SearchQuery",
    "@sys.cardinal": "NUMBER",
    "@sys.color": "Color",
    "@sys.date": "DATE",
    "@sys.duration": "DURATION",
    "@sys.geo-city": "City",
    "@sys.geo-country": "Country",
    "@sys.given-name": "FirstName",
    "@sys.number": "NUMBER",
    "@sys.number-integer": "NUMBER",
    "@sys.ordinal": "Ordinal",
    "@sys.phone-number": "PhoneNumber",
    "@sys.time": "TIME",
    "builtin.number": "NUMBER",
    "builtin.ordinal": "Ordinal",
    "builtin.phonenumber": "PhoneNumber",
}
_NAME = re.compile(rf"[A-Za-z_]+|{re.escape(BUILTIN_PREFIX)}\S+")
_BRACKETS = re.compile(r"[()\[\]{}]")
_INVOCATION = re.compile(r"(?:[^\W\d_]|[ .'-])+")


def builtin_type(slot_type: str) -> str | None:
    """The name that Alexa has for a built-in slot type of any platform; ``None`` for a custom type."""
    name = slot_type.casefold()
    if name in _BUILTIN_TYPES:
        return BUILTIN_PREFIX + _BUILTIN_TYPES[name]
    return slot_type if slot_type.startswith(BUILTIN_PREFIX) else None


def legal_names(
    names: Iterable[str], fallback: str, *, together: Iterable[Iterable[str]] | None = None
) -> dict[str, str]:
    """A legal name for each name: itself where it is legal, and no name twice.

    ``get-route 2`` becomes ``get_route_two``: numbers are spelled, accents taken off, and what else is no letter
    becomes an underscore. Names that come out alike get a letter at their end, and so do legal ones that differ from
    another in case alone, which Alexa passes over.

    Args:
        names: what to name.
        fallback: for names without a Latin letter.
        together: the names that stand side by side, and must differ in more than case; all of them where ``None``.
    """
    names = list(dict.fromkeys(names))
    legal = {name: name for name in names if _NAME.fullmatch(name)}
    for group in [names] if together is None else together:
        first: dict[str, str] = {}
        for name in group:
            if first.setdefault(name.casefold(), name) != name and not name.startswith(BUILTIN_PREFIX):
                legal.pop(name, None)
    taken = {name.casefold() for name in legal}
    for name in names:
        if name in legal:
            continue
        spelled = re.sub(r"\d+", lambda digits: f"_{_say(digits[0])}_", name)
        letters = "".join(c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))
        base = name if _NAME.fullmatch(name) else re.sub(r"[^A-Za-z]+", "_", letters).strip("_") or fallback
        legal[name] = next(option for option in _numbered(base) if option.casefold() not in taken)
        taken.add(legal[name].casefold())
    return legal


def _numbered(base: str) -> Iterable[str]:
    """The name itself, then with ``_b``, ``_c``, ... ``_z``, ``_bb`` and so on."""
    yield base
    ends = [""]
    while True:
        ends = [end + letter for end in ends for letter in "bcdefghijklmnopqrstuvwxyz"]
        yield from (f"{base}_{end}" for end in ends)


def legal_invocation(name: str) -> str:
    """The name by which people call a skill: itself where it is legal, else its words in lower case."""
    if _INVOCATION.fullmatch(name) and any(map(str.isalpha, name)):
        return name
    words = [_legal_word(word) for word in name.lower().replace("_", " ").replace("-", " ").split()]
    return " ".join(" ".join(words).split()) or "my skill"


def legal_words(text: str) -> str:
    """A piece of a sample in words that Alexa accepts, in the same spaces.

    A word with a character that Alexa refuses is written as it is spoken (``7:30`` is ``seven thirty``, ``50%`` is
    ``fifty percent``), with what it has in brackets (``cup(s)`` is ``cups``), and then loses what is still refused.
    All other words stay as they are.
    """
    return re.sub(r"\S+", lambda word: _legal_word(word[0]), text)


def _legal_word(word: str) -> str:
    if all(_is_legal(char) for char in word):
        return word
    said = "".join(char if _is_legal(char) else " " for char in _say(_BRACKETS.sub("", word))).split()
    return " ".join(part for part in said if any(map(str.isalpha, part)))


def _is_legal(char: str) -> bool:
    return char in "'._-" or unicodedata.category(char)[0] in "LM"


def _say(text: str) -> str:
    """The spoken form, with digits of any script."""
    return spoken_form("".join(str(unicodedata.digit(char, char)) for char in text))
