"""One server for all tests that do not break it, and a way to start others for those that do."""

from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest
from running_hub import RunningHub, hub

__all__ = ["hub"]  # a fixture

forkserver.ensure_running()  # it imports what the servers need while the tests are being collected


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[Callable[..., RunningHub]]:
    """Starts a hub in an empty folder; arguments as for `RunningHub`."""
    started: list[RunningHub] = []

    def start(**arguments: Any) -> RunningHub:
        started.append(RunningHub(tmp_path / "root", tmp_path, **arguments).start())
        return started[-1]

    yield start
    for running in started:
        running.kill()
