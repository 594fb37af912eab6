"""Find the base of a delta, verify it, and keep it once in a process for all deltas that share it."""

import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import hubfiles
from ..errors import NluError
from .checkpoint import Checkpoint, read_folder
from .delta_file import DELTA_FILE, Reference, is_delta, sha256_of_file
from .finding import find_checkpoint

__all__ = ["Base", "find_base"]

_WEIGHTS = "model.safetensors"
_lock = threading.Lock()
_loaded: weakref.WeakValueDictionary[str, "Base"] = weakref.WeakValueDictionary()
#: (path, size, time of the last change in nanoseconds) -> the SHA-256 of a file of weights.
_known: dict[tuple[str, int, int], str] = {}


class Base:
    """A checkpoint that deltas share. Its weights are mapped into memory once.

    Args:
        checkpoint: the checkpoint.
        sha256: the SHA-256 of its file of weights.
        folder: its folder.
    """

    def __init__(self, checkpoint: Checkpoint, sha256: str, folder: Path):
        self.checkpoint, self.sha256, self.folder = checkpoint, sha256, folder
        self._nets: dict[Any, Any] = {}
        self._net_lock = threading.Lock()

    def net(self, key: Any, make: Any) -> Any:
        """The network of the base, made once.

        Args:
            key: what the network depends on.
            make: function from the checkpoint to its network.
        """
        with self._net_lock:
            if key not in self._nets:
                self._nets[key] = make(self.checkpoint)
            return self._nets[key]

    @property
    def num_bytes(self) -> int:
        """Bytes that the base has in memory, once for all deltas: its weights, and its networks."""
        of_weights = sum(len(tensor.content) for tensor in self.checkpoint.tensors.values())
        return of_weights + sum(net.num_bytes for net in self._nets.values())


def find_base(reference: Reference, folder: Path, given: str | Path | None = None) -> Base:
    """Return the base of a delta.

    It may be in use already. Else it is looked for next to the folder of the delta, in the package, in the local
    cache, and on the hub. What has the name of the base but other weights is not used.

    Args:
        reference: the base, as the delta names it.
        folder: the folder of the delta.
        given: the only place to look in: a folder, the name of a checkpoint in the package, or the id of a repository.

    Raises:
        NluError: the base is not found, or has other weights.
    """
    with _lock:
        base = _loaded.get(reference.sha256) if given is None else None
        if base is None:
            path = _find(reference, folder, given)
            base = _loaded.get(reference.sha256) or Base(read_folder(path), reference.sha256, path)
            _loaded[reference.sha256] = base
        return base


def _find(reference: Reference, folder: Path, given: str | Path | None) -> Path:
    others: list[Path] = []
    reason, short = "", Path(reference.name).name
    try:
        for path in _places(reference, folder, given):
            if is_delta(path):
                reason = f"{path} is itself a delta, and a base must be a whole checkpoint"
            elif (path / _WEIGHTS).is_file():
                if _sha256(path / _WEIGHTS) == reference.sha256:
                    return path
                others += [path] if given is not None or path.name == short or path.parent.name == "snapshots" else []
    except NluError as error:
        reason = error.message
    name, where = reference.name, folder / DELTA_FILE
    if others:
        reason = f"{others[0] / _WEIGHTS} has other weights than those that the delta was made from"
    why = f" ({reason})" if reason else ""
    raise NluError(f"{where}: its base {name!r} is not here{why}; {_cure(reference, folder)}")


def _cure(reference: Reference, folder: Path) -> str:
    beside = folder.resolve().parent / Path(reference.name).name
    if reference.name.count("/"):
        revision = f" --revision {reference.revision}" if reference.revision else ""
        return f"get it with `bilstm-nlu pull {reference.name}{revision} --out {beside}`"
    return f"copy the folder of that checkpoint to {beside}"


def _places(reference: Reference, folder: Path, given: str | Path | None) -> Iterator[Path]:
    """The folders that may be the base, the nearest first."""
    if given is not None:
        yield find_checkpoint(given, reference.revision if "/" in reference.name else None)
        return
    short = Path(reference.name).name
    yield folder.resolve().parent / short
    embedded = [path for root in hubfiles.__path__ for path in sorted(Path(root, "generic").glob("*"))]
    yield from sorted(embedded, key=lambda path: path.name != short)
    if "/" in reference.name:
        yield find_checkpoint(reference.name, reference.revision)


def _sha256(path: Path) -> str:
    status = path.stat()
    key = (str(path.resolve()), status.st_size, status.st_mtime_ns)
    if key not in _known:
        _known[key] = sha256_of_file(path)
    return _known[key]
