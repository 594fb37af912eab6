"""Read the tensors of a safetensors file without a copy: the file is mapped into memory, and checked first."""

import json
import math
import mmap
import os
import struct
from pathlib import Path
from typing import NamedTuple

from ..errors import NluError

__all__ = ["BYTES_OF", "StoredTensor", "damaged", "map_file", "read_tensors", "tensor_in"]

#: Kind of numbers -> bytes of one number.
BYTES_OF = {"BF16": 2, "BOOL": 1, "F16": 2, "F32": 4, "F64": 8, "I64": 8, "I8": 1, "U8": 1}

_PREFIX = struct.Struct("<Q")
#: Bytes of the longest list of tensors; that of a checkpoint has about 5,000.
_LONGEST_HEADER = 2**24


class StoredTensor(NamedTuple):
    """A tensor in a file that is mapped into memory.

    Attributes:
        kind: kind of its numbers, a key of `BYTES_OF`.
        shape: sizes of its dimensions.
        content: its bytes, row by row, little-endian.
    """

    kind: str
    shape: tuple[int, ...]
    content: memoryview


def map_file(path: Path) -> memoryview:
    """Map a file into memory. Changes of the memory do not reach the file.

    Raises:
        NluError: the file is empty, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise damaged(path, "it is empty")
            # a private copy, because ctypes takes the address of writable memory only; pages are copied when written
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    except OSError as error:
        raise NluError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_tensors(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors of a safetensors file by their names.

    Raises:
        NluError: the file cannot be read, is cut short, or is not a safetensors file.
    """
    content = map_file(path)
    if len(content) < _PREFIX.size:
        raise damaged(path, "it is cut short")
    (length,) = _PREFIX.unpack_from(content)
    start = _PREFIX.size + length
    if length > _LONGEST_HEADER or start > len(content):
        raise damaged(path, "it is cut short, or not a safetensors file")
    try:
        header = json.loads(bytes(content[_PREFIX.size : start]))
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        tensors = {name: tensor_in(entry, content[start:]) for name, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged(path, f"its list of tensors is broken: {error}") from error
    if sum(len(tensor.content) for tensor in tensors.values()) != len(content) - start:
        raise damaged(path, "its tensors do not fill the file, so it is cut short or has more than it lists")
    return tensors


def tensor_in(entry: dict, content: memoryview) -> StoredTensor:
    """Return a tensor of a list of tensors.

    Args:
        entry: its `dtype`, `shape` and `data_offsets`.
        content: the bytes of all tensors.

    Raises:
        ValueError: the entry is broken, or does not fit the content; also KeyError, TypeError or AttributeError.
    """
    kind, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    sizes = (*shape, start, end)
    if any(type(size) is not int or size < 0 for size in sizes):
        raise ValueError(f"a size is not a whole number: {sizes!r:.80}")
    if kind not in BYTES_OF:
        raise ValueError(f"numbers of the kind {kind!r:.80} are not known")
    if not start <= end <= len(content) or end - start != math.prod(shape) * BYTES_OF[kind]:
        raise ValueError(f"a tensor of the shape {shape!r:.80} does not fit the bytes from {start} to {end}")
    return StoredTensor(kind, tuple(shape), content[start:end])


def damaged(path: Path, why: str) -> NluError:
    """The error about a file that cannot be used."""
    return NluError(f"{path}: damaged, {why}; download, copy or save the checkpoint again")
