"""How English words sound: words with the same key are very probably said in the same way.

The key is strict: it keeps apart what most people hear as different (`bit`, `bet` and `beat`; `sweat` and `sweet`).
So it misses words with unusual spellings, but two words with the same key are rarely different ones.
"""

import re

__all__ = ["KEPT_LETTERS", "sound_key"]

#: Letters that a key has as often as its word: no rule adds or removes one.
KEPT_LETTERS = "mrv"

#: Letters at the start of a word -> their sound.
_AT_START = {"kn": "n", "gn": "n", "wr": "r", "ps": "s", "pn": "n", "wh": "w", "rh": "r", "x": "z"}
#: Letters at the end of a word -> their sound.
_AT_END = {
    "mb": "m",
    "mn": "m",
    "gue": "g",
    "que": "k",
    "ah": "a",
    "ff": "f",
    "ll": "l",
    "ss": "s",
    "zz": "z",
    "tt": "t",
    "gg": "g",
    "ey": "i",
    "ie": "i",
    "y": "i",
    "tion": "Sn",
    "sion": "Sn",
}
#: Letters anywhere -> their sound. Capital letters are long vowels and sounds of two letters.
_INSIDE = {
    "eigh": "A",
    "ough": "U",
    "augh": "X",
    "igh": "Y",
    "tch": "C",
    "dge": "J",
    "sch": "sk",
    "sh": "S",
    "ch": "C",
    "ph": "f",
    "th": "T",
    "gh": "g",
    "ck": "k",
    "cc": "kk",
    "qu": "kw",
    "q": "k",
    "x": "ks",
    "c": "k",
    "ee": "I",
    "ea": "E",
    "ie": "I",
    "ei": "I",
    "ai": "A",
    "ay": "A",
    "oa": "O",
    "oo": "U",
    "ew": "U",
    "ue": "U",
    "au": "X",
    "aw": "X",
    "oi": "Q",
    "oy": "Q",
    "ou": "W",
    "ohn": "on",
    "y": "i",
}
_LONG = {"a": "A", "e": "I", "i": "Y", "o": "O", "u": "U", "y": "Y"}
_SILENT_E = re.compile(r"([aeiouy])([bcdfghjklmnpqrstvwz]|th|ch)e$")
_START = re.compile(f"^(?:{'|'.join(_AT_START)})")
_END = re.compile(f"(?:{'|'.join(sorted(_AT_END, key=len, reverse=True))})$")
_ANYWHERE = re.compile("|".join(sorted(_INSIDE, key=len, reverse=True)))
_SOFT_C = re.compile("c(?=[eiy])")
_FIRST_LETTERS = frozenset(letters[0] for letters in _AT_START)
_LAST_LETTERS = frozenset(letters[-1] for letters in _AT_END)


def sound_key(word: str) -> str:
    """Return a key of how a word sounds; a word with other characters than a to z is its own key.

    Args:
        word: a word in lower case, without accents.
    """
    if not (word.isascii() and word.isalpha()):
        return word
    if "c" in word:
        word = _SOFT_C.sub("s", word)
    if word[0] in _FIRST_LETTERS:
        word = _START.sub(lambda match: _AT_START[match[0]], word)
    if word[-1] == "e":
        word = _SILENT_E.sub(lambda match: _LONG[match[1]] + match[2], word)  # the e makes the vowel before it long
    if len(word) > 3 and word[-1] in _LAST_LETTERS:
        word = _END.sub(lambda match: _AT_END[match[0]], word)
    return _ANYWHERE.sub(lambda match: _INSIDE[match[0]], word)
