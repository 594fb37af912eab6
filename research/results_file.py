"""A file of results that several scripts measure, each some of its keys."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bilstm_nlu.files import write_json

__all__ = ["FRONT_DOOR", "add_results"]

#: What is measured of the documents, the reports, the pages and a newcomer's commands.
FRONT_DOOR = Path(__file__).resolve().parents[1] / "docs" / "results" / "front_door.json"


def add_results(found: Mapping[str, Any], path: Path = FRONT_DOOR) -> None:
    """Write results to a file; other keys in it are kept.

    Args:
        found: key -> what was measured.
        path: the file; it need not exist.
    """
    earlier = json.loads(path.read_text("utf-8")) if path.exists() else {}
    write_json(path, earlier | dict(found))
