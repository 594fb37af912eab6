"""What the baselines read from a text: its words, their kinds, and the catalog values that they match."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from modeling_bilstm_nlu.data.values.builtin_types import builtin_forms, spell_number, spell_ordinal
from modeling_bilstm_nlu.data.words import words_of
from modeling_bilstm_nlu.pipeline_bilstm_nlu import LONE_SURROGATE

__all__ = ["Reading", "TextReader"]

#: Most words of a catalog value that is matched; the gazetteers of the network have the same limit.
MAX_WORDS = 6


def _words(*phrases: str) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in re.findall(r"\w+", phrase))


#: Kinds of words in dates, times and amounts. English only; other languages have only shapes.
_KINDS = {
    "number": _words(*(spell_number(n) for n in range(100)), "hundred thousand million half dozen couple"),
    "ordinal": _words(*(spell_ordinal(n) for n in range(1, 32)), "last next"),
    "day": _words(*builtin_forms("dayofweek"), "today tomorrow tonight yesterday weekend weekday weekends weekdays"),
    "month": _words(*builtin_forms("month")),
    "season": _words(*builtin_forms("season")),
    "unit": _words("second seconds minute minutes hour hours day days week weeks month months year years percent"),
    "clock": _words("am pm clock quarter past noon midnight morning afternoon evening night"),
}


class Reading(NamedTuple):
    """A text in the form that features are made from; each list has one item per word.

    Attributes:
        offsets: start and end, in characters, end exclusive.
        words: in lower case.
        shapes: small letters as ``x``, capitals as ``X``, digits as ``9``; runs are shortened to two.
        cues: kinds of the word, and ``B-`` or ``I-`` with the slot types of the catalog values that contain it.
    """

    offsets: list[tuple[int, int]]
    words: list[str]
    shapes: list[str]
    cues: list[list[str]]


class TextReader:
    """Reads texts with the words of the network and the catalogs of a domain.

    Args:
        catalogs: slot type -> all surface forms of its known values; may be empty.
    """

    def __init__(self, catalogs: Mapping[str, Sequence[str]]):
        self.catalogs = {slot_type: list(forms) for slot_type, forms in sorted(catalogs.items())}
        self._slot_types: dict[tuple[str, ...], list[str]] = {}
        for slot_type, forms in self.catalogs.items():
            for phrase in _phrases(tuple(forms)):
                self._slot_types.setdefault(phrase, []).append(slot_type)
        self._longest = max(map(len, self._slot_types), default=0)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """The readings of texts; a text without words has empty lists."""
        readable = [LONE_SURROGATE.sub("\ufffd", text) for text in texts]
        return [self._reading(text, offsets) for text, offsets in zip(readable, words_of(readable), strict=True)]

    def _reading(self, text: str, offsets: list[tuple[int, int]]) -> Reading:
        words = _normal_words(text, offsets)
        cues = [_kinds(word) for word in words]
        for start, end, slot_type in self._matches(words):
            cues[start].append(f"B-{slot_type}")
            for place in range(start + 1, end):
                cues[place].append(f"I-{slot_type}")
        return Reading(offsets, words, [_shape(text[start:end]) for start, end in offsets], cues)

    def _matches(self, words: list[str]) -> Iterable[tuple[int, int, str]]:
        """The longest values of each catalog, from left to right without overlap: (first word, end, slot type)."""
        taken: dict[str, int] = {}
        for start in range(len(words)):
            for end in range(min(start + self._longest, len(words)), start, -1):
                for slot_type in self._slot_types.get(tuple(words[start:end]), ()):
                    if taken.get(slot_type, 0) <= start:
                        taken[slot_type] = end
                        yield start, end, slot_type


@lru_cache(maxsize=64)
def _phrases(forms: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """The words of every form that is short enough; cached, because a study reads the same catalogs repeatedly."""
    phrases = (tuple(_normal_words(form, words)) for form, words in zip(forms, words_of(forms), strict=True))
    return frozenset(phrase for phrase in phrases if 0 < len(phrase) <= MAX_WORDS)


def _normal_words(text: str, offsets: Iterable[tuple[int, int]]) -> list[str]:
    words = [text[start:end].lower() for start, end in offsets]
    if text.isascii():
        return words
    return [unicodedata.normalize("NFC", word).replace("\u2019", "'") for word in words]


def _kinds(word: str) -> list[str]:
    kinds = [kind for kind, words in _KINDS.items() if word in words]
    if word.isdigit():
        kinds.append(f"digits{min(len(word), 5)}")
    return kinds


@lru_cache(maxsize=100_000)
def _shape(word: str) -> str:
    marks = ("9" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c for c in word)
    return re.sub(r"(.)\1+", r"\1\1", "".join(marks))
