"""The files of the Space agree with each other, and need nothing but what they pin."""

import ast
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from huggingface_hub import SpaceCard
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOTS = ("gradio", "torch", "transformers")


def pins(space: Path) -> dict[str, str]:
    lines = (space / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_every_version_is_pinned(space: Path):
    found = pins(space)
    assert set(ROOTS) < set(found)
    assert all(re.fullmatch(r"\d+(\.\d+)+(\.post\d+)?", version) for version in found.values())
    assert list(found) == sorted(found)


def test_the_pins_are_complete(space: Path):
    try:
        distribution("gradio")
    except PackageNotFoundError:
        pytest.skip("gradio is not installed, which knows what it needs: pip install -e .[space]")
    found, seen, waiting = pins(space), set(), list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name.startswith(("nvidia-", "cuda-", "triton")):
            continue  # torch asks for one version of each, and only its build for GPUs does
        assert name in found
        for text in distribution(name).requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(requirement.name))
                assert requirement.name not in found or requirement.specifier.contains(found[requirement.name])


def test_the_space_is_tested_with_the_versions_that_it_pins(space: Path):
    lines = (space.parents[1] / "constraints.txt").read_text().splitlines()
    tested = dict(line.partition(";")[0].strip().split("==") for line in lines if not line.startswith("#"))
    assert set(ROOTS) < set(tested)
    assert {name for name, version in pins(space).items() if tested.get(name, version) != version} == set()


def test_the_card_is_that_of_a_space(space: Path):
    data = SpaceCard.load(space / "README.md").data
    assert data.sdk == "gradio" and data.sdk_version == pins(space)["gradio"]
    assert data.app_file == "app.py" and (space / data.app_file).is_file()
    assert data.python_version == "3.11"
    assert len(data.get("short_description")) <= 60  # the hub refuses more
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {data.get("colorFrom"), data.get("colorTo")} <= colours


def test_the_code_needs_no_other_packages_and_not_ours(space: Path):
    allowed = sys.stdlib_module_names | {
        "gradio",
        "huggingface_hub",
        "torch",
        "transformers",
        "answers",
        "checkpoints",
    }
    for path in space.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                roots = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots = {(node.module or "").partition(".")[0]}
            else:
                continue
            assert roots <= allowed, f"{path.name}:{node.lineno}"
