"""Set the number of compute threads of a process; predictions, training and the command all use this."""

import os

import torch

__all__ = ["THREADS_VARIABLE", "limit_threads"]

THREADS_VARIABLE = "BILSTM_NLU_THREADS"
_OPENMP_VARIABLE = "OMP_NUM_THREADS"


def limit_threads(threads: int | None = None) -> int:
    """Set the number of compute threads of this process, and return it.

    The default is one: the networks are small, and two busy processes with two threads each on a machine with two
    cores wait for each other at every matrix product (measured in `docs/results/threads.json`).

    Args:
        threads: the number; `None` reads the environment variables `BILSTM_NLU_THREADS` and `OMP_NUM_THREADS`, else 1.

    Raises:
        ValueError: the number is not a positive whole number.
    """
    if threads is None:
        threads = _from_environment()
    if threads < 1:
        raise ValueError(f"the number of threads must be positive, got {threads}")
    torch.set_num_threads(threads)
    return threads


def _from_environment() -> int:
    if value := os.environ.get(THREADS_VARIABLE):
        if not value.isdecimal() or int(value) < 1:
            raise ValueError(f"{THREADS_VARIABLE} must be a positive whole number, got {value!r}")
        return int(value)
    # a list such as 4,2 has one number per nesting level; values that OpenMP would ignore are ignored here, too
    first = os.environ.get(_OPENMP_VARIABLE, "").partition(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else 1
