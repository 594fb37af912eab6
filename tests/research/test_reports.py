"""What the studies' reports make of records: summaries with the promised keys, pages, pictures, tables."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from study_records import curve, record

from bilstm_nlu.errors import NluError, RecipeError
from modeling_bilstm_nlu.training.recipes.data import DataRecipe
from research.studies.pictures import points_of
from research.studies.protocol import Arm, Protocol
from research.studies.publishing import publish, redraw
from research.studies.recipe import REPORTS as NAMES
from research.studies.recipe import StudyRecipe
from research.studies.records import PUBLISHED, RECORDS, read_records
from research.studies.reports import REPORTS, convergence
from research.studies.running import run_study
from research.studies.targets import SkillsRecipe, Target

ARMS = (
    Arm("maxent_crf", method="maxent_crf", note="of the paper"),
    Arm("scratch"),
    Arm("transfer", base="{generic}"),
)


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Runs a study whose grid is the records given."""

    def run(name: str, grid: list[dict[str, Any]], **settings: Any):
        monkeypatch.setattr("research.studies.running.run_grid", lambda *args, **options: grid)
        settings = {"arms": ARMS, "protocol": Protocol(seeds=(0, 1)), **settings}
        study = StudyRecipe(report=name, output_dir=str(tmp_path / name), **settings)
        return study, run_study(study, command=f"python scripts/study.py {name}.yaml")

    return run


def three(domain: str, size: int, errors: tuple[float, float, float], seeds=(0, 1), **more: Any):
    """Runs of MaxEnt + CRF, scratch and transfer."""
    curves = ([], curve((0, 0.9), (50, errors[1])), curve((0, 0.8), (5, errors[1]), (50, errors[2])))
    return [
        record(arm.name, domain, size, seed, error, curve=points, **more)
        for seed in seeds
        for arm, error, points in zip(ARMS, errors, curves, strict=True)
    ]


def page_of(outcome) -> str:
    return (outcome.folder / "README.md").read_text("utf-8")


def check_pictures(outcome, *names: str) -> None:
    assert list(outcome.pictures) == list(names)
    for name in names:
        assert (outcome.folder / name).read_bytes().startswith(b"\x89PNG")
        assert f"]({name})" in page_of(outcome)


def test_every_report_has_a_name_and_a_template():
    assert set(NAMES) == set(REPORTS)
    folder = Path(__file__).parents[2] / "research" / "studies" / "reports"
    for name in NAMES:
        assert (folder / f"{name}.md").is_file()


def test_skills(report):
    records = [
        *three("ask/a__one", 300, (0.2, 0.4, 0.1), group="a"),
        *three("ask/a__two", 300, (0.4, 0.2, 0.2), group="a"),
        *three("rasa/b__three", 300, (0.1, 0.3, 0.05), group="b"),
        *three("rasa/c__four", 300, (0.0, 0.1, 0.0), group="c")[:-1],  # transfer failed at seed 1: seed 0 counts
        {"arm": "transfer", "domain": "rasa/c__four", "size": 300, "seed": 1, "error": "ValueError: no"},
        {"arm": "scratch", "domain": "d", "size": 300, "seed": 0, "passed_over": "3 utterances, fewer than 20"},
    ]
    study, outcome = report("skills", records)
    summary = json.loads((outcome.folder / "summary.json").read_text("utf-8"))
    assert (summary["n_skills"], summary["n_authors"]) == (4, 3)
    best = summary["vs_best_baseline"]
    assert best["mean"] == pytest.approx((0.5 + 0 + 0.5 + 0) / 4)
    assert summary["vs_scratch"]["mean"] == pytest.approx((0.75 + 0 + 5 / 6 + 1) / 4)
    assert (best["wins"], best["ties"], best["losses"], best["win_rate"]) == (2, 2, 0, 0.5)
    assert best["ci_low"] <= best["mean"] <= best["ci_high"] and "ci_low" in summary["vs_scratch"]
    assert best["win_rate_ci_low"] <= 0.5 <= best["win_rate_ci_high"]
    assert summary["chosen_baseline"] == {"maxent_crf": 3, "scratch": 1}
    assert summary["n_flawless"] == 1 and "On 1 of them neither errs" in (outcome.folder / "README.md").read_text(
        "utf-8"
    )
    assert summary["by_author"]["a"]["vs_best_baseline"]["mean"] == pytest.approx(0.25)
    assert summary["arms"]["transfer"]["slot_f1"] == pytest.approx(1 - (0.1 + 0.2 + 0.05 + 0) / 4)
    assert [skill["skill"] for skill in summary["skills"]][0] == "ask/a__one"
    assert summary["failed_runs"] == 1 and outcome.errors == {"transfer": 1}
    check_pictures(outcome, "skills.png")
    page = page_of(outcome)
    assert "python scripts/study.py skills.yaml" in page and "| transfer: ValueError: no | 1 |" in page
    assert "3 utterances, fewer than 20" in page
    assert "On 4 skills of 3 authors" in page and "**25.0 %**" in page
    rows = list(csv.DictReader((outcome.folder / "runs.csv").open(encoding="utf-8")))
    assert len(rows) == len(records) and rows[0]["combined_error"] == "0.2" and "latency_ms" not in rows[0]
    assert outcome.table[-1][0] == "vs best baseline" and outcome.table[-1][3] == "25.0%"


