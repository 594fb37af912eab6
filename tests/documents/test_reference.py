"""The pages of the reference are those that the code makes today, and llms.txt names only what exists."""

import dataclasses
import importlib
import inspect
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu.training.recipes import DataRecipe, TransferRecipe
from research.documents import measure_documents, reference_pages
from research.documents.messages import find_messages
from research.documents.recipe_keys import arguments_of

ROOT = Path(__file__).resolve().parents[2]
LLMS = (ROOT / "docs" / "llms.txt").read_text("utf-8")


def test_the_pages_are_made_from_the_code():
    for path, text in reference_pages(ROOT).items():
        assert path.read_text("utf-8") == text, f"{path.name}: run python scripts/write_reference.py"


def test_every_command_and_key_has_its_line():
    page = (ROOT / "docs" / "reference" / "command_line.md").read_text("utf-8")
    command: Any = typer.main.get_command(app)
    for name, child in command.commands.items():
        for below in getattr(child, "commands", {"": None}):
            assert f"\n## bilstm-nlu {name} {below}".rstrip() in page
    keys = (ROOT / "docs" / "reference" / "recipe_keys.md").read_text("utf-8")
    for owner in (DataRecipe, TransferRecipe):
        for field in dataclasses.fields(owner):
            assert f"`{field.name}`" in keys or f"## {field.name}\n" in keys


def test_what_a_docstring_says_of_its_arguments():
    meanings = arguments_of(DataRecipe)
    assert set(meanings) == {field.name for field in dataclasses.fields(DataRecipe)}
    assert meanings["more"].endswith("see `load_domain`.")


def test_messages_have_their_cures():
    rows = find_messages(ROOT)
    assert len(rows) > 300 and all(row.problem and row.cure for row in rows)
    (trained,) = [row for row in rows if row.problem.startswith("no model was trained here yet")]
    assert "bilstm-nlu train" in trained.cure and trained.subject == "The command"
    assert any("`--locale`" in row.cure for row in rows), "a cure in the words of the command"


@pytest.mark.parametrize("target", re.findall(r"^- \[[^\]]+\]\(([^)]+)\)", LLMS, flags=re.MULTILINE))
def test_llms_txt_links_to_pages(target: str):
    assert (ROOT / "docs" / target).is_file()


@pytest.mark.parametrize("line", re.findall(r"`(bilstm-nlu [^`]+)`", LLMS))
def test_llms_txt_names_commands_that_exist(line: str):
    command: Any = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    entry = next(part for part in LLMS.splitlines() if f"`{line}" in part)
    known = {option for parameter in command.params for option in parameter.opts}
    own = entry if entry.count("`bilstm-nlu") == 1 else line
    assert set(re.findall(r"(?<!\S|`)--[a-z-]+|(?<=`)--[a-z-]+", own)) <= known


@pytest.mark.parametrize("name", re.findall(r"`((?:modeling_)?bilstm_nlu\.[\w.]+)", LLMS))
def test_llms_txt_names_python_that_exists(name: str):
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


def test_llms_txt_names_arguments_and_extras_that_exist():
    import bilstm_nlu

    (line,) = [line for line in LLMS.splitlines() if line.startswith("- `bilstm_nlu.load(")]
    named = re.findall(r"`(\w+)`", line.split("arguments")[1])
    assert len(named) > 4 and set(named) <= set(inspect.signature(bilstm_nlu.Nlu.__call__).parameters)
    extras = re.search(r"extras: (.*)\.$", LLMS, flags=re.MULTILINE)
    assert extras is not None
    declared = (ROOT / "pyproject.toml").read_text("utf-8")
    assert all(f"\n{name} = [" in declared for name in re.findall(r"`(\w+)`", extras[1]))


def test_what_is_measured_of_the_documents():
    found = measure_documents(ROOT)
    assert found["docs.code_blocks"]["value"] == found["docs.code_blocks_tested"]["value"] > 50
    hardest = found["readability.flesch"]
    assert hardest["value"] >= 60, hardest["pages"]
