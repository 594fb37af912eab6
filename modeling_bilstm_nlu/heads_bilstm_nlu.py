"""The heads of the joint model, and what a new domain may keep of them."""

from typing import NamedTuple

import torch
from torch import nn

from .crf_bilstm_nlu import CrfLayer

#: What `reset_heads` draws anew: the heads alone; the two task stacks as well, as the paper does; the shared bi-LSTM
#: too, so that only the embeddings stay; or the heads except for labels that the checkpoint knows by the same name.
RESET_POLICIES = ("heads", "stacks", "encoder", "matching")


class Heads(NamedTuple):
    """The layers whose sizes are numbers of labels."""

    intent: nn.Linear
    slot: nn.Linear
    crf: CrfLayer | None


@torch.no_grad()
def keep_matching(
    new: Heads, old: Heads, *, intents: tuple[list[int], list[int]], tags: tuple[list[int], list[int]]
) -> None:
    """Copy what was learnt of some labels from the old heads to the new ones.

    Args:
        new: written to.
        old: read from.
        intents: places of the intents in question in the new and in the old list.
        tags: places of the slot tags, likewise. `O` alone is not copied: there is no slot type to weigh it against.
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
