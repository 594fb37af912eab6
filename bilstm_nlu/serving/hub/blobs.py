"""Contents of files on the disk, each stored under its SHA-256, whole or not at all."""

import errno
import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import HubError, bad_request, no_room
from .git_ids import blob_oid

__all__ = ["Blob", "BlobStore", "BlobWriter"]

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Blob:
    """The content of a file, as it is stored.

    Attributes:
        sha256: hash of the content, in hexadecimal.
        oid: git's hash of the content.
        size: in bytes.
    """

    sha256: str
    oid: str
    size: int


class BlobStore:
    """A folder of contents: `ab/ab12...` is the content whose SHA-256 starts with these digits.

    Args:
        folder: created if it does not exist.
        workshop: folder for files that are being written; on the same file system.
    """

    def __init__(self, folder: Path, workshop: Path) -> None:
        self._folder = folder
        self._workshop = workshop
        self._intact: set[tuple[str, int, int, int]] = set()
        self._lock = threading.Lock()
        for inner in self.folders():
            inner.mkdir(parents=True, exist_ok=True, mode=0o700)
        for parent in (folder, folder.parent):  # so that later only the 256 folders have to be synced
            _sync(parent)

    def folders(self) -> Iterator[Path]:
        """Iterate over all folders of the store, outer ones first."""
        yield from (self._workshop, self._folder)
        for number in range(256):
            yield self._folder / f"{number:02x}"

    def drop_unfinished(self) -> None:
        """Delete the files that an earlier process was writing."""
        for left_over in self._workshop.iterdir():
            left_over.unlink()

    def path(self, sha256: str) -> Path:
        """The path of a content, whether it exists or not."""
        return self._folder / sha256[:2] / sha256

    def spool(self) -> BinaryIO:
        """A nameless temporary file in the hub's folder."""
        return tempfile.TemporaryFile(dir=self._workshop)

    def check_room(self, size: int) -> None:
        """Refuse content that does not fit on the disk, before it is sent.

        Raises:
            HubError: there is not enough room for so many bytes.
        """
        if size > shutil.disk_usage(self._workshop).free:
            raise no_room()

    def writer(self, size: int) -> "BlobWriter":
        """A writer for content of a known size that comes in pieces."""
        return BlobWriter(self, self._workshop, size)

    def put(self, content: bytes) -> Blob:
        """Store content that is complete in memory."""
        with self.writer(len(content)) as writer:
            writer.write(content)
            return Blob(writer.finish(), blob_oid(content), len(content))

    def is_intact(self, sha256: str, size: int) -> bool:
        """Whether a content is as it was stored. Each file is read only once per process."""
        try:
            return self._check(sha256, size)
        except FileNotFoundError:
            return False

    def open(self, sha256: str, size: int) -> BinaryIO:
        """The content as an open file.

        Raises:
            HubError: the content is missing or damaged.
        """
        if not self.is_intact(sha256, size):
            logger.error("the content %s is damaged or missing at %s", sha256, self.path(sha256))
            raise HubError(
                410,
                f"the hub's copy of this file is damaged (SHA-256 {sha256[:12]}...); push the file again to repair it",
            )
        return self.path(sha256).open("rb")

    def read(self, sha256: str, size: int) -> bytes:
        """The content as bytes. Raises a HubError if it is missing or damaged."""
        with self.open(sha256, size) as file:
            return file.read()

    def __iter__(self) -> Iterator[Path]:
        """Iterate over the paths of all contents."""
        for number in range(256):
            for path in sorted((self._folder / f"{number:02x}").iterdir()):
                if _NAME.fullmatch(path.name):  # files of others are left alone
                    yield path

    def _check(self, sha256: str, size: int) -> bool:
        path = self.path(sha256)
        found = path.stat()
        key = (sha256, found.st_ino, found.st_mtime_ns, found.st_size)
        if found.st_size != size:
            return False
        if key in self._intact:
            return True
        with path.open("rb") as file:
            running = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                running.update(chunk)
        if running.hexdigest() != sha256:
            return False
        with self._lock:
            self._intact.add(key)
        return True

    def adopt(self, temporary: Path, sha256: str) -> None:
        """Move a complete and checked file to its final place."""
        target = self.path(sha256)
        os.replace(temporary, target)
        _sync(target.parent)  # write the new name to the disk before returning
        found = target.stat()
        with self._lock:
            self._intact.add((sha256, found.st_ino, found.st_mtime_ns, found.st_size))


class BlobWriter:
    """Receives content: hashes it while writing, and stores it when it is complete.

    Use it as a context manager; incomplete content is deleted at the end of the block.
    """

    def __init__(self, store: BlobStore, workshop: Path, size: int) -> None:
        self._store = store
        self._size = size
        self._written = 0
        self._sha256 = hashlib.sha256()
        handle, name = tempfile.mkstemp(dir=workshop)
        self._path = Path(name)
        self._file = os.fdopen(handle, "wb", buffering=0)

    def __enter__(self) -> "BlobWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes | memoryview) -> None:
        """Add a piece.

        Raises:
            HubError: the content is now longer than announced.
            OSError: the disk is full.
        """
        self._written += len(chunk)
        if self._written > self._size:
            raise bad_request(f"the content is longer than the announced {self._size} bytes")
        self._sha256.update(chunk)
        view = memoryview(chunk)
        while view:
            written = self._file.write(view)
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            view = view[written:]

    def finish(self, sha256: str | None = None) -> str:
        """Store the content.

        Args:
            sha256: the hash that the content must have.

        Returns:
            The SHA-256 of the content.

        Raises:
            HubError: the content is too short, or has another hash.
        """
        if self._written != self._size:
            raise bad_request(f"the content ends after {self._written} of {self._size} bytes; send it again")
        found = self._sha256.hexdigest()
        if sha256 is not None and found != sha256:
            raise bad_request(f"the content has the SHA-256 {found}, not {sha256}; it was damaged on the way")
        if not self._store.is_intact(found, self._size):
            os.fsync(self._file.fileno())
            self._store.adopt(self._path, found)
        return found


def _sync(folder: Path) -> None:
    """Write the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
