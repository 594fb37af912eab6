"""Packed weights, which take less than half the space: 8-bit embeddings, other weights in half precision.

Of the vectors of words, they have only the rows in use, in the order of the table: row 0, that of unknown words, and
those that the table of keys has a key for. Older files have all rows.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

_WORDS, _KEYS = "embeddings.words.weight", "embeddings.table"
_EMBEDDINGS = (_WORDS, "embeddings.ngrams.weight")
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
    """Pack weights: embedding rows as 8-bit integers with a scale (name and `.scale`), others in half precision.

    Rows of the word table that no word uses are left out.
    """
    packed: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if name.endswith(_EMBEDDINGS):
            if (used := rows_in_use(weights, name)) is not None:
                tensor = tensor[used]
            scale = (tensor.abs().amax(1, keepdim=True) / 127).clamp(min=1e-6).half()
            packed[name] = (tensor / scale.to(tensor)).round().clamp(-127, 127).to(torch.int8)
            packed[name + _SCALE] = scale
        else:
            packed[name] = tensor.half() if tensor.is_floating_point() else tensor
    return packed


def rows_in_use(weights: Mapping[str, Tensor], name: str) -> Tensor | None:
    """Return which rows of a word table are in use: row 0, which unknown words use, and those that have a key.

    Args:
        weights: weights, with the keys of the words.
        name: name of a table.

    Returns:
        (rows,) bool; `None` if the table has no keys.
    """
    keys = weights.get(name.removesuffix(_WORDS) + _KEYS) if name.endswith(_WORDS) else None
    if keys is None:
        return None
    used = keys != 0
    used[:1] = True
    return used


def with_all_rows(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return packed weights with all rows of the word table. Rows that no word uses are zeros.

    Raises:
        ValueError: the vectors of words have neither all rows nor those in use.
    """
    whole = dict(packed)
    for name, tensor in packed.items():
        used = rows_in_use(packed, name)
        if used is None or tensor.dtype != torch.int8 or tensor.shape[:1] == used.shape:
            continue
        if tensor.shape[:1] != (int(used.sum()),):
            raise ValueError(
                f"the weights {name!r} have the shape {tuple(tensor.shape)}, but their table has {len(used)} rows, "
                f"{int(used.sum())} of them in use"
            )
        for part in (name, name + _SCALE):
            if part in packed and packed[part].shape[:1] == tensor.shape[:1]:
                whole[part] = packed[part].new_zeros((len(used), *packed[part].shape[1:]))
                whole[part][used] = packed[part]
    return whole


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Unpack weights of `pack` into rounded weights in single precision; weights without a scale become floats.

    Rows of the word table that no word uses are zeros, unless the file has them, as older files do.

    Raises:
        ValueError: a tensor of 8-bit integers has no scale, or a scale or the keys of the words do not fit its tensor.
    """
    weights = {}
    packed = with_all_rows(packed)
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
