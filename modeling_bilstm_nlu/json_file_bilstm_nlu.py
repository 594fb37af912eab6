"""Read and write the JSON files of a checkpoint that need no tensors, with a limit on their size."""

import json
import os
from pathlib import Path
from typing import Any


def limited(text: str, most: int, what: str, cure: str) -> str:
    """Return the text of a file.

    Raises:
        ValueError: the text has more than `most` bytes.
    """
    if (size := len(text.encode())) > most:
        raise ValueError(f"the {what} have {size:,} bytes, but the limit is {most:,}; {cure}")
    return text


def write_or_remove(path: Path, text: str | None) -> None:
    """Write a file; without a text, an old file is removed."""
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text, encoding="utf-8", newline="\n")


def read_limited(path: str | os.PathLike, most: int, what: str) -> Any:
    """Read a JSON file.

    Args:
        path: the file.
        most: largest number of bytes.
        what: what the file has, for messages.

    Raises:
        ValueError: the file is too large, nested too deep, or not JSON.
    """
    if (size := os.path.getsize(path)) > most:
        raise ValueError(f"{path} has {size:,} bytes, but the limit is {most:,}; this is not a file of {what}")
    try:
        return json.loads(Path(path).read_bytes())
    except RecursionError as error:
        raise ValueError(f"{path}: nested too deep; this is not a file of {what}") from error
    except ValueError as error:
        raise ValueError(f"{path}: this is not JSON ({error}); download or save the checkpoint again") from error
