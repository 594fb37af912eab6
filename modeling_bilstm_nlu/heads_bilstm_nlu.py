"""The heads of the joint model, and how a new domain can keep a part of them."""

from typing import NamedTuple

import torch
from torch import nn

from .crf_bilstm_nlu import CrfLayer

#: What `reset_heads` re-initialises: only the heads; also the two task stacks, as in the paper; also the shared
#: bi-LSTM, so that only the embeddings stay; or the heads except for labels with names that the checkpoint has, too.
RESET_POLICIES = ("heads", "stacks", "encoder", "matching")


class Heads(NamedTuple):
    """The layers whose sizes depend on the numbers of labels."""

    intent: nn.Linear
    slot: nn.Linear
    crf: CrfLayer | None


@torch.no_grad()
def keep_matching(
    new: Heads, old: Heads, *, intents: tuple[list[int], list[int]], tags: tuple[list[int], list[int]]
) -> None:
    """Copy the weights of some labels from the old heads to the new ones.

    Args:
        new: heads to write to.
        old: heads to read from.
        intents: indices of these intents in the new and in the old list.
        tags: indices of these slot tags in the new and in the old list. If there is only `O`, it is not copied.
    """
    to, kept = intents
    new.intent.weight[to], new.intent.bias[to] = old.intent.weight[kept], old.intent.bias[kept]
    to, kept = tags
    if len(to) == 1:
        return
    new.slot.weight[to], new.slot.bias[to] = old.slot.weight[kept], old.slot.bias[kept]
    if new.crf is not None and old.crf is not None:
        new.crf.start[to], new.crf.end[to] = old.crf.start[kept], old.crf.end[kept]
        rows, columns = torch.tensor(to)[:, None], torch.tensor(to)[None, :]
        new.crf.transitions[rows, columns] = old.crf.transitions[torch.tensor(kept)[:, None], kept]
