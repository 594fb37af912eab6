"""The files of the Space: what its page offers, and that the image gets what it copies and installs."""

import json
import re
from pathlib import Path

import pytest
import yaml
from app import read_settings
from huggingface_hub import SpaceCard

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.hub.space import SpaceCheckpoint, write_space

tomllib = pytest.importorskip("tomllib")

COMMIT = "0123456789abcdef" * 2 + "01234567"


def test_the_file_names_the_models(tmp_path: Path):
    file = tmp_path / "checkpoints.json"
    file.write_text(json.dumps([{"model": "acme/tea", "revision": COMMIT}, {"model": "/models/garden"}]))
    settings = read_settings({}, file)
    assert settings.models == (f"acme/tea@{COMMIT}", "/models/garden")
    assert not settings.is_public and settings.trainings is not None and settings.hub is None


def test_variables_override_the_file(tmp_path: Path):
    file = tmp_path / "checkpoints.json"
    file.write_text("[]")
    found = read_settings({"BILSTM_NLU_CHECKPOINTS": "a/b@v1, c/d", "BILSTM_NLU_PUBLIC": "1"}, file)
    assert found.models == ("a/b@v1", "c/d") and found.is_public
    assert read_settings({"BILSTM_NLU_HUB_OWNER": "acme"}, file).hub == "acme"


def test_without_a_name_it_offers_the_model_of_the_package(tmp_path: Path):
    assert read_settings({}, tmp_path / "missing.json").models == ("bilstm-nlu-generic-en",)


@pytest.mark.parametrize("content", ["{", '{"model": "a/b"}', '["a/b"]', '[{"revision": "x"}]', "7"])
def test_a_broken_file_is_named(tmp_path: Path, content: str):
    file = tmp_path / "checkpoints.json"
    file.write_text(content)
    with pytest.raises(NluError, match="checkpoints.json"):
        read_settings({}, file)


def test_the_card_is_that_of_a_space(space: Path):
    data = SpaceCard.load(space / "README.md").data
    assert data.sdk == "docker" and data.get("app_port") == 7860
    assert len(data.get("short_description")) <= 60  # the hub refuses more
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {data.get("colorFrom"), data.get("colorTo")} <= colours


def test_the_image_gets_what_it_copies_and_installs(space: Path, tmp_path: Path):
    folder = write_space(tmp_path / "space", [SpaceCheckpoint("acme/tea", COMMIT)], source=space)
    lines = (folder / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    copied = [
        word for line in lines if line.startswith("COPY") for word in line.split()[1:-1] if not word.startswith("--")
    ]
    assert copied and all((folder / name).exists() for name in copied)
    (wanted,) = re.findall(r"/package\[([a-z,]+)\]", " ".join(lines))
    project = tomllib.loads((folder / "package" / "pyproject.toml").read_text())
    assert set(wanted.split(",")) <= set(project["project"]["optional-dependencies"])
    sources = project["tool"]["setuptools"]["ext-modules"][0]
    needed = [
        *sources["sources"],
        *sources["depends"],
        project["project"]["readme"],
        *project["project"]["license-files"],
    ]
    assert [name for name in needed if not (folder / "package" / name).is_file()] == []
    port = SpaceCard.load(folder / "README.md").data.get("app_port")
    assert f"EXPOSE {port}" in lines and yaml.safe_load((folder / "checkpoints.json").read_text())
