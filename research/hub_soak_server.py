"""A hub in a process of its own, with clients in others that use the unmodified huggingface_hub."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

__all__ = ["SoakHub"]

_SERVE = [sys.executable, "-c", "from bilstm_nlu.cli.main import app; app()", "hub", "serve"]
_CLIENT = [sys.executable, str(Path(__file__).with_name("hub_soak_client.py"))]


class SoakHub:
    """A hub in a process of its own, and clients in others.

    Args:
        scratch: an empty folder for the hub and the caches of its clients.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.root = scratch / "hub"
        self.log = scratch / "hub.log"
        self.url = ""
        self._server: subprocess.Popen[str] | None = None
        self._num_clients = 0

    def start(self) -> None:
        """Start the server, on the same port as before where there was one."""
        port = self.url.rpartition(":")[2] or "0"
        with self.log.open("a") as log:
            self._server = subprocess.Popen(
                [*_SERVE, "--root", str(self.root), "--port", port, "--verbose"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._server.stdout is not None
        for line in self._server.stdout:
            if "HF_ENDPOINT=" in line:
                self.url = line.partition("HF_ENDPOINT=")[2].strip()
                return
        raise RuntimeError(f"the hub did not start: {self.log.read_text(encoding='utf-8')[-1000:]}")

    def stop(self) -> None:
        """End the server as Ctrl-C does."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.communicate()
            self._server = None

    def kill(self) -> None:
        """End the server with SIGKILL."""
        if self._server is not None:
            self._server.kill()
            self._server.communicate()
            self._server = None

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def api(self) -> HfApi:
        """A client in this process, for what is not measured."""
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
        """What clients find that all start at the same moment.

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
