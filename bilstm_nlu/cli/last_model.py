"""The default folder for results, and the last trained model, so that `parse` and `eval` need no `--model`."""

import os
import re
from pathlib import Path

from ..errors import NluError

__all__ = ["RUNS", "default_folder", "last_model", "remember_model"]

#: Default folder for results, in the folder where the command is run.
RUNS = Path("runs")
_POINTER = "latest"
_MOST_CHARACTERS = 80


def default_folder(name: str) -> Path:
    """The folder for the results of a run on a domain of this name."""
    safe = re.sub(r"[^\w-]+", "_", name).strip("_")[:_MOST_CHARACTERS].rstrip("_")
    return RUNS / (f"{safe}_model" if safe == _POINTER else safe or "model")


def remember_model(folder: Path) -> None:
    """Write down the folder of a new model, as a path relative to the note, so that both can move together."""
    RUNS.mkdir(parents=True, exist_ok=True)
    here = RUNS.resolve()
    folder = folder.resolve()
    text = os.path.relpath(folder, here) if folder.is_relative_to(here) else str(folder)
    temporary = RUNS / f".{_POINTER}.{os.getpid()}"
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, RUNS / _POINTER)


def last_model() -> str:
    """The folder of the model that was trained last.

    Raises:
        NluError: no model was trained here, or its folder does not exist.
    """
    pointer = RUNS / _POINTER
    try:
        target = pointer.read_text("utf-8").strip()
    except OSError:
        raise NluError(
            "no model was trained here yet; run `bilstm-nlu train SKILL_OR_DATA` first, or name one with --model"
        ) from None
    folder = RUNS / target  # an absolute target stays as it is
    if not target or not folder.is_dir():
        raise NluError(
            f"the last trained model, {str(folder)!r}, does not exist; train again, or name another with --model"
        )
    return str(folder)
