"""Let a model of the hub answer a text, in the process of the hub.

The runtime is small and needs no torch. It answers in a millisecond, with exactly the commit that the page shows. A
server of models next to the hub would have to be started, found, and kept at the same commit. The runtime runs no code
of a checkpoint, and reads files of strangers with care, as `serve --hub` does.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...errors import NluError
from ...runtime.delta_file import DELTA_FILE, is_delta, read_reference
from ...runtime.nlu import Nlu, load
from .blobs import BlobStore
from .errors import HubError
from .history import File

__all__ = ["MAX_TEXT", "Trials"]

#: Most characters of a text that is tried.
MAX_TEXT = 500
_TOP_INTENTS = 5
_KEPT = 3  # models in memory
_LARGEST = 300_000_000  # bytes of the files of a model
_READ = (".json", "model.safetensors", "delta.safetensors")


@dataclass(frozen=True)
class _Loaded:
    nlu: Nlu
    splits_texts: bool


class Trials:
    """Loads models when they are tried, and keeps the last few of them.

    Args:
        blobs: the contents of the hub.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()

    def answer(
        self, oid: str, files: dict[str, File], text: str, base: Callable[[str, str | None], dict[str, File] | None]
    ) -> list[dict[str, Any]]:
        """The frames of a text: usually one, or one for each part that is an utterance of its own.

        Args:
            oid: the commit.
            files: its files.
            text: the text.
            base: finds the files of the base of a delta by the id of its repository and its revision; `None` if this
                hub does not have it or the reader may not read it.

        Raises:
            HubError: the text is too long, or the model cannot be loaded.
        """
        if len(text) > MAX_TEXT:
            raise HubError(413, f"a text may have up to {MAX_TEXT} characters; this one has {len(text):,}")
        with self._lock:  # a load takes memory, so there is one at a time
            loaded = self._loaded.pop(oid, None)
            if loaded is None:
                loaded = self._load(files, base)
            self._loaded[oid] = loaded
            while len(self._loaded) > _KEPT:
                self._loaded.popitem(last=False)
        found = loaded.nlu(text, top_k=_TOP_INTENTS, multi=loaded.splits_texts)
        return found if isinstance(found, list) else [found]

    def _load(self, files: dict[str, File], base: Callable[[str, str | None], dict[str, File] | None]) -> _Loaded:
        with TemporaryDirectory(prefix="bilstm-nlu-try-") as workshop:
            folder = Path(workshop) / "model"
            self._write(folder, files)
            try:
                given: Path | None = None
                if is_delta(folder):
                    reference = read_reference(folder)
                    if "/" in reference.name:  # else it is one of the package; the network is never asked
                        found = base(reference.name, reference.revision)
                        if found is None:
                            raise HubError(409, f"{DELTA_FILE}: this hub does not have the base {reference.name!r}")
                        given = Path(workshop) / "base"
                        self._write(given, found)
                nlu = load(folder, base=given)
            except NluError as error:
                message = str(error).replace(f"{folder}/", "").replace(workshop, "")
                raise HubError(409, f"the model cannot be loaded: {message}") from error
        return _Loaded(nlu, bool(nlu.settings.segment_hidden))

    def _write(self, folder: Path, files: dict[str, File]) -> None:
        """Let the files of a commit have their names in a folder; nothing is copied."""
        wanted = {path: file for path, file in files.items() if "/" not in path and path.endswith(_READ)}
        if sum(file.size for file in wanted.values()) > _LARGEST:
            raise HubError(413, f"only models of up to {_LARGEST // 1_000_000} MB can be tried here; download it")
        folder.mkdir()
        for path, file in wanted.items():
            self._blobs.open(file.sha256, file.size).close()  # it is there, and it is whole
            (folder / path).symlink_to(self._blobs.path(file.sha256).resolve())
