"""Tell whether an argument that is not a file was meant to be one."""

import re

__all__ = ["has_file_suffix", "looks_like_path"]

_HAS_SUFFIX = re.compile(
    r".*\.(?:jsonl?|ndjson|csv|tsv|parquet|txt|conll|bio|ya?ml|gz|zip)", re.IGNORECASE | re.DOTALL
)
_HAS_LEAD = re.compile(r"(?:\.{0,2}/|~)\S+")


def has_file_suffix(argument: str) -> bool:
    """Whether an argument ends like a data file or a text file."""
    return _HAS_SUFFIX.fullmatch(argument) is not None


def looks_like_path(argument: str) -> bool:
    """Whether a text can only be a path. "yes/no" and "24/7" are texts, and so is everything with white space."""
    is_one_word = len(argument.split()) == 1
    return is_one_word and (has_file_suffix(argument) or _HAS_LEAD.fullmatch(argument) is not None)
