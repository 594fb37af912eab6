"""The files of a corpus by the part that each holds, where a part may be there once only."""

from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import TypeVar

from bilstm_nlu.errors import DataError

__all__ = ["one_file_a_part"]

Part = TypeVar("Part", bound=Hashable)


def one_file_a_part(files: Iterable[tuple[Part, Path]]) -> dict[Part, Path]:
    """Part -> file.

    Raises:
        DataError: two files hold the same part, such as ``fold0.json`` and ``fold0.json.gz``.
    """
    found: dict[Part, Path] = {}
    for part, file in files:
        if part in found:
            raise DataError(f"{file.parent}: {found[part].name} and {file.name} are the same part; keep one")
        found[part] = file
    return found
