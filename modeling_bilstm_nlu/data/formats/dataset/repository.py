"""Read and write a dataset repository of the Hugging Face hub: Parquet tables, a dataset card, slot catalogs.

``datasets.load_dataset(folder)`` opens the folder, ``huggingface_hub.upload_folder(repo_type="dataset")`` uploads it
without changes, and ``load_domain(folder)`` reads it back.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow
from datasets import ClassLabel, Features
from pyarrow import parquet

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, stem, write_text

from ...domains import Domain
from ...raw_domains import RawDomain
from ...split_names import SPLITS, canonical_split
from ..catalogs_file import read_catalogs, write_catalogs
from ..corpora_file import read_corpora, write_corpora
from ..records import Record, add_records
from .card import language_of_card, render_dataset_card

__all__ = ["read_dataset", "sniff", "with_class_names", "write_dataset"]

_TABLE = re.compile(r"([A-Za-z]+)(?:-\d{5}-of-\d{5}(?:-\w+)?)?\.parquet", re.IGNORECASE)
_ROWS_IN_A_FILE = 1_000_000


def _tables(path: Path) -> list[tuple[str, Path]]:
    """List the Parquet files of a repository with the splits in their names, in the order of the splits.

    A single file is all train.
    """
    if not path.is_dir():
        return [("train", path)] if has_suffix(path, (".parquet",)) else []
    folder = path / "data" if (path / "data").is_dir() else path
    matches = [(file, match) for file in sorted(folder.iterdir()) if (match := _TABLE.fullmatch(file.name))]
    found = [(split, file) for file, match in matches if (split := canonical_split(match[1])) is not None]
    return sorted(found, key=lambda item: SPLITS.index(item[0]))


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    return bool(_tables(path))


def read_dataset(
    path: Path,
    *,
    text_column: str | None = None,
    intent_column: str | None = None,
    spans_column: str | None = None,
    split_column: str | None = None,
    domain_column: str | None = None,
    group_column: str | None = None,
    on_error: str = "skip_few",
) -> RawDomain:
    """Read the tables of a repository; ``add_records`` says what a row contains.

    Give a column by its name (upper and lower case are equal). ``None`` looks for a usual name. An empty name means
    that there is no such column. Usual names are those of ``read_table``. Numbers of classes become their names.

    Args:
        path: the folder with ``data/train-00000-of-00001.parquet`` or ``train.parquet``, and other splits; or one
            Parquet file. The folder has ``catalogs.json`` if there are slot catalogs, and ``corpora.json`` if the data
            comes from public corpora.
        text_column: the column of the text.
        intent_column: the column of the intent.
        spans_column: the column of the slots.
        split_column: the column of the split.
        domain_column: the column of the domain.
        group_column: the column of the group.
        on_error: what to do about broken rows: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: there are no such tables, a file or a row is broken, or there are no labels that can be read.
    """
    tables = _tables(path)
    if not tables:
        raise DataError(f"{path}: there is no file train.parquet or data/train-00000-of-00001.parquet; add one")
    name = path.resolve().name if path.is_dir() else stem(path)
    raw = RawDomain(name, catalogs=read_catalogs(path), corpora=read_corpora(path))
    raw.language = language_of_card(path / "README.md")
    records: list[Record] = []
    for split, file in tables:
        try:
            table = parquet.read_table(file)
            rows = with_class_names(table.to_pylist(), Features.from_arrow_schema(table.schema))
        except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise DataError(f"{file}: cannot be read as Parquet ({first}); download or write it again") from error
        records += [(f"{file}, row {number}", split, row) for number, row in enumerate(rows)]
    names = {"text": text_column, "intent": intent_column, "spans": spans_column}
    names |= {"split": split_column, "domain": domain_column, "group": group_column}
    add_records(raw, path, records, names=names, marks=False, on_error=on_error)
    return raw


def with_class_names(rows: Iterable[Mapping[str, Any]], features: Features) -> list[dict[str, Any]]:
    """The rows with the names of classes in place of their numbers, and ``None`` for a number without a name."""
    names = {column: dict(enumerate(kind.names)) for column, kind in features.items() if isinstance(kind, ClassLabel)}
    return [dict(row) | {column: known.get(row[column]) for column, known in names.items()} for row in rows]


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
