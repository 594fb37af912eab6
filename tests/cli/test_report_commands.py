"""`info`, `doctor`, `compare` and `errors`, and what all commands share: JSON, colours, plurals, completion."""

import json
import shutil
from pathlib import Path

import pytest
import typer
from tiny_models import INTENTS, save
from tiny_reports import rows, tiny
from typer.testing import CliRunner, Result

from bilstm_nlu.cli import completion, console
from bilstm_nlu.cli.console import coloured, plural, print_table
from bilstm_nlu.cli.main import app
from bilstm_nlu.cli.progress import batches_with_progress
from bilstm_nlu.cli.push import pushed_as_json
from bilstm_nlu.runtime import finding
from modeling_bilstm_nlu.data.formats.registry import available_formats, embedded_domains
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.hub.push import Changes, Pushed

__all__ = ["rows", "tiny"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def json_of(result: Result) -> dict:
    """The one JSON object on standard output."""
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    return json.loads(line)


def error_of(result: Result) -> str:
    assert result.exit_code == 1 and result.stderr.startswith("error: ") and result.stderr.count("\n") == 1, (
        result.output
    )
    return result.stderr


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another checkpoint, with other weights and other intents."""
    folder = tmp_path_factory.mktemp("other") / "model"
    save("decision of one intent", folder)
    return folder


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another checkpoint with the same labels."""
    folder = tmp_path_factory.mktemp("second") / "model"
    save("decision", folder, seed=6)
    return folder


def test_info_for_people(tiny: Path):
    result = run("info", tiny)
    assert result.exit_code == 0 and result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].startswith("model: folder ") and "4 intents:" in lines and "3 slot types:" in lines
    assert all(intent in result.stdout for intent in INTENTS) and "0.400" in result.stdout
    assert lines[-1].startswith("next: bilstm-nlu parse --model ")


def test_info_groups_many_labels():
    result = run("info", DEFAULT_BASE)
    assert "by domain:" in result.stdout and "banking77.age_limit" not in result.stdout
    assert "banking77.age_limit" in run("info", DEFAULT_BASE, "--all").stdout


def test_info_as_json(tiny: Path):
    assert json_of(run("info", tiny, "--json"))["intents"] == INTENTS


def test_info_names_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert "no_such_model" in error_of(run("info", "no_such_model"))
    assert "train" in error_of(run("info"))


def test_doctor_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_abcsecret")
    result = run("doctor")
    assert "abcsecret" not in result.output and "HF_TOKEN" in result.stdout
    names = {line[8:].split("  ")[0] for line in result.stdout.splitlines() if line[:2] == "ok"}
    assert {"Python", "package", "threads", "hub", "token", "last model"} <= names
    found = json.loads(run("doctor", "--json").stdout)
    assert {check["state"] for check in found["checks"]} <= {"ok", "look", "broken"}


def test_doctor_ends_with_an_error_if_something_is_broken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BILSTM_NLU_THREADS", "many")
    result = run("doctor")
    assert result.exit_code == 1 and "broken  threads" in result.stdout and "1 thing broken" in result.stdout
    assert run("doctor", "--json").exit_code == 1


def test_doctor_looks_at_the_last_model(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny, tmp_path / "runs" / "lamp")
    (tmp_path / "runs" / "latest").write_text("lamp\n")
    assert "runs/lamp: 4 intents" in run("doctor").stdout
    (tmp_path / "runs" / "lamp" / "config.json").unlink()
    assert "config.json" in run("doctor").stdout


def test_compare_a_model_with_itself(tiny: Path, rows: Path):
    result = run("compare", tiny, tiny, rows)
    assert result.exit_code == 0, result.output
    assert "48 utterances" in result.stdout and "no answer changed" in result.stdout
    assert "frame accuracy: no difference can be seen with 48 utterances" in result.stdout


