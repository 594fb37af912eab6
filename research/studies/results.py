"""The figures of finished runs, collected for `docs/results`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open

from bilstm_nlu.errors import NluError

__all__ = ["put_between", "render_results", "repository_figures", "study_figures"]

_SCORES = ("intent_accuracy", "slot_f1", "frame_accuracy", "combined_error")


def repository_figures(folder: str | Path, split: str = "test") -> dict[str, float]:
    """Scores, training minutes (without evaluation) and number of parameters of a repository that a run wrote.

    Raises:
        NluError: the folder has no such repository.
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
    """The summary of a study that `python scripts/study.py` ran: the figures of every arm compared with the baseline.

    Raises:
        NluError: the folder has no summary.
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
        raise NluError(f"{path}: {error}; run the command that writes it first") from error


def render_results(figures: Mapping[str, Any]) -> str:
    """The tables of the nets from scratch and of the second stage of transfer, as Markdown.

    Args:
        figures: what `docs/results/spine.json` holds.
    """
    lines = [
        "| trained from scratch, scores on the test split | intent accuracy | slot F1 | frame accuracy | parameters |"
        " training |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, label in (
        ("snips", "SNIPS (13,084 / 700 / 700)"),
        ("massive", "MASSIVE en-US (11,514 / 2,033 / 2,974)"),
    ):
        row = figures[name]
        scores = " | ".join(f"{row[score]:.1%}" for score in ("intent_accuracy", "slot_f1", "frame_accuracy"))
        lines.append(f"| {label} | {scores} | {row['parameters'] / 1e6:.1f} M | {row['minutes']:.0f} min |")
    lines += [
        "",
        "| training utterances | combined error from scratch | by transfer | lower by | steps: times as fast |"
        " seconds: times as fast |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    transfer = figures["transfer"]
    for size, row in [*transfer["by_size"].items(), ("mean, median", transfer)]:
        errors = " | ".join(f"{row[f'{arm}_combined_error']:.1%}" for arm in ("scratch", "transfer"))
        times = " | ".join(f"{row[f'median_{clock}_ratio']:.1f}" for clock in ("steps", "seconds"))
        lines.append(f"| {size} | {errors} | {row['mean_relative_reduction']:.0%} | {times} |")
    return "\n".join(lines) + "\n"


def put_between(text: str, mark: str, section: str) -> str:
    """A text with a new section between its two lines `<!-- mark -->`.

    Raises:
        NluError: the text does not have the line twice.
    """
    comment = f"<!-- {mark} -->\n"
    parts = text.split(comment)
    if len(parts) != 3:
        raise NluError(f"the text must have the line {comment.strip()!r} twice")
    return f"{parts[0]}{comment}{section}{comment}{parts[2]}"
