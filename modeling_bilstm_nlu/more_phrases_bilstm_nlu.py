"""The values of one call as tensors, for catalog matches in a batch."""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .call_phrases_bilstm_nlu import call_phrases
from .calls_bilstm_nlu import CallValues


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

    def spell(form: str) -> list[int]:
        options = {"add_special_tokens": False, "return_attention_mask": False, "split_special_tokens": True}
        return tokenizer(form, **options)["input_ids"]

    found = call_phrases(values, spell, names, max_words)
    width = len(names) + 1
    with torch.inference_mode(False):
        # first the key of no phrase, so that there is one key at least
        keys = torch.tensor([0, *found.keys], device=device)
        catalogs = torch.frombuffer(bytearray(width) + found.catalogs, dtype=torch.bool).reshape(-1, width)
        return MorePhrases(keys, catalogs.to(device))