def test_an_arm_of_some_skills_is_compared_where_it_was_run(report):
    records = [
        *three("ask/a__one", 300, (0.2, 0.4, 0.1)),
        *three("rasa/b__two", 300, (0.4, 0.2, 0.1), format="rasa"),
        record("minilm", "ask/a__one", 300, 0, 0.2),
    ]
    some = {"arms": (*ARMS, Arm("minilm")), "baselines": ("maxent_crf", "scratch")}
    _, outcome = report("skills", records, **some)
    assert outcome.summary["n_skills"] == 2 and outcome.summary["vs_best_baseline"]["mean"] == pytest.approx(0.5)
    assert outcome.summary["vs_minilm"]["n_domains"] == 1 and outcome.summary["vs_minilm"]["mean"] == pytest.approx(
        0.5
    )
    assert "minilm" not in outcome.summary["arms"], "a mean over other skills says nothing next to the other means"
    assert "vs_minilm" not in outcome.summary["by_format"]["rasa"]
    assert "| `minilm`, skills where it was run: 1 |" in page_of(outcome)
    assert [row[0] for row in outcome.table[1:]][-1] == "vs minilm"
    _, outcome = report("skills", records[:-1], **some)
    assert "vs_minilm" not in outcome.summary


def test_skills_with_hardly_any_error_are_also_left_out(report):
    records = [
        *three("ask/a__one", 300, (0.2, 0.4, 0.1)),
        *three("ask/b__two", 300, (0.005, 0.4, 0.01)),
        *three("ask/c__three", 300, (0.0, 0.4, 0.0)),
    ]
    summary = report("skills", records)[1].summary
    assert summary["vs_best_baseline"]["mean"] == pytest.approx((0.5 - 1 + 0) / 3, abs=1e-6)
    assert summary["where_baseline_errs"]["vs_best_baseline"]["mean"] == pytest.approx(0.5)
    assert summary["where_baseline_errs"]["vs_best_baseline"]["n_domains"] == 1
    assert summary["vs_best_baseline"]["win_rate_where_any_errs"] == pytest.approx(1 / 2)


def test_authors_of_near_copies_are_one_group(report):
    said = {"a__one": [*range(40)], "b__two": [*range(38), 90, 91], "c__three": [*range(100, 140)]}
    records = [
        run
        for name, sketch in said.items()
        for run in three(f"ask/{name}", 300, (0.2, 0.4, 0.1), group=name[0], sketch=sketch)
    ]
    summary = report("skills", records)[1].summary
    assert (summary["n_authors"], summary["n_groups"]) == (3, 2)
    assert {skill["author"]: skill["group"] for skill in summary["skills"]} == {"a": "a", "b": "a", "c": "c"}
    assert set(summary["by_author"]) == {"a", "b", "c"}


def test_growth(report):
    records = [
        *three("x/a", 10, (0.6, 0.5, 0.4), group="x"),
        *three("x/a", 300, (0.2, 0.3, 0.25), group="x"),
        *three("y/b", 10, (0.5, 0.8, 0.25), group="y"),
    ]
    study, outcome = report("growth", records)
    summary = outcome.summary
    assert summary["early"]["vs_best_baseline"]["mean"] == pytest.approx((0.2 + 0.5) / 2)
    assert summary["all_stages"]["vs_best_baseline"]["min"] == pytest.approx(-0.25)
    assert summary["all_stages"]["vs_best_baseline"]["min_stage"] == 300
    assert summary["by_stage"]["10"]["vs_scratch"]["mean"] == pytest.approx((0.2 + 1 - 0.25 / 0.8) / 2)
    assert summary["by_group"]["x"]["by_stage"]["300"]["vs_best_baseline"]["mean"] == pytest.approx(-0.25)
    assert set(summary["by_domain"]) == {"x/a", "y/b"}
    check_pictures(outcome, "growth.png", "growth_by_domain.png")
    assert "At its worst stage, 300 utterances, it is -25.0 %" in page_of(outcome)
    assert [row[0] for row in outcome.table] == ["utterances", "10", "300", "early, to 100", "all"]


