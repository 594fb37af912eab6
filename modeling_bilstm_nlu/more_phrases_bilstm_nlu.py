"""The values of one call as keys of phrases, so that they are catalog matches like those of the gazetteers."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .calls_bilstm_nlu import CallValues
from .format_bilstm_nlu import FIRST_INNER_ID, FIRST_START_ID, PHRASE_MULTIPLIERS, PRIME
from .hashing_bilstm_nlu import lay_out_words, word_keys

#: The words of printable ASCII text in lower case, as the tokenizer finds them. It would take half of the time.
_ASCII_WORDS = re.compile(r"'(?:s|t|re|ve|ll|d|m)(?![a-z0-9])|[a-z]+|[0-9]+|[^ ]")
_FIRST_BYTE = ord("!")  # in the vocabulary of the tokenizer, the printable bytes are in the order of their codes


class MorePhrases(NamedTuple):
    """The values of one call.

    Attributes:
        keys: (phrases,) keys of phrases, sorted; at least one.
        catalogs: (phrases, catalogs + 1) bool, the catalogs of each phrase; the last stands for all slot types without
            a gazetteer.
    """

    keys: Tensor
    catalogs: Tensor

    def hits(self, phrases: Tensor) -> Tensor:
        """Return which catalogs have each of the phrases (batch, words, lengths): (..., catalogs + 1) bool."""
        rows = torch.searchsorted(self.keys, phrases).clamp(max=len(self.keys) - 1)
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
    places: dict[Any, int] = {}  # distinct word -> its number
    ids: list[int] = []  # of all distinct words, one after the other
    phrases = []  # column of the catalog, numbers of the words
    for slot_type, form in values.forms:
        numbers = []
        for word in _words(form, tokenizer):
            if word not in places:
                places[word] = len(places)
                ids += _ids(word)
            numbers.append(places[word])
        phrases.append((names.index(slot_type) if slot_type in names else len(names), numbers))
    with torch.inference_mode(False):
        input_ids = torch.tensor([ids])
        keys = word_keys(input_ids, lay_out_words(input_ids))[0].tolist()
        columns: dict[int, set[int]] = {}
        for column, numbers in phrases:
            if 0 < len(numbers) <= max_words:
                columns.setdefault(_phrase_key([keys[number] for number in numbers]), set()).add(column)
        ordered = sorted(columns) or [0]  # 0 is the key of no phrase
        catalogs = torch.zeros(len(ordered), len(names) + 1, dtype=torch.bool)
        pairs = [(row, column) for row, key in enumerate(ordered) for column in columns.get(key, ())]
        if pairs:
            catalogs[tuple(torch.tensor(pairs).T)] = True
        return MorePhrases(torch.tensor(ordered, device=device), catalogs.to(device))


def _words(form: str, tokenizer: Any) -> Iterator[str | tuple[int, ...]]:
    """Yield the words of a form: a printable ASCII text in lower case, or ids of the tokenizer."""
    if form.isascii() and form.isprintable():
        yield from _ASCII_WORDS.findall(form.lower())
        return
    ids = tokenizer(form, add_special_tokens=False, return_attention_mask=False, split_special_tokens=True)[
        "input_ids"
    ]
    starts = [place for place, token in enumerate(ids) if token < FIRST_INNER_ID]
    for start, end in zip(starts, [*starts[1:], len(ids)], strict=True):
        yield tuple(ids[start:end])


def _ids(word: str | tuple[int, ...]) -> Sequence[int]:
    if isinstance(word, tuple):
        return word
    first, *inner = word.encode()
    return [FIRST_START_ID + first - _FIRST_BYTE, *(FIRST_INNER_ID + byte - _FIRST_BYTE for byte in inner)]


def _phrase_key(keys: Sequence[int]) -> int:
    """Return the key of a phrase, as `hashing_bilstm_nlu.phrase_keys` computes it."""
    high, low = divmod(keys[0], PRIME)
    for key in keys[1:]:
        high = (high * PHRASE_MULTIPLIERS[0] + key // PRIME) % PRIME
        low = (low * PHRASE_MULTIPLIERS[1] + key % PRIME) % PRIME
    return high * PRIME + low + 1
