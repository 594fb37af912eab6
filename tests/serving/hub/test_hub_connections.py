"""Connections that wait, trickle or do not read, and logs that stay short and hold no secrets."""

import asyncio
import logging
import socket
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from running_hub import RunningHub
from starlette.testclient import TestClient
from test_hub_http import lfs, link_of

from bilstm_nlu.serving import connections as limits
from bilstm_nlu.serving.hub import Hub, HubApp, HubSettings, HubStore
from bilstm_nlu.serving.hub.errors import HubError
from bilstm_nlu.serving.hub.receiving import Body
from bilstm_nlu.serving.log_limits import LogLimit, limited_logs


def wire_to(hub: RunningHub) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(hub.url.rpartition(":")[2])))


def is_closed(wire: socket.socket) -> bool:
    """Wait until the hub answers or closes the connection, and say which."""
    try:
        return wire.recv(1) == b""
    except ConnectionResetError:
        return True


def test_idle_connections_do_not_keep_others_out(start_hub: Callable[..., RunningHub]):
    hub = start_hub(settings=HubSettings(max_connections=10, header_time=3600))
    with ExitStack() as stack:
        idle = [stack.enter_context(wire_to(hub)) for _ in range(40)]
        for wire in idle[:20]:
            wire.sendall(b"GET /api/models HTTP/1.1\r\nHost: local")
        assert hub.ask("GET", "/api/models").status == 200
        assert all(map(is_closed, idle[:30]))
        last = idle[-1]
        last.sendall(b"GET /api/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert last.recv(12) == b"HTTP/1.1 200", "the latest are still served"


def test_more_idle_connections_than_files_can_be_open(start_hub: Callable[..., RunningHub]):
    hub = start_hub()
    with ExitStack() as stack:
        for _ in range(700):
            stack.enter_context(wire_to(hub))
        assert hub.ask("GET", "/api/models").status == 200


def test_a_request_must_send_its_headers_in_time(start_hub: Callable[..., RunningHub]):
    hub = start_hub(settings=HubSettings(header_time=0.2))
    with wire_to(hub) as silent, wire_to(hub) as slow:
        slow.sendall(b"GET /api/models HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        assert is_closed(silent) and is_closed(slow)
    with wire_to(hub) as kept:
        kept.sendall(b"GET /api/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert kept.recv(12) == b"HTTP/1.1 200"
        kept.sendall(b"GET /api/models HTTP/1.1\r\nHost: lo")  # on a connection that has had an answer
        while kept.recv(65536):
            pass


def test_a_request_under_way_is_not_cut_off(start_hub: Callable[..., RunningHub]):
    hub = start_hub(settings=HubSettings(max_connections=3, header_time=0.1))
    hub.create("ann/x")
    content = b"y" * 3_000_000
    link = link_of(lfs(hub, "ann/x", content))
    with ExitStack() as stack:
        upload = stack.enter_context(wire_to(hub))
        upload.sendall(f"PUT {link} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n".encode())
        for start in range(0, len(content), 300_000):
            upload.sendall(content[start : start + 300_000])
            assert is_closed(stack.enter_context(wire_to(hub)))  # after header_time
        assert upload.recv(12) == b"HTTP/1.1 200"


def test_the_number_of_connections_fits_the_files_that_may_be_open(monkeypatch: pytest.MonkeyPatch):
    for allowed, expected in ((1024, 412), (100, 16), (1_000_000, 500), (limits.resource.RLIM_INFINITY, 500)):
        monkeypatch.setattr(limits.resource, "getrlimit", lambda kind, allowed=allowed: (allowed, allowed))
        assert limits.most_connections(500) == expected


def test_a_body_that_trickles_is_refused(monkeypatch: pytest.MonkeyPatch):
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))

    async def receive() -> dict:
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(HubError) as error:
        asyncio.run(Body(receive, None).into_memory(1000))
    assert error.value.status == 408


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("x", logging.ERROR, "x.py", 1, message, arguments, None)


def test_logs_stay_short():
    seconds = [0.0]
    limit = LogLimit(clock=lambda: seconds[0])
    assert sum(limit.filter(record("request %d failed", number)) for number in range(10_000)) == 20
    assert limit.filter(record("something else"))
    seconds[0] = 61.0
    after = record("request %d failed", 5)
    assert limit.filter(after) and after.getMessage().startswith("request 5 failed") and "9980" in after.getMessage()
    long = record("%s", "x" * 100_000)
    assert limit.filter(long) and len(long.getMessage()) < 3_000


def test_the_limit_is_there_while_the_hub_runs(caplog: pytest.LogCaptureFixture):
    logger = logging.getLogger("asyncio")
    with limited_logs([], "requests"):
        for _ in range(100):
            logger.error("socket.accept() out of system resource")
    assert len(caplog.records) == 20
    logger.error("socket.accept() out of system resource")
    assert len(caplog.records) == 21


def test_a_line_per_request_holds_no_signature_and_no_line_break(tmp_path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG), HubStore(tmp_path).opened() as store:
        client = TestClient(HubApp(Hub(store), shows_requests=True), base_url="http://localhost")
        client.put(f"/-/lfs/1/{'a' * 64}/5?expires=9&signature=secret", content=b"12345")
        client.get("/a%0aINFO%20forged/" + "x" * 5_000)
    lines = [found.getMessage() for found in caplog.records if found.name.startswith("bilstm_nlu")]
    assert len(lines) == 2 and lines[0].endswith("/5 403") and "PUT /-/lfs/1/" in lines[0]
    assert not any("secret" in line or "\n" in line or len(line) > 400 for line in lines)


def test_a_damaged_database_is_a_line_and_not_a_traceback(tmp_path, caplog: pytest.LogCaptureFixture, monkeypatch):
    def malformed() -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    with HubStore(tmp_path).opened() as store:
        monkeypatch.setattr(store, "read", malformed)
        answer = TestClient(HubApp(Hub(store)), base_url="http://localhost").get("/api/models")
    assert answer.status_code == 500 and "hub check" in answer.json()["error"]
    [line] = [found for found in caplog.records if found.name.startswith("bilstm_nlu")]
    assert "GET /api/models" in line.getMessage() and "malformed" in line.getMessage() and not line.exc_info
