"""Weights in less space, for a checkpoint inside the package: 8-bit embeddings, all else in half precision."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

__all__ = ["is_packed", "load_packed", "save_packed"]

_EMBEDDINGS = ("encoder.embeddings.words.weight", "encoder.embeddings.ngrams.weight")
_SCALE = ".scale"
#: Says in the metadata of a file that it is packed.
_MARK = {"packed": "int8-embeddings"}


def save_packed(weights: Mapping[str, Tensor], path: Path) -> int:
    """Write weights: each row of the embeddings as 8-bit integers and their scale, other floats in half precision.

    Returns:
        The bytes of all tensors.
    """
    packed: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if name in _EMBEDDINGS:
            scale = (tensor.abs().amax(1, keepdim=True) / 127).clamp(min=1e-6).half()
            packed[name] = (tensor / scale.to(tensor)).round().clamp(-127, 127).to(torch.int8)
            packed[name + _SCALE] = scale
        else:
            packed[name] = tensor.half() if tensor.is_floating_point() else tensor
    packed = {name: tensor.contiguous() for name, tensor in packed.items()}
    save_file(packed, path, metadata={"format": "pt", **_MARK})
    path.chmod(0o644)  # safetensors makes a private file
    return sum(tensor.numel() * tensor.element_size() for tensor in packed.values())


def is_packed(path: Path) -> bool:
    """Whether `save_packed` wrote a file of weights."""
    if not path.is_file():
        return False  # in several files, or none
    with safe_open(path, framework="pt") as file:
        return (file.metadata() or {}).items() >= _MARK.items()


def load_packed(path: Path) -> dict[str, Tensor]:
    """The weights of a file that `save_packed` wrote, floats in single precision."""
    packed = load_file(path)
    weights = {}
    for name, tensor in packed.items():
        if name.endswith(_SCALE):
            continue
        if (scale := packed.get(name + _SCALE)) is not None:
            tensor = tensor.float() * scale.float()
        weights[name] = tensor.float() if tensor.is_floating_point() else tensor
    return weights
