"""The measurements of the server: a client that compares answers, and many models made of a few."""

import time
from pathlib import Path

import pytest
from tiny_models import TEXTS, save

from research.serving.checking import checked
from research.serving.many import copy_models
from research.serving.servers import constant_server, model_server


def test_many_models_are_a_few_under_many_names(tmp_path: Path):
    sources = [tmp_path / "a", tmp_path / "b"]
    for source in sources:
        source.mkdir()
        for name in ("config.json", "model.safetensors", "README.md"):
            (source / name).write_text(source.name)
    known = copy_models(sources, tmp_path / "many", 5)
    assert [source for _, source in known] == [sources[place % 2] for place in range(5)]
    for name, source in known:
        folder = tmp_path / "many" / name
        assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors"}
        assert (folder / "config.json").samefile(source / "config.json")


@pytest.mark.slow
def test_a_client_counts_answers_that_are_wrong(tmp_path: Path):
    save("decision", tmp_path / "garden", 5)
    save("decision", tmp_path / "other", 6)
    with model_server(f"garden={tmp_path / 'garden'}", "--poll", "0") as server:
        url = f"{server.url}/v1/models/garden/parse"
        assert server.resident > 0 and server.cpu_seconds > 0
        for expected, is_right in (("garden", True), ("other", False)):
            with checked(url, {"any": tmp_path / expected}, TEXTS[:3]) as found:
                time.sleep(0.5)
            assert found["statuses"] == {"200": found["num_answers"]} and found["num_answers"] > 0
            assert (found["wrong"] == 0) == is_right
    with (
        constant_server() as constant,
        checked(f"{constant.url}/v1/models/garden/parse", {"any": tmp_path / "garden"}, TEXTS[:3]) as found,
    ):
        time.sleep(0.5)
    assert found["wrong"] == found["num_answers"] > 0
