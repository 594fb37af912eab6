"""Tiny checkpoints, a server of them for all tests that change nothing, and a way to start others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_server import RunningServer
from tiny_models import save

from bilstm_nlu import Nlu, load
from bilstm_nlu.serving.models import ServerSettings

#: Model -> the checkpoint of `tiny_models` and its seed.
MODELS = {
    "garden": ("decision", 5),
    "lamps": ("several intents", 6),
    "fallback": ("decision with a fallback intent", 7),
}


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models."""
    folder = tmp_path_factory.mktemp("models")
    for name, (kind, seed) in MODELS.items():
        save(kind, folder / name, seed)
    return folder


@pytest.fixture(scope="session")
def direct(checkpoints: Path) -> dict[str, Nlu]:
    """The same models without a server."""
    return {name: load(checkpoints / name) for name in MODELS}


@pytest.fixture(scope="session")
def server(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of all models."""
    running = RunningServer(ServerSettings(folder=checkpoints, interval=0), tmp_path_factory.mktemp("log")).start()
    yield running
    running.kill()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Starts a server; arguments as for `ServerSettings`."""
    started: list[RunningServer] = []

    def start(options: dict[str, Any] | None = None, **arguments: Any) -> RunningServer:
        started.append(RunningServer(ServerSettings(**arguments), tmp_path, **(options or {})).start())
        return started[-1]

    yield start
    for running in started:
        running.kill()
