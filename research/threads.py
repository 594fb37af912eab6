"""Time a training step with one or two compute threads per process, alone and next to another process."""

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

import torch

from modeling_bilstm_nlu.configuration_bilstm_nlu import BiLstmNluConfig
from modeling_bilstm_nlu.hashing_bilstm_nlu import lay_out_words
from modeling_bilstm_nlu.modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training.precision import limit_threads

__all__ = ["measure_threads"]

_TEXT = "wake me up at nine am on friday and play some jazz"


def measure_threads(
    combinations: Sequence[tuple[int, int]] = ((1, 1), (1, 2), (2, 1), (2, 2)),
    *,
    steps: int = 10,
    batch_size: int = 64,
) -> list[dict[str, Any]]:
    """Time training steps of a model of the default size.

    Args:
        combinations: pairs of (processes at a time, compute threads of each).
        steps: timed steps of each process, after three steps that are not timed.
        batch_size: utterances per step.

    Returns:
        For each combination: `processes`, `threads`, `step_ms` (the median over the steps of all its processes) and
        `utterances_per_second` (of all its processes together).
    """
    context = multiprocessing.get_context("spawn")
    results = []
    for processes, threads in combinations:
        with context.Manager() as manager:
            barrier = manager.Barrier(processes)
            with context.Pool(processes) as pool:
                tasks = [(threads, steps, batch_size, barrier)] * processes
                times = [ms for found in pool.starmap(_time_steps, tasks, chunksize=1) for ms in found]
        median = statistics.median(times)
        rate = processes * batch_size / median * 1000
        results.append({"processes": processes, "threads": threads, "step_ms": median, "utterances_per_second": rate})
    return results


def _time_steps(threads: int, steps: int, batch_size: int, barrier: Barrier) -> list[float]:
    limit_threads(threads)
    config = BiLstmNluConfig([f"intent {i}" for i in range(60)], [f"type {i}" for i in range(55)])
    model = BiLstmNluForIntentAndSlots(config).train()
    ids = build_tokenizer()([_TEXT] * batch_size, return_tensors="pt")["input_ids"]
    slots = torch.zeros_like(lay_out_words(ids).mask, dtype=torch.long)
    intents = torch.zeros(batch_size, dtype=torch.long)
    optimizer = torch.optim.AdamW(model.parameters())
    times = []
    barrier.wait()  # all processes compute at the same time
    for _ in range(3 + steps):
        started = time.perf_counter()
        model(ids, intent_labels=intents, slot_labels=slots).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(1000 * (time.perf_counter() - started))
    return times[3:]
