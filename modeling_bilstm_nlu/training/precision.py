"""Which arithmetic and how many threads suit the machine."""

import os

import torch

__all__ = ["limit_threads", "prefers_bf16"]

THREADS_VARIABLE = "BILSTM_NLU_THREADS"


def limit_threads(threads: int | None = None) -> int:
    """Set the number of compute threads of this process; returns it.

    One is the default: the networks are small, and two busy processes of two threads each on a machine with two cores
    wait for each other at every matrix product (measured in `docs/results/threads.json`).

    Args:
        threads: how many; `None` takes the environment's `BILSTM_NLU_THREADS`, else 1.

    Raises:
        ValueError: not a positive whole number.
    """
    if threads is None:
        value = os.environ.get(THREADS_VARIABLE, "1")
        if not value.isdigit():
            raise ValueError(f"{THREADS_VARIABLE} must be a positive whole number, got {value!r}")
        threads = int(value)
    if threads < 1:
        raise ValueError(f"the number of threads must be positive, got {threads}")
    torch.set_num_threads(threads)
    return threads


def prefers_bf16() -> bool:
    """Whether mixed precision with bfloat16 pays on this machine: twice the speed on CPUs that compute in it."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return torch.backends.mkldnn.is_available() and "avx512_bf16" in _cpu_flags()


def _cpu_flags() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line for line in file if line.startswith("flags")), "")
    except OSError:  # not Linux: stay with float32
        return ""
