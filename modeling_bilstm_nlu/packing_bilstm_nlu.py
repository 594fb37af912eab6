"""Packed weights, which take less than half the space: 8-bit embeddings, other weights in half precision."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

_EMBEDDINGS = ("embeddings.words.weight", "embeddings.ngrams.weight")
_SCALE = ".scale"
_DTYPES = {
    "BF16": torch.bfloat16,
    "BOOL": torch.bool,
    "F16": torch.float16,
    "F32": torch.float32,
    "F64": torch.float64,
    "I64": torch.int64,
    "I8": torch.int8,
}


def pack(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Pack weights: embedding rows as 8-bit integers with a scale (name and `.scale`), others in half precision."""
    packed: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if name.endswith(_EMBEDDINGS):
            scale = (tensor.abs().amax(1, keepdim=True) / 127).clamp(min=1e-6).half()
            packed[name] = (tensor / scale.to(tensor)).round().clamp(-127, 127).to(torch.int8)
            packed[name + _SCALE] = scale
        else:
            packed[name] = tensor.half() if tensor.is_floating_point() else tensor
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Unpack weights of `pack` into rounded weights in single precision; weights without a scale become floats.

    Raises:
        ValueError: a tensor of 8-bit integers has no scale, or a scale does not fit its tensor.
    """
    weights = {}
    for name, tensor in packed.items():
        if name.endswith(_SCALE) and name.removesuffix(_SCALE) in packed:
            continue
        scale = packed.get(name + _SCALE)
        if scale is None and tensor.dtype == torch.int8:
            raise ValueError(f"the weights {name!r} are packed, but the file does not have their scale")
        if scale is not None:
            if tensor.dtype != torch.int8 or scale.shape != (len(tensor), 1):
                raise ValueError(f"the scale of the weights {name!r} does not fit them")
            tensor = tensor.float() * scale.float()
        weights[name] = tensor.float() if tensor.is_floating_point() else tensor
    return weights


def from_stored(tensors: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return tensors of what the light runtime has of them: their kind, shape and bytes."""
    found = {}
    for name in tensors:
        stored = tensors[name]
        found[name] = torch.frombuffer(bytearray(stored.content), dtype=_DTYPES[stored.kind]).reshape(stored.shape)
    return found


def stored_kinds(path: str | Path) -> dict[str, str]:
    """Return the kind of every tensor in a file, such as `F32`, `BF16`, `I64` or `BOOL`, by the name of the tensor."""
    with safe_open(path, "pt") as file:
        return {name: file.get_slice(name).get_dtype() for name in file.keys()}


def is_packed_file(path: str | Path) -> bool:
    """Whether a file has packed weights."""
    return any(name.endswith(_SCALE) or kind == "I8" for name, kind in stored_kinds(path).items())
