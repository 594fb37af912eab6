"""The documents name what exists: links, files, scripts, commands with their options, settings."""

import dataclasses
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu.training.arguments import NluTrainingArguments, PretrainingArguments, TransferArguments

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "model_cards").glob("README.md")])
COMMAND = typer.main.get_command(app)
SETTINGS = {
    field.name
    for arguments in (NluTrainingArguments, TransferArguments, PretrainingArguments)
    for field in dataclasses.fields(arguments)
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_lines(page: Path) -> list[str]:
    """The lines of code blocks and the pieces of code within sentences, without comments and prompts."""
    text = page.read_text("utf-8")
    fenced = re.findall(r"^ *```\w*\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE))
    lines = [line for block in fenced for line in block.splitlines()] + inline
    return [re.sub(r"\s#.*", "", line.strip().removeprefix("$ ")) for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_resolve(page: Path):
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"(?<!\\)\[[^\]\[]*\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists() and found.is_relative_to(ROOT), f"{name_of(page)} links to {target}"
        assert not anchor or anchor in anchors(found), f"{name_of(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_scripts_and_recipes_exist(page: Path):
    for path in re.findall(r"\b(?:scripts|configuration)/[\w/]+\.(?:py|yaml)", page.read_text("utf-8")):
        assert (ROOT / path).is_file(), f"{name_of(page)} names {path}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_their_options_exist(page: Path):
    for line in code_lines(page):
        for part in line.split(" | "):
            if part.startswith("bilstm-nlu ") and "COMMAND" not in part.split()[:2]:
                check(shlex.split(part)[1:], f"{name_of(page)}: {part}")


def check(words: list[str], where: str) -> None:
    """Check a command line against the command itself."""
    command: Any = COMMAND
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        assert words[0] in command.commands, where
        command, *words = command.commands[words[0]], *words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= known | {"--help", "-h"}, f"{where}: no option {sorted(given - known)}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "studies").glob("*/README.md")), ids=name_of)
def test_pages_of_studies_name_the_command_that_made_them(page: Path):
    summary = json.loads((ROOT / "docs" / "results" / f"{page.parent.name}.json").read_text("utf-8"))
    assert summary["command"].startswith("python scripts/study.py configuration/studies/")
    assert f"\n{summary['command']}\n" in page.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_exist(page: Path):
    for name in re.findall(r"`(?:--set )?training\.(\w+)", page.read_text("utf-8")):
        assert name in SETTINGS, f"{name_of(page)} names training.{name}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_name_no_place_of_a_machine(page: Path):
    found = re.findall(r"(?<![\w.:/<])/(?:home|root|tmp|work|Users|usr|var)/\S*", page.read_text("utf-8"))
    assert not found
