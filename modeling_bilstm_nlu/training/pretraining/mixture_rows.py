"""Rows and batches of a mixture, with the number of their corpus and the teacher's states."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...data.collator import JointNluCollator
from ...data.encoded import EncodedUtterances
from .teacher_states import TeacherStates

__all__ = ["MixtureCollator", "MixtureRows", "own_tags"]


class MixtureRows(torch.utils.data.Dataset):
    """Encoded utterances with the number of their corpus, and with the teacher's states if there is a teacher."""

    def __init__(self, rows: EncodedUtterances, corpora: np.ndarray, states: TeacherStates | None):
        self.rows, self.corpora, self.states = rows, corpora, states

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> dict[str, Any]:
        row = {**self.rows[i], "corpus": int(self.corpora[i])}
        if self.states is not None:
            row["sentences"], row["words"] = self.states.of(i)
        return row


class MixtureCollator(JointNluCollator):
    """Pads rows of `MixtureRows` that are all from one corpus; also rows without a corpus, as `JointNluCollator`."""

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        batch = super().__call__(rows)
        if "corpus" in rows[0]:
            batch["corpus"] = torch.tensor([rows[0]["corpus"]])
        if "words" in rows[0]:
            batch["sentences"] = torch.stack([row["sentences"] for row in rows])
            words = [row["words"] for row in rows]
            batch["words"] = nn.utils.rnn.pad_sequence(words, batch_first=True, padding_value=float("nan"))
        return batch


def own_tags(rows: EncodedUtterances, start: int, end: int) -> Tensor:
    """Return the tag subset of a range of rows: the tags of the slot types in these rows, in order, `O` first."""
    used = rows.tags[rows.tag_edges[start] : rows.tag_edges[end]].unique()
    types = ((used[used > 0] + 1) // 2).unique().long()  # slot type k has the tags 2k - 1 and 2k
    return torch.cat([torch.zeros(1, dtype=torch.long), torch.stack([2 * types - 1, 2 * types], dim=1).flatten()])
