"""The tables of the README: the main figures of the published studies."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["render_studies"]

_NAMES = {
    "vs_maxent_crf": "MaxEnt + CRF",
    "vs_scratch": "the net from scratch",
    "vs_best_baseline": "the better of the two, by validation",
    "ours": "transfer",
    "scratch": "from scratch",
    "maxent_crf": "MaxEnt + CRF",
    "minilm": "MiniLM, tuned whole",
}


def render_studies(results: Path) -> str:
    """A table for each study that `scripts/study.py --publish` has put into a folder of results, as Markdown."""
    tables = []
    for name, render in _TABLES.items():
        if (path := results / f"{name}.json").is_file():
            tables.append(_table(render(json.loads(path.read_text("utf-8")))))
    return "\n".join(tables)


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _skills(summary: Mapping[str, Any]) -> list[list[str]]:
    head = f"{summary['n_skills']} third-party skills, {len(summary['seeds'])} seeds: transfer against"
    rows = [[head, "combined error", "of transfer", "lower by", "95 % interval", "median", "wins"]]
    for name in ("vs_maxent_crf", "vs_scratch", "vs_best_baseline"):
        row = summary[name]
        errors = [_percent(row[error]) for error in ("baseline_error", "error")]
        wins = _percent(row["win_rate"], 0)
        rows.append(
            [_NAMES[name], *errors, f"**{_percent(row['mean'])}**", _interval(row), _percent(row["median"]), wins]
        )
    return rows


def _growth(summary: Mapping[str, Any]) -> list[list[str]]:
    names = ("vs_maxent_crf", "vs_scratch", "vs_best_baseline")
    head = f"{summary['n_domains']} new domains, {len(summary['seeds'])} seeds: utterances in all"
    rows = [[head, "domains", "error of transfer", *(f"lower than {_NAMES[name]} by" for name in names)]]
    for stage, part in summary["by_stage"].items():
        best = part["vs_best_baseline"]
        reductions = [_percent(part[name]["mean"]) for name in names]
        rows.append([stage, str(best["n_domains"]), _percent(best["error"]), *reductions])
    return rows


def _convergence(summary: Mapping[str, Any]) -> list[list[str]]:
    head = "to the best validation error of the net from scratch"
    rows = [[head, "pairs of runs", "steps: times as fast", "95 % interval", "seconds", "never there"]]
    parts = {"up to {low_resource_up_to} training utterances": "low_resource", "all runs": None}
    for label, key in parts.items():
        part = summary if key is None else summary.get(key)
        if part is not None:
            names = ("steps_ratio", "steps_ratio_ci_low", "steps_ratio_ci_high", "seconds_ratio")
            steps, low, high, seconds = (f"{part[f'median_{name}']:.1f}" for name in names)
            never = _percent(part["never_reached"], 0)
            rows.append(
                [label.format(**summary), f"{part['n_runs']:,}", f"**{steps}**", f"{low} to {high}", seconds, never]
            )
    return rows


def _few_shot(summary: Mapping[str, Any]) -> list[list[str]]:
    stages = summary["snips"]
    largest = stages[max(stages, key=int)]
    head = "SNIPS, frame accuracy with so many utterances an intent"
    rows = [[head, *stages, "training at the last", "one utterance", "on disk"]]
    for name, costs in largest.items():
        accuracies = [_percent(stage[name]["frame_accuracy"]) for stage in stages.values()]
        size = f"{costs['size_bytes'] / 1e6:.1f} MB"
        rows.append([_NAMES[name], *accuracies, f"{costs['seconds']:.0f} s", f"{costs['latency_ms']:.1f} ms", size])
    return rows


def _ablations(summary: Mapping[str, Any]) -> list[list[str]]:
    head = "what is otherwise, where the interval leaves no doubt"
    rows = [[head, "against", "combined error changes by", "95 % interval"]]
    arms = summary["arms"]
    told = [name for name in arms if arms[name]["verdict"] != "neither" and arms[name]["against"] != name]
    for name in sorted(told, key=lambda name: -arms[name]["relative_change"]):
        row = arms[name]
        label = f"`{name}`: {row['note']}" if row["note"] else f"`{name}`"
        change, low, high = (f"{100 * row[key]:+.0f} %" for key in ("relative_change", "ci_low", "ci_high"))
        rows.append([label, f"`{row['against']}`", f"**{change}**", f"{low} to {high}"])
    return rows


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def _interval(row: Mapping[str, float]) -> str:
    return f"{_percent(row['ci_low'], 0)} to {_percent(row['ci_high'], 0)}"


_TABLES = {
    "skills": _skills,
    "growth": _growth,
    "convergence": _convergence,
    "few_shot": _few_shot,
    "ablations": _ablations,
}
