"""A server for tests in a process of its own, and requests as they go over the wire."""

import http.client
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bilstm_nlu.errors import NluError

# A server imports torch through the package. A fork of a process that has done so starts in no time.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["bilstm_nlu.serving.hub", "bilstm_nlu.serving.models"])


@dataclass
class Reply:
    """An answer of a server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str | None:
        return self.headers.get("X-Error-Code")

    @property
    def error(self) -> str:
        return self.json["error"]


class RunningProcess:
    """A server in a process of its own.

    Attributes:
        url: where it listens, once it was started.
        port: of the URL.
        process: the process.
        patience: seconds until an answer must come.
    """

    url: str = ""
    port: int = 0
    process: Any = None
    patience: float = 30.0

    def begin(self, target: Callable[..., None], *arguments: Any) -> None:
        """Start the server, and wait until it listens.

        Args:
            target: what the process does; its last argument is a connection to which it sends the URL, or an error.
            arguments: the other arguments.

        Raises:
            NluError: the server refused to start.
        """
        told, telling = PROCESSES.Pipe(duplex=False)
        self.process = PROCESSES.Process(target=target, args=(*arguments, telling))
        self.process.start()
        telling.close()
        if not told.poll(60):
            raise TimeoutError("the server did not start")
        answer = told.recv()
        if isinstance(answer, NluError):
            raise answer
        self.url = answer
        self.port = int(answer.rpartition(":")[2])

    def kill(self) -> None:
        """End the server on the spot, as a power cut would."""
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        """End the server as an administrator would, with Ctrl-C; requests under way are answered first."""
        os.kill(self.process.pid, signal.SIGINT)
        self.process.join(20)
        assert self.process.exitcode == 0

    def connect(self) -> http.client.HTTPConnection:
        """A connection to it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Reply:
        """Send one request just as it is given, without the care of a client.

        Args:
            method: such as `GET`.
            path: with the query.
            body: bytes, or a value for JSON.
            token: the secret that is sent.
            headers: with `_` in place of `-`.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = self.connect()
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
