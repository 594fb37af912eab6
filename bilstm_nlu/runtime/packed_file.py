"""A checkpoint in one file, which `bilstm-nlu export` writes: smaller to ship, and checked against its digest.

The file has, little-endian:

- 8 bytes, `MAGIC`; 4 bytes, the version of the layout; 4 bytes, the number of bytes in the header,
- 32 bytes, the SHA-256 of all that follows,
- the header, which is JSON: `config`, `max_bytes`, `catalogs`, `phrases`, `own_words`, the SHA-256 of the checkpoint's
  weights, and `tensors` as in a safetensors file,
- the tensors; each begins at a multiple of 64 bytes from the start of the file.
"""

import importlib
import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..errors import NluError
from ..files import write_bytes
from ..hubfiles.catalogs_bilstm_nlu import SlotCatalogs
from ..hubfiles.exact_bilstm_nlu import ExactPhrases
from ..hubfiles.format_bilstm_nlu import MAX_CHARACTERS
from ..hubfiles.own_words_bilstm_nlu import OwnWords
from .checkpoint import Checkpoint, check_tensors, read_folder
from .delta import read_delta
from .delta_file import is_delta
from .settings import MODEL_TYPE, NetSettings
from .tensors import damaged, map_file, tensor_in

__all__ = ["MAGIC", "PACKED_VERSION", "read_checkpoint", "read_packed", "write_packed"]

MAGIC = b"BiLSTMnu"

#: The version of the layout; it is increased when older programs could not read it.
PACKED_VERSION = 1

_PREFIX = struct.Struct("<8sII32s")
_ALIGNED = 64
_CHUNK = 2**18


def read_checkpoint(path: Path, name: str | None = None, *, base: str | Path | None = None) -> Checkpoint:
    """Read a checkpoint: the folder of a whole one or of a delta, or the packed file.

    Args:
        path: the folder or the file.
        name: what the user called it; the path by default.
        base: the base of a delta, see `read_delta`.

    Raises:
        NluError: a file is missing, damaged or newer than this program, or the base of a delta is not found.
    """
    if path.is_file():
        return read_packed(path, name)
    return read_delta(path, name, base) if is_delta(path) else read_folder(path, name)


def write_packed(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint as one file, whole or not at all.

    Args:
        checkpoint: the checkpoint, as `read_checkpoint` reads it from a folder.
        path: the file; an old one is replaced.
    """
    digest, entries, place = _sha256(), {}, 0
    checkpoint = replace(checkpoint, tensors=dict(checkpoint.tensors))  # those of a delta are put together once
    for name, tensor in checkpoint.tensors.items():
        digest.update(tensor.content)
        place += -place % _ALIGNED
        end = place + len(tensor.content)
        entries[name] = {"dtype": tensor.kind, "shape": tensor.shape, "data_offsets": [place, end]}
        place = end
    header = {
        "config": {"model_type": MODEL_TYPE, **asdict(checkpoint.settings)},
        "max_bytes": checkpoint.max_bytes,
        "catalogs": checkpoint.catalogs.to_dict(),
        "phrases": checkpoint.phrases.to_dict(),
        "own_words": checkpoint.own_words.to_dict(),
        "checkpoint": digest.hexdigest(),
        "tensors": entries,
    }
    content = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    content += b" " * (-(_PREFIX.size + len(content)) % _ALIGNED)
    parts = list(_parts(checkpoint, content))
    digest = _sha256()
    for part in parts:
        digest.update(part)
    write_bytes(path, [_PREFIX.pack(MAGIC, PACKED_VERSION, len(content), digest.digest()), *parts])


def _sha256() -> Any:
    """A new SHA-256. The module takes four megabytes of memory, so only what needs it loads it."""
    return importlib.import_module("hashlib").sha256()


def _parts(checkpoint: Checkpoint, header: bytes) -> Iterator[bytes | memoryview]:
    yield header
    place = 0
    for tensor in checkpoint.tensors.values():
        yield bytes(-place % _ALIGNED)
        yield tensor.content
        place += -place % _ALIGNED + len(tensor.content)


def read_packed(path: Path, name: str | None = None) -> Checkpoint:
    """Read a packed file. The weights stay in the file, which is mapped into memory.

    Args:
        path: the file.
        name: what the user called it; the path by default.

    Raises:
        NluError: the file cannot be read, is not a packed file, is damaged, or is newer than this program.
    """
    content = map_file(path)
    if len(content) < _PREFIX.size or bytes(content[: len(MAGIC)]) != MAGIC:
        raise NluError(f"{path}: not a packed checkpoint; give the folder of a checkpoint, or a file of `export`")
    _, version, length, digest = _PREFIX.unpack_from(content)
    if version > PACKED_VERSION:
        raise NluError(
            f"{path}: the file has version {version}, but this program reads only up to {PACKED_VERSION}; "
            "upgrade bilstm-nlu"
        )
    if _digest_of(path) != digest:
        raise damaged(path, "its content does not have the digest that it names")
    header = _header(path, content, length)
    settings = NetSettings.from_config(header.get("config"), str(path))
    try:
        tensors = {
            tensor: tensor_in(entry, content[_PREFIX.size + length :]) for tensor, entry in header["tensors"].items()
        }
        catalogs = SlotCatalogs(header["catalogs"], where=str(path))
        phrases = ExactPhrases(header["phrases"], where=str(path))
        own_words = OwnWords(header.get("own_words"), where=str(path))  # older files do not have it
        max_bytes = header["max_bytes"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise damaged(path, f"its header is broken: {error}") from error
    if type(max_bytes) is not int or not 1 <= max_bytes <= MAX_CHARACTERS:
        raise damaged(path, f"max_bytes is {max_bytes!r:.80}")
    stored_words = check_tensors(settings, tensors, str(path))
    of_file = catalogs, max_bytes, phrases, own_words
    return Checkpoint(
        name or str(path), settings, tensors, *of_file, companion_bytes=length, stored_words=stored_words
    )


def _digest_of(path: Path) -> bytes:
    """The SHA-256 of what follows the prefix. It reads the file in small parts, so that memory stays small."""
    digest = _sha256()
    with path.open("rb") as file:
        file.seek(_PREFIX.size)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


def _header(path: Path, content: memoryview, length: int) -> dict[str, Any]:
    try:
        header = json.loads(bytes(content[_PREFIX.size : _PREFIX.size + length]))
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"its header is broken: {error}") from error
    if not isinstance(header, dict):
        raise damaged(path, "its header is not an object")
    return header
