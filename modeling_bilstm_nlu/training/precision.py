"""Choose the precision and the number of threads for the machine."""

import torch

from ..hub.threads import limit_threads

__all__ = ["limit_threads", "prefers_bf16"]


#: Utterances in a batch from which on a CPU is faster in mixed precision.
_LEAST_BATCH = 32


def prefers_bf16(batch_size: int = _LEAST_BATCH) -> bool:
    """Whether mixed precision with bfloat16 is faster on this machine.

    CPUs that support it are up to twice as fast. But the weights are rounded again in each step, and with small
    batches this takes more time than the faster products save.

    Args:
        batch_size: number of utterances in a batch.
    """
    if torch.cuda.is_available():
        return _cuda_has_bf16()
    if batch_size < _LEAST_BATCH:
        return False
    return torch.backends.mkldnn.is_available() and "avx512_bf16" in _cpu_flags()


def _cuda_has_bf16() -> bool:
    """Whether the GPU supports bfloat16 in hardware; emulation, which newer torch includes by default, is slow."""
    try:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    except TypeError:  # an older torch, without emulation
        return bool(torch.cuda.is_bf16_supported())


def _cpu_flags() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line for line in file if line.startswith("flags")), "")
    except OSError:  # not Linux: use float32
        return ""
