"""Find words, character n-grams and phrases in bytes, with integer arithmetic on token ids.

The tokenizer is byte-level, so there are no unknown words: an id says which byte it is, and whether the byte starts a
word. All else that the network needs (where words are, which character n-grams they have, which known word or catalog
phrase they are) is computed here with tensor operations, on any device and for a whole batch at once.
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from .format_bilstm_nlu import (
    FIRST_INNER_ID,
    FIRST_START_ID,
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


class WordLayout(NamedTuple):
    """Where the words of a batch are.

    Attributes:
        real: (batch, bytes) bool, false for padding.
        index: (batch, bytes) number of the word of each byte; 0 for padding.
        position: (batch, bytes) index of the byte in its word.
        is_last: (batch, bytes) bool, true for the last byte of a word.
        lengths: (batch,) number of words in each row.
        mask: (batch, words) bool, true where there is a word.
    """

    real: Tensor
    index: Tensor  # type: ignore[assignment]
    position: Tensor
    is_last: Tensor
    lengths: Tensor
    mask: Tensor


def _shift_left(values: Tensor, steps: int) -> Tensor:
    """Return values[:, i + steps] at index i, and zeros after the end; (batch, places) in and out."""
    width = values.shape[1]
    return torch.nn.functional.pad(values, (0, steps))[:, steps : steps + width]


def lay_out_words(input_ids: Tensor, attention_mask: Tensor | None = None) -> WordLayout:
    """Find the words of a batch of byte ids of shape (batch, bytes); rows are padded on the right."""
    real = input_ids >= FIRST_START_ID
    if attention_mask is not None:
        real = real & (attention_mask != 0)
    starts = real & (input_ids < FIRST_INNER_ID)
    index = (starts.cumsum(1) - 1).clamp(min=0)
    byte = torch.arange(input_ids.shape[1], device=input_ids.device).expand_as(input_ids)
    first_byte = torch.where(starts, byte, 0).cummax(1).values  # index of the word's first byte
    is_last = real & (_shift_left(starts, 1) | ~_shift_left(real, 1))
    lengths = starts.sum(1)
    # The limit is a tensor, not an int, so that the number of words is dynamic in an exported graph.
    words = torch.arange(lengths.max().clamp(min=1), device=input_ids.device)  # type: ignore[call-overload]
    mask = words[None, :] < lengths[:, None]
    return WordLayout(real, torch.where(real, index, 0), byte - first_byte, is_last, lengths, mask)


def sum_by_word(values: Tensor, layout: WordLayout) -> Tensor:
    """Add up values of shape (batch, bytes) or (batch, bytes, size) over each word: (batch, words) or (..., size)."""
    batch, words = layout.mask.shape
    row = torch.arange(batch, device=values.device)[:, None] * words
    real = layout.real if values.dim() == 2 else layout.real[..., None]
    summed = values.new_zeros((batch * words, *values.shape[2:]))
    summed = summed.index_add(0, (row + layout.index).flatten(), (values * real.to(values.dtype)).flatten(0, 1))
    return summed.unflatten(0, (batch, words))


def ngram_buckets(input_ids: Tensor, layout: WordLayout, shortest: int, longest: int, num_rows: int) -> Tensor:
    """Return the rows of the n-grams that start at each byte: (batch, bytes, sizes), 0 if there is no n-gram.

    N-grams are inside one word, and differ at its start and end: the first byte has ids of its own, and the id of the
    last byte is shifted by the vocabulary size (the boundary marks of Bojanowski et al. 2017, arXiv:1607.04606).
    """
    marked = input_ids + VOCAB_SIZE * layout.is_last
    value, inside = marked, layout.real
    rows = []
    for size in range(1, longest + 1):
        step = size - 1
        if step:
            value = (value * NGRAM_MULTIPLIER + _shift_left(marked, step)) % PRIME
            inside = inside & ~_shift_left(layout.is_last, step - 1) & _shift_left(layout.real, step)
        if size >= shortest:
            rows.append(torch.where(inside, 1 + (value + size * NGRAM_SIZE_STEP) % (num_rows - 1), 0))
    return torch.stack(rows, dim=-1)


def word_keys(input_ids: Tensor, layout: WordLayout) -> Tensor:
    """Return a 62-bit key for each word, equal for equal words: (batch, words) int64, 0 where there is no word."""
    halves = []
    for multiplier, shift in WORD_MIXERS:
        mixed = (input_ids * multiplier + layout.position * shift + WORD_OFFSET) % PRIME
        mixed = mixed * mixed % PRIME * (mixed % WORD_FOLD + 1) % PRIME  # so that bytes do not cancel each other
        halves.append(sum_by_word(mixed, layout) % PRIME)
    keys = halves[0] * PRIME + halves[1] + 1
    return torch.where(layout.mask, keys, 0)


def phrase_keys(keys: Tensor, longest: int) -> Tensor:
    """Return the keys of the phrases that start at each word: (batch, words, longest), phrases of one word first.

    A key is 0 if the row ends before the phrase.

    Args:
        keys: (batch, words) keys from `word_keys`.
        longest: number of words in the longest phrase, at least 1.
    """
    ahead = torch.nn.functional.pad(keys, (0, longest - 1)).unfold(1, longest, 1)  # (batch, words, longest)
    highs, lows = (ahead // PRIME).unbind(-1), (ahead % PRIME).unbind(-1)
    for_high, for_low = PHRASE_MULTIPLIERS
    phrase_highs, phrase_lows = [highs[0]], [lows[0]]
    for high, low in zip(highs[1:], lows[1:], strict=True):
        phrase_highs.append((phrase_highs[-1] * for_high + high) % PRIME)
        phrase_lows.append((phrase_lows[-1] * for_low + low) % PRIME)
    phrases = torch.stack(phrase_highs, dim=-1) * PRIME + torch.stack(phrase_lows, dim=-1) + 1
    return torch.where(ahead != 0, phrases, 0)  # a row's words come first


def probe(keys: Tensor, num_rows: int) -> Tensor:
    """Return the rows that a key may be in, by double hashing: (..., PROBES), never row 0."""
    step = 1 + (keys // num_rows) % (num_rows - 2)
    steps = torch.arange(PROBES, device=keys.device) * step[..., None]
    return 1 + (keys[..., None] + steps) % (num_rows - 1)


def look_up(table: Tensor, keys: Tensor) -> Tensor:
    """Return the row of each key in a key table of shape (rows,); 0 if the table does not have the key."""
    places = probe(keys, table.shape[0])
    found = (table[places] == keys[..., None]) & (keys != 0)[..., None]
    return torch.where(found, places, 0).amax(-1)


def claim_rows(table: Tensor, keys: Iterable[int]) -> list[int]:
    """Give each new key the first free one of its rows, in the order of the keys, and write it to `table`.

    Returns the row of each key: its old row if it had one, 0 if all its rows are in use.
    """
    keys = torch.as_tensor(list(keys), dtype=torch.long)
    if not len(keys):
        return []
    places = probe(keys, table.shape[0]).tolist()
    taken = table.tolist()
    rows = []
    for key, candidates in zip(keys.tolist(), places, strict=True):
        row = next((place for place in candidates if taken[place] == key), 0)
        if not row:
            row = next((place for place in candidates if taken[place] == 0), 0)
            if row:
                taken[row] = key
        rows.append(row)
    table.copy_(torch.tensor(taken, dtype=table.dtype))
    return rows
