"""The soak study at a small size; the server is one that starts faster."""

from collections.abc import Callable
from pathlib import Path

import pytest
from running_hub import RunningHub

from research.hub_soak import SoakHub, measure_kills


class SmallSoakHub(SoakHub):
    def __init__(self, scratch: Path, hub: RunningHub) -> None:
        super().__init__(scratch)
        self.hub = hub
        self.url = hub.url

    def start(self) -> None:
        self.hub.start()

    def kill(self) -> None:
        self.hub.kill()


@pytest.mark.slow
def test_kills_are_counted(start_hub: Callable[..., RunningHub], tmp_path: Path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    found = measure_kills(SmallSoakHub(tmp_path, start_hub(tokens={})), trials=1, size=1000)
    assert found["between"] == 0 and found["old"] + found["new"] == 1
