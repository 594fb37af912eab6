"""Measure how long a newcomer takes: from the first command to an own skill that is trained, parsed and served."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .blocks import read_blocks

__all__ = ["measure_newcomer"]

_LESSON = "docs/tutorials/csv.md"
_TEXT = "water the roses for ten minutes"
_PATIENCE = 60.0  # seconds until the server must answer


def measure_newcomer(root: Path) -> dict[str, dict[str, Any]]:
    """Clone a checkout, install it in a new environment, train the skill of the first tutorial, parse and serve.

    The home folder is new; `pip` uses the index of this machine. What a person reads and types takes no time here.

    Args:
        root: the checkout; only what is committed counts.

    Returns:
        `newcomer.minutes` -> `value`, `unit`, `command`, and the seconds of each step.

    Raises:
        subprocess.CalledProcessError: a command failed.
        TimeoutError: the server does not answer.
    """
    (skill,) = (block for block in read_blocks(root / _LESSON, root) if block.title == "garden.csv")
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "home").mkdir()
        (place / "garden.csv").write_text(skill.text, "utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        kept |= {"HOME": str(place / "home"), "PATH": f"{place / 'venv' / 'bin'}:{kept['PATH']}"}
        port = _free_port()
        steps = {
            "clone": ["git", "clone", "--quiet", str(root), "clone"],
            "environment": [sys.executable, "-m", "venv", "venv"],
            "install": ["pip", "install", "--quiet", "./clone[train,normalise,server]"],
            "train": ["bilstm-nlu", "train", "garden.csv"],
            "parse": ["bilstm-nlu", "parse", _TEXT],
        }
        seconds = {}
        for name, command in steps.items():
            started = time.perf_counter()
            program = _found(command[0], kept["PATH"])
            subprocess.run([program, *command[1:]], cwd=place, env=kept, check=True, stdout=subprocess.PIPE)
            seconds[name] = time.perf_counter() - started
        started = time.perf_counter()
        command = [_found("bilstm-nlu", kept["PATH"]), "serve", "runs/garden", "--port", str(port)]
        with subprocess.Popen(command, cwd=place, env=kept, stdout=subprocess.PIPE) as server:
            try:
                _ask(f"http://127.0.0.1:{port}/v1/models/garden/parse")
            finally:
                server.terminate()
        seconds["serve"] = time.perf_counter() - started
    return {
        "newcomer.minutes": {
            "value": round(sum(seconds.values()) / 60, 2),
            "unit": "minutes of the commands, from the clone to an own skill that is trained, parsed and served",
            "command": "python scripts/measure_newcomer.py",
            "seconds": {name: round(value, 1) for name, value in seconds.items()},
        }
    }


def _found(program: str, path: str) -> str:
    """The path of a program; a process is started with the search path of this process, not with its own."""
    return next((str(Path(part) / program) for part in path.split(":") if (Path(part) / program).is_file()), program)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _ask(url: str) -> None:
    body, until = json.dumps({"text": _TEXT}).encode(), time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, body, timeout=_PATIENCE) as answer:
                frame = json.load(answer)["frame"]
                if not frame["accepted"]:
                    raise ValueError(f"the skill does not understand {_TEXT!r}: {frame}")
                return
        except urllib.error.URLError as error:
            if time.monotonic() > until:
                raise TimeoutError(f"{url} does not answer: {error}") from error
            time.sleep(0.1)
