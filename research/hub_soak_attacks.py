"""Attacks on the local hub: what breaks other servers, or broke this one. Each says whether the hub held.

An attack has a repository of its own and leaves the hub running. Contents of all repositories are counted at the end.
"""

import http.client
import json
import os
import resource
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from .hub_soak_server import SoakHub

__all__ = ["ATTACKS", "measure_attacks"]

_CHECK = [sys.executable, "-c", "from bilstm_nlu.cli.main import app; app()", "hub", "check", "--root"]
_TIMEOUT = 60  # seconds for an answer


def _ask(hub: SoakHub, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of the answer to a request."""
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=_TIMEOUT)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _commit(hub: SoakHub, name: str, files: Mapping[str, str]) -> None:
    """Commit files to a repository, which is made if need be."""
    _ask(hub, "POST", "/api/repos/create", json.dumps({"organization": "attack", "name": name}).encode())
    lines: list[dict[str, object]] = [{"key": "header", "value": {"summary": "an attack"}}]
    lines += [{"key": "file", "value": {"path": path, "content": content}} for path, content in files.items()]
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    status, answer = _ask(hub, "POST", f"/api/models/attack/{name}/commit/main", body)
    if status != 200:
        raise RuntimeError(f"the commit of an attack was refused: {answer[:500]!r}")


def _lists_are_whole(hub: SoakHub) -> bool:
    with _opened(hub.root / "hub.sqlite3") as db:
        names = {f"{owner}/{name}" for owner, name in db.execute("SELECT namespace, name FROM repos")}
    status, answer = _ask(hub, "GET", "/api/models")
    return status == 200 and {item["id"] for item in json.loads(answer)} == names


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection that is closed at the end of the block: else sqlite removes its other files at any time."""
    with closing(sqlite3.connect(database)) as db, db:
        yield db


def _contents(hub: SoakHub) -> set[str]:
    return {path.name for path in hub.root.glob("contents/*/*")}


# the database


def _with_database(hub: SoakHub, harm: Callable[[Path, Path], None]) -> bool:
    """Harm the database while the hub is down, start and check the hub twice, and put the right database back."""
    copy, older = hub.scratch / "right.sqlite3", hub.scratch / "older.sqlite3"
    for target in (older, copy):
        target.unlink(missing_ok=True)
        with _opened(hub.root / "hub.sqlite3") as db:
            db.execute("VACUUM INTO ?", (str(target),))
        if target is older:
            _commit(hub, "newest", {"a": str(time.time_ns())})
    hub.stop()
    for path in hub.root.glob("contents/*/*"):  # long ago, so that they could be swept
        os.utime(path, (time.time() - 3 * 86_400,) * 2)
    before = _contents(hub)
    harm(hub.root / "hub.sqlite3", older)
    subprocess.run([*_CHECK, str(hub.root)], capture_output=True)
    for _ in range(2):
        hub.start()
        hub.stop()
    held = before <= _contents(hub)
    _replace(hub.root / "hub.sqlite3", copy)
    hub.start()
    return held


def _replace(database: Path, copy: Path | None) -> None:
    for path in database.parent.glob("hub.sqlite3*"):
        path.unlink()
    if copy is not None:
        database.write_bytes(copy.read_bytes())


def _lost(hub: SoakHub) -> bool:
    return _with_database(hub, lambda database, older: _replace(database, None))


def _truncated(hub: SoakHub) -> bool:
    def harm(database: Path, older: Path) -> None:
        _replace(database, None)
        database.touch()

    return _with_database(hub, harm)


def _emptied(hub: SoakHub) -> bool:
    def harm(database: Path, older: Path) -> None:
        with _opened(database) as db:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("DELETE FROM repos")

    return _with_database(hub, harm)


def _older(hub: SoakHub) -> bool:
    return _with_database(hub, lambda database, older: _replace(database, older))


def _malformed(hub: SoakHub) -> bool:
    """A page of zeros: the hub does not start, and says why in one line."""
    hub.stop()
    database = hub.root / "hub.sqlite3"
    with _opened(database) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'files'").fetchone()[0]
    content = database.read_bytes()
    database.write_bytes(content[: (page - 1) * size] + bytes(size) + content[page * size :])
    before = _contents(hub)
    done = subprocess.run([*_CHECK, str(hub.root)], capture_output=True, text=True)
    _replace(database, None)
    database.write_bytes(content)
    held = done.returncode == 1 and len((done.stdout + done.stderr).splitlines()) == 1 and before == _contents(hub)
    hub.start()
    return held


# cards


def _card(metadata: str) -> Callable[[SoakHub], bool]:
    def attack(hub: SoakHub) -> bool:
        _commit(hub, "card", {"README.md": f"---\n{metadata}\n---\n"})
        return _lists_are_whole(hub)

    return attack


def _deep_config(hub: SoakHub) -> bool:
    _commit(hub, "config", {"config.json": '{"model_type": "x", "auto_map": {"a": ' + "[" * 900 + "]" * 900 + "}}"})
    return _lists_are_whole(hub)


def _rendered(text: str) -> Callable[[SoakHub], bool]:
    """Many views of a card that is hard to render: each gets an answer, and so do requests meanwhile."""

    def attack(hub: SoakHub) -> bool:
        _commit(hub, "page", {"README.md": text})
        with ThreadPoolExecutor(8) as pool:
            views = [pool.submit(_ask, hub, "GET", "/attack/page") for _ in range(8)]
            meanwhile = [_ask(hub, "GET", "/api/models/attack/page")[0] for _ in range(20)]
            answers = [view.result() for view in views]
        return set(meanwhile) == {200} and all(status == 200 and len(page) < 5_000_000 for status, page in answers)

    return attack


def _picture(hub: SoakHub) -> bool:
    _commit(hub, "picture", {"README.md": '<img src="/\t/evil.example/x"> <img src="ht&#10;tps://evil.example/x">'})
    return b"evil.example" not in _ask(hub, "GET", "/attack/picture")[1]


# connections and logs


def _idle(hub: SoakHub, first: bytes = b"", number: int = 1100) -> bool:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(before[1], 4096)), before[1]))
    try:
        with ExitStack() as stack:
            for _ in range(number):
                wire = stack.enter_context(socket.create_connection(("127.0.0.1", hub.port), timeout=_TIMEOUT))
                wire.sendall(first)
            return all(_ask(hub, "GET", "/api/models")[0] == 200 for _ in range(20))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _slow_headers(hub: SoakHub) -> bool:
    with socket.create_connection(("127.0.0.1", hub.port), timeout=_TIMEOUT) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        try:
            return wire.recv(1) == b""
        except ConnectionResetError:
            return True


