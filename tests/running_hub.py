"""A real hub for tests: a server in a process of its own, clients in others, and requests as they go over the wire."""

import base64
import json
import logging
import os
import resource
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from running_process import Reply, RunningProcess

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.hub import HubSettings, Tokens, parse_token, serve

#: Names for the tokens below, each with what it may do.
TOKENS = {
    "ann": "ann+acme:write:secret-of-ann",
    "eve": "eve:write:secret-of-eve",
    "rob": "rob+acme:read:secret-of-rob",
}


def secret_of(name: str | None) -> str | None:
    """What the client sends for a name of `TOKENS`; anything else is sent as it is."""
    return TOKENS[name].rpartition(":")[2] if name in TOKENS else name


def _serve(
    root: Path, port: int, tokens: list[str], settings: HubSettings, room: int | None, told: Connection
) -> None:
    logging.disable()  # what the hub's administrator would see
    if room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        serve(root, port=port, tokens=Tokens(map(parse_token, tokens)), settings=settings, on_start=told.send)
    except NluError as error:
        told.send(error)


@dataclass
class RunningHub(RunningProcess):
    """A server of a folder.

    Args:
        root: the folder.
        scratch: for the caches of clients; each gets a new one.
        tokens: as on the command line; none for a hub that is open.
        settings: of the hub.
        room: bytes that each of its files can have, as if the disk were full then.
    """

    root: Path
    scratch: Path
    tokens: Mapping[str, str] = field(default_factory=lambda: TOKENS)
    settings: HubSettings = field(default_factory=HubSettings)
    room: int | None = None
    _num_homes: int = 0

    def start(self) -> "RunningHub":
        """Start the server, on the same port as before where there was one; it may refuse with an `NluError`."""
        self.begin(_serve, self.root, self.port, list(self.tokens.values()), self.settings, self.room)
        return self

    def environment(self, token: str | None = "ann", *, url: str | None = None, **more: str) -> dict[str, str]:
        """What a client is started with: this hub, a token, a cache of its own, and no offline mode."""
        self._num_homes += 1
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "PYTEST_"))}
        kept |= {
            "HF_ENDPOINT": url or self.url,
            "HF_HOME": str(self.scratch / f"home-{self._num_homes}"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "OMP_NUM_THREADS": "1",
        }
        if token is not None:
            kept["HF_TOKEN"] = secret_of(token) or ""
        return kept | more

    def python(self, code: str, *arguments: str, **more: Any) -> str:
        """Run a client; what it prints is returned, and what it raises fails the test.

        Args:
            code: of the client.
            arguments: for its `sys.argv`.
            more: `token`, a name of `TOKENS` or a secret; `url`, another way to the hub; `timeout` in seconds; and
                environment variables.
        """
        return self.command(sys.executable, "-c", textwrap.dedent(code), *arguments, **more)

    def python_file(self, script: Path, *arguments: str, **more: Any) -> str:
        """Run a script as a client; like `python`."""
        return self.command(sys.executable, str(script), *arguments, **more)

    def command(self, *command: str, timeout: float = 120, **more: Any) -> str:
        """Run a command as a client; errors as in `python`."""
        with self.started(*command, **more) as client:
            output, errors = client.communicate(timeout=timeout)
        assert client.returncode == 0, f"{output}\n{errors}"
        return output

    def started(self, *command: str, token: str | None = "ann", **more: str) -> "subprocess.Popen[str]":
        """Start a command as a client and go on."""
        environment = self.environment(token, **more)
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Reply:
        """Send one request just as it is given, without the care of a client; `token` may be a name of `TOKENS`."""
        return super().ask(method, path, body, token=secret_of(token), **headers)

    def commit(
        self, repo: str, files: Mapping[str, bytes | str], *, token: str = "ann", revision: str = "main", **header: str
    ) -> Reply:
        """Commit some small files without a client; `repo` is `models/owner/name` or the like."""
        lines: list[dict[str, Any]] = [{"key": "header", "value": {"summary": "a commit", **header}}]
        for path, content in files.items():
            is_text = isinstance(content, str)
            sent = content if is_text else base64.b64encode(content).decode()
            value = {"path": path, "content": sent, "encoding": "utf-8" if is_text else "base64"}
            lines.append({"key": "file", "value": value})
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return self.ask("POST", f"/api/{repo}/commit/{revision}", body, token=token)

    def create(self, name: str, *, token: str = "ann", **more: Any) -> Reply:
        """Make a repository without a client."""
        owner, _, short = name.partition("/")
        return self.ask("POST", "/api/repos/create", {"organization": owner, "name": short, **more}, token=token)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub with the tokens of `TOKENS`, for all tests that do not break it; each takes names of its own in it."""
    folder = tmp_path_factory.mktemp("hub")
    running = RunningHub(folder / "root", folder).start()
    yield running
    running.stop()
