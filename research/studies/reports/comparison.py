"""The plain report: every arm compared with the baseline, by size."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..pictures import Picture
from ..recipe import StudyRecipe
from ..records import Record
from ..summary import summarise as compare

__all__ = ["draw", "summarise", "table"]


def summarise(study: StudyRecipe, records: Sequence[Record]) -> dict[str, Any]:
    """Arm -> the result of `summarise` for every arm except the baseline."""
    arms = [arm.name for arm in study.arms if arm.name != study.baseline]
    return {arm: compare(records, baseline=study.baseline, arm=arm) for arm in arms}


def draw(study: StudyRecipe, summary: Mapping[str, Any], records: Sequence[Record], folder: Path) -> list[Picture]:
    """Draw no pictures."""
    return []


def table(study: StudyRecipe, summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row per arm and size: the errors of both, and by how much the arm's error is lower."""
    rows: list[tuple[str, ...]] = [("arm", "utterances", study.baseline, "arm", "lower by", "times as fast", "wins")]
    for name in (arm.name for arm in study.arms if arm.name in summary):
        found = summary[name]
        for size, cell in [*found["by_size"].items(), ("all", found)]:
            errors = (f"{cell[f'{arm}_combined_error']:.1%}" for arm in (study.baseline, name))
            ratio = cell["median_steps_ratio"]
            faster = "-" if ratio is None else f"{ratio:.1f}"
            rows.append((name, size, *errors, f"{cell['mean_relative_reduction']:.1%}", faster, f"{cell['wins']:.0%}"))
    return rows
