"""From values as they are written to values as they are said, in English."""

import re
import unicodedata

from .numbers import spell_digits, spell_number, spell_ordinal, spell_year

__all__ = ["plain_name", "spoken_form"]

_PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")  # words with single spaces: nothing to do
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_MONEY = re.compile(r"([$€£])\s?([0-9][0-9,]*(?:\.[0-9]+)?)")
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds"}
_SIGNS = {"&": " and ", "+": " plus ", "%": " percent ", "@": " at ", "\u2019": "'"}
_NUMBER = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?(?:(st|nd|rd|th|s)(?![^\W_]))?", re.IGNORECASE)
_NO_SPEECH = re.compile(r"[^A-Za-z0-9'.]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")
#: Letters that have no accent to take off.
_LETTERS = str.maketrans({"ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "ʻ": "'"})


def spoken_form(text: str) -> str:
    """A value as the samples of a voice skill would spell it.

    Numbers become words (four digits are read as a year where they can be one, digits after a zero and long codes one
    by one), ``&``, ``%``, ``+``, ``@`` and signs of money become words, what stands in brackets is left out, spelled
    letters are set apart (``T.V.`` is ``T. V.``), a dot inside a word is said, and all other punctuation but
    apostrophes becomes a space. Case and accents stay: comparisons and the tokenizer pass over case. A value of which
    nothing would be left stays as it is.
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
    """The spoken form in lower case and without accents, for values that libraries bring.

    English speech recognisers write hardly any accents, and the samples of voice skills have none.
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
    """Without apostrophes around it, but with that of a plural's genitive."""
    word = word.lstrip("'")
    return word if word.endswith(("s'", "S'")) else word.rstrip("'")
