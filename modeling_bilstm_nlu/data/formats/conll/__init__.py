"""The format CoNLL: one token per line, with its tag in the last column."""

from importlib import import_module
from pathlib import Path

from ...domains import Domain
from ..format import Format, Writer
from .reader import SUFFIXES, read_conll, sniff

__all__ = ["CONLL"]


def _write(path: Path, domain: Domain) -> dict[str, int]:
    """Call ``write_conll``; it is imported late because it needs the tokenizer, and so transformers."""
    module = import_module(".writer", __package__)
    lost: dict[str, int] = module.write_conll(path, domain)
    return lost


CONLL = Format(
    name="conll",
    summary="CoNLL columns (token first, BIO tag last), a file or a folder of splits",
    priority=160,
    sniff=sniff,
    read=read_conll,
    write=Writer(_write, "columns of words and IOB2 tags", SUFFIXES),
)
