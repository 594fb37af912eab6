"""Map the parts of a corpus to their files, and check that each part has only one file."""

from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import TypeVar

from bilstm_nlu.errors import DataError

__all__ = ["one_file_a_part"]

Part = TypeVar("Part", bound=Hashable)


def one_file_a_part(files: Iterable[tuple[Part, Path]]) -> dict[Part, Path]:
    """Map each part to its file.

    Raises:
        DataError: two files have the same part, such as ``fold0.json`` and ``fold0.json.gz``.
    """
    found: dict[Part, Path] = {}
    for part, file in files:
        if part in found:
            raise DataError(f"{file.parent}: {found[part].name} and {file.name} are the same part; keep one")
        found[part] = file
    return found
