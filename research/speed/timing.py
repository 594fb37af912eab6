"""Time contenders in turn, in one process: in blocks of calls, so that each is hot and all share the load."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

__all__ = ["compare_latency", "compare_throughput", "machine", "product_rates"]

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


def product_rates(*, seconds: float = 0.3) -> dict[str, float]:
    """Measure the limit of the machine: products of matrices in single precision, in NumPy, as GFLOP per CPU second.

    Args:
        seconds: how long to measure each.
    """
    rng = np.random.default_rng(1)
    square, other, vector = (rng.random(size, np.float32) for size in ((512, 512), (512, 512), (512,)))
    found = {}
    for name, right in (("gemm_gflops", other), ("gemv_gflops", vector)):
        operations, count, best = 2 * square.size * right.size / 512, 1 if right is other else 100, 0.0
        end = time.process_time() + seconds
        while (before := time.process_time()) < end:
            for _ in range(count):
                square @ right
            best = max(best, count * operations / (time.process_time() - before) / 1e9)
        found[name] = round(best, 1)
    return found


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
        Name -> `cpu_ms_p50`, `cpu_ms_p99`, `cpu_ms_p99_of_texts`, and the same for `wall`. The time of a text is the
        median of its rounds; the quantiles are over the texts, for `p99` over all calls: those have the load of the
        machine, too.
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
                ("p99_of_texts", 0.99, [median(of_text) for of_text in times]),
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
