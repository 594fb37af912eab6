"""Weights in less than half the space: 8-bit embeddings, all else in half precision."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

_EMBEDDINGS = ("embeddings.words.weight", "embeddings.ngrams.weight")
_SCALE = ".scale"


def pack(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each row of the embeddings as 8-bit integers and their scale, other floats in half precision."""
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
    """What `pack` was given, rounded, floats in single precision; weights that are not packed stay as they are."""
    weights = {}
    for name, tensor in packed.items():
        if name.endswith(_SCALE):
            continue
        if (scale := packed.get(name + _SCALE)) is not None:
            tensor = tensor.float() * scale.float()
        weights[name] = tensor.float() if tensor.is_floating_point() else tensor
    return weights


def pack_file(path: Path) -> None:
    """Write a file of weights again, packed."""
    packed = {name: tensor.contiguous() for name, tensor in pack(load_file(path)).items()}
    new = path.with_name(f".{path.name}.packed")
    save_file(packed, new, metadata={"format": "pt"})
    new.replace(path)
