"""Numbers and ordinals, in digits or in words."""

import re
import unicodedata
from typing import Any

from text_to_num import alpha2digit

__all__ = ["plain_text", "read_digits", "read_number", "read_ordinal", "to_digits"]

_MOST_CHARACTERS = 100  # of a value; longer ones are not read
_MOST_DIGITS = 15  # that a float can store exactly

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_SIGNED = re.compile(rf"(minus |negative |- ?)?(?:an? )?({_NUMBER})( and a half| and a quarter| and 3 quarters)?")
_DECIMAL_COMMA = re.compile(r"(minus |- ?)?(\d+(?:[. ]\d{3})*(?:,\d+)?)")
_FRACTIONS = {" and a half": 0.5, " and a quarter": 0.25, " and 3 quarters": 0.75}
_DOZENS = re.compile(r"(half )?(?:an? |(\d+) )?dozen")
_FIXED = {"half": 0.5, "a half": 0.5, "quarter": 0.25, "a quarter": 0.25, "a couple": 2, "a couple of": 2, "nil": 0}
_PAIR = re.compile(r"(\d\d) (?:(\d\d)|(?:oh|o|0) (\d))")
_ORDINAL = re.compile(r"(?:the )?(\d+)(?:st|nd|rd|th)")
_OTHER_ORDINAL = re.compile(r"(\d+) ?(?:\.|[ºª°]|er|re|[eè]re|[eè]me|e|o|a)")
_FROM_THE_END = {"last": -1, "next to last": -2, "second to last": -2, "second last": -2, "penultimate": -2}


def plain_text(text: str) -> str:
    """The text in lower case, with single spaces, and without punctuation at its ends.

    Empty if the text contains half a surrogate pair, or is longer than any number or date.
    """
    if len(text) > _MOST_CHARACTERS or any("\ud800" <= char <= "\udfff" for char in text):
        return ""
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()
    return " ".join(text.split()).strip(" .,;:!?\"'")


def to_digits(text: str, language: str) -> str:
    """The text with numbers in words changed to digits; unchanged if text2num does not know the language."""
    if language == "en":
        text = re.sub(r"\bsixtieth\b", "60th", text)  # the only ordinal that text2num lacks
    try:
        return alpha2digit(text, language, threshold=0)
    except ValueError:
        return text


def read_number(text: str, language: str) -> dict[str, Any] | None:
    """Read a number, or an ordinal if the text is one."""
    digits = to_digits(text, language)
    value: int | float | None = None
    if language != "en":
        if match := _DECIMAL_COMMA.fullmatch(digits):
            value = _to_number(match[2].replace(".", "").replace(" ", "").replace(",", "."))
    elif match := _SIGNED.fullmatch(digits):
        value = _to_number(match[2].replace(",", ""))
        if value is not None and match[3]:
            value += _FRACTIONS[match[3]]
    elif match := _DOZENS.fullmatch(digits):
        value = 12 * int(match[2] or 1) // (2 if match[1] else 1) if len(match[2] or "") < _MOST_DIGITS else None
    elif match := _PAIR.fullmatch(digits):  # nineteen forty
        value = int(match[1]) * 100 + int(match[2] or match[3])
    else:
        value = _FIXED.get(digits)
    if value is None:
        return read_ordinal(text, language) if not digits.isdigit() else None
    return {"value": -value if digits.startswith(("minus", "negative", "-")) else value, "kind": "number"}


def _to_number(digits: str) -> int | float | None:
    """The number, or `None` if it is too long, or begins with 0 and so is a code."""
    if len(digits) > _MOST_DIGITS or re.match(r"0\d", digits):
        return None
    return float(digits) if "." in digits else int(digits)


def read_ordinal(text: str, language: str) -> dict[str, Any] | None:
    """Read an ordinal; a plain number counts as one."""
    value: int | None = None
    digits = to_digits(text, language)
    match = _ORDINAL.fullmatch(digits) if language == "en" else _OTHER_ORDINAL.fullmatch(digits)
    if match and len(match[1]) <= _MOST_DIGITS:
        value = int(match[1])
    elif language == "en":
        value = _FROM_THE_END.get(text.removeprefix("the "))
    if value is None and digits.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS:
        value = int(digits)
    return None if value is None else {"value": value, "kind": "ordinal"}


def read_digits(text: str, language: str) -> dict[str, Any] | None:
    """Read four digits, said one by one, in pairs or as a number."""
    groups = re.sub(r"\b(?:oh|o)\b", "0", to_digits(text, language)).replace(",", "").split()
    joined = "".join(groups)
    is_code = len(joined) == 4 and joined.isascii() and joined.isdecimal()
    return {"value": joined, "kind": "digits"} if is_code else None
