"""Servers to measure, each in a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

__all__ = ["Started", "constant_server", "model_server"]

_CONSTANT = """
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

FRAME = {"text": "water the roses", "accepted": True, "intent": "Water", "score": 0.98, "slots": []}

async def parse(request):
    await request.json()
    return JSONResponse({"model": "garden", "revision": "0332adc937c9", "frame": FRAME})

app = Starlette(routes=[Route("/v1/models/{name}/parse", parse, methods=["POST"])])

class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print("http://127.0.0.1:%d" % self.servers[0].sockets[0].getsockname()[1], flush=True)

Server(uvicorn.Config(app, port=0, access_log=False, log_level="warning", http="h11", loop="asyncio")).run()
"""
_URL = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class Started:
    """A server that runs.

    Attributes:
        url: its address.
        process: the process.
    """

    url: str
    process: psutil.Process

    @property
    def cpu_seconds(self) -> float:
        """Processor time that it has used."""
        times = self.process.cpu_times()
        return times.user + times.system

    @property
    def resident(self) -> int:
        """Bytes of memory that are resident."""
        return self.process.memory_info().rss

    def wait(self) -> "Started":
        """Wait until it takes requests."""
        while httpx.get(f"{self.url}/ready").status_code != 200:
            pass
        return self


@contextmanager
def _started(command: list[str]) -> Iterator[Started]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        found = _URL.search(process.stdout.readline())
        if found is None:
            raise RuntimeError(f"{' '.join(command[:4])}: the server did not start")
        yield Started(found[0], psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


@contextmanager
def constant_server() -> Iterator[Started]:
    """A server of the same framework that reads the body of each request and answers a constant."""
    with _started([sys.executable, "-c", _CONSTANT]) as server:
        yield server


@contextmanager
def model_server(*options: str | Path) -> Iterator[Started]:
    """`bilstm-nlu serve` with options."""
    command = [sys.executable, "-m", "bilstm_nlu", "serve", "--port", "0", *map(str, options)]
    with _started(command) as server:
        yield server.wait()
