"""The figures of finished runs, collected for `docs/results`."""

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open

from ..errors import NluError

__all__ = ["repository_figures", "study_figures"]

_SCORES = ("intent_accuracy", "slot_f1", "frame_accuracy", "combined_error")


def repository_figures(folder: str | Path, split: str = "test") -> dict[str, float]:
    """Scores, training minutes (evaluation not counted) and trained numbers of a repository that a run wrote.

    Raises:
        NluError: the folder holds no such repository.
    """
    folder = Path(folder)
    scores = _read(folder / "metrics.json").get(split)
    if scores is None:
        raise NluError(f"{folder / 'metrics.json'} has no scores of the {split} split")
    with safe_open(folder / "model.safetensors", framework="np") as weights:
        shapes = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118 - not a mapping
        parameters = sum(_size(part.get_shape()) for part in shapes.values() if part.get_dtype().startswith("F"))
    seconds = _read(folder / "learning_curve.json")[-1]["seconds"]
    return {**{name: scores[name] for name in _SCORES}, "minutes": seconds / 60, "parameters": parameters}


def study_figures(folder: str | Path) -> dict[str, Any]:
    """The summary of a study that `scripts/compare.py` has run: for every arm its figures against the baseline.

    Raises:
        NluError: the folder holds no summary.
    """
    return _read(Path(folder) / "summary.json")


def _size(shape: list[int]) -> int:
    size = 1
    for edge in shape:
        size *= edge
    return size


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NluError(f"{path}: {error}; run what makes it first") from error
