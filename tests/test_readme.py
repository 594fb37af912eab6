"""What the README says is true: its tables, its length, its files of data, its Python."""

import re
from pathlib import Path

import pytest

from modeling_bilstm_nlu.data import load_domain
from research.readme.pages import render_tables

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"


def blocks(language: str) -> list[str]:
    """The code blocks of the README in a language."""
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```", README.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/results/README.md"])
def test_tables_are_rendered_from_the_results(page: str):
    path = ROOT / page
    assert render_tables(ROOT)[path] == path.read_text("utf-8"), "run python scripts/write_readme.py --tables"


def test_the_readme_is_short():
    assert len(README.read_text("utf-8").splitlines()) <= 150


def test_the_readme_leads_to_all_extras():
    assert "docs/how-to/python.md#extras" in README.read_text("utf-8")
    table = (ROOT / "docs" / "how-to" / "python.md").read_text("utf-8").split("## Extras")[1]
    section = (ROOT / "pyproject.toml").read_text("utf-8").split("[project.optional-dependencies]")[1]
    extras = set(re.findall(r"^(\w+) = \[", section.split("\n[")[0], flags=re.MULTILINE))
    rows = "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert extras - set(re.findall(r"`(\w+)`", rows)) == {"hub"}, "it is part of others"
    assert set(re.findall(r"`(\w+)`", rows)) <= extras


def test_the_data_of_the_readme_can_be_read(tmp_path: Path):
    (text,) = blocks("json")
    (tmp_path / "garden.jsonl").write_text(text, encoding="utf-8")
    first, second = load_domain(tmp_path / "garden.jsonl").utterances("train")
    assert first.text == "water the roses for ten minutes" and first.intent == "WaterZone"
    assert first.spans is not None and second.spans is not None
    found = [(span.slot_type, first.text[span.start : span.end]) for span in first.spans]
    assert found == [("zone", "roses"), ("duration", "ten minutes")]


def test_the_python_of_the_readme_trains_and_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (code,) = blocks("python")
    assert "max_steps=100" in code
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code.replace("max_steps=100", "max_steps=2"), names)  # noqa: S102
    assert set(names["frame"]) == {"text", "accepted", "intent", "score", "slots"}
    assert (tmp_path / "runs" / "garden" / "model.safetensors").is_file()
