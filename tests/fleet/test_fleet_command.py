"""The command `fleet` with bad input, and its result as JSON."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bilstm_nlu.cli.fleet_output import fleet_as_json
from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu.fleet.records import FleetRecord
from modeling_bilstm_nlu.fleet.training import FleetRun


def fleet(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["fleet", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


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


def test_the_result_as_json(tmp_path: Path):
    done = FleetRun({"a": FleetRecord("a", "a.json"), "b": FleetRecord("b", "b.json", error="no intents")})
    done.trained.append("a")
    done.failed.append("b")
    found = json.loads(json.dumps(fleet_as_json(done, tmp_path)))
    assert (found["trained"], found["failed"]) == (["a"], {"b": "no intents"})
    assert found["models"] == str(tmp_path / "models") and found["worse"] == []


def test_what_cannot_be_read_is_shown(skills: Path, monkeypatch: pytest.MonkeyPatch):
    (skills / "gone.json").symlink_to("nowhere.json")
    code, output = fleet(skills, "--base", "nowhere/at/all", "--out", skills.parent / "out")
    assert code == 1 and "3 skills" in output and "gone.json: " in output
