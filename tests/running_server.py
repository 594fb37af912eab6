"""A real server of models for tests, in a process of its own, and requests as they go over the wire."""

import logging
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from running_process import Reply, RunningProcess

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.models import JsonLines, ServerSettings, serve


def _serve(settings: ServerSettings, log: Path, options: dict[str, Any], told: Connection) -> None:
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


class RunningServer(RunningProcess):
    """A server.

    Args:
        settings: what it serves.
        scratch: folder for its log.
        options: more arguments of `serve`.
    """

    def __init__(self, settings: ServerSettings, scratch: Path, **options: Any):
        self.settings, self.log, self.options = settings, scratch / "server.log", options

    def start(self) -> "RunningServer":
        """Start it; it may refuse with an `NluError`."""
        self.begin(_serve, self.settings, self.log, self.options)
        while self.ask("GET", "/ready", Host="localhost").status == 503:
            pass
        return self

    def parse(self, model: str, text: Any, *, token: str | None = None, **options: Any) -> Reply:
        """Parse one text."""
        return self.ask("POST", f"/v1/models/{model}/parse", {"text": text, **options}, token=token)

    def metrics(self, token: str | None = None) -> dict[str, float]:
        """The numbers of `/metrics`: name with labels -> value."""
        lines = self.ask("GET", "/metrics", token=token).body.decode().splitlines()
        pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
        return {name: float(value) for name, _, value in pairs}
