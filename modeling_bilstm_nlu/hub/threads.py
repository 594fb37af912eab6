"""How many compute threads a process takes; predictions, training and the command all ask here."""

import os

import torch

__all__ = ["THREADS_VARIABLE", "limit_threads"]

THREADS_VARIABLE = "BILSTM_NLU_THREADS"
_OPENMP_VARIABLE = "OMP_NUM_THREADS"


def limit_threads(threads: int | None = None) -> int:
    """Set the number of compute threads of this process; returns it.

    One is the default: the networks are small, and two busy processes of two threads each on a machine with two cores
    wait for each other at every matrix product (measured in `docs/results/threads.json`).

    Args:
        threads: how many; `None` takes the environment's `BILSTM_NLU_THREADS`, else its `OMP_NUM_THREADS`, else 1.

    Raises:
        ValueError: not a positive whole number.
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
    # a list such as 4,2 is one number for each level of nesting; what OpenMP would pass over is passed over here too
    first = os.environ.get(_OPENMP_VARIABLE, "").partition(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else 1
