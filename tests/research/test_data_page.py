"""The page about data: what the survey counts, and that the page in the documentation is the one it makes today."""

import json
import shutil
from pathlib import Path

import pytest

from modeling_bilstm_nlu.data.formats.registry import available_corpora, available_formats
from modeling_bilstm_nlu.data.formats.writing import available_writers
from research.data_page import render_page
from research.data_survey import survey_corpora, survey_mixture, survey_skills

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "samples"


def test_the_page_is_made_from_the_numbers_and_the_registry():
    results = json.loads((ROOT / "docs" / "results" / "data.json").read_text(encoding="utf-8"))
    writers = {name: writer.summary for name, writer in available_writers().items()}
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    assert render_page(results, writers) == page, "run scripts/survey_data.py again"
    assert set(results["corpora"]) == set(available_corpora())
    for name in (*available_formats(), *writers):
        assert f"`{name}`" in page
    for info in available_corpora().values():
        assert info.citation in page and info.url in page and info.licence in page


def test_the_numbers_of_the_page_are_within_what_is_promised():
    results = json.loads((ROOT / "docs" / "results" / "data.json").read_text(encoding="utf-8"))
    assert len(results["skills"]) == 230 and not any("error" in entry for entry in results["skills"])
    assert all(entry["utterances"] for entry in results["skills"])
    mixture = results["mixture"]
    assert mixture["utterances"]["train"] > 150_000
    assert mixture["first"]["seconds_to_mix"] + mixture["first"]["seconds_to_encode"] < 180
    assert mixture["cached"]["seconds_to_mix"] + mixture["cached"]["seconds_to_encode"] < 5
    assert max(mixture[run]["peak_memory_mb"] for run in ("first", "cached")) < 2000


@pytest.fixture
def data_dir(tmp_path):
    shutil.copytree(DATA / "snips_tiny", tmp_path / "data" / "snips")
    (tmp_path / "data" / "massive").mkdir()
    shutil.copy(DATA / "massive_tiny.jsonl", tmp_path / "data" / "massive" / "en-US.jsonl")
    return tmp_path / "data"


def test_corpora_are_counted(data_dir):
    found = survey_corpora(data_dir)
    assert found["massive"]["splits"]["train"]["utterances"] == 5 and list(found["massive"]["splits"])[0] == "train"
    assert "splits" not in found["topv2"] and found["topv2"]["licence"] == "cc-by-sa-4.0"


def test_skills_are_imported(tmp_path):
    shutil.copytree(DATA / "rasa_tiny", tmp_path / "bots" / "rasa")
    (tmp_path / "bots" / "README.md").write_text("# Bots")
    (tmp_path / "bots" / "broken.json").write_text("{")
    (tmp_path / "listed" / "two").mkdir(parents=True)
    for name in "ab":
        shutil.copy(DATA / "tea_shop.json", tmp_path / "listed" / "two" / f"{name}.json")
    rows = [{"id": name, "format": "ask-interaction-model", "files": [f"two/{name}.json"]} for name in "ab"]
    (tmp_path / "listed" / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    entries = {entry["skill"]: entry for entry in survey_skills(tmp_path)}
    assert entries["rasa"]["format"] == "rasa" and entries["rasa"]["carriers"] == 0
    assert "broken.json" in entries["broken.json"]["error"] and "README.md" not in entries
    assert entries["a"] == entries["b"] | {"skill": "a", "seconds": entries["a"]["seconds"]}
    assert entries["a"]["carriers"] > 5 and entries["a"]["catalog_values"] == 4


def test_the_mixture_is_measured(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "modeling_bilstm_nlu.data.mixtures.mature_domains.MATURE_CORPORA", {"massive": {}, "snips": {}}
    )
    measured = survey_mixture(data_dir, tmp_path / "cache")
    assert measured["utterances"]["train"] > 5 and set(measured["corpora"]) == {"massive", "snips"}
    assert measured["peak_memory_mb"] > 100
