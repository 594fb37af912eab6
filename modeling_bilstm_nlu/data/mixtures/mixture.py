"""A domain that is mixed from several corpora, and how training rows are drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from datasets import Dataset, DatasetDict, IterableDataset, interleave_datasets

from bilstm_nlu.errors import DataError

from ..domains import Domain

__all__ = ["Mixture", "temperature_shares"]


@dataclass(repr=False)
class Mixture(Domain):
    """A domain that is mixed from several corpora. Labels begin with the corpus or its family: ``topv2.GET_EVENT``.

    Args:
        report: corpus -> ``train``, ``validation`` -> number of rows in the split; reason -> number of rows left out.
        parts: split -> corpus -> number of rows, in the order of the rows in the split.
    """

    report: dict[str, dict[str, int]] = field(default_factory=dict)
    parts: dict[str, dict[str, int]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.name}: {', '.join(f'{len(rows):,} {split}' for split, rows in self.splits.items())}"]
        for corpus, counts in self.report.items():
            lines.append(f"  {corpus}: " + "; ".join(f"{what} {count:,}" for what, count in counts.items()))
        return "\n".join(lines)

    def ranges(self, split: str = "train") -> dict[str, range]:
        """Return the range of each corpus's rows in a split."""
        ends = np.cumsum(list(self.parts[split].values())).tolist()
        return {
            corpus: range(end - size, end) for (corpus, size), end in zip(self.parts[split].items(), ends, strict=True)
        }

    def corpus_splits(self, split: str = "train") -> dict[str, Dataset]:
        """Return the rows of a split for each corpus."""
        return {corpus: self.splits[split].select(rows) for corpus, rows in self.ranges(split).items()}

    def sample(self, size: int, *, temperature: float = 1.0, seed: int = 0) -> Dataset:
        """Draw training rows so that small corpora get a larger share; see ``temperature_shares``.

        A corpus that has fewer rows than its share is repeated, each time in another order.

        Args:
            size: number of rows to draw.
            temperature: 1 draws each corpus in proportion to its size; infinity makes all shares equal.
            seed: seed of the draw.
        """
        rows = np.concatenate(list(self._draw(size, temperature, seed).values()))
        return self.splits["train"].select(np.random.default_rng((seed, 1)).permutation(rows))

    def _draw(self, size: int, temperature: float, seed: int) -> dict[str, np.ndarray]:
        if size < 1:
            raise DataError(f"size={size} must be at least 1")
        rng = np.random.default_rng(seed)
        shares = temperature_shares(self.parts["train"], temperature)
        wanted = rng.multinomial(size, list(shares.values()))
        return {
            corpus: rows.start
            + np.concatenate([rng.permutation(len(rows)) for _ in range(-(-want // len(rows)))])[:want]
            for (corpus, rows), want in zip(self.ranges().items(), wanted, strict=True)
            if want
        }

    def sampled(self, size: int, *, temperature: float = 1.0, seed: int = 0) -> "Mixture":
        """Return the mixture with a drawn train split, see ``sample``; labels and other splits do not change."""
        drawn = self._draw(size, temperature, seed)
        train = self.splits["train"].select(np.concatenate(list(drawn.values())))
        parts = {**self.parts, "train": {corpus: len(rows) for corpus, rows in drawn.items()}}
        return replace(self, splits=DatasetDict({**self.splits, "train": train}), parts=parts)

    def stream(self, *, temperature: float = 1.0, seed: int = 0, num_shards: int = 1) -> IterableDataset:
        """Stream the training rows without random access, mixed as in ``sample``, until every corpus has ended once.

        Args:
            temperature: 1 draws each corpus in proportion to its size; infinity makes all shares equal.
            seed: seed of the order.
            num_shards: number of parts of each corpus, which the workers of a data loader share.
        """
        corpora = self.corpus_splits("train")
        shares = temperature_shares({name: len(rows) for name, rows in corpora.items()}, temperature)
        streams = [
            rows.shuffle(seed=seed).to_iterable_dataset(num_shards=min(num_shards, len(rows)))
            for rows in corpora.values()
        ]
        return interleave_datasets(
            streams, probabilities=list(shares.values()), seed=seed, stopping_strategy="all_exhausted"
        )


def temperature_shares(counts: Mapping[str, int], temperature: float = 1.0) -> dict[str, float]:
    """Return the share of each corpus: in proportion to its size to the power ``1 / temperature``.

    Raises:
        DataError: the temperature is not above 0, or a corpus has no rows.
    """
    if not temperature > 0 or not all(counts.values()):
        raise DataError(
            f"temperature={temperature} must be above 0, and so must the size of each corpus: {dict(counts)}"
        )
    weights = {name: count ** (1 / temperature) for name, count in counts.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
