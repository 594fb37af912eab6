"""Read JSON with comments, ``// ...`` and ``/* ... */``, which developers keep in the files of their skills."""

import re
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json, read_text

from ....drop_reasons import DropReason
from ....raw_domains import RawDomain

__all__ = ["read_json_with_comments"]

_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_NO_BREAK = re.compile(r"[^\n]")


def read_json_with_comments(path: Path, notes: RawDomain | None = None) -> Any:
    """Read a JSON file that may have comments.

    Args:
        path: the file.
        notes: receives the number of comments.

    Raises:
        DataError: the file is not JSON even without its comments; places are those of the file as it is.
    """
    text = read_text(path)
    try:
        return parse_json(text, str(path))
    except DataError:
        plain, num_comments = _without_comments(text)
        if not num_comments:
            raise
    document = parse_json(plain, str(path))
    if notes is not None:
        notes.drop(DropReason.JSON_COMMENTS, num_comments)
    return document


def _without_comments(text: str) -> tuple[str, int]:
    """Write spaces in place of comments, and count them."""
    num_comments = 0

    def plain(match: re.Match[str]) -> str:
        nonlocal num_comments
        if match[0].startswith('"'):
            return match[0]
        num_comments += 1
        return _NO_BREAK.sub(" ", match[0])

    return _STRING_OR_COMMENT.sub(plain, text), num_comments
