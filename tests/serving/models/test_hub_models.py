"""Models of a real hub: listed, downloaded on first use, replaced after a push, and taken back; by the command."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running_hub import RunningHub, hub
from running_server import RunningServer
from tiny_models import TEXTS, save

from bilstm_nlu import load
from bilstm_nlu.serving.models import ServerSettings

__all__ = ["hub"]  # a fixture
TEXT = TEXTS[0]
CARD = "---\ntags: [bilstm-nlu]\nlibrary_name: transformers\n---\n# A model\n"
PUSH = """
    import sys
    from huggingface_hub import HfApi

    api, folder, tag = HfApi(), sys.argv[1], sys.argv[2]
    api.create_repo("ann/garden", exist_ok=True)
    api.create_repo("ann/notes", exist_ok=True)  # not a checkpoint
    print(api.upload_folder(repo_id="ann/garden", folder_path=folder).oid)
    api.create_tag("ann/garden", tag=tag)
"""


@pytest.fixture
def serve_hub(hub: RunningHub, tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Starts the command for the models of `ann`; more options of the command."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> RunningServer:
        command = [sys.executable, "-m", "bilstm_nlu", "serve", "--hub", "ann", "--port", "0", "--poll", "0", *options]
        started.append(hub.started(*command))
        assert started[-1].stdout is not None
        found = re.search(r"http://127.0.0.1:(\d+)", started[-1].stdout.readline())
        assert found, started[-1].communicate()
        running = RunningServer(ServerSettings(), tmp_path)
        running.port = int(found[1])
        while running.ask("GET", "/ready").status == 503:
            pass
        return running

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=60)


def test_the_models_of_an_owner_are_served(hub: RunningHub, serve_hub: Callable[..., RunningServer], tmp_path: Path):
    frames = []
    for number, label in ((21, "v1"), (22, "v2")):
        save("decision", tmp_path / label, number)
        (tmp_path / label / "README.md").write_text(CARD)
        frames.append(load(tmp_path / label)(TEXT))
    assert frames[0] != frames[1]
    commits = [hub.python(PUSH, str(tmp_path / "v1"), "v1").split()[-1]]
    server = serve_hub()
    listed = server.ask("GET", "/v1/models").json["models"]
    assert [one["name"] for one in listed] == ["garden"] and not listed[0]["loaded"]
    answer = server.parse("garden", TEXT).json
    assert answer["frame"] == frames[0] and answer["revision"] == commits[0][:12]

    commits.append(hub.python(PUSH, str(tmp_path / "v2"), "v2").split()[-1])
    assert server.ask("POST", "/v1/models/garden/reload", {}).json["revision"] == commits[1][:12]
    assert server.parse("garden", TEXT).json["frame"] == frames[1]
    assert server.ask("POST", "/v1/models/garden/rollback", {}).json["revision"] == commits[0][:12]
    assert server.parse("garden", TEXT).json["frame"] == frames[0]
    server.ask("POST", "/v1/models/garden/reload", {})
    assert server.ask("POST", "/v1/models/garden/rollback", {"revision": "v1"}).json["revision"] == "v1"
    assert server.parse("garden", TEXT).json["frame"] == frames[0]
    assert server.ask("POST", "/v1/models/garden/rollback", {"revision": "v9"}).status == 404

    canary = serve_hub("--canary", "garden@v1=100%")
    assert canary.parse("garden", TEXT).json == {"model": "garden", "revision": "v1", "frame": frames[0]}
