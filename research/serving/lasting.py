"""Answers while revisions change under load, and memory after many requests."""

import json
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from .checking import checked
from .generators import as_fast_as_possible
from .servers import model_server

__all__ = ["measure_growth", "measure_reloads"]


def measure_reloads(model: Path, other: Path, texts: Sequence[str], work: Path, *, seconds: float) -> dict[str, Any]:
    """Change between two revisions again and again while wrk asks and a client compares every answer.

    Args:
        model: folder of a checkpoint.
        other: folder of another one, which answers differently.
        texts: texts to send.
        work: folder for files.
        seconds: how long.
    """
    folder = work / "revisions"
    revisions = {"v1": folder / "garden@v1", "v2": folder / "garden@v2"}
    for source, place in zip((model, other), revisions.values(), strict=True):
        shutil.copytree(source, place)
    num_changes, failed = 0, 0
    with model_server("--models", folder, "--poll", "1") as server:
        url = f"{server.url}/v1/models/garden"
        bodies = [json.dumps({"text": text}) for text in texts]
        loads: list[Any] = []

        def press() -> None:
            loads.append(as_fast_as_possible(f"{url}/parse", bodies, work, connections=8, seconds=seconds))

        with checked(f"{url}/parse", revisions, texts) as client:
            pressing = threading.Thread(target=press)
            pressing.start()
            while pressing.is_alive():
                label = ("v1", "v2")[num_changes % 2]
                answer = httpx.post(f"{url}/rollback", json={"revision": label}, timeout=60)
                failed += answer.status_code != 200
                num_changes += 1
                time.sleep(0.1)
            pressing.join()
    return {
        "serve.reloads": {
            "changes": num_changes,
            "failed_changes": failed,
            "answers_of_wrk": loads[0].num_answers,
            "lost": loads[0].statuses["other"] + loads[0].num_errors,
            "compared": client["num_answers"],
            "lost_of_compared": client["num_answers"] - client["statuses"].get("200", 0),
            "wrong": client["wrong"],
        }
    }


def measure_growth(model: Path, texts: Sequence[str], work: Path, *, requests: int) -> dict[str, Any]:
    """Send many requests, and compare the memory with that after the first tenth.

    Args:
        model: folder of a checkpoint.
        texts: texts to send.
        work: folder for files.
        requests: number of requests.
    """
    bodies = [json.dumps({"text": text}) for text in texts]
    sent, first = 0, 0
    with model_server(f"garden={model}", "--poll", "1") as server:
        while sent < requests:
            load = as_fast_as_possible(
                f"{server.url}/v1/models/garden/parse", bodies, work, connections=32, seconds=10
            )
            sent += load.num_answers
            if not first and sent >= requests / 10:
                first = server.resident
        last = server.resident
    return {
        "serve.memory_growth": round((last - first) / first, 4),
        "serve.memory": {"requests": sent, "mb_after_a_tenth": round(first / 1e6, 1), "mb": round(last / 1e6, 1)},
    }
