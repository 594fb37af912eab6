"""Projects of Google Actions: training phrases with annotations, types, languages."""

import json
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[3] / "samples" / "google-actions_tiny"


def found(raw):
    return [(u.intent, u.text, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans]) for u in raw.splits["train"]]


def test_the_tiny_project():
    raw = read(TINY)
    assert found(raw) == [
        ("bye", "bye", []),
        ("bye", "no", []),
        ("paint", "paint it dark blue", [("color", "dark blue")]),
        ("paint", "at nine paint the wall red please", [("when", "at nine"), ("color", "red")]),
        ("paint", "Monet's green", [("color", "Monet's green")]),
    ]
    assert raw.catalogs["color"].values == {"blue": ("dark blue",), "red": ()}
    assert raw.catalogs["color"].type_name == "shade" and raw.catalogs["when"].type_name == "@sys.date-time"
    assert raw.dropped == {
        DropReason.BLANK_EXAMPLES: 1,
        DropReason.FILES_OF_OTHER_LOCALES: 1,
        DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD: 1,
        DropReason.REGULAR_EXPRESSION_VALUES: 1,
    }


@pytest.mark.parametrize("place", ["sdk", "sdk/custom", "sdk/custom/intents", "sdk/custom/intents/bye.yaml"])
def test_places_in_a_project(place):
    assert format_for(TINY / place).name == "google-actions"
    assert found(read(TINY / place))[:2] == [("bye", "bye", []), ("bye", "no", [])]


def test_languages():
    assert found(read(TINY, locale="de")) == [("bye", "tschau", [])]
    with pytest.raises(DataError, match="'fr'.*locale"):
        read(TINY, locale="fr")


@pytest.mark.parametrize(
    "file, text, culprit",
    [
        ("intents/bad.yaml", "trainingPhrases:\n- go\n- paint ($color 'red", "phrase 2"),
        ("intents/bad.yaml", "trainingPhrases:\n- paint ($color '')", "phrase 1"),
        ("intents/bad.yaml", "trainingPhrases:\n- [a]", "phrase 1"),
        ("intents/bad.yaml", "parameters:\n- name: [a]\ntrainingPhrases:\n- a", "parameters"),
        ("types/bad.yaml", "synonym:\n  entities: [a]", "entities"),
    ],
)
def test_broken_records(tmp_path, file, text, culprit):
    shutil.copytree(TINY, tmp_path / "project")
    (tmp_path / "project/sdk/custom" / file).write_text(text)
    with pytest.raises(DataError, match=rf"bad\.yaml.*{culprit}"):
        read(tmp_path / "project", on_error="raise")
    assert read(tmp_path / "project", on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1


@pytest.mark.parametrize("text", ["a: [", "- a", "a: b\n---\nc: d", "a: b\na: c"])
def test_broken_files(tmp_path, text):
    shutil.copytree(TINY, tmp_path / "project")
    (tmp_path / "project/sdk/custom/intents/bad.yaml").write_text(text)
    with pytest.raises(DataError, match=r"bad\.yaml"):
        read(tmp_path / "project")


def test_projects_without_phrases(tmp_path):
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path, "google-actions")
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "a.yaml").write_text("")
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path, "google-actions")


def test_public_projects(shared_dir):
    folder = shared_dir / "skills_other_formats" / "google-actions"
    if not folder.is_dir():
        pytest.skip(f"no projects at {folder}")
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        (project,) = {(folder / file).parents[1] for file in entry["files"]}
        assert len({u.intent for u in read(project).splits["train"]}) == entry["n_intents"], entry["id"]
