"""A fleet on a hub: each skill is pushed once, and a skill that got worse is not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi, constants
from running_hub import RunningHub, hub, secret_of

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.fleet import FleetSettings, Publishing, find_skills, publishing, train_fleet
from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE

__all__ = ["hub"]  # a fixture

ACME = Publishing("acme")

pytestmark = pytest.mark.usefixtures("without_ray")


@pytest.fixture
def at_hub(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> RunningHub:
    """The hub, with this process as a client that may write for acme."""
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", secret_of("ann") or "")
    return hub


@pytest.fixture
def no_stranger(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The process without this package takes seconds; it has its own tests."""
    opened: list[Path] = []
    monkeypatch.setattr(publishing, "verify_repository", lambda folder, texts: opened.append(folder))
    monkeypatch.setattr(publishing, "_WAITS", (0.0, 0.0))
    return opened


def test_every_skill_is_pushed_once_unless_it_got_worse(
    skills: Path,
    settings: FleetSettings,
    tmp_path: Path,
    at_hub: RunningHub,
    no_stranger: list[Path],
    monkeypatch: pytest.MonkeyPatch,
):
    out = tmp_path / "out"
    found = find_skills(skills, skip=[skills / "home"]).skills
    done = train_fleet(found, out, settings, publishing=ACME)
    assert sorted(done.published) == ["both", "music"] and not done.unpublished
    assert no_stranger == [out / "models" / "both"], "one model is opened without this package"
    api = HfApi(at_hub.url)
    for name in done.published:
        info = api.model_info(f"acme/{name}")
        assert info.sha == done.records[name].published.commit
        assert {"config.json", "model.safetensors"} <= {file.rfilename for file in info.siblings}

    # nothing is new: the hub is not even asked
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    done = train_fleet(found, out, settings, publishing=ACME, compare_with=out)
    assert (done.published, done.refused, done.unpublished) == ([], [], {})

    # what is published had better scores: the new model is refused, now and in the next night
    lines = [json.loads(line) for line in (out / RESULTS_FILE).read_text().splitlines()]
    for line in lines:
        if line["id"] == "music":
            line["published"]["measured"] = {"name": "frame_accuracy", "right": 20, "total": 20}
            line["scores"]["frame_accuracy"] = 0.2
            line["weights"] = "0" * 64
    (out / RESULTS_FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))
    for _ in range(2):
        done = train_fleet(found, out, settings, publishing=ACME, compare_with=out)
        assert (done.refused, done.published) == (["music"], []) and "20.0 %" in (done.records["music"].refused or "")


def test_a_push_is_tried_again_and_many_failures_end_the_run(
    skills: Path, settings: FleetSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_stranger: list[Path]
):
    found = find_skills(skills, skip=[skills / "home", skills / "both"]).skills
    out = tmp_path / "out"
    tries: list[str] = []

    def push(folder: Path, repo_id: str, **options: object):
        tries.append(repo_id)
        if len(tries) < 3:
            raise NluError("the connection broke") from ConnectionError("reset")
        raise NluError("the hub refuses access")

    monkeypatch.setattr(publishing, "push_repository", push)
    done = train_fleet(found, out, settings, publishing=replace(ACME, private=True))
    assert tries == ["acme/music"] * 3 and done.unpublished == {"music": "the hub refuses access"}
    monkeypatch.setattr(publishing, "_MOST_FAILURES", 1)
    with pytest.raises(NluError, match="refuses access"):
        train_fleet(found, out, settings, publishing=ACME)
