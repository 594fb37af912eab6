"""Word keys, rows of n-grams and catalog matches in NumPy, with the formulas of `format_bilstm_nlu`."""

from typing import Any

import numpy as np

from ..hubfiles.call_phrases_bilstm_nlu import CallPhrases
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

__all__ = ["PhraseMatching", "PhraseTable", "look_up", "ngram_rows", "word_keys"]


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
    """The values of slot catalogs, as keys of phrases.

    Args:
        table: (rows,) key of each row's phrase.
        catalogs: (rows, catalogs) bool, the catalogs that have the phrase.
    """

    def __init__(self, table: Any, catalogs: Any):
        self._table, self._catalogs = table, catalogs

    @property
    def num_catalogs(self) -> int:
        """The number of catalogs."""
        return int(self._catalogs.shape[1])

    def hits(self, phrases: Any) -> Any:
        """Return which catalogs have each of the phrases: (phrases, catalogs) bool."""
        return self._catalogs[look_up(self._table, phrases)]


class CallTable:
    """The values of one call, as keys of phrases, for the catalogs of a model and one more.

    Args:
        given: the values.
        num_catalogs: number of catalogs, with the one more.
    """

    def __init__(self, given: CallPhrases, num_catalogs: int):
        self.num_catalogs = num_catalogs
        # first the key of no phrase, so that there is one key at least
        self._keys = np.array([0, *given.keys])
        self._catalogs = np.zeros((len(self._keys), num_catalogs), bool)
        self._catalogs[1:] = np.frombuffer(given.catalogs, bool).reshape(-1, num_catalogs)

    def hits(self, phrases: Any) -> Any:
        """Return which catalogs have each of the phrases: (phrases, catalogs) bool."""
        rows = np.minimum(np.searchsorted(self._keys, phrases), len(self._keys) - 1)
        return self._catalogs[rows] & (self._keys[rows] == phrases)[:, None]


class PhraseMatching:
    """Finds the values of slot catalogs in texts.

    Args:
        max_words: words in the longest phrase.
        table: the values of the catalogs of the model, if it has some.
    """

    def __init__(self, max_words: int, table: PhraseTable | None):
        self._max_words, self._table = max_words, table

    def match(self, keys: Any, given: CallPhrases | None) -> Any:
        """Find the values in the words of a text.

        Args:
            keys: (words,) word keys.
            given: the values of the call, which have one catalog more.

        Returns:
            (words, 2 * catalogs) bool, starts and then continuations; one more catalog with `given`.
        """
        own = 0 if self._table is None else self._table.num_catalogs
        more = None if given is None else CallTable(given, own + 1)
        num_words = len(keys)
        num_catalogs = own + (more is not None)
        longest = np.zeros((num_words, num_catalogs), int)  # words in the longest value that starts here
        highs, lows = keys // PRIME, keys % PRIME
        high, low = highs, lows
        for size in range(1, min(self._max_words, num_words) + 1):
            if size > 1:
                high = (high[:-1] * PHRASE_MULTIPLIERS[0] + highs[size - 1 :]) % PRIME
                low = (low[:-1] * PHRASE_MULTIPLIERS[1] + lows[size - 1 :]) % PRIME
            phrases = high * PRIME + low + 1
            hits = np.zeros((len(phrases), num_catalogs), bool)
            if self._table is not None:
                hits[:, :own] = self._table.hits(phrases)
            if more is not None:
                hits |= more.hits(phrases)
            longest[: len(hits)] = np.where(hits, size, longest[: len(hits)])
        starts, inside = longest > 0, np.zeros(longest.shape, bool)
        for back in range(1, self._max_words):
            # a value that starts `back` words before ends after the value that starts here
            starts[back:] &= longest[:-back] < longest[back:] + back
        for back in range(1, self._max_words):
            inside[back:] |= (longest * starts)[:-back] > back
        return np.concatenate([starts, inside], axis=1)
