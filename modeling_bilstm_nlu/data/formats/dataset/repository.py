"""A folder that is a repository of the Hugging Face hub: Parquet tables, a dataset card, slot catalogs.

``datasets.load_dataset(folder)`` opens it, ``huggingface_hub.upload_folder(repo_type="dataset")`` takes it as it is,
and ``load_domain(folder)`` reads it back.
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
    """The Parquet files of a repository with the splits in their names, in order."""
    if not path.is_dir():
        return []
    folder = path / "data" if (path / "data").is_dir() else path
    matches = [(file, match) for file in sorted(folder.iterdir()) if (match := _TABLE.fullmatch(file.name))]
    found = [(split, file) for file, match in matches if (split := canonical_split(match[1])) is not None]
    return sorted(found, key=lambda item: SPLITS.index(item[0]))


def sniff(path: Path) -> bool:
    """Whether a file or a folder looks like this format."""
    return bool(_tables(path))


def read_dataset(path: Path, *, on_error: str = "raise") -> RawDomain:
    """Read the tables of a repository; see ``utterance_of_record`` for their columns.

    Args:
        path: the folder with ``data/train-00000-of-00001.parquet`` or ``train.parquet`` and the like, and with
            ``catalogs.json`` where there are slot catalogs, and ``corpora.json`` where it comes from public corpora.
        on_error: ``raise``, or ``drop`` to leave broken rows out.

    Raises:
        DataError: no such tables, or a broken file or row.
    """
    tables = _tables(path)
    if not tables:
        raise DataError(f"{path}: no file train.parquet, or data/train-00000-of-00001.parquet, and the like")
    raw = RawDomain(path.resolve().name, catalogs=read_catalogs(path), corpora=read_corpora(path))
    raw.language = language_of_card(path / "README.md")
    for split, file in tables:
        try:
            rows = parquet.read_table(file).to_pylist()
        except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise DataError(f"{file}: cannot be read as Parquet ({first}); fetch or write it again") from error
        for number, row in enumerate(rows):
            with raw.record(f"{file}, row {number}", on_error):
                raw.add(split, utterance_of_record(row))
    return raw


def write_dataset(path: Path, domain: Domain) -> dict[str, int]:
    """Write a repository folder: ``data/*.parquet``, ``README.md``, and catalogs and corpora where there are any.

    Returns:
        Reason -> number of things that could not be expressed.
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
