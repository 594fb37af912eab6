"""Batches of like lengths, in random order."""

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

__all__ = ["LengthBucketSampler"]


class LengthBucketSampler(Sampler[int]):
    """Draws rows so that each batch holds like lengths, and batches come in random order.

    Rows are shuffled, sorted by length inside chunks of many batches, cut into batches, and the batches are shuffled.
    (The sampler that ships with transformers leaves each chunk in order from long to short.) The draw depends on seed
    and epoch alone, so an interrupted run resumes with the same batches.

    Args:
        lengths: length of every row, in any unit.
        batch_size: rows in a batch.
        seed: of the draw.
        batches_per_chunk: how many batches are sorted together; more of them means less padding and less chance.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int = 0, batches_per_chunk: int = 50):
        self.lengths = torch.as_tensor(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.chunk_size = batch_size * batches_per_chunk
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the training loop at the start of every epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed + 1_000_003 * self.epoch)
        order = torch.randperm(len(self.lengths), generator=generator)
        batches: list[torch.Tensor] = []
        for chunk in order.split(self.chunk_size):
            batches.extend(chunk[self.lengths[chunk].argsort(stable=True)].split(self.batch_size))
        incomplete = [batch for batch in batches if len(batch) < self.batch_size]
        full = [batch for batch in batches if len(batch) == self.batch_size]
        for i in torch.randperm(len(full), generator=generator).tolist():
            yield from full[i].tolist()
        for batch in incomplete:  # last, or it would shift the edges of all batches after it
            yield from batch.tolist()
