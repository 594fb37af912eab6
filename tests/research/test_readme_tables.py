"""The tables of the README and of the page of results: one for each study, with its figures."""

from research.readme import render_comparison, render_costs, render_frames, render_studies

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


def test_what_was_published_has_a_table_and_the_rest_none():
    assert render_studies({}) == {}
    summaries = {
        "skills": {"n_skills": 2, "seeds": [0, 1], **RIVALS},
        "growth": {"n_domains": 2, "seeds": [0], "by_stage": {"10": RIVALS, "30": RIVALS}},
        "convergence": {**CLOCKS, "low_resource_up_to": 100, "low_resource": {**CLOCKS, "n_runs": 800}},
        "few_shot": {"snips": {"10": {"ours": ARM}, "100": {"ours": {**ARM, "frame_accuracy": 0.75}}}},
        "ablations": {"arms": {name: {**CHANGED, **row} for name, row in CHANGES.items()}},
        "spine": {},
    }
    tables = render_studies(summaries)
    assert set(tables) == set(summaries) - {"spine"}
    skills, growth, convergence, few_shot, ablations = tables.values()
    assert skills.splitlines()[-1] == (
        "| the better of the two on validation | 20.0 % | 15.0 % | **25.0 %** | 10 % to 40 % | 30.0 % | 80 % |"
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


def snips(ours: float, minilm: float) -> dict[str, dict]:
    arms = {"ours": ours, "maxent_crf": 0.4, "scratch": 0.5, "minilm": minilm}
    costs = {"latency_ms": 2.04, "seconds": 20.4, "train_utterances": 700}
    sizes = {"ours": 5e6, "maxent_crf": 1e6, "scratch": 9e6, "minilm": 9e7}
    return {name: {**costs, "combined_error": error, "size_bytes": sizes[name]} for name, error in arms.items()}


def test_the_readme_compares_and_tells_where_it_loses():
    results = {
        "skills": {"n_skills": 123, **RIVALS},
        "growth": {"n_domains": 33, "early_up_to": 100, "early": RIVALS},
        "few_shot": {"snips": {"10": snips(0.2, 0.3), "100": snips(0.1, 0.05)}},
        "convergence": {"low_resource_up_to": 100, "low_resource": CLOCKS},
    }
    text = render_comparison(results)
    rows = text.splitlines()
    assert rows[2] == "| 123 third-party skills | **15.0 %** | 20.0 % | 20.0 % | not run |"
    assert rows[4:6] == [
        "| SNIPS, 10 utterances per intent | **20.0 %** | 40.0 % | 50.0 % | 30.0 % |",
        "| SNIPS, 100 utterances per intent | 10.0 % | 40.0 % | 50.0 % | **5.0 %** |",
    ]
    claims = " ".join(rows[6:])
    for claim in (
        "by **25.0 %** on average (10 % to 40 %",
        "wins on 80 %",
        "**12 times fewer steps**",
        "18 times the size",
    ):
        assert claim in claims
    assert "on SNIPS at 100 utterances" in claims


def test_the_readme_tells_what_a_model_costs():
    few_shot = {"snips": {"10": snips(0.2, 0.3), "100": snips(0.1, 0.05)}}
    times = {name: {"cpu_ms_p50": time} for name, time in (("runtime_float16", 0.234), ("minilm_int8", 2.5))}
    benchmarks = {"latency": {"times": times}}
    table = render_costs({"few_shot": few_shot, "benchmarks": benchmarks})
    assert "| one utterance, example skill | 0.23 ms |  | 0.23 ms | 2.50 ms |" in table
    assert "| on disk | 5.0 MB | 1.0 MB | 9.0 MB | 90.0 MB |" in table
    assert "| training on 700 utterances | 20 s |" in table


def test_measurements_of_frames_have_a_row_each():
    table = render_frames(
        {
            "oos.skills.auroc": {"value": 0.98765, "interval": [0.9812, 0.9934]},
            "own_sentences": {"value": 1.0},
            "not for the page": {"value": 3},
        }
    )
    auroc, own = table.splitlines()[2:]
    assert auroc.endswith("| **0.988** | 0.981 to 0.993 |")
    assert own.endswith("| **100.0 %** |  |")
