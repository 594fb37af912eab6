"""Measure how long a checkpoint takes for one utterance on this machine."""

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, cast

import torch
from transformers import PreTrainedTokenizerFast

from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..pipeline_bilstm_nlu import BiLstmNluPipeline

__all__ = ["Latency", "measure_latency"]

_CPUINFO = Path("/proc/cpuinfo")
_WARM_UP = 3  # calls
_SECONDS = 0.25
_TEXTS = ("what can you do", "play some jazz in the kitchen", "wake me up at seven tomorrow morning please")


@dataclass(frozen=True)
class Latency:
    """Times of single utterances, from the text to the frame.

    Args:
        median_ms: half of the calls took at most this time, in milliseconds.
        p90_ms: 90% of the calls took at most this time, in milliseconds.
        num_calls: number of calls that were timed.
        num_texts: number of different texts that were parsed.
        num_threads: number of compute threads.
        processor: the processor that was used.
    """

    median_ms: float
    p90_ms: float
    num_calls: int
    num_texts: int
    num_threads: int
    processor: str


def measure_latency(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    texts: Sequence[str] = (),
    *,
    max_calls: int = 100,
) -> Latency:
    """Parse texts with the network, one by one, with one compute thread, for up to a quarter of a second.

    Args:
        model: the model, on any device; it keeps its mode (training or evaluation).
        tokenizer: its tokenizer.
        texts: the texts to parse; by default a few everyday sentences.
        max_calls: largest number of calls.
    """
    texts = [text for text in texts if text.strip()] or list(_TEXTS)
    was_training, num_threads = model.training, torch.get_num_threads()
    nlu = BiLstmNluPipeline(model=model.eval(), tokenizer=cast(Any, tokenizer), device=model.device)
    torch.set_num_threads(1)
    times: list[float] = []
    try:
        end = time.perf_counter() + _SECONDS
        for call in range(_WARM_UP + max_calls):
            started = time.perf_counter()
            nlu(texts[call % len(texts)], normalise=None, exact=False)
            now = time.perf_counter()
            if call >= _WARM_UP:
                times.append(1000 * (now - started))
            if now > end and len(times) > 1:
                break
    finally:
        torch.set_num_threads(num_threads)
        model.train(was_training)
    p90 = quantiles(times, n=10, method="inclusive")[-1]
    used = min(len(texts), len(times))
    return Latency(round(median(times), 3), round(p90, 3), len(times), used, 1, _processor(model.device))


def _processor(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), "") or platform.processor() or platform.machine() or "unknown processor"
