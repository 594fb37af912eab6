"""Write a domain as JSON Lines: a folder keeps everything except the lineage, a file keeps the utterances."""

from pathlib import Path

from ...domains import Domain
from ...drop_reasons import DropReason
from ..catalogs_file import write_catalogs
from ..splits_writer import write_splits
from .reader import write_jsonl

__all__ = ["write_jsonl_domain"]


def write_jsonl_domain(path: Path, domain: Domain) -> dict[str, int]:
    """Write a folder with ``train.jsonl``, other splits and ``catalogs.json``; or one ``.jsonl`` file of utterances.

    Returns:
        Drop reason -> number of things that the file or the folder cannot hold.
    """
    lost = write_splits(path, domain, (".jsonl",), write_jsonl)
    if path.is_dir():
        return lost | write_catalogs(path, domain.catalogs, domain.skill)
    return {**lost, DropReason.SLOT_CATALOGS_IN_ONE_FILE: len(domain.catalogs)}
