"""The report of study 3: how fast the arm reaches the best point of the baseline's learning curve."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..figures import interval, pair_up
from ..line_pictures import draw_curves, draw_ratios
from ..pictures import Picture
from ..recipe import StudyRecipe
from ..records import Record, measured
from ..summary import steps_ratio
from .growth import EARLY

__all__ = ["draw", "ratios_of_runs", "summarise", "table"]

_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Limits between the ranges of training utterances.
_EDGES = (30, EARLY, 300)


def summarise(study: StudyRecipe, records: Sequence[Record]) -> dict[str, Any]:
    """The distribution of the ratios of steps and of seconds: over all runs, by study, and by training utterances.

    Raises:
        ValueError: there are no runs of both arms with a learning curve.
    """
    ratios = ratios_of_runs(study, records)
    studies = sorted({row["study"] for row in ratios})
    low_resource = [row for row in ratios if row["train_utterances"] <= EARLY]
    return {
        **_figures(ratios),
        "low_resource_up_to": EARLY,
        **({"low_resource": _figures(low_resource)} if low_resource else {}),
        "by_study": {name: _figures(row for row in ratios if row["study"] == name) for name in studies},
        "by_size": _by_size(ratios),
    }


def _by_size(ratios: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By the real number of training utterances, which `Protocol.sizes` may only limit."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for low, high in zip((0, *_EDGES), (*_EDGES, None), strict=True):
        name = f"{low + 1} and more" if high is None else f"{low + 1} to {high}"
        parts[name] = [r for r in ratios if low < r["train_utterances"] <= (high or r["train_utterances"])]
    return {name: _figures(rows) for name, rows in parts.items() if rows}


def ratios_of_runs(study: StudyRecipe, records: Sequence[Record]) -> list[dict[str, Any]]:
    """One row per pair of runs: its settings, and the ratios of steps and of seconds."""
    records = measured(records)
    found = []
    for name in sorted({record["study"] for record in records}):
        pairs = pair_up([r for r in records if r["study"] == name], study.baseline, study.arm)
        for (domain, _), runs in sorted(pairs.items()):
            found += [
                {
                    "study": name,
                    "domain": domain,
                    "seed": run["seed"],
                    "train_utterances": run["train_utterances"],
                    "step": steps_ratio(base["curve"], run["curve"]),
                    "seconds": steps_ratio(base["curve"], run["curve"], "seconds"),
                }
                for base, run in runs
                if base["curve"] and run["curve"]
            ]
    if not found:
        raise ValueError(f"there are no runs of both {study.baseline!r} and {study.arm!r} with a learning curve")
    return found


def _figures(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    rows = list(rows)
    figures: dict[str, Any] = {}
    for clock, name in (("step", "steps"), ("seconds", "seconds")):
        ratios = [row[clock] for row in rows]
        low, high = interval(ratios, clusters=[row["domain"] for row in rows], of=np.median)
        figures |= {
            f"median_{name}_ratio": statistics.median(ratios),
            f"median_{name}_ratio_ci_low": low,
            f"median_{name}_ratio_ci_high": high,
            f"{name}_quantiles": {str(q): float(np.quantile(ratios, q)) for q in _QUANTILES},
        }
    return figures | {
        "never_reached": statistics.fmean(row["step"] == 0 for row in rows),
        "n_runs": len(rows),
        "n_domains": len({row["domain"] for row in rows}),
    }


def draw(study: StudyRecipe, summary: Mapping[str, Any], records: Sequence[Record], folder: Path) -> list[Picture]:
    """Draw the learning curves of both arms in each study, and the distribution of the ratios."""
    by_study = {name: [r for r in records if r["study"] == name] for name in summary["by_study"]}
    arms = [study.baseline, study.arm]
    ratios = {name: [row["step"] for row in ratios_of_runs(study, runs)] for name, runs in by_study.items()}
    base, up = (study.title_of(name) for name in arms)
    return [
        Picture(
            draw_curves(by_study, arms, folder / "learning_curves.png", title_of=study.title_of),
            f"Combined error on validation over training steps: {up} starts with few errors, {base} with many",
        ),
        Picture(
            draw_ratios(
                {study.title_of(name): found for name, found in ratios.items()},
                folder / "steps_ratio.png",
                across=f"times as fast as {base}, in training steps\n(what is missing to 100% never gets as good)",
            ),
            f"Share of pairs of runs in which {up} is at least so many times as fast as {base}; "
            f"in the median it is {summary['median_steps_ratio']:.0f} times as fast",
        ),
    ]


def table(study: StudyRecipe, summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row per study and size."""
    rows: list[tuple[str, ...]] = [("", "runs", "steps: times as fast", "from", "to", "seconds", "never")]
    parts = {"all": summary} | (
        {f"to {EARLY} utterances": summary["low_resource"]} if "low_resource" in summary else {}
    )
    parts |= summary["by_study"] | {f"{size} utterances": part for size, part in summary["by_size"].items()}
    for name, part in parts.items():
        ratios = (part["median_steps_ratio"], part["median_steps_ratio_ci_low"], part["median_steps_ratio_ci_high"])
        cells = (f"{ratio:.1f}" for ratio in (*ratios, part["median_seconds_ratio"]))
        rows.append((name, str(part["n_runs"]), *cells, f"{part['never_reached']:.0%}"))
    return rows
