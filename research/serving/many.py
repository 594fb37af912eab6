"""A thousand models in one process: memory, the first answer of a cold model, and hot models meanwhile."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from .checking import Direct, checked
from .servers import model_server

__all__ = ["measure_many"]

_POLL = 1.0  # seconds
_BASE = 20  # models that are loaded before memory is counted


def _percentile(times: Sequence[float], share: float) -> float:
    return round(sorted(times)[int(share * (len(times) - 1))], 1)


def copy_models(models: Sequence[Path], folder: Path, number: int) -> list[tuple[str, Path]]:
    """Make a folder of many models, which are a few under many names. The files are hard links."""
    found = []
    for place in range(number):
        source, name = models[place % len(models)], f"skill-{place:04}"
        (folder / name).mkdir(parents=True)
        for file in source.iterdir():
            if file.suffix in (".json", ".safetensors"):
                os.link(file, folder / name / file.name)
        found.append((name, source))
    return found


def measure_many(
    models: Sequence[Path], texts: Sequence[str], work: Path, *, number: int, pause: float, weights: str
) -> dict[str, Any]:
    """Ask many models, one after the other, while a client of its own asks one of them all the time.

    Args:
        models: folders of checkpoints.
        texts: texts to send.
        work: folder on the same disk as the models.
        number: of models.
        pause: seconds between two cold models.
        weights: how matrices are kept.
    """
    known = copy_models(models, work / f"many-{weights}", number)
    direct = {source: Direct(source, weights) for source in models}
    folder = work / f"many-{weights}"
    options = ("--models", folder, "--memory", "100G", "--poll", str(_POLL), "--weights", weights)
    with model_server(*options) as server, httpx.Client(timeout=60) as client:

        def ask(place: int) -> tuple[float, bool]:
            name, source = known[place]
            text = texts[place % len(texts)]
            started = time.perf_counter()
            answer = client.post(f"{server.url}/v1/models/{name}/parse", json={"text": text})
            seconds = time.perf_counter() - started
            return 1000 * seconds, direct[source].is_right(text, answer.json().get("frame"))

        for place in range(_BASE):
            ask(place)
        hot = f"{server.url}/v1/models/{known[0][0]}/parse"
        hot_model = {"any": known[0][1]}
        with checked(hot, hot_model, texts, pause=0.01, weights=weights) as before:
            time.sleep(10)
        start = server.resident
        cold = []
        with checked(hot, hot_model, texts, pause=0.01, weights=weights) as meanwhile:
            for place in range(_BASE, number):
                cold.append(ask(place))
                time.sleep(pause)
        end = server.resident
        time.sleep(3 * _POLL)
        rested = server.resident
    times = [one for one, _ in cold]
    more = number - _BASE
    return {
        "num_models": number,
        "different": len(models),
        "mb_a_model": round((rested - start) / more / 1e6, 2),
        "mb_a_model_just_used": round((end - start) / more / 1e6, 2),
        "cold_ms_p50": _percentile(times, 0.5),
        "cold_ms_p99": _percentile(times, 0.99),
        "cold_wrong": sum(not is_right for _, is_right in cold),
        "hot_p99_ms_before": round(before["p99"], 2),
        "hot_p99_ms": round(meanwhile["p99"], 2),
        "hot_p99_ratio": round(meanwhile["p99"] / before["p99"], 2),
        "hot_compared": meanwhile["num_answers"],
        "hot_wrong": meanwhile["wrong"],
    }
