"""Record which commit a folder was pulled from, so that the lineage names the commit and not the folder."""

from pathlib import Path
from typing import NamedTuple

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json, write_json

from .integrity import sha256_of

__all__ = ["ORIGIN_FILE", "Origin", "origin_of", "write_origin"]

ORIGIN_FILE = "origin.json"


class Origin(NamedTuple):
    """A commit of a repository on a hub."""

    repo_id: str
    commit: str


def write_origin(folder: Path, origin: Origin) -> None:
    """Record which commit a checkpoint folder was pulled from."""
    write_json(folder / ORIGIN_FILE, {**origin._asdict(), "weights": _weights(folder)})


def origin_of(folder: Path) -> Origin | None:
    """The commit that a folder was pulled from; `None` if there is no record, or its weights have changed since."""
    try:
        noted = read_json(folder / ORIGIN_FILE)
        origin, weights = Origin(str(noted["repo_id"]), str(noted["commit"])), noted["weights"]
        return origin if _weights(folder) == weights else None
    except (DataError, KeyError, TypeError, OSError):
        return None


def _weights(folder: Path) -> dict[str, str]:
    """File -> SHA-256."""
    return {path.name: sha256_of(path) for path in sorted(folder.glob("*.safetensors"))}
