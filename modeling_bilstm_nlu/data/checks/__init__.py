"""Checks of a domain: whether it is fit for training, what is wrong with it, and what to do about it."""

from .checking import check_domain
from .cures import drop_leaked, drop_unseen
from .report import CheckReport, Finding
from .vocabulary import VocabularyCoverage, vocabulary_coverage

__all__ = [
    "CheckReport",
    "Finding",
    "VocabularyCoverage",
    "check_domain",
    "drop_leaked",
    "drop_unseen",
    "vocabulary_coverage",
]
