"""The report of the comparison by utterances per intent, with the cost of each model."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..figures import mean_scores
from ..line_pictures import draw_few_shot
from ..pictures import Picture
from ..recipe import StudyRecipe
from ..records import METRICS, Record
from ..study_pictures import draw_domains

__all__ = ["draw", "summarise", "table"]

_COSTS = ("seconds", "latency_ms", "size_bytes")


def summarise(study: StudyRecipe, records: Sequence[Record]) -> dict[str, Any]:
    """Domain -> size -> arm -> mean scores with the lowest and highest frame accuracy, and median costs.

    Raises:
        ValueError: there are no runs.
    """
    if not records:
        raise ValueError("there are no runs")
    found: dict[str, Any] = {}
    for domain in sorted({record["domain"] for record in records}):
        sizes = sorted({record["size"] for record in records if record["domain"] == domain})
        found[domain] = {str(size): _stage(study, records, domain, size) for size in sizes}
    return found


def _stage(study: StudyRecipe, records: Sequence[Record], domain: str, size: int) -> dict[str, Any]:
    arms = {}
    for arm in study.arms:
        runs = [r for r in records if (r["domain"], r["size"], r["arm"]) == (domain, size, arm.name)]
        if not runs:
            continue
        scores = mean_scores(runs, METRICS)
        errors = [run["test"]["frame_error"] for run in runs]
        costs = {
            name: statistics.median(run[name] for run in runs) for name in _COSTS if all(name in run for run in runs)
        }
        arms[arm.name] = {
            "frame_accuracy": 1 - scores["frame_error"],
            **scores,
            "frame_accuracy_min": 1 - max(errors),
            "frame_accuracy_max": 1 - min(errors),
            **costs,
            "train_utterances": runs[0]["train_utterances"],
            "n_runs": len(runs),
        }
    return arms


def draw(study: StudyRecipe, summary: Mapping[str, Any], records: Sequence[Record], folder: Path) -> list[Picture]:
    """Draw frame accuracy over utterances per intent."""
    arms = [arm.name for arm in study.arms]
    path = folder / "few_shot.png"
    stages = {domain: summary[domain] for domain in sorted({record["domain"] for record in records})}
    if all(len(found) == 1 for found in stages.values()):
        rows = {domain: _accuracies(found) for domain, found in stages.items()}
        across = "frame accuracy on test (%)"
        picture = draw_domains(rows, arms, path, title_of=study.title_of, across=across)
    else:
        picture = draw_few_shot(records, arms, path, title_of=study.title_of)
    told = []
    for domain, found in stages.items():
        scores = _accuracies(found)
        listed = ", ".join(f"{study.title_of(arm)} {scores[arm]:.0%}" for arm in arms if arm in scores)
        told.append(f"{study.title_of(domain)}, most utterances: {listed}")
    return [Picture(picture, "Frame accuracy on test over training utterances per intent. " + "; ".join(told))]


def _accuracies(stages: Mapping[str, Any]) -> dict[str, float]:
    """The frame accuracies of the arms at the last stage of a domain."""
    return {arm: row["frame_accuracy"] for arm, row in list(stages.values())[-1].items()}


def table(study: StudyRecipe, summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row per domain, size and arm."""
    rows: list[tuple[str, ...]] = [("domain", "per intent", "arm", "frame accuracy", "slot F1", "train s", "ms", "MB")]
    for domain in sorted({target.name for target in study.domains} & summary.keys()):
        for size, arms in summary[domain].items():
            for name, row in arms.items():
                scores = (f"{row[score]:.1%}" if score in row else "-" for score in ("frame_accuracy", "slot_f1"))
                latency = f"{row['latency_ms']:.2f}" if "latency_ms" in row else "-"
                weight = f"{row['size_bytes'] / 1e6:.1f}" if "size_bytes" in row else "-"
                rows.append((domain, size, name, *scores, f"{row['seconds']:.1f}", latency, weight))
    return rows
