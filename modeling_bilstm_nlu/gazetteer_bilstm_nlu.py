"""Slot catalogs as features: which words spell a known value, as one more input of the two task stacks."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .hashing_bilstm_nlu import claim_rows, look_up, phrase_keys


class Gazetteer(nn.Module):
    """Marks the words that spell a value of a slot catalog, and projects the marks into the task stacks' inputs.

    Each catalog gives two indicators a word: "starts a value" and "is inside one". The catalogs live in the checkpoint
    as keys of their phrases, not as text, so matching is part of the network. The projections are zero at first:
    matches start silent.
    """

    table: Tensor
    catalogs: Tensor

    def __init__(self, config, size: int):
        super().__init__()
        self.max_words = config.gazetteer_max_words
        num_catalogs, num_rows = len(config.gazetteers), config.gazetteer_rows
        self.register_buffer("table", torch.zeros(num_rows, dtype=torch.long))  # key of each row's phrase
        self.register_buffer("catalogs", torch.zeros(num_rows, num_catalogs, dtype=torch.bool))
        self.intent_weight = nn.Parameter(torch.zeros(size, 2 * num_catalogs))
        self.slot_weight = nn.Parameter(torch.zeros(size, 2 * num_catalogs))

    def match(self, keys: Tensor) -> Tensor:
        """(batch, words) word keys to (batch, words, 2 * catalogs) bool."""
        starts = torch.zeros(*keys.shape, self.catalogs.shape[1], dtype=torch.bool, device=keys.device)
        inside = starts
        for length in range(1, self.max_words + 1):
            hits = self.catalogs[look_up(self.table, phrase_keys(keys, length))]  # (batch, words, catalogs)
            starts = starts | hits
            for step in range(1, length):
                inside = inside | nn.functional.pad(hits, (0, 0, step, 0))[:, : keys.shape[1]]
        return torch.cat([starts, inside], dim=-1)

    def forward(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, words) word keys to what the intent and the slot stack add to their input, (batch, words, size)."""
        matches = self.match(keys).to(self.slot_weight.dtype)
        return nn.functional.linear(matches, self.intent_weight), nn.functional.linear(matches, self.slot_weight)

    @torch.no_grad()
    def fill(self, phrases: Mapping[str, list[int]]) -> int:
        """Enter the phrase keys of every catalog, in the order of the config; returns how many found no row."""
        distinct = list(dict.fromkeys(key for keys in phrases.values() for key in keys))
        rows = dict(zip(distinct, claim_rows(self.table, distinct), strict=True))
        for column, keys in enumerate(phrases.values()):
            self.catalogs[[rows[key] for key in keys if rows[key]], column] = True
        return sum(rows[key] == 0 for keys in phrases.values() for key in keys)


def value_keys(keys: Tensor, max_words: int) -> list[int]:
    """The phrase key of every catalog value that is short enough.

    Args:
        keys: (values, words) word keys, 0 after a value's last word.
        max_words: words in the longest value that is taken.
    """
    lengths = (keys != 0).sum(1)
    found: list[int] = []
    for length in range(1, max_words + 1):
        rows = keys[lengths == length]
        if len(rows):
            found.extend(phrase_keys(rows[:, :length], length)[:, 0].tolist())
    return found
