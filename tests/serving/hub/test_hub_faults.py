"""What goes wrong: power cuts, cut connections, a full disk, rotten files. Nothing is lost, and a retry works."""

import hashlib
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from running_hub import RunningHub

from bilstm_nlu.errors import NluError

CLIENTS = Path(__file__).parent / "clients"


def weights_of(trial: str) -> bytes:
    return random.Random(trial).randbytes(4_000_000)


def trial_of(hub: RunningHub) -> str:
    """The trial whose push the repository holds, all of it; empty before the first."""
    sha = hub.ask("GET", "/api/models/ann/x").json["sha"]
    files = [item["path"] for item in hub.ask("GET", f"/api/models/ann/x/tree/{sha}?recursive=1").json]
    if files == [".gitattributes"]:
        return ""
    trial, note, weights = (
        hub.ask("GET", f"/ann/x/resolve/{sha}/{path}").body
        for path in ("trial.txt", "notes/trial.txt", "w.safetensors")
    )
    assert trial == note and weights == weights_of(trial.decode()), "a commit that is there in part"
    return trial.decode()


@pytest.mark.slow
def test_a_server_killed_during_a_push_has_the_old_or_the_new_commit(start_hub: Callable[..., RunningHub]):
    hub = start_hub()
    hub.create("ann/x")
    before = ""
    for trial in ("a", "b", "c"):
        client = hub.started(sys.executable, str(CLIENTS / "push_trial.py"), trial)
        assert client.stdout is not None and client.stdout.readline() == "now\n"
        time.sleep({"a": 0.01, "b": 0.03, "c": 0.06}[trial])
        hub.kill()
        client.kill()
        client.communicate()
        hub.start()
        after = trial_of(hub)
        assert after in (before, trial)
        assert list((hub.root / "unfinished").iterdir()) == []
        before = after
    hub.python_file(CLIENTS / "push_trial.py", "d")
    assert trial_of(hub) == "d"


def test_of_servers_that_start_at_once_one_gets_the_folder(tmp_path: Path):
    hubs = [RunningHub(tmp_path / "root", tmp_path) for _ in range(4)]

    def starts(hub: RunningHub) -> bool:
        try:
            hub.start()
        except NluError as error:
            assert "another server" in str(error)
            return False
        return True

    try:
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(starts, hubs)) == [False, False, False, True]
    finally:
        for hub in hubs:
            hub.kill()


class Wire:
    """A way to the hub that is cut once, when so many bytes have gone through it in one direction.

    Args:
        port: of the hub.
        cut_up: bytes to the hub.
        cut_down: bytes from it.
    """

    def __init__(self, port: int, *, cut_up: int = sys.maxsize, cut_down: int = sys.maxsize) -> None:
        self._port = port
        self._left = {"up": cut_up, "down": cut_down}
        self.num_cuts = self.num_uploads = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            threading.Thread(target=self._pass, args=(client, server, "up"), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, "down"), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, direction: str) -> None:
        try:
            while data := source.recv(65536):
                self.num_uploads += direction == "up" and data.startswith(b"PUT ")
                self._left[direction] -= len(data)
                if self._left[direction] <= 0 and not self.num_cuts:
                    self.num_cuts += 1
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@contextmanager
def wire_to(hub: RunningHub, **cuts: int) -> Iterator[Wire]:
    wire = Wire(int(hub.url.rpartition(":")[2]), **cuts)
    yield wire
    wire.close()


@pytest.mark.slow
def test_connections_that_break_on_the_way(start_hub: Callable[..., RunningHub]):
    hub = start_hub()
    hub.create("ann/x")
    with wire_to(hub, cut_up=2_000_000) as wire:
        hub.python_file(CLIENTS / "push_trial.py", "a", url=wire.url)
        assert wire.num_cuts == 1 and trial_of(hub) == "a"
    assert len(hub.ask("GET", "/api/models/ann/x/commits/main").json) == 2
    with wire_to(hub, cut_down=2_000_000) as wire:
        pulled = hub.python_file(CLIENTS / "pull_twice.py", url=wire.url)
        assert wire.num_cuts == 1 and pulled.strip() == hashlib.sha256(weights_of("a")).hexdigest()


def test_a_full_disk(start_hub: Callable[..., RunningHub]):
    hub = start_hub(room=2_000_000)
    hub.create("ann/x")
    with wire_to(hub) as wire, pytest.raises(AssertionError, match="disk"):
        hub.python_file(CLIENTS / "push_trial.py", "a", url=wire.url)
    assert wire.num_uploads == 1, "the client must not try again and again"
    assert trial_of(hub) == "" and list((hub.root / "unfinished").iterdir()) == []
    assert hub.commit("models/ann/x", {"small": "x"}).status == 200
    hub.stop()
    hub.room = None
    hub.start()
    hub.python_file(CLIENTS / "push_trial.py", "a")
    assert trial_of(hub) == "a"


def test_a_file_that_rots_on_the_disk_is_not_delivered_and_is_mended_by_a_push(start_hub: Callable[..., RunningHub]):
    hub = start_hub()
    hub.create("ann/x")
    hub.python_file(CLIENTS / "push_trial.py", "a")
    digest = hashlib.sha256(weights_of("a")).hexdigest()
    for sha256 in (digest, hashlib.sha256(b"a").hexdigest()):  # one is sent through Git LFS, the other in the commit
        path = hub.root / "contents" / sha256[:2] / sha256
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(1, 1))
    with pytest.raises(AssertionError, match="damaged"):
        hub.python_file(CLIENTS / "pull_twice.py")
    assert hub.ask("GET", "/ann/x/resolve/main/trial.txt").status == 410
    hub.python_file(CLIENTS / "push_trial.py", "a")
    assert hub.python_file(CLIENTS / "pull_twice.py").strip() == digest and trial_of(hub) == "a"
    assert len(hub.ask("GET", "/api/models/ann/x/commits/main").json) == 2, "mending needs no commit"
