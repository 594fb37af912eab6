"""The command `fleet`, with Ray."""

import json
import re
from pathlib import Path

import pytest
import yaml
from conftest import QUICK
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE


def fleet(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["fleet", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "quick.yaml"
    path.write_text(yaml.safe_dump(QUICK))
    return path


@pytest.mark.usefixtures("ray_of_the_tests")
def test_a_folder_is_trained_on_ray(skills: Path, base: Path, recipe: Path, tmp_path: Path):
    broken = skills / "broken" / "train.jsonl"
    broken.parent.mkdir()
    broken.write_text('{"text": "a", "intent": "x", "spans": [{"slot_type": "s", "start": 5, "end": 9}]}\n')
    (skills / "notes.txt").write_text("nothing")
    options = [skills, "--out", tmp_path / "out", "--base", base, "--recipe", recipe, "--steps", 2, "--workers", 1]
    code, output = fleet(*options)
    assert code == 1 and "4 skills" in output and "notes.txt" in output
    assert "3 trained, 0 unchanged, 1 failed" in output and re.search(r"failed: broken: .*train\.jsonl", output)
    lines = (tmp_path / "out" / RESULTS_FILE).read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["both", "broken", "home", "music"]
    broken.unlink()
    broken.parent.rmdir()
    code, output = fleet(*options)
    assert code == 0 and "0 trained, 3 unchanged, 0 failed" in output and "1 earlier" in output


@pytest.mark.parametrize(
    "arguments, culprit",
    [
        (["nowhere"], "nowhere"),
        (["skills", "--set", "training.no_such=1"], "no_such"),
        (["skills", "--set", "data.source=x"], "data.source"),
        (["skills", "--base", "nowhere/at/all"], "nowhere/at/all"),
        (["skills", "--steps", "1", "--epochs", "2"], "--epochs"),
        (["skills", "--option", "x"], "'x'"),
    ],
)
def test_bad_input_is_named_in_one_line(
    arguments: list[str], culprit: str, skills: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(skills.parent)
    code, output = fleet(*arguments)
    assert code in (1, 2) and culprit in output and "Traceback" not in output
