"""The command where only the core of the package is installed: it starts, and says what each subcommand needs."""

import json
import os
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
GENERIC = "bilstm-nlu-generic-en"
#: In a process that does not find the libraries of the extras.
CODE = """if True:
    import json
    import sys
    from importlib.machinery import PathFinder

    commands, hidden = json.loads(sys.argv[1])

    class Core(PathFinder):
        @classmethod
        def find_spec(cls, name, path=None, target=None):
            return None if name.partition(".")[0] in hidden else super().find_spec(name, path, target)

    sys.meta_path[sys.meta_path.index(PathFinder)] = Core
    from typer.testing import CliRunner
    from bilstm_nlu.cli.main import app

    results = [CliRunner().invoke(app, arguments) for arguments in commands]
    print(json.dumps([[result.exit_code, result.output] for result in results]))
"""


def not_of_the_core() -> list[str]:
    """The installed modules but typer and the libraries that it needs."""
    needed, waiting = set(), {"typer"}
    while waiting:
        needed.add(name := waiting.pop())
        lines = [Requirement(line) for line in requires(name) or ()]
        lines = [line for line in lines if line.marker is None or line.marker.evaluate({"extra": ""})]
        waiting |= {canonicalize_name(line.name) for line in lines} - needed
    modules = packages_distributions()
    needed.add("bilstm-nlu")
    return [module for module in modules if not {canonicalize_name(name) for name in modules[module]} & needed]


def run(*commands: list[str]) -> list[tuple[int, str]]:
    """The exit status and the output of each command."""
    result = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([commands, not_of_the_core()])],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return [tuple(pair) for pair in json.loads(result.stdout)]


def test_the_core_shows_help_and_version():
    for status, output in run(["--help"], ["train", "--help"], ["hub", "--help"], ["--version"]):
        assert status == 0, output


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    folder = str(tmp_path_factory.mktemp("core"))
    values = Path(folder, "values.json")
    values.write_text('{"cake": ["pie"]}')
    commands = {
        "train": ["train", "smart_garden"],
        "parse": ["parse", "hello", "--model", folder],
        "parse with the generic model": ["parse", "hello", "--model", GENERIC, "--json"],
        "parse with values": ["parse", "hello", "--model", GENERIC, "--catalogs", str(values)],
        "parse several intents": ["parse", "hello", "--model", GENERIC, "--multi"],
        "eval": ["eval", "smart_garden", "--model", folder],
        "check-data": ["check-data", "smart_garden"],
        "convert": ["convert", "smart_garden", folder, "--to", "jsonl"],
        "formats": ["formats"],
        "card": ["card", folder],
        "push": ["push", folder, "owner/name"],
        "pull": ["pull", "owner/name"],
        "suggest": ["suggest", str(values)],
        "info": ["info", GENERIC],
        "doctor": ["doctor", "--json"],
        "compare": ["compare", GENERIC, GENERIC, "smart_garden"],
        "errors": ["errors", GENERIC, "smart_garden"],
    }
    return dict(zip(commands, run(*commands.values()), strict=True))


@pytest.mark.parametrize(
    "name", ["train", "eval", "check-data", "convert", "formats", "card", "push", "pull", "compare", "errors"]
)
def test_a_command_names_the_extra_that_it_lacks(answers: dict[str, tuple[int, str]], name: str):
    status, output = answers[name]
    assert status == 1 and 'pip install "bilstm-nlu[train]"' in output, output


def test_parse_needs_no_torch(answers: dict[str, tuple[int, str]]):
    status, output = answers["parse with the generic model"]
    assert status == 0 and json.loads(output)["text"] == "hello"
    # what the generic model cannot do is found without torch, too
    status, output = answers["parse with values"]
    assert status == 1 and "values.json" in output and "'cake'" in output
    status, output = answers["parse several intents"]
    assert status == 1 and GENERIC in output and "train it again" in output


def test_info_and_doctor_need_the_core_alone(answers: dict[str, tuple[int, str]]):
    status, output = answers["info"]
    assert status == 0 and "341 intents" in output
    status, output = answers["doctor"]
    found = {check["name"]: check for check in json.loads(output)["checks"]}
    assert found["engine"]["state"] in ("ok", "look", "broken") and status == (not json.loads(output)["is_fine"])
    assert found["package"]["state"] == "ok"


def test_the_servers_need_no_torch():
    for status, output in run(["hub", "serve", "--root", "hub"], ["serve", GENERIC]):
        assert status == 1 and 'pip install "bilstm-nlu[server]"' in output, output
