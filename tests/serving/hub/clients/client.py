"""What the scripts beside it share. They run as clients of a hub, each in a process of its own."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

HOME = Path(os.environ["HF_HOME"])

E = TypeVar("E", bound=Exception)


def raises(kind: type[E], call: Callable[..., object], *arguments: Any, says: str = "", **options: Any) -> E:
    """The error that a call must end with, and which must say something."""
    try:
        call(*arguments, **options)
    except kind as error:
        assert says in str(error), str(error)
        return error
    raise AssertionError(f"no {kind.__name__}")


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
