"""The files of a delta: a fine-tuned checkpoint, stored as its difference from the checkpoint it was trained from.

The folder of a delta is that of a checkpoint with two other files in place of `model.safetensors`:

- `delta.json` (`DELTA_FILE`) names the base, with the SHA-256 of its weights, and the SHA-256 of the second file;
- `delta.safetensors` (`DELTA_WEIGHTS`) has what the base does not have.

For a tensor `X` of the checkpoint, the second file has `X` itself, or parts of it:

- for a table, `X.changed`, one bit for each row, and `X.rows`, the rows whose bit is set; with `X.scale.rows` if the
  table is packed;
- for the weights of an LSTM, `X.difference`, integers of 8 bits, and `X.step`: an integer times the step of its row is
  added to the number of the base.

A tensor of which it has nothing is that of the base.
"""

import importlib
import re
import struct
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import NluError
from ..files import read_json
from .tensors import BYTES_OF, StoredTensor, damaged

__all__ = [
    "CHANGED",
    "DELTA_FILE",
    "DELTA_VERSION",
    "DELTA_WEIGHTS",
    "DIFFERENCE",
    "ROWS",
    "ROW_TABLES",
    "SCALE",
    "STEP",
    "Reference",
    "differences_added",
    "is_delta",
    "read_reference",
    "sha256_of_file",
]

DELTA_FILE, DELTA_WEIGHTS = "delta.json", "delta.safetensors"
#: The version of the layout; it is increased when older programs could not read it.
DELTA_VERSION = 1
#: How the names of the parts of a tensor end.
CHANGED, ROWS, DIFFERENCE, STEP = ".changed", ".rows", ".difference", ".step"
#: How the names of the scales of packed embeddings end.
SCALE = ".scale"
#: The tables of which single rows can be stored.
ROW_TABLES = ("encoder.embeddings.words.weight", "encoder.embeddings.ngrams.weight", "encoder.embeddings.table")

_NAME = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?", re.ASCII)
_REVISION = re.compile(r"[\w-][\w./:-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 2**18


class Reference(NamedTuple):
    """The base of a delta.

    Attributes:
        name: the name of a checkpoint in the package or of a folder, or the id `owner/name` of a repository.
        revision: a branch, tag or commit of the repository; `None` without one.
        sha256: the SHA-256 of its `model.safetensors`.
        weights: the SHA-256 of the `delta.safetensors` that belongs to it.
    """

    name: str
    revision: str | None
    sha256: str
    weights: str


def is_delta(folder: Path) -> bool:
    """Whether a folder has a delta, and not a whole checkpoint."""
    return (folder / DELTA_FILE).is_file()


def read_reference(folder: Path) -> Reference:
    """Read the `delta.json` of a folder.

    Raises:
        NluError: the file cannot be read, is damaged, or is newer than this program.
    """
    path = folder / DELTA_FILE
    content = read_json(path)
    version = content.get("format_version") if isinstance(content, dict) else None
    if type(version) is not int or version < 1:
        raise damaged(path, f"format_version is {version!r:.80}")
    if version > DELTA_VERSION:
        raise NluError(
            f"{path}: the delta has format {version}, but this program reads only up to {DELTA_VERSION}; "
            "upgrade bilstm-nlu"
        )
    base = content.get("base")
    base = base if isinstance(base, dict) else {}
    given = {
        "name": (base.get("name"), _NAME),
        "revision": (base.get("revision"), _REVISION),
        "sha256": (base.get("sha256"), _SHA256),
        "weights": (content.get("weights"), _SHA256),
    }
    for key, (value, pattern) in given.items():
        if key == "revision" and value is None:
            continue
        if not isinstance(value, str) or len(value) > 256 or not pattern.fullmatch(value) or ".." in value:
            raise damaged(path, f"{key} is {value!r:.80}")
    return Reference(*(value for value, _ in given.values()))


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal. The file is read in small parts.

    Raises:
        NluError: the file cannot be read.
    """
    digest = importlib.import_module("hashlib").sha256()  # it takes four megabytes of memory
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise NluError(f"{path}: cannot be read ({error.strerror or error})") from error
    return digest.hexdigest()


def differences_added(base: StoredTensor, difference: StoredTensor, step: StoredTensor) -> bytes:
    """Add differences to the numbers of a base: the numbers in half precision, as the kernel computes them.

    Args:
        base: (rows, columns) floats.
        difference: (rows, columns) 8-bit integers.
        step: (rows, 1) floats in half precision.

    Raises:
        ValueError: a number is too large for half precision.
    """
    rows, cols = difference.shape
    before, steps = _halves(base), struct.unpack(f"<{rows}e", step.content)
    added = array("f")  # the kernel adds in single precision
    integers = difference.content.cast("b")
    for row in range(rows):
        start, end, factor = row * cols, (row + 1) * cols, steps[row]
        pairs = zip(before[start:end], integers[start:end], strict=True)
        added.extend([number + factor * integer for number, integer in pairs])
    try:
        return struct.pack(f"<{rows * cols}e", *added)
    except OverflowError as error:
        raise ValueError("a number is too large") from error


def _halves(tensor: StoredTensor) -> Sequence[float]:
    """The numbers of a tensor, rounded to half precision."""
    count = len(tensor.content) // BYTES_OF[tensor.kind]
    if tensor.kind == "F16":
        return struct.unpack(f"<{count}e", tensor.content)
    if tensor.kind == "BF16":
        wide = array("I", [number << 16 for number in struct.unpack(f"<{count}H", tensor.content)])
        numbers: Sequence[float] = array("f", wide.tobytes())
    else:
        numbers = struct.unpack(f"<{count}{ {'F32': 'f', 'F64': 'd'}[tensor.kind] }", tensor.content)
    try:
        return struct.unpack(f"<{count}e", struct.pack(f"<{count}e", *array("f", numbers)))
    except OverflowError as error:
        raise ValueError("a number of the base is too large") from error


def split_names(parts: Mapping[str, Any]) -> dict[str, set[str]]:
    """The tensors that the parts of a file belong to, each with the ends of the names of its parts."""
    found: dict[str, set[str]] = {}
    for name in parts:
        for end in (SCALE + ROWS, CHANGED, ROWS, DIFFERENCE, STEP):
            if name.endswith(end):
                found.setdefault(name.removesuffix(end), set()).add(end)
                break
        else:
            found.setdefault(name, set()).add("")
    return found
