"""Word keys, rows of n-grams and catalog matches in NumPy, with the formulas of `format_bilstm_nlu`."""

from typing import Any

import numpy as np

from ..hubfiles.format_bilstm_nlu import (
    NGRAM_MULTIPLIER,
    NGRAM_SIZE_STEP,
    PHRASE_MULTIPLIERS,
    PRIME,
    PROBES,
    VOCAB_SIZE,
    WORD_FOLD,
    WORD_MIXERS,
    WORD_OFFSET,
)

__all__ = ["PhraseTable", "look_up", "ngram_rows", "word_keys"]


def word_keys(ids: Any, firsts: Any) -> Any:
    """Return the key of each word: (words,) int64.

    Args:
        ids: (bytes,) ids of the bytes of all words.
        firsts: (words,) index of the first byte of each word.
    """
    lengths = np.diff(firsts, append=len(ids))
    position = np.arange(len(ids)) - np.repeat(firsts, lengths)
    halves = []
    for multiplier, shift in WORD_MIXERS:
        mixed = (ids * multiplier + position * shift + WORD_OFFSET) % PRIME
        mixed = mixed * mixed % PRIME * (mixed % WORD_FOLD + 1) % PRIME
        halves.append(np.add.reduceat(mixed, firsts) % PRIME)
    return halves[0] * PRIME + halves[1] + 1


def ngram_rows(ids: Any, firsts: Any, shortest: int, longest: int, num_rows: int) -> tuple[Any, Any]:
    """Return the rows of the n-grams of all words, word after word, and the number of n-grams of each word."""
    lengths = np.diff(firsts, append=len(ids))
    left = np.repeat(firsts + lengths, lengths) - np.arange(len(ids))  # bytes from here to the end of the word
    marked = ids + VOCAB_SIZE * (left == 1)
    value, found, words = marked, [], []
    word = np.repeat(np.arange(len(firsts)), lengths)
    for size in range(1, longest + 1):
        if size > 1:
            value = (value[: len(ids) - size + 1] * NGRAM_MULTIPLIER + marked[size - 1 :]) % PRIME
        if size > len(ids):
            break
        if size >= shortest:
            inside = left[: len(value)] >= size
            found.append(1 + (value[inside] + size * NGRAM_SIZE_STEP) % (num_rows - 1))
            words.append(word[: len(value)][inside])
    every = np.concatenate(words) if words else np.zeros(0, int)
    order = np.argsort(every, kind="stable")
    rows = np.concatenate(found)[order] if found else np.zeros(0, int)
    return rows, np.bincount(every, minlength=len(firsts))


def look_up(table: Any, keys: Any) -> Any:
    """Return the row of each key in a key table of shape (rows,); 0 if the table does not have the key."""
    num_rows = len(table)
    step = 1 + (keys // num_rows) % (num_rows - 2)
    places = 1 + (keys[..., None] + np.arange(PROBES) * step[..., None]) % (num_rows - 1)
    found = (table[places] == keys[..., None]) & (keys != 0)[..., None]
    return np.where(found, places, 0).max(-1)


class PhraseTable:
    """The values of slot catalogs, as keys of phrases; finds them in texts.

    Args:
        table: (rows,) key of each row's phrase.
        catalogs: (rows, catalogs) bool, the catalogs that have the phrase.
        max_words: words in the longest phrase.
    """

    def __init__(self, table: Any, catalogs: Any, max_words: int):
        self._table, self._catalogs, self._max_words = table, catalogs, max_words

    def match(self, keys: Any) -> Any:
        """Find the values in the words of a text: (words, 2 * catalogs) bool, starts and then continuations."""
        num_words = len(keys)
        longest = np.zeros((num_words, self._catalogs.shape[1]), int)  # words in the longest value that starts here
        highs, lows = keys // PRIME, keys % PRIME
        high, low = highs, lows
        for size in range(1, min(self._max_words, num_words) + 1):
            if size > 1:
                high = (high[:-1] * PHRASE_MULTIPLIERS[0] + highs[size - 1 :]) % PRIME
                low = (low[:-1] * PHRASE_MULTIPLIERS[1] + lows[size - 1 :]) % PRIME
            hits = self._catalogs[look_up(self._table, high * PRIME + low + 1)]
            longest[: len(hits)] = np.where(hits, size, longest[: len(hits)])
        starts, inside = longest > 0, np.zeros(longest.shape, bool)
        for back in range(1, self._max_words):
            # a value that starts `back` words before ends after the value that starts here
            starts[back:] &= longest[:-back] < longest[back:] + back
        for back in range(1, self._max_words):
            inside[back:] |= (longest * starts)[:-back] > back
        return np.concatenate([starts, inside], axis=1)