def test_growth_with_an_arm_of_the_early_stages(report):
    records = [
        *three("x/a", 10, (0.6, 0.5, 0.4)),
        *three("x/a", 300, (0.2, 0.3, 0.25)),
        record("minilm", "x/a", 10, 0, 0.5),
    ]
    summary = report("growth", records, arms=(*ARMS, Arm("minilm")), baselines=("maxent_crf", "scratch"))[1].summary
    assert summary["by_stage"]["10"]["vs_minilm"]["mean"] == pytest.approx(0.2)
    assert "vs_minilm" not in summary["by_stage"]["300"] and summary["all_stages"]["vs_minilm"]["min_stage"] == 10


def test_the_better_baseline_is_never_chosen_on_test(report):
    records = [
        record("maxent_crf", "a", 10, 0, 0.1, validation=0.5),
        record("scratch", "a", 10, 0, 0.4, validation=0.2),
        record("transfer", "a", 10, 0, 0.2),
    ]
    _, outcome = report("growth", records)
    assert outcome.summary["early"]["vs_best_baseline"]["mean"] == pytest.approx(0.5)


def test_convergence_reads_the_curves_of_other_studies(report, tmp_path):
    for name, size in (("skills", 60), ("growth", 300)):
        folder = tmp_path / "runs" / name
        (folder / "records").mkdir(parents=True)
        (folder / RECORDS).write_text(json.dumps(["0.json", "1.json", "2.json"]), encoding="utf-8")
        for place, row in enumerate(three("a", size, (0.5, 0.4, 0.3), seeds=(0,))):
            (folder / "records" / f"{place}.json").write_text(json.dumps(row), encoding="utf-8")
        (folder / "records" / "of_an_older_recipe.json").write_text("{}", encoding="utf-8")
    paths = tuple(str(tmp_path / "runs" / name) for name in ("skills", "growth"))
    _, outcome = report("convergence", [], records=paths, arms=())
    summary = outcome.summary
    assert summary["median_steps_ratio"] == 10 and summary["n_runs"] == 2 and summary["never_reached"] == 0
    assert summary["steps_quantiles"]["0.5"] == 10 and summary["median_seconds_ratio"] == pytest.approx(10)
    assert summary["low_resource"]["n_runs"] == 1 and set(summary["by_study"]) == {"skills", "growth"}
    assert set(summary["by_size"]) == {"31 to 100", "101 to 300"}
    check_pictures(outcome, "learning_curves.png", "steps_ratio.png")
    rows = list(csv.DictReader((outcome.folder / "runs.csv").open(encoding="utf-8")))
    assert [(row["study"], row["step"]) for row in rows] == [("growth", "10"), ("skills", "10")]
    with pytest.raises(NluError, match="study"):
        report("convergence", [], records=(str(tmp_path / "nowhere"),), arms=())


def test_ablations(report):
    arms = (Arm("default"), Arm("smaller", note="half the size"), Arm("tiny", against="smaller"))
    records = [
        *(record("default", name, 30, 0, 0.2) for name in "abcdef"),
        record("smaller", "a", 30, 0, 0.5),
        *(record("smaller", name, 30, 0, 0.2) for name in "bcdef"),
        *(record("tiny", name, 30, 0, 0.6) for name in "abcdef"),
    ]
    _, outcome = report("ablations", records, arms=arms, baseline="default")
    row = outcome.summary["arms"]["smaller"]
    assert row["relative_change"] == pytest.approx(0.25) and row["ci_low"] <= 0.25 <= row["ci_high"]
    assert row["against"] == "default" and row["verdict"] == "neither"
    assert outcome.summary["arms"]["default"]["relative_change"] == 0
    row = outcome.summary["arms"]["tiny"]
    assert row["against"] == "smaller" and row["relative_change"] == pytest.approx(1.7) and row["verdict"] == "worse"
    check_pictures(outcome, "ablations.png")
    page = page_of(outcome)
    assert "| `smaller` | half the size | 25.0 % | `default` | +25.0 % |" in page
    assert "so the default stays as it is:\n\n- `tiny`: +170.0 %, +110.0 % to +200.0 %\n" in page
    assert "- `smaller` (half the size): +25.0 %" in page and "should follow" not in page