def test_compare_two_models(tiny: Path, second: Path, rows: Path, tmp_path: Path):
    result = run("compare", tiny, second, rows, "--out", tmp_path / "changes.jsonl")
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "changes.jsonl").read_text().splitlines()
    assert f"{len(lines):,} answers changed" in result.stdout and "95 % interval" in result.stdout
    found = json_of(run("compare", tiny, second, rows, "--json"))
    assert len(found["changes"]) == len(lines) and found["num_utterances"] == 48
    score = found["scores"]["intent_accuracy"]
    assert score["low"] <= score["difference"] <= score["high"]


def test_compare_two_revisions(tiny: Path, second: Path, rows: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def download(repo_id: str, revision: str | None) -> Path:
        asked.append((repo_id, revision))
        return second if revision == "v2" else tiny

    monkeypatch.setattr(finding, "_download", download)
    found = json_of(run("compare", "owner/lamp", "owner/lamp@v2", rows, "--json"))
    assert set(asked) == {("owner/lamp", None), ("owner/lamp", "v2")} and found["changes"]


def test_compare_models_with_other_intents(tiny: Path, other: Path, rows: Path):
    result = run("compare", tiny, other, rows)
    assert (
        "only A has 4 intents: ask, none, play, set" in result.stdout and "only B has 1 intent: only" in result.stdout
    )
    assert len(json_of(run("compare", tiny, other, rows, "--json"))["warnings"]) == 3


@pytest.mark.parametrize("command", ["compare", "errors"])
def test_bad_input_is_named(command: str, tiny: Path, rows: Path, tmp_path: Path):
    models = [tiny, tiny] if command == "compare" else [tiny]
    bare, empty = tmp_path / "bare.jsonl", tmp_path / "empty.jsonl"
    bare.write_text('{"text": "hello there"}\n')
    empty.write_text("")
    assert "'bare'" in error_of(run(command, *models, bare))
    assert "'empty'" in error_of(run(command, *models, empty))
    assert "missing.jsonl" in error_of(run(command, *models, tmp_path / "missing.jsonl"))
    assert "no_model" in error_of(run(command, *models[1:], tmp_path / "no_model", rows))
    option = "--out" if command == "compare" else "--html"
    assert "report.docx" in error_of(run(command, *models, rows, option, tmp_path / "report.docx"))


def test_errors_for_people_and_as_a_page(tiny: Path, rows: Path, tmp_path: Path):
    result = run("errors", tiny, rows, "--html", tmp_path / "errors.html")
    assert result.exit_code == 0, result.output
    for part in ("what to do:", "confused intents:", "wrong slots:", "48 utterances"):
        assert part in result.stdout
    page = (tmp_path / "errors.html").read_text(encoding="utf-8")
    assert page.lstrip().startswith("<!doctype html>") and "Confused intents" in page
    found = json_of(run("errors", tiny, rows, "--json"))
    assert found["num_utterances"] == 48 and found["confusions"] and 0 <= found["scores"]["intent_accuracy"] < 1


def test_errors_of_a_packed_file(tiny: Path, rows: Path, tmp_path: Path):
    assert run("export", tiny, "--out", tmp_path / "lamp.nlu").exit_code == 0
    packed = json_of(run("errors", tmp_path / "lamp.nlu", rows, "--json"))
    assert packed["scores"] == json_of(run("errors", tiny, rows, "--json"))["scores"]


def test_commands_that_print_results_know_json(tiny: Path, rows: Path, tmp_path: Path):
    assert json_of(run("convert", rows, tmp_path / "rooms.csv", "--json"))["num_utterances"] == {"train": 48}
    assert json_of(run("export", tiny, "--out", tmp_path / "lamp.nlu", "--json"))["format"] == "nlu"
    assert json_of(run("check-data", rows, "--json"))["counts"]["train"]["utterances"] == 48
    assert "jsonl" in json_of(run("formats", "--json"))["formats"]
    assert json_of(run("eval", rows, "--model", tiny, "--json"))["num_utterances"] == 48
    assert json_of(run("card", tiny, "--json"))["intents"] == INTENTS
    assert set(json_of(run("hub", "token", "anna", "--json"))) == {"secret", "line"}


def test_a_push_as_json():
    found = pushed_as_json(Pushed("owner/lamp", Changes(added=("a",), removed=("b",))), dry_run=True)
    assert json.loads(json.dumps(found)) == {
        **{"repo_id": "owner/lamp", "is_dry_run": True, "is_new_repository": False, "commit": None, "url": None},
        **{"added": ["a"], "changed": [], "removed": ["b"]},
    }


def test_every_command_that_prints_results_has_the_option():
    command = typer.main.get_command(app)
    servers = {"serve"}
    for name, one in [*command.commands.items(), *command.commands["hub"].commands.items()]:  # type: ignore[attr-defined]
        if name not in servers | {"hub"}:
            assert any("--json" in parameter.opts for parameter in one.params), name


@pytest.mark.parametrize(
    "number, noun, many, shown",
    [(1, "text", None, "1 text"), (0, "text", None, "0 texts"), (1200, "text", None, "1,200 texts")]
    + [(2, "repository", "repositories", "2 repositories"), (1, "repository", "repositories", "1 repository")],
)
def test_plurals(number: int, noun: str, many: str | None, shown: str):
    assert plural(number, noun, many) == shown


class Terminal:
    encoding = "utf-8"

    @staticmethod
    def isatty() -> bool:
        return True


@pytest.mark.parametrize("name, value", [("NO_COLOR", "1"), ("TERM", "dumb"), ("", "")])
def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert coloured("ok", "green") == "ok", "this is not a terminal"
    monkeypatch.setattr(console.sys, "stdout", Terminal())
    if name:
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in coloured("ok", "green")) is not bool(name)


