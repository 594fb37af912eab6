"""What needs Ray itself: workers that die, memory that they share, and the command."""

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest
import ray
import yaml
from quick_fleets import QUICK
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE
from modeling_bilstm_nlu.fleet.pool import WorkerPool
from modeling_bilstm_nlu.fleet.shared_checkpoint import SharedCheckpoint

pytestmark = pytest.mark.usefixtures("ray_of_the_tests")


def run(*arguments: object) -> tuple[int, str]:
    """Run the command `fleet`; returns its exit status and what it prints."""
    result = CliRunner().invoke(app, ["fleet", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def pool(notes: Path, version: str = "1", **more) -> WorkerPool:
    """Workers that do what their tasks say, and write down each start of a task."""

    class Worker:
        def __init__(self, notes: Path):
            self.notes = notes

        def ready(self, version: str) -> None:
            if version != "1":
                raise NluError(f"this worker has version 1, not {version}")

        def work(self, task: tuple[int, str]) -> int:
            number, what = task
            (self.notes / f"{number}-{time.time_ns()}").touch()
            num_starts = len(list(self.notes.glob(f"{number}-*")))
            if what == "die" or (what == "die once" and num_starts == 1):
                os.kill(os.getpid(), signal.SIGKILL)
            if what == "hang":
                time.sleep(600)
            if what == "fault":
                raise NluError("no space left")
            return number * 10

    # a local class: it is sent to the workers, which need no test files
    return WorkerPool(Worker, [notes], version=version, **more)


def test_a_task_whose_worker_dies_is_done_by_another(tmp_path: Path):
    outcomes = {outcome.task[0]: outcome for outcome in pool(tmp_path).results([(1, "work"), (2, "die once")])}
    assert [(outcomes[number].result, outcomes[number].attempts) for number in (1, 2)] == [(10, 1), (20, 2)]


@pytest.mark.slow
def test_every_task_is_done_although_workers_die(tmp_path: Path):
    tasks = [(number, {17: "die once", 30: "die"}.get(number, "work")) for number in range(60)]
    outcomes = {outcome.task[0]: outcome for outcome in pool(tmp_path, attempts=2).results(tasks)}
    assert sorted(outcomes) == list(range(60))
    lost = outcomes.pop(30)
    assert lost.lost and lost.attempts == 2 and lost.result is None
    assert all(outcome.result == number * 10 and outcome.lost is None for number, outcome in outcomes.items())
    assert outcomes[17].attempts <= 2
    assert len(list(tmp_path.glob("30-*"))) in (2, 3), "a call of several tasks does not count as an attempt"
    assert all(outcomes[number].attempts == 1 for number in outcomes if number != 17), (
        "who waits behind a killer is not blamed"
    )


def test_a_task_that_takes_too_long_is_ended_and_the_others_go_on(tmp_path: Path):
    tasks = [(1, "hang"), *((number, "work") for number in range(2, 6))]
    outcomes = {outcome.task[0]: outcome for outcome in pool(tmp_path, num_workers=1, limit=2.0).results(tasks)}
    assert outcomes[1].is_overdue and outcomes[1].result is None
    assert len(list(tmp_path.glob("1-*"))) == 1, "no other worker tries it"
    assert all(outcomes[number].result == number * 10 for number in range(2, 6))
    assert not any(outcomes[number].is_overdue for number in range(2, 6))


def test_an_error_of_a_worker_ends_the_run(tmp_path: Path):
    with pytest.raises(NluError, match="no space left"):
        list(pool(tmp_path).results([(1, "work"), (2, "fault")]))


def test_another_version_on_a_node_is_refused(tmp_path: Path):
    with pytest.raises(NluError, match="version 1, not 2"):
        list(pool(tmp_path, version="2").results([(1, "work")]))


def test_workers_read_the_checkpoint_in_shared_memory(base: Path, tmp_path: Path):
    class Peek:
        def __init__(self, shared: SharedCheckpoint):
            self.shared = shared

        def ready(self, version: str) -> None:
            pass

        def work(self, task: int) -> tuple[bool, bool, int]:
            weights = list(self.shared.weights.values())
            is_copied = any(weight.flags.owndata or weight.flags.writeable for weight in weights)
            return is_copied, self.shared.model().training, sum(weight.size for weight in weights)

    shared = SharedCheckpoint.load(str(base), pulled=tmp_path)
    (outcome,) = WorkerPool(Peek, [ray.put(shared)], version="1", num_workers=1).results([0])
    assert outcome.result == (False, False, sum(weight.size for weight in shared.weights.values()))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "quick.yaml"
    path.write_text(yaml.safe_dump(QUICK))
    return path


def test_a_folder_is_trained_on_ray(skills: Path, base: Path, recipe: Path, tmp_path: Path):
    broken = skills / "broken" / "train.jsonl"
    broken.parent.mkdir()
    broken.write_text('{"text": "a", "intent": "x", "spans": [{"slot_type": "s", "start": 5, "end": 9}]}\n')
    (skills / "notes.txt").write_text("nothing")
    options = [skills, "--out", tmp_path / "out", "--base", base, "--recipe", recipe, "--steps", 2, "--workers", 1]
    code, output = run(*options)
    assert code == 1 and "4 skills" in output and "notes.txt" in output
    assert "3 trained, 0 unchanged, 1 failed" in output and re.search(r"failed: broken: .*train\.jsonl", output)
    lines = (tmp_path / "out" / RESULTS_FILE).read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["both", "broken", "home", "music"]
    broken.unlink()
    broken.parent.rmdir()
    code, output = run(*options)
    assert code == 0 and "0 trained, 3 unchanged, 0 failed" in output and "1 earlier" in output
