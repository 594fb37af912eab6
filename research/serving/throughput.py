"""How many requests a second a worker answers, next to a constant, and what happens at and above that rate."""

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .checking import checked
from .generators import Load, as_fast_as_possible, at_rate
from .servers import Started, constant_server, model_server

__all__ = ["compare_with_constant", "measure_levels"]

_CONNECTIONS = 32
#: Share of the capacity -> connections; at twice the capacity, more than may wait.
_LEVELS = {0.5: 64, 1.0: 64, 2.0: 512}


def _bodies(texts: Sequence[str], **options: Any) -> list[str]:
    return [json.dumps({"text": text, **options}) for text in texts]


def compare_with_constant(
    model: Path, texts: Sequence[str], work: Path, *, rounds: int, seconds: float
) -> dict[str, Any]:
    """Measure a constant and the model with both kinds of weights in turns, so that all meet the same machine.

    Args:
        model: folder of a checkpoint.
        texts: texts to send.
        work: folder for files.
        rounds: number of turns.
        seconds: of each measurement.
    """
    with (
        constant_server() as constant,
        model_server(f"garden={model}", "--poll", "0") as half,
        model_server(f"garden={model}", "--poll", "0", "--weights", "int8") as int8,
    ):
        own = _bodies(texts)
        network = _bodies(texts, exact=False)  # the skill's own sentences are read by the network, too
        arms = {
            "constant": (constant, own),
            "float16": (half, own),
            "int8": (int8, own),
            "float16_network": (half, network),
            "int8_network": (int8, network),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
        for turn in range(rounds + 1):
            for name, (server, bodies) in arms.items():
                one = _once(server, bodies, work, seconds)
                if turn:  # the first turn warms up
                    found[name].append(one)

    def ratio(name: str, place: int) -> float:
        pairs = zip(found[name], found["constant"], strict=True)
        shares = [ours[place] / theirs[place] for ours, theirs in pairs]
        return round(statistics.median(shares), 3)

    ours = [name for name in found if name != "constant"]
    return {
        "serve.share_of_constant": {name: ratio(name, 0) for name in ours},
        "serve.cpu_share_of_constant": {name: round(1 / ratio(name, 1), 3) for name in ours},
        "serve.per_second": {
            name: round(statistics.median(one[0] for one in all_of)) for name, all_of in found.items()
        },
        "serve.cpu_us": {name: round(statistics.median(one[1] for one in all_of)) for name, all_of in found.items()},
    }


def _once(server: Started, bodies: Sequence[str], work: Path, seconds: float) -> tuple[float, float]:
    """Requests a second, and microseconds of the processor for each."""
    before = server.cpu_seconds
    load = as_fast_as_possible(
        f"{server.url}/v1/models/garden/parse", bodies, work, connections=_CONNECTIONS, seconds=seconds
    )
    if load.statuses["other"] or load.num_errors:
        raise RuntimeError(
            f"{load.statuses} and {load.num_errors} errors where all answers should have the status 200"
        )
    return load.per_second, 1e6 * (server.cpu_seconds - before) / load.num_answers


def measure_levels(
    model: Path, texts: Sequence[str], work: Path, autocannon: Path, *, seconds: float
) -> dict[str, Any]:
    """Measure latency and refusals at shares of the capacity, while another process compares answers.

    Args:
        model: folder of a checkpoint.
        texts: texts to send.
        work: folder for files.
        autocannon: folder of the package.
        seconds: of each level.
    """
    levels: dict[str, Any] = {}
    wrong = 0
    with model_server(f"garden={model}", "--poll", "0") as server:
        url = f"{server.url}/v1/models/garden/parse"
        capacity = as_fast_as_possible(url, _bodies(texts), work, connections=64, seconds=max(seconds / 4, 2))
        for share, connections in _LEVELS.items():
            with checked(url, {"any": model}, texts, pause=0.02) as client:
                load = at_rate(
                    url,
                    _bodies(texts),
                    autocannon,
                    rate=share * capacity.per_second,
                    connections=connections,
                    seconds=seconds,
                )
            wrong += client["wrong"]
            levels[f"{100 * share:.0f}"] = _level(load, client)
    return {"serve.capacity": round(capacity.per_second), "serve.levels": levels, "serve.wrong_answers": wrong}


def _level(load: Load, client: dict[str, Any]) -> dict[str, Any]:
    answered = load.statuses.get("200", 0)
    return {
        "per_second": round(load.per_second),
        "answered_per_second": round(answered * load.per_second / load.num_answers),
        "p50_ms": load.p50,
        "p99_ms": load.p99,
        "share_of_429": round(load.statuses.get("429", 0) / load.num_answers, 4),
        "statuses": load.statuses,
        "errors": load.num_errors,
        "compared": client["num_answers"],
        "wrong": client["wrong"],
    }
