"""``load_unsplit``: load a domain exactly as its source has it, to look at it or to convert it."""

from pathlib import Path
from typing import Any

from datasets import DatasetDict

from bilstm_nlu.errors import DataError

from .domains import Domain, to_dataset
from .loading import is_mixture, load_domain
from .schema import DomainSpec
from .sources import read_source
from .split_names import SPLITS

__all__ = ["load_unsplit"]


def load_unsplit(
    source: str | Path,
    *,
    format: str | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
    **options: Any,
) -> Domain:
    """Load a domain with the splits and labels that its source has: data is not split, and nothing is left out.

    The source does not need a train split; without one, the label lists are made from all utterances.

    Args:
        source: path, name of an embedded domain or of a public corpus, or hub id, as in ``load_domain``.
        format: one of ``available_formats()``; ``None`` recognises the format from the source.
        seed: seed of readers that draw.
        data_dir: the folder with a folder for each public corpus.
        options: options of the reader, as in ``load_domain``.

    Raises:
        DataError: no such source, format or option; broken data; no utterances.
    """
    if is_mixture(source):
        return load_domain(source, seed=seed, data_dir=data_dir, **options)
    raw = read_source(source, format, data_dir=data_dir, seed=seed, **options)
    splits = {split: raw.splits[split] for split in SPLITS if raw.splits.get(split)}
    if not splits:
        raise DataError(f"{source}: it has no utterances; check that it is the right file or folder")
    known = splits.get("train") or [row for rows in splits.values() for row in rows]
    return Domain(
        raw.name,
        DatasetDict({split: to_dataset(rows) for split, rows in splits.items()}),
        DomainSpec.from_utterances(raw.name, known),
        raw.catalogs,
        raw.dropped,
        raw.skill,
        raw.sources,
    )
