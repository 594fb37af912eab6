"""Skills under a folder, their ids, and manifests."""

import json
import os
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.fleet.finding import find_skills
from modeling_bilstm_nlu.fleet.manifest import read_manifest
from modeling_bilstm_nlu.fleet.skills import MAX_ID, is_safe_id, safe_id, safe_ids

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A skill as a file, skills as folders, a collection of two bots, and things that are no skills."""
    root = tmp_path / "skills"
    root.mkdir()
    shutil.copy(SAMPLES / "tea_shop.json", root)
    shutil.copytree(SAMPLES / "ovos_tiny" / "tea_skill", root / "tea_skill")
    for bot in ("one", "two"):
        shutil.copytree(SAMPLES / "rasa_tiny", root / "rasa" / bot)
    (root / "README.md").write_text("about these skills\n")
    (root / "rasa" / "notes.txt").write_text("nothing\n")
    (root / ".hidden.json").write_text((SAMPLES / "tea_shop.json").read_text())
    return root


def test_every_skill_is_found_and_what_is_none_is_named(folder: Path):
    found = find_skills(folder)
    assert [skill.id for skill in found.skills] == ["rasa.one", "rasa.two", "tea_shop", "tea_skill"]
    assert all(Path(skill.source) == skill.path and skill.path.exists() for skill in found.skills)
    assert {path.name for path in found.others} == {"README.md", "notes.txt"}


def test_what_cannot_be_read_is_named_and_never_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "gone.json").symlink_to(folder / "nowhere.json")
    os.mkfifo(folder / "pipe.json")
    os.mkfifo(folder / "rasa" / "one" / "data" / "pipe.yml")
    (folder / "rasa" / "again").symlink_to(folder)
    (folder / "secret.json").write_text("{}")
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "secret.json" and real(path, mode))
    found = find_skills(folder)
    assert [skill.id for skill in found.skills] == ["rasa.one", "rasa.two", "tea_shop", "tea_skill"]
    assert {path.name for path in found.unreadable} == {"gone.json", "pipe.json", "again", "secret.json"}
    assert {path.name for path in found.others} == {"README.md", "notes.txt"}


def test_a_file_and_a_folder_of_one_name_have_two_ids(folder: Path):
    shutil.copytree(SAMPLES / "rasa_tiny", folder / "tea_shop")
    assert {"tea_shop", "tea_shop.json"} <= {skill.id for skill in find_skills(folder).skills}


def test_a_folder_of_a_format_is_one_skill_with_all_its_languages_and_splits(tmp_path: Path):
    for split in ("train", "test"):
        shutil.copytree(SAMPLES / "rasa_tiny", tmp_path / "all" / "bot" / split)
    assert [skill.id for skill in find_skills(tmp_path / "all").skills] == ["bot"]


def test_a_folder_that_is_one_skill_is_a_fleet_of_one(tmp_path: Path):
    shutil.copytree(SAMPLES / "dialogflow_tiny", tmp_path / "agent")
    assert [skill.id for skill in find_skills(tmp_path / "agent").skills] == ["agent"]


def test_the_results_are_not_looked_at(folder: Path):
    shutil.copy(SAMPLES / "tea_shop.json", folder / "rasa")
    found = find_skills(folder, skip=[folder / "rasa"])
    assert [skill.id for skill in found.skills] == ["tea_shop", "tea_skill"]


def test_a_folder_without_a_skill_is_an_error(tmp_path: Path):
    with pytest.raises(DataError, match=str(tmp_path)):
        find_skills(tmp_path)
    with pytest.raises(DataError, match="missing"):
        find_skills(tmp_path / "missing")


def test_the_public_skills_are_found_one_by_one(shared_dir: Path):
    root = shared_dir / "skills"
    found = {skill.path for skill in find_skills(root).skills}
    listed = {path.parent / line for path in root.glob("*/manifest.jsonl") for line in _files(path)}
    assert listed - {file for path in found for file in listed if path == file or path in file.parents} == set()
    assert len(found) == len({path for path in found}) and len(found) > 200


def _files(manifest: Path) -> list[str]:
    records = map(json.loads, manifest.read_text(encoding="utf-8").splitlines())
    return [record["files"][0] if "files" in record else record["dir"] for record in records]


@pytest.mark.parametrize(
    "name",
    [
        "a/b c",
        "ask/Überblick",
        "..",
        "a--b",
        "CON",
        "x" * 300,
        "料理",
        "a..b",
        "-x-",
        "name.git",
        "a\\b",
        "",
        "a/../b",
    ],
)
def test_an_id_is_safe_in_paths_and_on_a_hub(name: str):
    found = safe_id(name)
    assert is_safe_id(found) and len(found) <= MAX_ID and Path(found).name == found
    assert safe_id(found) == found


def test_ids_differ_where_case_is_ignored():
    ids = safe_ids(["a b", "A_b", "a_b", "c"])
    assert len({found.lower() for found in ids.values()}) == 4 and ids["c"] == "c"


def test_an_id_stays_when_a_similar_name_comes():
    assert safe_ids(["dark sky"])["dark sky"] == safe_ids(["dark sky", "dark_sky"])["dark sky"]
    assert safe_ids(["dark_sky"])["dark_sky"] == safe_ids(["dark sky", "dark_sky"])["dark_sky"] == "dark_sky"


def manifest(folder: Path, *lines: object) -> Path:
    path = folder / "skills.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return path


def test_a_manifest_names_paths_datasets_options_and_seeds(folder: Path):
    path = manifest(
        folder,
        {"id": "tea", "path": "tea_shop.json", "options": {"locale": "en-US"}, "seed": 3, "format": "ask"},
        "",
        {"id": "home", "dataset": "home_assistant", "seed": None},
    )
    tea, home = read_manifest(path)
    assert (tea.id, tea.path, tea.options, tea.seed) == ("tea", folder / "tea_shop.json", {"locale": "en-US"}, 3)
    assert tea.format == "ask" and (home.source, home.path, home.seed) == ("home_assistant", None, None)


@pytest.mark.parametrize(
    "line, culprit",
    [
        ("{", "JSON"),
        ("[1]", "object"),
        ({"id": "b"}, "dataset"),
        ({"id": "b", "path": "tea_shop.json", "dataset": "x/y"}, "dataset"),
        ({"id": "b", "path": "nothing.json"}, "nothing.json"),
        ({"path": "tea_shop.json"}, "'?id'?"),
        ({"id": "../b", "path": "tea_shop.json"}, "'../b'"),
        ({"id": "A", "path": "tea_shop.json"}, "line 1"),
        ({"id": "b", "path": "tea_shop.json", "sed": 1}, "'sed'"),
        ({"id": "b", "path": "tea_shop.json", "seed": "1"}, "seed"),
        ({"id": "b", "path": "tea_shop.json", "seed": True}, "seed"),
        ({"id": "b", "path": "tea_shop.json", "seed": -1}, "seed"),
        ({"id": "b", "path": "tea_shop.json", "options": []}, "options"),
    ],
)
def test_a_wrong_line_of_a_manifest_is_named(folder: Path, line: object, culprit: str):
    path = manifest(folder, {"id": "a", "path": "tea_shop.json"}, line)
    with pytest.raises(DataError, match=f"skills.jsonl, line 2.*{culprit}"):
        read_manifest(path)


def test_an_empty_manifest_is_an_error(tmp_path: Path):
    with pytest.raises(DataError, match="skills.jsonl"):
        read_manifest(manifest(tmp_path, ""))
