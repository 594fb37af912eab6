"""Read and write a dataset repository of the Hugging Face hub: Parquet tables, a dataset card, slot catalogs.

``datasets.load_dataset(folder)`` opens the folder, ``huggingface_hub.upload_folder(repo_type="dataset")`` uploads it
without changes, and ``load_domain(folder)`` reads it back.
"""

import re
from pathlib import Path

import pyarrow
from pyarrow import parquet

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import write_text

from ...domains import Domain
from ...raw_domains import RawDomain
from ...split_names import SPLITS, canonical_split
from ..catalogs_file import read_catalogs, write_catalogs
from ..corpora_file import read_corpora, write_corpora
from ..jsonl.reader import utterance_of_record
from .card import language_of_card, render_dataset_card

__all__ = ["read_dataset", "sniff", "write_dataset"]

_TABLE = re.compile(r"([A-Za-z]+)(?:-\d{5}-of-\d{5}(?:-\w+)?)?\.parquet", re.IGNORECASE)
_ROWS_IN_A_FILE = 1_000_000


def _tables(path: Path) -> list[tuple[str, Path]]:
    """List the Parquet files of a repository with the splits in their names, in the order of the splits."""
    if not path.is_dir():
        return []
    folder = path / "data" if (path / "data").is_dir() else path
    matches = [(file, match) for file in sorted(folder.iterdir()) if (match := _TABLE.fullmatch(file.name))]
    found = [(split, file) for file, match in matches if (split := canonical_split(match[1])) is not None]
    return sorted(found, key=lambda item: SPLITS.index(item[0]))


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return bool(_tables(path))


def read_dataset(path: Path, *, on_error: str = "raise") -> RawDomain:
    """Read the tables of a repository; ``utterance_of_record`` says which columns they have.

    Args:
        path: the folder with ``data/train-00000-of-00001.parquet`` or ``train.parquet``, and other splits. It has
            ``catalogs.json`` if there are slot catalogs, and ``corpora.json`` if the data comes from public corpora.
        on_error: ``raise``, or ``drop`` to leave out broken rows.

    Raises:
        DataError: there are no such tables, or a file or a row is broken.
    """
    tables = _tables(path)
    if not tables:
        raise DataError(f"{path}: there is no file train.parquet or data/train-00000-of-00001.parquet; add one")
    raw = RawDomain(path.resolve().name, catalogs=read_catalogs(path), corpora=read_corpora(path))
    raw.language = language_of_card(path / "README.md")
    for split, file in tables:
        try:
            rows = parquet.read_table(file).to_pylist()
        except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise DataError(f"{file}: cannot be read as Parquet ({first}); download or write it again") from error
        for number, row in enumerate(rows):
            with raw.record(f"{file}, row {number}", on_error):
                raw.add(split, utterance_of_record(row))
    return raw


def write_dataset(path: Path, domain: Domain) -> dict[str, int]:
    """Write a repository folder: ``data/*.parquet``, ``README.md``, and the catalogs and corpora, if there are any.

    Returns:
        Drop reason -> number of things that the folder cannot hold.
    """
    (path / "data").mkdir(parents=True, exist_ok=True)
    sizes: dict[str, int] = {}
    for split, rows in domain.splits.items():
        num_files = max(1, -(-len(rows) // _ROWS_IN_A_FILE))
        for i in range(num_files):
            file = path / "data" / f"{split}-{i:05d}-of-{num_files:05d}.parquet"
            shard = rows.shard(num_files, i, contiguous=True)
            sizes[split] = sizes.get(split, 0) + shard.to_parquet(file)
    download_size = sum(file.stat().st_size for file in (path / "data").iterdir())
    lost = write_catalogs(path, domain.catalogs, domain.skill)
    write_corpora(path, domain.corpora)
    write_text(path / "README.md", render_dataset_card(domain, sizes, download_size))
    return lost
