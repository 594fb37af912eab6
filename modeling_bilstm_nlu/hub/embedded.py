"""Generic checkpoints inside the package: a new skill starts from one of them by default."""

from pathlib import Path

__all__ = ["DEFAULT_BASE", "EMBEDDED", "embedded_folder"]

#: The generic checkpoint that a new skill in English starts from.
DEFAULT_BASE = "bilstm-nlu-generic-en"

#: Has one folder per checkpoint, with packed weights and without code, because the code is in the package.
EMBEDDED = Path(__file__).resolve().parents[1] / "generic"


def embedded_folder(name: str) -> Path | None:
    """The folder of an embedded checkpoint; `None` if there is no embedded checkpoint with this name."""
    folder = EMBEDDED / name
    return folder if name and Path(name).name == name and folder.is_dir() else None
