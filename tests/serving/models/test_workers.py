"""Several processes that answer on one port: one memory, one count, and orders that reach all."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from running_server import RunningServer
from tiny_models import TEXTS, save

from bilstm_nlu import Nlu, load
from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.models import ServerSettings

TEXT = TEXTS[0]
NUM_WORKERS = 3


@pytest.fixture
def start_workers(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Starts a server with several workers; arguments as for `ServerSettings`."""
    started: list[RunningServer] = []

    def start(**arguments: Any) -> RunningServer:
        settings = ServerSettings(interval=0, **arguments)
        started.append(RunningServer(settings, tmp_path, workers=NUM_WORKERS).start())
        return started[-1]

    yield start
    for running in started:
        if running.process.is_alive():
            running.stop()


def workers_of(server: RunningServer) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


def many(server: RunningServer, number: int, name: str = "garden", text: str = TEXT) -> list[Any]:
    """The answers to many requests, each on a connection of its own, several at a time."""
    with ThreadPoolExecutor(8) as threads:
        return [one.json for one in threads.map(lambda _: server.parse(name, text), range(number))]


def test_workers_share_models_and_do_not_mix_answers(
    start_workers: Callable[..., RunningServer], checkpoints: Path, direct: dict[str, Nlu]
):
    server = start_workers(models=(str(checkpoints / "garden"), str(checkpoints / "lamps")))
    assert len(workers_of(server)) == NUM_WORKERS
    with ThreadPoolExecutor(8) as threads:
        asked = [(name, text) for name in ("garden", "lamps") for text in TEXTS] * 10
        answers = threads.map(lambda one: server.parse(*one).json["frame"], asked)
        assert list(answers) == [direct[name](text) for name, text in asked]
    assert server.metrics()["bilstm_nlu_models_loaded"] == 2 * NUM_WORKERS


def test_the_metrics_are_those_of_all_workers(start_workers: Callable[..., RunningServer], checkpoints: Path):
    server = start_workers(models=(str(checkpoints / "garden"),))
    revision = many(server, 50)[0]["revision"]
    for _ in range(5):
        counted = server.metrics()
        assert counted[f'bilstm_nlu_frames_total{{model="garden",revision="{revision}"}}'] == 50
        assert counted['bilstm_nlu_requests_total{route="/v1/models/{name}/parse",status="200"}'] == 50


def test_an_order_reaches_all_workers_and_those_that_start_later(
    start_workers: Callable[..., RunningServer], checkpoints: Path, tmp_path: Path
):
    folder = tmp_path / "models"
    shutil.copytree(checkpoints / "garden", folder / "garden@v1")
    save("decision", folder / "new", 11)
    server = start_workers(folder=folder)
    frames = {"v1": load(folder / "garden@v1")(TEXT), "v2": load(folder / "new")(TEXT)}
    assert {one["revision"] for one in many(server, 30)} == {"v1"}
    (folder / "new").rename(folder / "garden@v2")
    assert server.ask("POST", "/v1/models/garden/reload", {}).json == {
        "model": "garden",
        "revision": "v2",
        "workers": NUM_WORKERS,
    }
    assert all(one["revision"] == "v2" and one["frame"] == frames["v2"] for one in many(server, 30))
    back = server.ask("POST", "/v1/models/garden/rollback", {"revision": "v1"}).json
    assert back["workers"] == NUM_WORKERS
    assert all(one["revision"] == "v1" and one["frame"] == frames["v1"] for one in many(server, 30))
    before = {worker.pid for worker in workers_of(server)}
    os.kill(min(before), signal.SIGKILL)
    end = time.monotonic() + 60
    while len(after := {worker.pid for worker in workers_of(server)} - {min(before)}) < NUM_WORKERS:
        assert time.monotonic() < end
        time.sleep(0.05)
    for worker in before & after:
        os.kill(worker, signal.SIGKILL)  # so that a new worker must answer
    found = []
    while len(found) < 20:
        assert time.monotonic() < end
        try:
            found.append(server.parse("garden", TEXT).json)
        except OSError:
            continue  # it was asked of one that was just killed
    assert {one["revision"] for one in found} == {"v1"}
    assert any("a worker ended" in json.loads(line)["message"] for line in server.log.read_text().splitlines())


def test_workers_end_with_the_server(start_workers: Callable[..., RunningServer], checkpoints: Path):
    server = start_workers(models=(str(checkpoints / "garden"),))
    workers = workers_of(server)
    server.stop()
    assert not any(worker.is_running() for worker in workers)
    again = start_workers(models=(str(checkpoints / "garden"),))
    workers = workers_of(again)
    again.kill()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive  # a worker notices that its supervisor is gone


def test_workers_that_cannot_start_are_not_started_again_and_again(checkpoints: Path, tmp_path: Path):
    settings = ServerSettings(models=(str(checkpoints / "garden"),), log_texts=tmp_path / "nowhere" / "texts")
    server = RunningServer(settings, tmp_path, workers=2)
    with pytest.raises(NluError, match="worker"):
        server.start()
    assert "nowhere" in server.log.read_text()
