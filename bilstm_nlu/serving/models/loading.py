"""Load a revision of a model, and count the memory that it takes."""

import gc
import hashlib
import mmap
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...errors import NluError
from ...runtime.checkpoint import TABLES, Checkpoint
from ...runtime.engines import make_net
from ...runtime.nlu import Nlu
from ...runtime.packed_file import read_checkpoint
from ...runtime.tensors import BYTES_OF
from .revisions import LABEL, Revision, fingerprint_of

__all__ = ["LoadedModel", "load_model"]

#: How often a checkpoint is read again that changes while it is read.
_ATTEMPTS = 3
#: Bytes that a matrix takes in the kernel for each number.
_BYTES_KEPT = {"float16": 2.0, "int8": 1.25}
#: Bytes of objects for each byte of catalogs, phrases and words in the checkpoint, and for a model without those.
_BYTES_A_BYTE, _LEAST = 12, 400_000
_COMPANIONS = ("config.json", "slot_catalogs.json", "exact_phrases.json", "own_words.json")
_CHUNK = 2**20
#: A text that goes through all parts of a model, so that the first user does not wait for what is made on first use.
_WARM_UP = "warm up, one two"


@dataclass(eq=False)
class LoadedModel:
    """A model in memory. It never changes, so an answer is of one revision alone.

    Attributes:
        revision: what was loaded.
        label: name of the revision.
        nlu: parses texts.
        num_bytes: the memory that it takes, about.
        fingerprint: of the files that were read.
        loaded_at: when it was loaded, in UTC.
        counters: what counts its answers; kept here, so that an answer does not look them up.
        maps: the mapped files that its tables are read from.
        was_used: whether it was used since the last look for idle models.
        is_resting: whether it has given back memory since it was used.
    """

    revision: Revision
    label: str
    nlu: Nlu
    num_bytes: int
    fingerprint: tuple[object, ...] = ()
    loaded_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    counters: Any = None
    maps: tuple[mmap.mmap, ...] = ()
    was_used: bool = True
    is_resting: bool = False

    def warm_up(self) -> None:
        """Make what is made on first use."""
        self.nlu(_WARM_UP)

    def rest(self) -> None:
        """Let the system forget the pages of its files; those that an answer needs are mapped again."""
        for mapped in self.maps:
            if hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)
        self.is_resting = True

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.revision.name


def load_model(
    revision: Revision, *, weights: str = "float16", engine: str | None = None, is_called: bool = True
) -> LoadedModel:
    """Load a revision. It may run in any thread.

    Args:
        revision: what to load.
        weights: how matrices are kept, see `bilstm_nlu.load`.
        engine: what computes the network, see `bilstm_nlu.load`.
        is_called: call it once, so that the first user does not wait for what is made on first use. A model that
            other processes inherit must not be called before, because each needs a workspace of its own.

    Raises:
        NluError: the checkpoint is missing, damaged or newer than this program. The message has the name of the
            model in place of its folder.
    """
    try:
        path = revision.locate()
        for _ in range(_ATTEMPTS):
            before = fingerprint_of(path)
            loaded = _load(path, revision, weights, engine, before)
            if is_called:
                loaded.warm_up()
            loaded.rest()  # all pages were read once, to make the network
            gc.freeze()  # a search for garbage in thousands of models would stop all answers
            if fingerprint_of(path) == before:
                return loaded
        raise NluError(f"{path}: changes while it is read; write a new folder, and rename it when it is complete")
    except OSError as error:
        raise NluError(f"{revision.name}: cannot be read ({error.strerror or error})") from error
    except NluError as error:
        raise NluError(str(error).replace(revision.place, revision.name)) from error


def _load(
    path: Path, revision: Revision, weights: str, engine: str | None, fingerprint: tuple[object, ...]
) -> LoadedModel:
    checkpoint = read_checkpoint(path, revision.name)
    label = revision.label or _digest_of(path)
    if checkpoint.delta is not None and weights == "float16":
        weights = "shared"  # the weights of the base are in memory once for all its deltas
    net = make_net(checkpoint, weights=weights, engine=engine)
    nlu = Nlu(net, checkpoint.settings, checkpoint.catalogs, checkpoint.phrases, checkpoint.own_words)
    num_bytes, maps = _memory_of(checkpoint, path, weights, net.num_bytes)
    return LoadedModel(revision, label, nlu, num_bytes, fingerprint, maps=maps)


def _digest_of(path: Path) -> str:
    """The start of a SHA-256 of the files of a checkpoint."""
    files = [path] if path.is_file() else sorted([*path.glob("*.json"), *path.glob("*.safetensors")])
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() if len(files) > 1 else b"")
        with file.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()[:LABEL]


def _memory_of(checkpoint: Checkpoint, path: Path, weights: str, own_bytes: int) -> tuple[int, tuple[mmap.mmap, ...]]:
    """Bytes that a model takes, about, and the mapped files of its tables, which are not counted.

    It has its matrices, and the objects of its catalogs, phrases and words. A delta shares the rest with its base.
    """
    if (delta := checkpoint.delta) is not None:
        kept_bytes = own_bytes - delta.num_bytes + _LEAST + _BYTES_A_BYTE * checkpoint.companion_bytes
        return kept_bytes, () if delta.map is None else (delta.map,)
    kept, maps = 0.0, {}
    stored = 0
    for name, tensor in checkpoint.tensors.items():
        stored += len(tensor.content)
        if isinstance(tensor.content.obj, mmap.mmap):
            maps[id(tensor.content.obj)] = tensor.content.obj
        if not name.startswith(TABLES):
            kept += _BYTES_KEPT.get(weights, 2.0) * len(tensor.content) / BYTES_OF[tensor.kind]
    if path.is_file():
        objects = max(path.stat().st_size - stored, 0)
    else:
        objects = sum(file.stat().st_size for name in _COMPANIONS if (file := path / name).is_file())
    return int(kept) + _LEAST + _BYTES_A_BYTE * objects, tuple(maps.values())
