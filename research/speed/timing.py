"""Time contenders in turn, in one process: in blocks of calls, so that each is hot and all share the load."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

__all__ = ["compare_latency", "compare_throughput", "machine"]

#: Calls of one contender before the next one has its turn.
BLOCK = 30


def machine() -> dict[str, Any]:
    """What is measured on, and how busy it is."""
    name = platform.processor() or platform.machine()
    try:
        lines = open("/proc/cpuinfo", encoding="utf-8").read().splitlines()
        name = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    return {"processor": name, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}


def _quantile(numbers: Sequence[float], share: float) -> float:
    return sorted(numbers)[min(len(numbers) - 1, int(share * len(numbers)))]


def compare_latency(
    contenders: Mapping[str, Callable[[str], Any]], texts: Sequence[str], *, rounds: int
) -> dict[str, dict[str, float]]:
    """Parse texts one by one with every contender.

    Args:
        contenders: name -> function that parses a text.
        texts: the texts.
        rounds: how often each contender parses every text.

    Returns:
        Name -> `cpu_ms_p50`, `cpu_ms_p99`, `wall_ms_p50` and `wall_ms_p99`. The time of a text is the median of its
        rounds; the quantiles are over the texts, for `p99` over all calls.
    """
    cpu: dict[str, list[list[float]]] = {name: [[] for _ in texts] for name in contenders}
    wall: dict[str, list[list[float]]] = {name: [[] for _ in texts] for name in contenders}
    for parse in contenders.values():
        for text in texts[:BLOCK]:
            parse(text)
    for _ in range(rounds):
        for start in range(0, len(texts), BLOCK):
            for name, parse in contenders.items():
                for place in range(start, min(start + BLOCK, len(texts))):
                    cpu_before, before = time.thread_time_ns(), time.perf_counter_ns()
                    parse(texts[place])
                    after, cpu_after = time.perf_counter_ns(), time.thread_time_ns()
                    cpu[name][place].append((cpu_after - cpu_before) / 1e6)
                    wall[name][place].append((after - before) / 1e6)
    return {
        name: {
            f"{kind}_ms_{quantile}": round(_quantile(numbers, share), 4)
            for kind, times in (("cpu", cpu[name]), ("wall", wall[name]))
            for quantile, share, numbers in (
                ("p50", 0.5, [median(of_text) for of_text in times]),
                ("p99", 0.99, [one for of_text in times for one in of_text]),
            )
        }
        for name in contenders
    }


def compare_throughput(
    contenders: Mapping[str, Callable[[list[str]], Any]], texts: Sequence[str], *, sizes: Sequence[int], rounds: int
) -> dict[str, dict[str, float]]:
    """Parse all texts in batches of several sizes with every contender.

    Args:
        contenders: name -> function that parses a batch.
        texts: the texts; they are sorted by length first, as a server would do.
        sizes: numbers of texts in a batch.
        rounds: how often each contender parses all texts; the best round counts.

    Returns:
        Name -> size of the batch, as text -> texts per second of CPU.
    """
    ordered = sorted(texts, key=len)
    found: dict[str, dict[str, float]] = {name: {} for name in contenders}
    for _ in range(rounds):
        for size in sizes:
            for name, parse in contenders.items():
                before = time.thread_time_ns()
                for start in range(0, len(ordered), size):
                    parse(ordered[start : start + size])
                speed = round(len(ordered) / (time.thread_time_ns() - before) * 1e9, 1)
                found[name][str(size)] = max(speed, found[name].get(str(size), 0))
    return found
