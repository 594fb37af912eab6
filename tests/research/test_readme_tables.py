"""The tables of the README: one for each study that was published, with its figures."""

import json

from research.readme import render_studies

COMPARED = {
    "baseline_error": 0.2, "error": 0.15, "mean": 0.25, "ci_low": 0.1, "ci_high": 0.4, "median": 0.3,
    "win_rate": 0.8, "n_domains": 2,
}  # fmt: skip
RIVALS = {f"vs_{name}": COMPARED for name in ("maxent_crf", "scratch", "best_baseline")}
CLOCKS = {
    "median_steps_ratio": 12.5, "median_steps_ratio_ci_low": 8.0, "median_steps_ratio_ci_high": 20.0,
    "median_seconds_ratio": 4.0, "n_runs": 1200, "never_reached": 0.12,
}  # fmt: skip
CHANGED = {
    "against": "default",
    "note": "",
    "verdict": "neither",
    "relative_change": 0.0,
    "ci_low": 0.0,
    "ci_high": 0.0,
}
CHANGES = {
    "default": {},
    "small": {"verdict": "better", "relative_change": -0.08, "ci_low": -0.12, "ci_high": -0.04},
    "tiny": {
        "note": "a tenth", "against": "small", "verdict": "worse",
        "relative_change": 0.5, "ci_low": 0.25, "ci_high": 0.75,
    },
    "unclear": {"relative_change": 0.3, "ci_low": -0.1, "ci_high": 0.7},
}  # fmt: skip
ARM = {"frame_accuracy": 0.5, "seconds": 20.4, "latency_ms": 2.04, "size_bytes": 7_100_000}


def test_what_was_published_has_a_table_and_the_rest_none(tmp_path):
    assert render_studies(tmp_path) == ""
    summaries = {
        "skills": {"n_skills": 2, "seeds": [0, 1], **RIVALS},
        "growth": {"n_domains": 2, "seeds": [0], "by_stage": {"10": RIVALS, "30": RIVALS}},
        "convergence": {**CLOCKS, "low_resource_up_to": 100, "low_resource": {**CLOCKS, "n_runs": 800}},
        "few_shot": {"snips": {"10": {"ours": ARM}, "100": {"ours": {**ARM, "frame_accuracy": 0.75}}}},
        "ablations": {"arms": {name: {**CHANGED, **row} for name, row in CHANGES.items()}},
        "spine": {},
    }
    for name, summary in summaries.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(summary), encoding="utf-8")
    skills, growth, convergence, few_shot, ablations = render_studies(tmp_path).strip().split("\n\n")
    assert skills.splitlines()[-1] == (
        "| the better of the two, by validation | 20.0 % | 15.0 % | **25.0 %** | 10 % to 40 % | 30.0 % | 80 % |"
    )
    assert growth.splitlines()[2:] == [f"| {size} | 2 | 15.0 % | 25.0 % | 25.0 % | 25.0 % |" for size in (10, 30)]
    assert convergence.splitlines()[2:] == [
        f"| {what} | {runs} | **12.5** | 8.0 to 20.0 | 4.0 | 12 % |"
        for what, runs in (("up to 100 training utterances", "800"), ("all runs", "1,200"))
    ]
    assert few_shot.splitlines()[2:] == ["| transfer | 50.0 % | 75.0 % | 20 s | 2.0 ms | 7.1 MB |"]
    assert ablations.splitlines()[2:] == [
        "| `tiny`: a tenth | `small` | **+50 %** | +25 % to +75 % |",
        "| `small` | `default` | **-8 %** | -12 % to -4 % |",
    ]
    for table in (skills, growth, convergence, few_shot, ablations):
        assert len({line.count("|") for line in table.splitlines()}) == 1
