"""Test the local hub under load: its speed, many clients at once, and the state after a kill during a push.

The hub is the command `bilstm-nlu hub serve`; its clients are processes with the unmodified huggingface_hub.
"""

import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

__all__ = ["SoakHub", "measure_kills", "measure_pulls", "measure_pushes", "measure_throughput", "soak"]

_SERVE = [sys.executable, "-c", "from bilstm_nlu.cli.main import app; app()", "hub", "serve"]
_CLIENT = [sys.executable, str(Path(__file__).with_name("hub_soak_client.py"))]


class SoakHub:
    """A hub in its own process, with clients in other processes.

    Args:
        scratch: an empty folder for the hub and the caches of its clients.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.url = ""
        self._server: subprocess.Popen[str] | None = None
        self._num_clients = 0

    def start(self) -> None:
        """Start the server, on the same port as before if it ran before."""
        port = self.url.rpartition(":")[2] or "0"
        self._server = subprocess.Popen(
            [*_SERVE, "--root", str(self.scratch / "hub"), "--port", port], stdout=subprocess.PIPE, text=True
        )
        assert self._server.stdout is not None
        for line in self._server.stdout:
            if "HF_ENDPOINT=" in line:
                self.url = line.partition("HF_ENDPOINT=")[2].strip()
                return
        raise RuntimeError("the hub did not start")

    def kill(self) -> None:
        """Stop the server with SIGKILL."""
        if self._server is not None:
            self._server.kill()
            self._server.communicate()

    @property
    def api(self) -> HfApi:
        """A client in this process, for calls that are not measured."""
        return HfApi(endpoint=self.url, token="local")

    def client(self, *arguments: str) -> "subprocess.Popen[str]":
        """A client with an empty cache that is ready and waits for a line."""
        self._num_clients += 1
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        environment |= {
            "HF_ENDPOINT": self.url,
            "HF_TOKEN": "local",
            "HF_HOME": str(self.scratch / f"client-{self._num_clients}"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        }
        client = subprocess.Popen(
            [*_CLIENT, *arguments],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert client.stdout is not None
        client.stdout.readline()
        return client

    def run(self, *calls: Sequence[str]) -> list[dict[str, Any]]:
        """Start clients at the same moment, and return their results.

        Raises:
            RuntimeError: one of them failed.
        """
        clients = [self.client(*call) for call in calls]
        for client in clients:
            assert client.stdin is not None
            client.stdin.write("\n")
            client.stdin.flush()
        found = []
        for client in clients:
            output, errors = client.communicate(timeout=600)
            if client.returncode:
                raise RuntimeError(f"a client failed: {errors[-2000:]}")
            found.append(json.loads(output))
        return found

    @contextmanager
    def running(self) -> Iterator["SoakHub"]:
        """The hub, killed at the end of the block."""
        self.start()
        try:
            yield self
        finally:
            self.kill()


def measure_throughput(hub: SoakHub, *, size: int = 100_000_000, repeats: int = 5) -> dict[str, float]:
    """Median seconds to push and to pull a file, to copy it with `cp`, and to hash it once.

    Each push sends new content; each pull goes into an empty cache.
    """
    hub.api.create_repo("soak/throughput")
    times: dict[str, list[float]] = {"push": [], "pull": [], "cp": [], "sha256": []}
    for number in range(repeats):
        source = hub.scratch / f"model-{number}.safetensors"
        digest = _write_random(source, size, number)
        started = time.perf_counter()
        subprocess.run(["cp", source, hub.scratch / "copy"], check=True)
        times["cp"].append(time.perf_counter() - started)
        started = time.perf_counter()
        hashlib.sha256(source.read_bytes())
        times["sha256"].append(time.perf_counter() - started)
        [pushed] = hub.run(["push", "soak/throughput", str(source)])
        [pulled] = hub.run(["pull", "soak/throughput", source.name])
        if pulled["sha256"] != digest:
            raise RuntimeError("the pulled content is not the pushed content")
        times["push"].append(pushed["seconds"])
        times["pull"].append(pulled["seconds"])
        source.unlink()
    return {f"{name}_s": statistics.median(found) for name, found in times.items()} | {
        "bytes": size,
        "repeats": repeats,
    }


def measure_pulls(hub: SoakHub, *, clients: int = 50, size: int = 20_000_000) -> dict[str, float]:
    """Pull one file with many clients at once: errors, median seconds, and the seconds of the slowest."""
    hub.api.create_repo("soak/pulls")
    source = hub.scratch / "model.safetensors"
    digest = _write_random(source, size, 0)
    hub.run(["push", "soak/pulls", str(source)])
    found = hub.run(*[["pull", "soak/pulls", source.name]] * clients)
    seconds = [item["seconds"] for item in found]
    return {
        "clients": clients,
        "bytes": size,
        "errors": sum(item["sha256"] != digest for item in found),
        "median_s": statistics.median(seconds),
        "slowest_s": max(seconds),
    }


def measure_pushes(hub: SoakHub, *, clients: int = 8, size: int = 2_000_000) -> dict[str, int]:
    """Push different files to one repository with many clients at once: first freely, then all on top of one commit.

    Returns:
        `commits` made by the free pushes; for the pushes that name their parent commit, the `commits_onto_one` and
        the `conflicts_onto_one` (HTTP 412).
    """
    hub.api.create_repo("soak/pushes")
    calls = []
    for number in range(clients):
        source = hub.scratch / f"part-{number}.safetensors"
        _write_random(source, size, number)
        calls.append(["push", "soak/pushes", str(source)])
    before = len(hub.api.list_repo_commits("soak/pushes"))
    free = hub.run(*calls)
    commits = len(hub.api.list_repo_commits("soak/pushes")) - before
    head = hub.api.model_info("soak/pushes").sha
    for number, call in enumerate(calls):
        _write_random(Path(call[2]), size, clients + number)
        call.append(head or "")
    strict = hub.run(*calls)
    statuses = [item["status"] for item in strict]
    return {
        "clients": clients,
        "errors": sum(item["status"] != 200 for item in free),
        "commits": commits,
        "commits_onto_one": statuses.count(200),
        "conflicts_onto_one": statuses.count(412),
    }


def measure_kills(hub: SoakHub, *, trials: int = 20, size: int = 20_000_000, seed: int = 0) -> dict[str, int]:
    """Kill the server during a push, start it again, and check what the repository has.

    Returns:
        How many `trials` found the `old` commit, the `new` one, or anything `between`.
    """
    hub.api.create_repo("soak/kills")
    rng = random.Random(seed)
    [first] = hub.run(["push", "soak/kills", str(_write_trial(hub.scratch, "first", size, seed))])
    longest = first["seconds"] * 1.2
    [state] = hub.run(["check", "soak/kills"])
    counts = {"trials": trials, "old": 0, "new": 0, "between": 0}
    for trial in range(trials):
        folder = _write_trial(hub.scratch, f"trial-{trial}", size, rng.random())
        client = hub.client("push", "soak/kills", str(folder))
        assert client.stdin is not None
        client.stdin.write("\n")
        client.stdin.flush()
        time.sleep(rng.uniform(0, longest))
        hub.kill()
        client.kill()
        client.communicate()
        hub.start()
        [found] = hub.run(["check", "soak/kills"])
        note = (folder / "note.txt").read_text(encoding="utf-8")
        is_old = (found["note"], found["num_commits"]) == (state["note"], state["num_commits"])
        is_new = (found["note"], found["num_commits"]) == (note, state["num_commits"] + 1)
        counts["between" if not found["is_whole"] or not (is_old or is_new) else "new" if is_new else "old"] += 1
        state = found
    [last] = hub.run(["push", "soak/kills", str(_write_trial(hub.scratch, "last", size, seed + 1))])
    if last["status"] != 200:
        raise RuntimeError("after the kills, pushing no longer works")
    return counts


def _write_trial(scratch: Path, name: str, size: int, seed: float) -> Path:
    folder = scratch / name
    folder.mkdir()
    digest = _write_random(folder / "model.safetensors", size, seed)
    (folder / "note.txt").write_text(digest, encoding="utf-8")
    return folder


def _write_random(path: Path, size: int, seed: float) -> str:
    """Write random bytes; returns their SHA-256."""
    content = random.Random(seed).randbytes(size)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def soak(*, trials: int = 20, clients: int = 50) -> dict[str, Any]:
    """Run all measurements, on a hub in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="soak-hub-") as scratch, SoakHub(Path(scratch)).running() as hub:
        return {
            "cores": os.cpu_count(),
            "throughput": measure_throughput(hub),
            "pulls": measure_pulls(hub, clients=clients),
            "pushes": measure_pushes(hub),
            "kills": measure_kills(hub, trials=trials),
        }
