"""Encoded utterances as flat arrays: a row costs three slices, whatever its length."""

from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor

__all__ = ["EncodedUtterances"]


class EncodedUtterances(torch.utils.data.Dataset):
    """What the training loop reads of a dataset that `encode_dataset` made.

    Rows are views into one array of ids and one of labels. Reading them through `datasets` costs some 150
    microseconds a row, which adds up to a fifth of a training step of a small network.

    A row may have several variants, such as other slot values in the same carrier: row i stands at place i in its
    first variant, at place i + len(self) in its second, and so on.

    Args:
        dataset: with the columns of `ENCODED_FEATURES`: all rows in their first variant, then all in their second.
        num_rows: rows there are of each variant; all where it is `None`.

    Attributes:
        lengths: words in every row.
        num_variants: of each row.
    """

    def __init__(self, dataset: Dataset, num_rows: int | None = None):
        table = dataset.with_format("arrow")
        self.ids, self.id_edges = _flat(table, "input_ids")
        self.tags, self.tag_edges = _flat(table, "slot_labels")
        self.intents = torch.from_numpy(np.array(table[:]["intent_labels"], dtype=np.int64))
        lengths: list[int] = table[:]["length"].to_pylist()
        self.lengths = lengths[:num_rows]
        self.num_variants = len(lengths) // len(self.lengths) if lengths else 1

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, i: int) -> dict[str, Any]:
        return {
            "input_ids": self.ids[self.id_edges[i] : self.id_edges[i + 1]],
            "intent_labels": self.intents[i],
            "slot_labels": self.tags[self.tag_edges[i] : self.tag_edges[i + 1]],
        }


def _flat(table: Dataset, column: str) -> tuple[Tensor, list[int]]:
    """All values of a column of lists in one tensor, and where each row begins and ends."""
    values = table[:][column].combine_chunks()
    sizes = values.value_lengths().to_numpy(zero_copy_only=False)
    flat = torch.from_numpy(np.array(values.flatten(), dtype=np.int16))
    return flat, np.concatenate([[0], np.cumsum(sizes)]).tolist()
