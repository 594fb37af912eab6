"""Turn written values into values as people say them, in English."""

import re
import unicodedata

from .numbers import spell_digits, spell_number, spell_ordinal, spell_year

__all__ = ["plain_name", "spoken_form"]

_PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")  # words with single spaces do not change
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_MONEY = re.compile(r"([$€£])\s?([0-9][0-9,]*(?:\.[0-9]+)?)")
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds"}
_SIGNS = {"&": " and ", "+": " plus ", "%": " percent ", "@": " at ", "\u2019": "'"}
_NUMBER = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?(?:(st|nd|rd|th|s)(?![^\W_]))?", re.IGNORECASE)
_NO_SPEECH = re.compile(r"[^A-Za-z0-9'.]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")
#: Letters that are not a plain letter with an accent -> plain letters.
_LETTERS = str.maketrans({"ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "ʻ": "'"})


def spoken_form(text: str) -> str:
    """Spell a value as in the samples of a voice skill.

    Numbers become words: four digits are read as a year if possible, digits after a zero and long codes one by one.
    ``&``, ``%``, ``+``, ``@`` and currency signs become words, text in brackets is left out, spelled letters are
    separated (``T.V.`` is ``T. V.``), a dot inside a word becomes a word, and all other punctuation except
    apostrophes becomes a space. Case and accents stay: comparisons and the tokenizer ignore case. A value that would
    become empty stays as it is.
    """
    if _PLAIN.fullmatch(text):
        return text
    said = text
    if any(bracket in text for bracket in "([{"):
        said = _ASIDE.sub(" ", text)
        if not any(map(str.isalnum, said)):
            said = text
    said = _MONEY.sub(lambda money: f" {money[2]} {_CURRENCIES[money[1]]} ", said)
    for sign, word in _SIGNS.items():
        said = said.replace(sign, word)
    said = _NUMBER.sub(_say_number, said)
    if said.isascii():
        said = _NO_SPEECH.sub(" ", said)
    else:
        said = "".join(char if char.isalnum() or char in "'." or _is_mark(char) else " " for char in said)
    return " ".join(filter(None, map(_say_word, said.split()))) or " ".join(text.split())


def plain_name(text: str) -> str:
    """Return the spoken form in lower case and without accents, for values from libraries.

    English speech recognisers write few accents, and the samples of voice skills have none.
    """
    decomposed = unicodedata.normalize("NFKD", spoken_form(text.lower().translate(_LETTERS)))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _is_mark(char: str) -> bool:
    """Whether a character belongs to the letter before it, such as a vowel sign."""
    return unicodedata.category(char).startswith("M")


def _say_number(number: re.Match[str]) -> str:
    digits, fraction, ending = number[1].replace(",", ""), number[2], (number[3] or "").lower()
    if fraction:
        words = (
            f"{spell_digits(digits) if len(digits) > 6 else spell_number(int(digits))} point {spell_digits(fraction)}"
        )
    elif len(digits) > (15 if "," in number[1] else 6) or (digits[0] == "0" and len(digits) > 1):
        words = spell_digits(digits)
    elif ending not in ("", "s"):
        words = spell_ordinal(int(digits))
    else:
        is_year = number[1].isdigit() and 1100 <= int(digits) < 2100
        words = spell_year(int(digits)) if is_year else spell_number(int(digits))
    if ending == "s":  # the nineteen eighties
        words = f"{words[:-1]}ies" if words.endswith("y") else f"{words}{'es' if words.endswith('x') else 's'}"
    return f" {words} "


def _say_word(word: str) -> str:
    word = _unquoted(word)
    if _INITIALS.fullmatch(word):
        return " ".join(f"{letter}." for letter in word if letter != ".")
    return " dot ".join(filter(None, map(_unquoted, word.split("."))))


def _unquoted(word: str) -> str:
    """Remove the apostrophes around a word, but keep the apostrophe of a plural's genitive."""
    word = word.lstrip("'")
    return word if word.endswith(("s'", "S'")) else word.rstrip("'")
