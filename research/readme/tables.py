"""The two tables of the README: what a model costs, and how it compares."""

import textwrap
from collections.abc import Mapping
from typing import Any

from .studies import NAMES, as_table, percent

__all__ = ["render_comparison", "render_costs"]

_ARMS = ("ours", "maxent_crf", "scratch", "minilm")
#: What parses for each arm in the benchmark of latency; the network from scratch is as fast as that of transfer.
_TIMED = ("runtime_float16", "maxent_crf", "runtime_float16", "minilm_int8")


def render_costs(results: Mapping[str, Any]) -> str:
    """What a model costs, next to the alternatives, as Markdown.

    Args:
        results: name of a file in `docs/results` -> its content; `few_shot` and `benchmarks` are used.
    """
    stages = results["few_shot"]["snips"]
    size = max(stages, key=int)
    arms = {name: stages[size][name] for name in _ARMS}
    utterances = f"{arms['ours']['train_utterances']:,}"
    times = results["benchmarks"]["latency"]["times"]
    one_text = [f"{times[name]['cpu_ms_p50']:.2f} ms" if name in times else "" for name in _TIMED]
    study, timing = "`scripts/study.py`", "`scripts/benchmarks/latency.py`"
    rows = [
        ["", *(NAMES[name] for name in _ARMS), "measured by"],
        ["on disk", *(f"{arm['size_bytes'] / 1e6:.1f} MB" for arm in arms.values()), study],
        ["one utterance, example skill", *one_text, timing],
        [f"training on {utterances} utterances", *(f"{arm['seconds']:.0f} s" for arm in arms.values()), study],
    ]
    return as_table(rows)


def render_comparison(results: Mapping[str, Any]) -> str:
    """The headline results: a table of combined errors and a sentence for each claim, as Markdown.

    Args:
        results: name of a file in `docs/results` -> its content; `skills`, `growth`, `few_shot` and `convergence`
            are used.
    """
    skills, growth, convergence = (results[name] for name in ("skills", "growth", "convergence"))
    early = f"{growth['n_domains']} new domains, up to {growth['early_up_to']} utterances"
    rows = [
        ["combined error", *(NAMES[name] for name in _ARMS)],
        [f"{skills['n_skills']} third-party skills", *_errors(skills)],
        [early, *_errors(growth["early"])],
    ]
    for size, arms in results["few_shot"]["snips"].items():
        errors = _bold_least([arms[name]["combined_error"] for name in _ARMS])
        rows.append([f"SNIPS, {size} utterances per intent", *errors])
    best, low = skills["vs_best_baseline"], convergence["low_resource"]
    interval = f"{percent(best['ci_low'], 0)} to {percent(best['ci_high'], 0)}"
    claims = (
        f"On the {skills['n_skills']} skills, transfer lowers the combined error by **{percent(best['mean'])}** on "
        f"average ({interval} with 95 % confidence),"
        f" compared with the better of MaxEnt + CRF and the net from scratch. "
        f"It wins on {percent(best['win_rate'], 0)} of the skills. With up to {convergence['low_resource_up_to']} "
        f"training utterances, it needs **{low['median_steps_ratio']:.0f} times fewer steps** to reach the best "
        f"validation error of the net from scratch (median). {_on_minilm(results['few_shot']['snips'])}"
    )
    return f"{as_table(rows)}\n{textwrap.fill(claims, 119)}\n"


def _on_minilm(stages: Mapping[str, Any]) -> str:
    """A sentence on the sizes at which the sentence encoder errs less."""
    lost = [size for size, arms in stages.items() if arms["minilm"]["combined_error"] < arms["ours"]["combined_error"]]
    last = stages[max(stages, key=int)]
    times = last["minilm"]["size_bytes"] / last["ours"]["size_bytes"]
    where = f"at {', '.join(lost)} utterances per intent" if lost else "at no size"
    return f"MiniLM has {times:.0f} times the size, and makes fewer errors on SNIPS {where}."


def _errors(part: Mapping[str, Any]) -> list[str]:
    """The combined errors of a study against baselines; it has no sentence encoder."""
    baselines = [part[f"vs_{name}"]["baseline_error"] for name in _ARMS[1:3]]
    return [*_bold_least([part["vs_maxent_crf"]["error"], *baselines]), "not run"]


def _bold_least(errors: list[float]) -> list[str]:
    return [f"**{percent(error)}**" if error == min(errors) else percent(error) for error in errors]
