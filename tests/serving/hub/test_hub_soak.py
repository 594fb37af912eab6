"""The soak study at a small size; the server is one that starts faster."""

from collections.abc import Callable
from pathlib import Path

import pytest
from running_hub import RunningHub

from research import hub_soak_attacks
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


@pytest.mark.slow
def test_attacks_are_counted(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    names = ["a truncated database", "a card with !!int ''", "a signed link in the log", "files that others can read"]
    attacks = {name: hub_soak_attacks.ATTACKS[name] for name in names}

    def fails(hub: SoakHub) -> bool:
        hub.stop()
        next(hub.root.glob("contents/*/*")).unlink()
        hub.start()
        return False

    with SoakHub(tmp_path).running() as hub:
        monkeypatch.setattr(hub_soak_attacks, "ATTACKS", attacks)
        found = hub_soak_attacks.measure_attacks(hub)
        assert found == {"attacks": {"tried": 4, "failed": 0, "names": []}, "lost_contents": 0}
        monkeypatch.setattr(hub_soak_attacks, "ATTACKS", {"one that succeeds": fails})
        found = hub_soak_attacks.measure_attacks(hub)
        assert found["attacks"] == {"tried": 1, "failed": 1, "names": ["one that succeeds"]}
        assert found["lost_contents"] >= 1
