"""A fleet in a process of its own that is killed: what is finished stays finished, and no process is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml
from quick_fleets import QUICK
from toy_domain import toy_domain

from modeling_bilstm_nlu.data.formats.writing import write_domain
from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE, read_results

pytestmark = pytest.mark.slow

NUM_SKILLS = 12


@pytest.fixture
def command(base: Path, tmp_path: Path) -> list[str]:
    for number in range(NUM_SKILLS):
        write_domain(toy_domain(num_train=20, seed=number), tmp_path / "skills" / f"s{number:02}", "jsonl")
    (tmp_path / "quick.yaml").write_text(yaml.safe_dump(QUICK))
    words = [
        "fleet",
        tmp_path / "skills",
        "--out",
        tmp_path / "out",
        "--base",
        base,
        "--recipe",
        tmp_path / "quick.yaml",
    ]
    return [sys.executable, "-m", "bilstm_nlu", *map(str, words), "--steps", "2", "--workers", "2"]


def start(command: list[str]) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment, start_new_session=True, **pipes)  # type: ignore[call-overload]


def until(is_so: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    for _ in range(6000):
        if is_so():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError("it took too long")


def finished(out: Path) -> dict[str, str | None]:
    return {name: record.finished for name, record in read_results(out / RESULTS_FILE).items()}


def test_ctrl_c_ends_all_processes_and_the_same_command_continues(command: list[str], tmp_path: Path):
    out = tmp_path / "out"
    process = start(command)
    until(lambda: len(finished(out)) >= 2, process)
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130 and "continues" in errors and "Traceback" not in errors
    gone, alive = psutil.wait_procs(children, timeout=60)
    assert gone and not alive
    before = finished(out)
    output, errors = start(command).communicate()
    assert f"{len(before)} skills; --restart" in output and "0 failed" in output, errors
    after = finished(out)
    assert len(after) == NUM_SKILLS and after | before == after


def _is_agent(process: psutil.Process) -> bool:
    """Whether a process is one of a node's own, without which Ray gives up the node."""
    return process.name().endswith("Agent")


def test_a_killed_driver_and_a_killed_worker_lose_nothing(command: list[str], tmp_path: Path):
    out = tmp_path / "out"
    process = start(command)
    until(lambda: len(finished(out)) >= 3, process)
    children = psutil.Process(process.pid).children(recursive=True)
    # Ray's agents look for their parent only once in a while, and train nothing
    children = [child for child in children if not _is_agent(child)]
    process.kill()
    process.communicate()
    before = finished(out)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive, "the processes of Ray end with the one that started them"

    process = start(command)
    until(lambda: len(finished(out)) > len(before), process)
    children = psutil.Process(process.pid).children(recursive=True)
    workers = [child for child in children if "ray::" in child.name() and not _is_agent(child)]
    for worker in workers:
        worker.kill()
    output, errors = process.communicate()
    assert process.returncode == 0 and "0 failed" in output, output + errors
    after = finished(out)
    assert len(after) == NUM_SKILLS and after | before == after
    lines = [json.loads(line) for line in (out / RESULTS_FILE).read_text().splitlines()]
    assert [line["id"] for line in lines] == sorted(path.name for path in (out / "models").iterdir())
    assert sum(line["attempts"] > 1 for line in lines) >= 1
