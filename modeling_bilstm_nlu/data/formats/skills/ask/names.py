"""Check names, invocation names and samples by the rules of Alexa, and change those that Alexa does not accept.

Names of intents, slots and types consist of letters and underscores. Samples consist of letters of any script,
spaces, apostrophes, hyphens, underscores and periods; numbers must be words.
"""

import re
import unicodedata
from collections.abc import Iterable

from ....values.spoken import spoken_form

__all__ = ["BUILTIN_PREFIX", "builtin_type", "legal_invocation", "legal_names", "legal_words"]

BUILTIN_PREFIX = "AMAZON."

#: Built-in type of another platform -> its name in Alexa.
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
    """Find Alexa's name for a built-in slot type of any platform; ``None`` for a custom type."""
    name = slot_type.casefold()
    if name in _BUILTIN_TYPES:
        return BUILTIN_PREFIX + _BUILTIN_TYPES[name]
    return slot_type if slot_type.startswith(BUILTIN_PREFIX) else None


def legal_names(
    names: Iterable[str], fallback: str, *, together: Iterable[Iterable[str]] | None = None
) -> dict[str, str]:
    """Find a legal name for each name; a legal name does not change, and all results differ.

    ``get-route 2`` becomes ``get_route_two``: numbers become words, accents are removed, and other characters that
    are not letters become underscores. If two names become equal, one gets a letter at its end. Alexa ignores upper
    and lower case, so a legal name that differs from another name only in case also gets a letter.

    Args:
        names: the names to change.
        fallback: the result for names without a Latin letter.
        together: groups of names that must differ in more than upper and lower case; ``None`` means one group of all.
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
    """Yield the name itself, then the name with ``_b``, ``_c``, ... ``_z``, ``_bb`` and so on."""
    yield base
    ends = [""]
    while True:
        ends = [end + letter for end in ends for letter in "bcdefghijklmnopqrstuvwxyz"]
        yield from (f"{base}_{end}" for end in ends)


def legal_invocation(name: str) -> str:
    """Find a legal invocation name, by which users call a skill: a legal name itself, or its words in lower case."""
    if _INVOCATION.fullmatch(name) and any(map(str.isalpha, name)):
        return name
    words = [_legal_word(word) for word in name.lower().replace("_", " ").replace("-", " ").split()]
    return " ".join(" ".join(words).split()) or "my skill"


def legal_words(text: str) -> str:
    """Change a piece of a sample to words that Alexa accepts; spaces do not change.

    A word with a character that Alexa does not accept is written as it is spoken: ``7:30`` becomes ``seven thirty``,
    and ``50%`` becomes ``fifty percent``. Brackets are removed: ``cup(s)`` becomes ``cups``. Characters that are still
    not accepted are removed. All other words do not change.
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
    """Write the spoken form; digits of any script are read."""
    return spoken_form("".join(str(unicodedata.digit(char, char)) for char in text))
