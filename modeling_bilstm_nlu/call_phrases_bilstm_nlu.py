"""The values of one call as keys of phrases, so that they are catalog matches like those of the gazetteers.

This file loads no torch, so every engine can use it.
"""

import re
from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import getitem
from typing import NamedTuple

from .calls_bilstm_nlu import MAX_LENGTH, CallValues
from .format_bilstm_nlu import (
    FIRST_INNER_ID,
    FIRST_START_ID,
    PHRASE_MULTIPLIERS,
    PRIME,
    WORD_FOLD,
    WORD_MIXERS,
    WORD_OFFSET,
)

#: The words of printable ASCII text in lower case, as the tokenizer finds them. It would take half of the time.
_ASCII_WORDS = re.compile(r"'(?:s|t|re|ve|ll|d|m)(?![a-z0-9])|[a-z]+|[0-9]+|[^ ]")
_FIRST_BYTE = ord("!")  # in the vocabulary of the tokenizer, the printable bytes are in the order of their codes
#: Bits of one half of the sum of a word; the sums of both halves are one number, so that one addition does.
_HALF = 64
_LOW = (1 << _HALF) - 1


class CallPhrases(NamedTuple):
    """The values of one call.

    Attributes:
        keys: keys of phrases, sorted.
        catalogs: for each phrase, a byte of 0 or 1 for each catalog that may have it; the last one is for all slot
            types without a gazetteer.
    """

    keys: "array[int]"
    catalogs: bytes


def call_phrases(
    values: CallValues, spell: Callable[[str], Sequence[int]], names: Sequence[str], max_words: int
) -> CallPhrases:
    """Find the keys of the values of a call.

    Args:
        values: the values.
        spell: function from a text to the ids of its bytes, in words, as the tokenizer finds them.
        names: the slot types with a gazetteer, in order.
        max_words: number of words in the longest value that is used.
    """
    column_of = {name: column for column, name in enumerate(names)}
    width = len(names) + 1
    owners: dict[int, bytearray] = {}  # key of a phrase -> its catalogs
    for slot_type, form in values.forms:
        words = _words(form, spell)
        if 0 < len(words) <= max_words:
            key = _phrase_key(words)
            if key not in owners:
                owners[key] = bytearray(width)
            owners[key][column_of.get(slot_type, -1)] = 1
    keys = sorted(owners)
    return CallPhrases(array("q", keys), b"".join([owners[key] for key in keys]))


def _words(form: str, spell: Callable[[str], Sequence[int]]) -> Sequence[str | tuple[int, ...]]:
    """Return the words of a form: printable ASCII texts in lower case, or ids."""
    if form.isascii() and form.isprintable():
        return _ASCII_WORDS.findall(form.lower())
    ids = spell(form)
    starts = [place for place, token in enumerate(ids) if token < FIRST_INNER_ID]
    return [tuple(ids[start:end]) for start, end in zip(starts, [*starts[1:], len(ids)], strict=True)]


class _Place(dict[str | int, int]):
    """What a character, or the id of a byte, adds to both halves of a word's key, at one place of the word.

    A number is made when it is first needed. So a key takes a tenth of the time, because most bytes have been at the
    same place of a word before.
    """

    def __init__(self, place: int):
        super().__init__()
        self._first_id = FIRST_INNER_ID if place else FIRST_START_ID
        self._mixers = [(multiplier, place * shift + WORD_OFFSET) for multiplier, shift in WORD_MIXERS]

    def __missing__(self, byte: str | int) -> int:
        token = byte if isinstance(byte, int) else self._first_id + ord(byte) - _FIRST_BYTE
        high, low = ((token * multiplier + shift) % PRIME for multiplier, shift in self._mixers)
        high, low = (half * half % PRIME * (half % WORD_FOLD + 1) % PRIME for half in (high, low))
        self[byte] = both = high << _HALF | low
        return both


_place = lru_cache(maxsize=MAX_LENGTH)(_Place)
#: The places of the bytes of most words.
_PLACES = [_place(place) for place in range(32)]


def _phrase_key(words: Sequence[str | tuple[int, ...]]) -> int:
    """Return the key of a phrase, as `word_keys` and `phrase_keys` of `hashing_bilstm_nlu` compute it."""
    high = low = 0
    for word in words:
        places = _PLACES if len(word) <= len(_PLACES) else map(_place, range(len(word)))
        both = sum(map(getitem, places, word))
        more_high, more_low = divmod((both >> _HALF) % PRIME * PRIME + (both & _LOW) % PRIME + 1, PRIME)
        high = (high * PHRASE_MULTIPLIERS[0] + more_high) % PRIME
        low = (low * PHRASE_MULTIPLIERS[1] + more_low) % PRIME
    return high * PRIME + low + 1
