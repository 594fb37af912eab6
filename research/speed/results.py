"""Write measurements into the file of results."""

import json
from pathlib import Path
from typing import Any

from bilstm_nlu.files import write_json

__all__ = ["merge_into"]


def merge_into(path: Path, found: dict[str, Any]) -> None:
    """Replace keys of a file of results; the others are kept."""
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    write_json(path, results | found)
