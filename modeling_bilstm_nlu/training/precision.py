"""Which arithmetic and how many threads suit the machine."""

import torch

from ..hub.threads import limit_threads

__all__ = ["limit_threads", "prefers_bf16"]


def prefers_bf16() -> bool:
    """Whether mixed precision with bfloat16 pays on this machine: twice the speed on CPUs that compute in it."""
    if torch.cuda.is_available():
        return _cuda_has_bf16()
    return torch.backends.mkldnn.is_available() and "avx512_bf16" in _cpu_flags()


def _cuda_has_bf16() -> bool:
    """Whether the GPU itself computes in bfloat16; newer torch counts emulation, which is slow, unless told not to."""
    try:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    except TypeError:  # an older torch, which knows no emulation
        return bool(torch.cuda.is_bf16_supported())


def _cpu_flags() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line for line in file if line.startswith("flags")), "")
    except OSError:  # not Linux: stay with float32
        return ""
