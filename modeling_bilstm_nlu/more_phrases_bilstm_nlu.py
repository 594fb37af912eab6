"""The values of one call as keys of phrases, so that they are catalog matches like those of the gazetteers."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .calls_bilstm_nlu import CallValues
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


class MorePhrases(NamedTuple):
    """The values of one call.

    Attributes:
        keys: (phrases,) keys of phrases, sorted; at least one.
        catalogs: (phrases, catalogs + 1) bool, the catalogs of each phrase; the last is for all slot types without a
            gazetteer.
    """

    keys: Tensor
    catalogs: Tensor

    def hits(self, phrases: Tensor) -> Tensor:
        """Return which catalogs have each of the phrases (batch, words, lengths): (..., catalogs + 1) bool."""
        rows = torch.searchsorted(self.keys, phrases.contiguous()).clamp(max=len(self.keys) - 1)
        return self.catalogs[rows] & (self.keys[rows] == phrases)[..., None]


@lru_cache(maxsize=32)
def more_phrases(
    values: CallValues, tokenizer: Any, names: tuple[str, ...], max_words: int, device: torch.device
) -> MorePhrases:
    """Find the keys of the values of a call. They are kept for the next call with the same values.

    Args:
        values: the values.
        tokenizer: the tokenizer that finds the words.
        names: the slot types with a gazetteer, in order.
        max_words: number of words in the longest value that is used.
        device: where the keys are needed.
    """
    owners: dict[int, set[int]] = {0: set()}  # key of a phrase -> its catalogs; 0 is the key of no phrase
    for slot_type, form in values.forms:
        words = _words(form, tokenizer)
        if 0 < len(words) <= max_words:
            column = names.index(slot_type) if slot_type in names else len(names)
            owners.setdefault(_phrase_key(words), set()).add(column)
    ordered = sorted(owners)
    with torch.inference_mode(False):
        catalogs = torch.tensor([[column in owners[key] for column in range(len(names) + 1)] for key in ordered])
        return MorePhrases(torch.tensor(ordered, device=device), catalogs.to(device))


def _words(form: str, tokenizer: Any) -> Sequence[str | tuple[int, ...]]:
    """Return the words of a form: printable ASCII texts in lower case, or ids of the tokenizer."""
    if form.isascii() and form.isprintable():
        return _ASCII_WORDS.findall(form.lower())
    ids = tokenizer(form, add_special_tokens=False, return_attention_mask=False, split_special_tokens=True)[
        "input_ids"
    ]
    starts = [place for place, token in enumerate(ids) if token < FIRST_INNER_ID]
    return [tuple(ids[start:end]) for start, end in zip(starts, [*starts[1:], len(ids)], strict=True)]


@lru_cache(maxsize=2**13)
def _word_halves(word: str | tuple[int, ...]) -> tuple[int, int]:
    """Return the halves of a word's key, as `hashing_bilstm_nlu.word_keys` computes it.

    Here it is much faster, because most bytes have been at the same place of a word before.
    """
    if isinstance(word, str):
        codes = word.encode()
        ids = [FIRST_START_ID + codes[0] - _FIRST_BYTE, *(FIRST_INNER_ID + code - _FIRST_BYTE for code in codes[1:])]
    else:
        ids = list(word)
    high = low = 0
    for more_high, more_low in map(_mixed, ids, range(len(ids))):
        high += more_high
        low += more_low
    return divmod(high % PRIME * PRIME + low % PRIME + 1, PRIME)


@lru_cache(maxsize=2**14)
def _mixed(token: int, place: int) -> tuple[int, int]:
    """Return what a byte at a place of a word adds to both halves of the word's key."""
    high, low = ((token * multiplier + place * shift + WORD_OFFSET) % PRIME for multiplier, shift in WORD_MIXERS)
    return high * high % PRIME * (high % WORD_FOLD + 1) % PRIME, low * low % PRIME * (low % WORD_FOLD + 1) % PRIME


def _phrase_key(words: Sequence[str | tuple[int, ...]]) -> int:
    """Return the key of a phrase, as `hashing_bilstm_nlu.phrase_keys` computes it."""
    high = low = 0
    for more_high, more_low in map(_word_halves, words):
        high = (high * PHRASE_MULTIPLIERS[0] + more_high) % PRIME
        low = (low * PHRASE_MULTIPLIERS[1] + more_low) % PRIME
    return high * PRIME + low + 1
