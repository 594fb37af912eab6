"""The unmodified clients against the hub: huggingface_hub, the command hf, transformers, datasets."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running_hub import RunningHub

from bilstm_nlu.serving.hub import HubSettings

#: Scripts that are run as clients; what they assert is tested here.
CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture(autouse=True, scope="module")
def slow_client(hub: RunningHub) -> Iterator["subprocess.Popen[str]"]:
    """The client that imports torch and datasets, at work while the other tests run."""
    with hub.started(sys.executable, str(CLIENTS / "models_and_datasets.py")) as client:
        yield client
        client.kill()


def test_files_from_push_to_pull(hub: RunningHub):
    hub.python_file(CLIENTS / "files.py")


def test_pull_requests(hub: RunningHub):
    hub.python_file(CLIENTS / "pull_requests.py")


def test_many_at_the_same_time(hub: RunningHub):
    hub.python_file(CLIENTS / "crowd.py")


def test_the_command_line(hub: RunningHub, tmp_path: Path):
    (tmp_path / "up" / "sub").mkdir(parents=True)
    (tmp_path / "up" / "README.md").write_text("---\nlicense: mit\n---\n# x")
    (tmp_path / "up" / "sub" / "model.safetensors").write_bytes(b"w" * 100_000)

    def hf(*arguments: str) -> str:
        return hub.command(str(Path(sys.executable).with_name("hf")), *arguments)

    assert "/acme/cli" in hf("upload", "acme/cli", str(tmp_path / "up"), "--commit-message", "by hand", "--private")
    hub.python_file(CLIENTS / "command_line.py")
    hf("download", "acme/cli", "--revision", "v1", "--local-dir", str(tmp_path / "down"))
    assert (tmp_path / "down" / "sub" / "model.safetensors").read_bytes() == b"w" * 100_000
    hf("repos", "delete", "acme/cli", "--yes")
    assert hub.ask("GET", "/api/models/acme/cli", token="ann").status == 404


@pytest.mark.slow
def test_clients_that_insist_on_xet(start_hub: Callable[..., RunningHub]):
    hub = start_hub(settings=HubSettings(only_regular=True))
    pytest.importorskip("hf_xet")
    hub.python_file(CLIENTS / "insists_on_xet.py", "first", HF_HUB_DISABLE_XET="0")
    hub.stop()
    hub.settings = HubSettings()
    hub.start()
    with pytest.raises(AssertionError, match="HF_HUB_DISABLE_XET=1"):
        hub.python_file(CLIENTS / "insists_on_xet.py", "second", HF_HUB_DISABLE_XET="0")
    assert len(hub.ask("GET", "/api/models/ann/x/commits/main").json) == 2


def test_models_and_datasets_are_pushed_and_loaded(slow_client: "subprocess.Popen[str]"):
    output, errors = slow_client.communicate(timeout=120)
    assert slow_client.returncode == 0, f"{output}\n{errors}"
