"""The tables of the page of results: the main figures of the published studies."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["NAMES", "as_table", "percent", "render_studies"]

#: How a reader knows what the studies compare.
NAMES = {
    "vs_maxent_crf": "MaxEnt + CRF",
    "vs_scratch": "the net from scratch",
    "vs_best_baseline": "the better of the two on validation",
    "ours": "transfer",
    "scratch": "from scratch",
    "maxent_crf": "MaxEnt + CRF",
    "minilm": "MiniLM, fine-tuned",
}


def render_studies(results: Mapping[str, Any]) -> dict[str, str]:
    """Name of a study -> the table of its main figures, as Markdown.

    Args:
        results: name of a file in `docs/results` -> its content. Studies that are not in it have no table.
    """
    return {name: as_table(render(results[name])) for name, render in _TABLES.items() if name in results}


def as_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells, the first of them the head, as a Markdown table."""
    head, *body = rows
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _skills(summary: Mapping[str, Any]) -> list[list[str]]:
    head = f"{summary['n_skills']} third-party skills, {len(summary['seeds'])} seeds: transfer against"
    rows = [[head, "its combined error", "transfer", "lower by", "95 % interval", "median", "wins"]]
    for name in ("vs_maxent_crf", "vs_scratch", "vs_best_baseline"):
        row = summary[name]
        errors = [percent(row[error]) for error in ("baseline_error", "error")]
        wins = percent(row["win_rate"], 0)
        rows.append(
            [NAMES[name], *errors, f"**{percent(row['mean'])}**", _interval(row), percent(row["median"]), wins]
        )
    return rows


def _growth(summary: Mapping[str, Any]) -> list[list[str]]:
    names = ("vs_maxent_crf", "vs_scratch", "vs_best_baseline")
    head = f"{summary['n_domains']} new domains, {len(summary['seeds'])} seeds: utterances in total"
    rows = [[head, "domains", "combined error of transfer", *(f"lower than {NAMES[name]} by" for name in names)]]
    for stage, part in summary["by_stage"].items():
        best = part["vs_best_baseline"]
        reductions = [percent(part[name]["mean"]) for name in names]
        rows.append([stage, str(best["n_domains"]), percent(best["error"]), *reductions])
    return rows


def _convergence(summary: Mapping[str, Any]) -> list[list[str]]:
    head = "training up to the best validation error of the net from scratch"
    rows = [[head, "pairs of runs", "steps: times as fast", "95 % interval", "seconds", "never reached"]]
    parts = {"up to {low_resource_up_to} training utterances": "low_resource", "all runs": None}
    for label, key in parts.items():
        part = summary if key is None else summary.get(key)
        if part is not None:
            names = ("steps_ratio", "steps_ratio_ci_low", "steps_ratio_ci_high", "seconds_ratio")
            steps, low, high, seconds = (f"{part[f'median_{name}']:.1f}" for name in names)
            never = percent(part["never_reached"], 0)
            rows.append(
                [label.format(**summary), f"{part['n_runs']:,}", f"**{steps}**", f"{low} to {high}", seconds, never]
            )
    return rows


def _few_shot(summary: Mapping[str, Any]) -> list[list[str]]:
    stages = summary["snips"]
    largest = stages[max(stages, key=int)]
    head = "SNIPS: frame accuracy by utterances per intent"
    rows = [[head, *stages, "training at " + max(stages, key=int), "one utterance", "on disk"]]
    for name, costs in largest.items():
        accuracies = [percent(stage[name]["frame_accuracy"]) for stage in stages.values()]
        size = f"{costs['size_bytes'] / 1e6:.1f} MB"
        rows.append([NAMES[name], *accuracies, f"{costs['seconds']:.0f} s", f"{costs['latency_ms']:.1f} ms", size])
    return rows


def _ablations(summary: Mapping[str, Any]) -> list[list[str]]:
    head = "changed arm, if its interval excludes 0"
    rows = [[head, "compared with", "combined error changes by", "95 % interval"]]
    arms = summary["arms"]
    told = [name for name in arms if arms[name]["verdict"] != "neither" and arms[name]["against"] != name]
    for name in sorted(told, key=lambda name: -arms[name]["relative_change"]):
        row = arms[name]
        label = f"`{name}`: {row['note']}" if row["note"] else f"`{name}`"
        change, low, high = (f"{100 * row[key]:+.0f} %" for key in ("relative_change", "ci_low", "ci_high"))
        rows.append([label, f"`{row['against']}`", f"**{change}**", f"{low} to {high}"])
    return rows


def percent(share: float, digits: int = 1) -> str:
    """A share as a reader sees it: 0.125 -> "12.5 %"."""
    return f"{100 * share:.{digits}f} %"


def _interval(row: Mapping[str, float]) -> str:
    return f"{percent(row['ci_low'], 0)} to {percent(row['ci_high'], 0)}"


_TABLES = {
    "skills": _skills,
    "growth": _growth,
    "convergence": _convergence,
    "few_shot": _few_shot,
    "ablations": _ablations,
}
