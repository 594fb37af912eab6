"""Samplers: batches of rows with similar lengths, in random order. In a mixture, each batch is from one corpus."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch.utils.data import Sampler

from ..data.mixtures.mixture import temperature_shares

__all__ = ["CorpusSampler", "LengthBucketSampler"]


class LengthBucketSampler(Sampler[int]):
    """Draws rows so that the rows of a batch have similar lengths and the batches are in random order.

    Rows are shuffled, sorted by length inside chunks of many batches, and split into batches; then the batches are
    shuffled. (The sampler of transformers keeps each chunk in order from long to short.) The draw depends only on the
    seed and the epoch, so a resumed run has the same batches.

    Args:
        lengths: length of every row, in any unit; with variants, of the first variant of all rows, then of the second
            variant, and so on.
        batch_size: rows in a batch.
        seed: seed of the draw.
        batches_per_chunk: number of batches that are sorted together; more means less padding, but less randomness.
        num_variants: number of variants of every row, of which each epoch draws one; see `EncodedUtterances`.
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
        return len(self.lengths) // self.num_variants

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed + 1_000_003 * self.epoch)
        order = torch.randperm(len(self), generator=generator)
        if self.num_variants > 1:
            order = order + len(self) * torch.randint(self.num_variants, order.shape, generator=generator)
        batches: list[torch.Tensor] = []
        for chunk in order.split(self.chunk_size):
            batches.extend(chunk[self.lengths[chunk].argsort(stable=True)].split(self.batch_size))
        incomplete = [batch for batch in batches if len(batch) < self.batch_size]
        full = [batch for batch in batches if len(batch) == self.batch_size]
        places = torch.randperm(len(full), generator=generator).tolist()
        for batch in [full[i] for i in places] + incomplete:  # last, or it would shift the edges of later batches
            yield from batch.tolist()


class CorpusSampler(Sampler[int]):
    """Draws batches from one corpus each, with similar lengths; small corpora get a larger share.

    An epoch has as many batches as the rows fill. Corpora are in random order, each with its share of the batches. A
    corpus that is smaller than its share is repeated, each time in another order. Of a corpus that is larger than its
    share, each epoch has other rows. The draw depends only on the seed and the epoch.

    Args:
        lengths: length of every row.
        sizes: corpus -> number of rows, in the order of the rows.
        batch_size: rows in a batch.
        temperature: 1 draws each corpus in proportion to its size; infinity makes all shares equal.
        seed: seed of the draw.

    Raises:
        DataError: the temperature is not above 0, or a corpus has no rows.
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
        """Yield the batches of one corpus in this epoch; they continue where the last epoch stopped."""
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
            yield np.resize(taken, self.batch_size).tolist()  # a corpus that is smaller than a batch is repeated
