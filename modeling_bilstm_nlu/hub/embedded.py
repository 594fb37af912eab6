"""Generic checkpoints inside the package: what a new skill starts from where nobody names another."""

from pathlib import Path

__all__ = ["DEFAULT_BASE", "EMBEDDED", "embedded_folder"]

#: The generic checkpoint that a new skill in English starts from.
DEFAULT_BASE = "bilstm-nlu-generic-en-small"

#: Holds a folder a checkpoint, with packed weights and without the code, which is this package's.
EMBEDDED = Path(__file__).resolve().parents[1] / "generic"


def embedded_folder(name: str) -> Path | None:
    """The folder of an embedded checkpoint; `None` where there is none of this name."""
    folder = EMBEDDED / name
    return folder if name and Path(name).name == name and folder.is_dir() else None