def test_an_interval_needs_domains_enough(report):
    arms = (Arm("default"), Arm("tiny"))
    records = [
        record(arm.name, name, 30, 0, error) for arm, error in zip(arms, (0.2, 0.6), strict=True) for name in "ab"
    ]
    _, outcome = report("ablations", records, arms=arms, baseline="default")
    assert outcome.summary["arms"]["tiny"]["verdict"] == "neither"
    few = [run for domain in "ab" for run in three(domain, 10, (0.6, 0.5, 0.4))]
    enough = [run for domain in "abcde" for run in three(domain, 30, (0.6, 0.5, 0.4))]
    page = page_of(report("growth", few + enough)[1])
    assert "| 10 (2) | 50.0 % | 40.0 % | **20.0 %** | - |" in page
    assert "| 30 (5) | 50.0 % | 40.0 % | **20.0 %** | 20.0 % to 20.0 % |" in page


def test_few_shot(report):
    arms = tuple(Arm(name) for name in ("ours", "maxent_crf", "minilm"))
    cost = {"latency_ms": 1.25, "size_bytes": 2_000_000}
    records = [
        record(arm.name, "snips", size, seed, error, **cost)
        for size in (10, 30)
        for seed in (0, 1)
        for arm, error in zip(arms, (0.5, 0.8, 0.6 + seed / 10), strict=True)
    ]
    domains = (Target("snips", DataRecipe(source="x")),)
    _, outcome = report("few_shot", records, arms=arms, baseline="maxent_crf", domains=domains)
    found = outcome.summary["snips"]["10"]
    assert found["ours"]["frame_accuracy"] == 0.5 and found["maxent_crf"]["frame_accuracy"] == pytest.approx(0.2)
    assert found["minilm"]["frame_accuracy"] == pytest.approx(0.35) and found["minilm"]["latency_ms"] == 1.25
    check_pictures(outcome, "few_shot.png")
    assert "| 10 | `ours` | **50.0 %** |" in page_of(outcome) and "| 1.25 | 2.0 |" in page_of(outcome)


def test_domains_of_one_size_are_rows_of_points(report):
    arms = tuple(Arm(name) for name in ("ours", "maxent_crf"))
    records = [
        record(arm.name, name, 10, 0, 0.4) for arm in arms for name in ("bank, 5 an intent", "bank, 10 an intent")
    ]
    domains = tuple(Target(name, DataRecipe(source="x")) for name in ("bank, 5 an intent", "bank, 10 an intent"))
    _, outcome = report("few_shot", records, arms=arms, baseline="maxent_crf", domains=domains)
    check_pictures(outcome, "few_shot.png")
    assert "bank, 10 an intent, most utterances: ours 60%, maxent_crf 60%" in page_of(outcome)


def test_a_plain_comparison(report):
    records = three("a", 10, (0.6, 0.5, 0.4))
    _, outcome = report("comparison", records)
    assert outcome.summary["transfer"]["mean_relative_reduction"] == pytest.approx(0.2)
    assert outcome.pictures == [] and "`transfer` against `scratch`" in page_of(outcome)


def test_the_page_tells_how_networks_train_on_some_domains(report):
    slow = Target("a", DataRecipe(source="x"), training={"learning_rate": 1e-3, "freeze_steps": 5})
    more = {
        "skills": SkillsRecipe(training={"learning_rate": 5e-3}),
        "domains": (slow, replace(slow, name="b", training={})),
    }
    page = page_of(report("comparison", three("a", 10, (0.6, 0.5, 0.4)), **more)[1])
    assert "Networks on skills, where the arm says nothing else: learning_rate 0.005.\n" in page
    assert "Networks on `a`, where the arm says nothing else: learning_rate 0.001, freeze_steps 5.\n" in page
    assert "Networks on `b`" not in page
    assert "Networks on" not in page_of(report("comparison", three("a", 10, (0.6, 0.5, 0.4)))[1])


def test_what_cannot_be_reported_says_why(report):
    failed = {"arm": "transfer", "domain": "a", "size": 10, "seed": 0, "error": "NluError: out of luck"}
    with pytest.raises(NluError, match="2 runs.*1.*NluError: out of luck"):
        report("growth", [*three("a", 10, (0.6, 0.5, 0.4), seeds=(0,))[:2], failed])
    for name in ("ablations", "few_shot"):
        with pytest.raises(NluError, match="0 runs.*1.*NluError: out of luck"):
            report(name, [failed])


