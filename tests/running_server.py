"""A real server of models for tests, in a process of its own, and requests as they go over the wire."""

import http.client
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from running_hub import PROCESSES

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.models import JsonLines, ServerSettings, serve


@dataclass
class Answer:
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return self.json["error"]


def _serve(settings: ServerSettings, log: Path, told: Connection, options: dict[str, Any]) -> None:
    handler = logging.FileHandler(log)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("bilstm_nlu.serving.models")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    sys.stderr = sys.stdout = log.open("a")
    try:
        serve(settings, on_start=told.send, **options)
    except NluError as error:
        told.send(error)


class RunningServer:
    """A server.

    Args:
        settings: what it serves.
        scratch: folder for its log.
        options: more arguments of `serve`.
    """

    def __init__(self, settings: ServerSettings, scratch: Path, **options: Any):
        self.settings, self.log, self.options = settings, scratch / "server.log", options
        self.patience = 30.0  # seconds until an answer must come
        self.port = 0
        self.process: Any = None

    def start(self) -> "RunningServer":
        """Start it; it may refuse with an `NluError`."""
        told, telling = PROCESSES.Pipe(duplex=False)
        self.process = PROCESSES.Process(target=_serve, args=(self.settings, self.log, telling, self.options))
        self.process.start()
        telling.close()
        if not told.poll(60):
            raise TimeoutError("the server did not start")
        answer = told.recv()
        if isinstance(answer, NluError):
            raise answer
        self.port = int(answer.rpartition(":")[2])
        while self.ask("GET", "/ready", Host="localhost").status == 503:
            pass
        return self

    def stop(self) -> None:
        """End it as an administrator would, with Ctrl-C; requests under way are answered first."""
        os.kill(self.process.pid, signal.SIGINT)
        self.process.join(20)
        assert self.process.exitcode == 0

    def kill(self) -> None:
        """End it on the spot."""
        self.process.kill()
        self.process.join()

    def connect(self) -> http.client.HTTPConnection:
        """A connection to it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Answer:
        """Send one request."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = self.connect()
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def parse(self, model: str, text: Any, *, token: str | None = None, **options: Any) -> Answer:
        """Parse one text."""
        return self.ask("POST", f"/v1/models/{model}/parse", {"text": text, **options}, token=token)

    def metrics(self, token: str | None = None) -> dict[str, float]:
        """The numbers of `/metrics`: name with labels -> value."""
        lines = self.ask("GET", "/metrics", token=token).body.decode().splitlines()
        pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
        return {name: float(value) for name, _, value in pairs}
