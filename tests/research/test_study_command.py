"""`scripts/study.py`: a whole small study on the embedded example skill, and one line where it cannot be run."""

import json
from pathlib import Path

import pytest
import typer
import yaml
from toy_domain import SMALL, toy_domain
from typer.testing import CliRunner, Result

from modeling_bilstm_nlu.hub import write_repository
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import build_model
from research.studies.command import study

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command()(study)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_repository("generic", build_model(toy_domain(), **SMALL), build_tokenizer())
    document = {
        "title": "A small study",
        "report": "skills",
        "skills": {},
        "generic": "generic",
        "arms": [
            {"name": "maxent_crf", "method": "maxent_crf"},
            {"name": "scratch", "model": SMALL},
            {"name": "transfer", "base": "{generic}", "training": {"use_gazetteers": True}},
        ],
        "protocol": {"sizes": [40], "seeds": [0], "steps": 3, "eval_steps": 2, "max_validation": 20, "max_test": 30},
        "output_dir": "out",
        "quick": {"protocol": {"sizes": [20]}},
    }
    Path("study.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return Path("study.yaml")


@pytest.mark.slow
def test_a_study_from_the_recipe_to_the_page(recipe: Path):
    result = run(recipe, "--publish", "docs", "--set", "protocol.eval_steps=3")
    assert result.exit_code == 0, result.output
    assert "transfer, 1 skills" in result.stdout and "published: docs/studies/skills/README.md" in result.stdout
    summary = json.loads(Path("docs/results/skills.json").read_text("utf-8"))
    assert summary["n_skills"] == 1 and summary["runs"] == 3 and summary["failed_runs"] == 0
    assert summary["command"] == "python scripts/study.py study.yaml --set protocol.eval_steps=3"
    assert summary == json.loads(Path("out/summary.json").read_text("utf-8"))
    page = Path("docs/studies/skills/README.md").read_text("utf-8")
    assert page.startswith("# A small study\n") and "from `generic`" in page and "smart_garden" in page
    assert Path("docs/studies/skills/skills.png").is_file()

    same = ("--set", "protocol.eval_steps=3", "--out", "elsewhere", "--so-far")
    reused = run(recipe, *same, "--reuse", "docs/studies/skills")
    assert reused.exit_code == 0 and "are still" not in reused.stdout
    assert json.loads(Path("elsewhere/summary.json").read_text("utf-8"))["skills"] == summary["skills"]
    others = run(recipe, *same, "--set", "protocol.steps=4", "--reuse", "docs/studies/skills")
    assert others.exit_code != 0 and "0 runs" in others.output

    so_far = run(recipe, "--so-far", "--set", "protocol.seeds=[0, 1]", "--set", "protocol.eval_steps=3")
    assert so_far.exit_code == 0 and "3 runs are still" in so_far.stdout


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--quick", "--publish", "docs"], "--quick"),
        (["--so-far", "--publish", "docs"], "--so-far"),
        (["--skills", "nowhere"], "nowhere"),
        (["--data", "x"], "NAME=PATH"),
        (["--set", "generic=elsewhere"], "elsewhere"),
        (["--set", "protocol.step=3"], "'steps'"),
        (["--so-far", "--out", "empty"], "both"),
    ],
)
def test_bad_input_ends_with_one_line(recipe: Path, arguments: list[str], message: str):
    result = run(recipe, *arguments)
    errors = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert result.exit_code == 1 and len(errors) == 1 and message in errors[0]
    assert not Path("docs").exists()


def test_failed_runs_are_counted_and_the_others_reported(recipe: Path, monkeypatch: pytest.MonkeyPatch):
    failed = {"arm": "scratch", "domain": "a", "group": "a", "size": 40, "seed": 0, "data": "", "error": "no luck"}
    score = {"combined_error": 0.5, "frame_error": 0.5, "semantic_error_rate": 0.5, "num_utterances": 9}
    measured = {
        "format": "ask",
        "counts": {"intents": 1, "slot_types": 1, "groups": 1, "utterances": 1},
        "train_utterances": 40,
        "test": score,
        "validation": score,
        "curve": [],
        "seconds": 1.0,
        "base": None,
    }
    arms = ("maxent_crf", "scratch", "transfer")
    grid = [failed, *({**failed, "domain": "b", "arm": arm, **measured} for arm in arms)]
    for record in grid[1:]:
        del record["error"]
    monkeypatch.setattr("research.studies.running.run_grid", lambda *given, **options: grid)
    result = run(recipe)
    assert result.exit_code == 1 and "failed runs: 1 of scratch" in result.stdout
    assert "| scratch: no luck | 1 |" in Path("out/README.md").read_text("utf-8")