def test_colours_do_not_move_columns(capsys: pytest.CaptureFixture):
    print_table([(typer.style("ok", fg="green"), "1"), ("broken", "2")])
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("      1") and second == "broken  2"


def test_progress_is_not_shown_without_a_terminal(capsys: pytest.CaptureFixture):
    assert list(batches_with_progress("asking")(range(5))) == list(range(5))
    assert capsys.readouterr() == ("", "")


def test_the_names_that_are_completed_are_those_of_the_registry():
    assert sorted(completion.FORMATS) == sorted(available_formats())
    assert set(completion.complete_data("")) >= set(embedded_domains())


def test_models_are_completed(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    shutil.copytree(tiny, tmp_path / "runs" / "lamp")
    (tmp_path / "hf" / "hub" / "models--owner--the--lamp").mkdir(parents=True)
    for name in ("lamp.nlu", "notes.txt"):
        (tmp_path / name).write_text("")
    found = completion.complete_model("")
    assert {"runs/lamp", DEFAULT_BASE, "owner/the--lamp", "lamp.nlu", "runs/"} <= set(
        found
    ) and "notes.txt" not in found
    assert completion.complete_model("runs/l") == ["runs/lamp"]
    assert completion.complete_model("nowhere/") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_gets_a_script_and_names(shell: str, monkeypatch: pytest.MonkeyPatch):
    # The option takes the shell's name then, instead of looking which shell has started the tests.
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    result = CliRunner().invoke(app, ["--show-completion", shell], prog_name="bilstm-nlu")
    assert result.exit_code == 0 and "_BILSTM_NLU_COMPLETE" in result.stdout
    monkeypatch.setenv("COMP_WORDS", "bilstm-nlu eval --format jso")
    monkeypatch.setenv("COMP_CWORD", "3")
    monkeypatch.setenv("_BILSTM_NLU_COMPLETE", "complete_bash")
    if shell == "bash":
        assert CliRunner().invoke(app, [], prog_name="bilstm-nlu").stdout.split() == ["jsonl"]
