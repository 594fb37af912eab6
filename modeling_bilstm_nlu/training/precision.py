"""Choose the precision and the number of threads for the machine."""

import torch

from ..hub.threads import limit_threads

__all__ = ["limit_threads", "prefers_bf16"]


def prefers_bf16() -> bool:
    """Whether mixed precision with bfloat16 is faster on this machine; CPUs that support it are twice as fast."""
    if torch.cuda.is_available():
        return _cuda_has_bf16()
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
