"""The report of the ablations: how much each change to the default helps or hurts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..figures import FEW_DOMAINS, cells_of, figures, mean_scores
from ..pictures import Picture
from ..recipe import StudyRecipe
from ..records import METRICS, Record
from ..study_pictures import draw_changes

__all__ = ["draw", "summarise", "table"]


def summarise(study: StudyRecipe, records: Sequence[Record]) -> dict[str, Any]:
    """The relative change of the error by every arm, and its scores; a change above 0 is worse.

    Raises:
        ValueError: the baseline has no runs, or an arm and the arm it is compared with share no domain and size.
    """
    if all(record["arm"] != study.baseline for record in records):
        raise ValueError(f"there are no runs of {study.baseline!r}")
    sizes = sorted({record["size"] for record in records})
    arms: dict[str, dict[str, Any]] = {}
    for arm in study.arms:
        name, against = arm.name, arm.against or study.baseline
        runs = [record for record in records if record["arm"] == name]
        if not runs:
            continue
        cells = cells_of(records, against, name)
        change = _change(figures(cells))
        arms[name] = {
            "note": arm.note,
            "against": against,
            **change,
            "verdict": _verdict(change),
            **mean_scores(runs, METRICS),
            "by_size": {
                str(size): _change(figures([cell for cell in cells if cell.size == size]))
                for size in sizes
                if any(cell.size == size for cell in cells)
            },
        }
    return {"baseline": study.baseline, "seeds": sorted({r["seed"] for r in records}), "arms": arms}


def _change(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "relative_change": 0 - found["mean"],  # 0 - x, so that there is no -0.0
        "ci_low": 0 - found["ci_high"],
        "ci_high": 0 - found["ci_low"],
        "median_relative_change": 0 - found["median"],
        "win_rate": found["win_rate"],
        "n_domains": found["n_domains"],
        "n_cells": found["n_cells"],
    }


def _verdict(change: Mapping[str, float]) -> str:
    """What the interval of a change shows with certainty, if there are enough domains for an interval."""
    if change["n_domains"] < FEW_DOMAINS:
        return "neither"
    return "worse" if change["ci_low"] > 0 else "better" if change["ci_high"] < 0 else "neither"


def draw(study: StudyRecipe, summary: Mapping[str, Any], records: Sequence[Record], folder: Path) -> list[Picture]:
    """Draw one point with its interval per arm."""
    arms = {name: row for name, row in summary["arms"].items() if name != row["against"]}
    others = dict.fromkeys(row["against"] for row in arms.values() if row["against"] != summary["baseline"])
    marks = {name: "*" * number for number, name in enumerate(others, start=1)}
    changes = {
        f"{study.title_of(name)}\N{NO-BREAK SPACE}{marks.get(row['against'], '')}".strip(): (
            *(row[key] for key in ("relative_change", "ci_low", "ci_high")),
            row["verdict"],
        )
        for name, row in arms.items()
    }
    across = "change of the combined error (%), 95% interval"
    across += "".join(f"\n{mark} compared with: {study.title_of(name)}" for name, mark in marks.items())
    worst = sorted(changes, key=lambda name: -changes[name][0])[:3]
    alt = (
        f"How {len(changes)} changes to the default change the combined error, the most harmful on top. "
        + "; ".join(f"{name}: {changes[name][0]:+.0%}" for name in worst)
    )
    return [Picture(draw_changes(changes, folder / "ablations.png", across=across), alt)]


def table(study: StudyRecipe, summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row per arm."""
    rows: list[tuple[str, ...]] = [
        ("arm", "combined error", "against", "change", "from", "to", "intent error", "slot F1")
    ]
    for name, row in summary["arms"].items():
        changes = (f"{row[key]:+.1%}" for key in ("relative_change", "ci_low", "ci_high"))
        scores = (f"{row[key]:.1%}" if key in row else "-" for key in ("intent_error", "slot_f1"))
        rows.append((name, f"{row['combined_error']:.1%}", row["against"], *changes, *scores))
    return rows
