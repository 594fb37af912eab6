"""Batches of like lengths, in random order; in a mixture of corpora each batch is of one corpus."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch.utils.data import Sampler

from ..data.mixtures.mixture import temperature_shares

__all__ = ["CorpusSampler", "LengthBucketSampler"]


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
        num_variants: variants there are of every row, of which each epoch draws one; see `EncodedUtterances`.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        batch_size: int,
        seed: int = 0,
        batches_per_chunk: int = 50,
        *,
        num_variants: int = 1,
    ):
        self.num_variants = num_variants
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
        places = torch.randperm(len(full), generator=generator).tolist()
        shifts = len(order) * torch.randint(self.num_variants, order.shape, generator=generator)
        for batch in [full[i] for i in places] + incomplete:  # in front, it would shift the edges of the batches after
            yield from (batch + shifts[batch]).tolist()


class CorpusSampler(Sampler[int]):
    """Draws batches of one corpus each, of like lengths, with the corpora's shares evened out.

    An epoch has as many batches as the rows fill. Corpora come in random order, each as often as its share says: one
    that is smaller than its share comes again and again, each round in another order, and of a larger one each epoch
    takes other rows. The draw depends on seed and epoch alone.

    Args:
        lengths: length of every row.
        sizes: corpus -> number of rows, in the order in which the corpora's rows lie.
        batch_size: rows in a batch.
        temperature: see `data.mixtures.temperature_shares`.
        seed: of the draw.

    Raises:
        DataError: as `temperature_shares`.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        sizes: Mapping[str, int],
        batch_size: int,
        *,
        temperature: float = 1.0,
        seed: int = 0,
    ):
        self.lengths = torch.as_tensor(lengths)
        self.edges = np.cumsum([0, *sizes.values()])
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0
        num_batches = max(1, len(self.lengths) // batch_size)
        shares = np.array(list(temperature_shares(sizes, temperature).values()))
        self.batches = np.maximum(1, np.round(shares * num_batches)).astype(int)  # of each corpus, in an epoch

    def set_epoch(self, epoch: int) -> None:
        """Called by the training loop at the start of every epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return int(self.batches.sum()) * self.batch_size

    def __iter__(self) -> Iterator[int]:
        corpora = [
            self._rows(corpus, int(self.edges[corpus]), int(self.edges[corpus + 1]), int(count))
            for corpus, count in enumerate(self.batches)
        ]
        order = np.random.default_rng((self.seed, self.epoch)).permutation(
            np.repeat(np.arange(len(corpora)), self.batches)
        )
        for corpus in order:
            yield from next(corpora[corpus])

    def _rows(self, corpus: int, start: int, end: int, count: int) -> Iterator[list[int]]:
        """The batches of one corpus in this epoch; rounds go on where the last epoch stopped."""
        lengths = self.lengths[start:end].tolist()
        per_round = max(1, len(lengths) // self.batch_size)
        rows: list[int] = []
        for batch in range(self.epoch * count, (self.epoch + 1) * count):
            turn, place = divmod(batch, per_round)
            if not rows or place == 0:
                sampler = LengthBucketSampler(lengths, self.batch_size, self.seed + 7_919 * corpus)
                sampler.set_epoch(turn)
                rows = [start + row for row in sampler]
            taken = rows[place * self.batch_size : (place + 1) * self.batch_size]
            yield np.resize(taken, self.batch_size).tolist()  # a corpus smaller than a batch fills it by repetition