def test_runs_that_are_missing_are_said(report):
    _, outcome = report("growth", [*three("a", 10, (0.6, 0.5, 0.4)), None, None])
    assert outcome.num_missing == 2 and "**2 runs are still to be made**" in page_of(outcome)


def test_publishing(report, tmp_path):
    study, outcome = report("growth", three("a", 10, (0.6, 0.5, 0.4)))
    page = publish(study, outcome, tmp_path / "docs")
    assert page == tmp_path / "docs" / "studies" / "growth" / "README.md"
    text = page.read_text("utf-8")
    assert "[`growth.json`](../../results/growth.json)" in text and "[`runs.csv`](runs.csv)" in text
    assert json.loads((tmp_path / "docs/results/growth.json").read_text("utf-8"))["n_domains"] == 1
    assert {path.name for path in page.parent.iterdir()} == {
        "README.md", "records.jsonl.gz", "runs.csv", *outcome.pictures
    }  # fmt: skip


def test_convergence_of_a_published_study_is_that_of_its_records(report, tmp_path):
    records = [run for domain in "ab" for run in three(domain, 10, (0.6, 0.5, 0.4))]
    study, outcome = report("growth", records)
    page = publish(study, outcome, tmp_path / "docs")
    first = (page.parent / PUBLISHED).read_bytes()
    publish(study, outcome, tmp_path / "docs")
    assert (page.parent / PUBLISHED).read_bytes() == first
    runs = read_records(page.parent)
    assert len(runs) == len(records) and {run["arm"] for run in runs} == {"maxent_crf", "scratch", "transfer"}
    of_records = convergence.summarise(study, [{**run, "study": "growth"} for run in records])
    _, read = report("convergence", [], records=(str(page.parent),), arms=())
    assert read.summary["n_runs"] == of_records["n_runs"] == 4
    assert read.summary["steps_quantiles"] == of_records["steps_quantiles"]


@pytest.mark.parametrize(
    "settings, num_missing, message",
    [
        ({"quick": True}, 0, "quick"),
        ({}, 1, "not finished"),
        ({"report": "comparison"}, 0, "report"),
    ],
)
def test_what_is_no_result_is_not_published(report, tmp_path, settings, num_missing, message):
    name = settings.pop("report", "growth")
    study, outcome = report(name, [*three("a", 10, (0.6, 0.5, 0.4)), *[None] * num_missing], **settings)
    with pytest.raises(RecipeError, match=message):
        publish(study, outcome, tmp_path / "docs")
    assert not (tmp_path / "docs").exists()


def test_pictures_are_drawn_again_from_what_was_published(report, tmp_path):
    titles = {"transfer": "with [transfer]", "scratch": "from scratch", "a": "the garden"}
    study, outcome = report("growth", three("a", 10, (0.6, 0.5, 0.4)))
    page = publish(study, outcome, tmp_path / "docs")
    before, text = (page.parent / "growth.png").read_bytes(), page.read_text("utf-8")
    titled = replace(study, titles=titles)
    drawn = redraw(titled, tmp_path / "docs")
    assert drawn == [page.parent / "growth.png", page.parent / "growth_by_domain.png"]
    assert drawn[0].read_bytes() != before and drawn[0].stat().st_size < 60_000
    assert titled.title_of("a/b") == "the garden: b" and titled.title_of("c/b") == "c/b"
    again = page.read_text("utf-8")
    assert "(transfer)" not in text and "with (transfer)" in again and again.count("](") == text.count("](")
    redraw(study, tmp_path / "docs")
    assert drawn[0].read_bytes() == before and page.read_text("utf-8") == text, "equal records, equal pictures"


def test_a_learning_curve_ends_where_its_first_run_ends():
    long = record("transfer", "a", 10, 0, 0.1, curve=curve((0, 0.5), (10, 0.3), (20, 0.1)))
    short = record("transfer", "b", 10, 0, 0.4, curve=curve((0, 0.9), (10, 0.7)))
    without = record("maxent_crf", "b", 10, 0, 0.4, curve=[])
    found = points_of([long, short, without])
    assert {step: sorted(values) for step, values in found.items()} == {
        0: [50, 90],
        10: pytest.approx([30, 70]),
    }
    assert points_of([long]).keys() == {0, 10, 20} and points_of([without]) == {}