def _log_flood(hub: SoakHub) -> bool:
    before = hub.log.stat().st_size
    for _ in range(2000):
        with socket.create_connection(("127.0.0.1", hub.port), timeout=_TIMEOUT) as wire:
            wire.sendall(b"\0not http\r\n\r\n")
            wire.recv(1)
    return hub.log.stat().st_size - before < 100_000


def _signed_link(hub: SoakHub) -> bool:
    source = hub.scratch / "signed.safetensors"
    source.write_bytes(os.urandom(1000))
    hub.run(["push", "soak/signed", str(source)])
    log = hub.log.read_text(encoding="utf-8", errors="replace")
    return "/-/lfs/" in log and "signature" not in log


# files


def _open_modes(hub: SoakHub) -> bool:
    hub.stop()
    for path in [hub.root, *hub.root.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    hub.start()
    found = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [hub.root, *hub.root.rglob("*")]}
    return found == {(True, 0o700), (False, 0o600)}


def _many_files(hub: SoakHub) -> bool:
    """Ten commits of a file to a repository of 20,000 files: they add fewer rows than one list."""
    _commit(hub, "many", {f"d{number % 100}/{number}": "x" for number in range(20_000)})
    before = _num_rows(hub)
    for number in range(10):
        _commit(hub, "many", {"d0/0": str(number)})
    return _num_rows(hub) - before == 10


def _num_rows(hub: SoakHub) -> int:
    with _opened(hub.root / "hub.sqlite3") as db:
        return int(db.execute("SELECT count(*) FROM files").fetchone()[0])


#: What is attacked -> the attack, which says whether the hub held.
ATTACKS: dict[str, Callable[[SoakHub], bool]] = {
    "a lost database": _lost,
    "a truncated database": _truncated,
    "a database without repositories": _emptied,
    "an older database": _older,
    "a malformed page": _malformed,
    "a card with !!bool foo": _card("a: !!bool foo"),
    "a card with !!int ''": _card("a: !!int ''"),
    "a card with a number of 100,000 digits": _card("a: " + "9:" * 100_000 + "9"),
    "a block of metadata that does not end": _card("a: b" + "\n" * 500_000 + "-"),
    "a deep auto_map": _deep_config,
    "150,000 brackets": _rendered("[" * 150_000),
    "tags that each paragraph opens again": _rendered("".join(f"<b title={n}>" for n in range(2500)) + "<p>a" * 2400),
    "emphasis in emphasis": _rendered("*a _b " * 16_000),
    "a table of 4 million cells": _rendered("|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "|\n" * 2000),
    "pictures of other servers": _picture,
    "1,100 idle connections": _idle,
    "1,100 connections with half a request": lambda hub: _idle(hub, b"GET /api/models HTTP/1.1\r\nHost: loc"),
    "headers that never end": _slow_headers,
    "2,000 broken requests": _log_flood,
    "a signed link in the log": _signed_link,
    "files that others can read": _open_modes,
    "small commits to 20,000 files": _many_files,
}


def measure_attacks(hub: SoakHub) -> dict[str, object]:
    """Try all attacks.

    Returns:
        `attacks`: how many were `tried`, and of those where the hub did not hold how many (`failed`) and which
        (`names`); `lost_contents`, the number of contents that were there before and are missing or damaged after.
    """
    hub.api.create_repo("soak/signed", exist_ok=True)
    _commit(hub, "kept", {f"kept-{number}": str(number) for number in range(100)})
    before = _contents(hub)
    failed = [name for name, attack in ATTACKS.items() if not _held(attack, hub)]
    hub.stop()
    done = subprocess.run([*_CHECK, str(hub.root)], capture_output=True, text=True)
    lost = len(before - _contents(hub)) + done.stdout.count("damaged: ")
    hub.start()
    return {
        "attacks": {"tried": len(ATTACKS), "failed": len(failed), "names": failed},
        "lost_contents": lost,
    }


def _held(attack: Callable[[SoakHub], bool], hub: SoakHub) -> bool:
    try:
        return attack(hub) and _ask(hub, "GET", "/api/models")[0] == 200
    except (OSError, RuntimeError, http.client.HTTPException):  # an answer is missing
        hub.kill()
        hub.start()
        return False
