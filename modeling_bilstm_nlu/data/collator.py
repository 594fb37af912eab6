"""Batches for joint training: input ids are padded with the pad id, slot labels with -100."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..labels_bilstm_nlu import IGNORED

__all__ = ["JointNluCollator"]


@dataclass
class JointNluCollator:
    """Pad the rows that `encode_dataset` makes to the longest row of their batch.

    Args:
        pad_token_id: id that pads `input_ids`.
        ignored: label that pads `slot_labels`; the loss ignores it.
    """

    pad_token_id: int = 0
    ignored: int = IGNORED

    def __call__(self, rows: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
        """Turn rows into `input_ids` (batch, bytes), `intent_labels` (batch,) and `slot_labels` (batch, words)."""
        ids = [torch.as_tensor(row["input_ids"]) for row in rows]
        slots = [torch.as_tensor(row["slot_labels"]) for row in rows]
        return {
            "input_ids": pad_sequence(ids, batch_first=True, padding_value=self.pad_token_id).long(),
            "intent_labels": torch.tensor([int(row["intent_labels"]) for row in rows]),
            "slot_labels": pad_sequence(slots, batch_first=True, padding_value=self.ignored).long(),
        }
