"""Compare files with their hashes, in the local cache and in a repository."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub.utils import get_session

__all__ = ["damaged_files", "git_hash", "refuse_paths_as_hashes", "remove_from_cache", "sha256_of"]

_GIT, _SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20  # bytes
#: Headers that the hub's client uses unchecked as names of files and folders in its cache.
_NAMING_HEADERS = ("ETag", "X-Linked-Etag", "X-Repo-Commit")
_SAFE_NAME = re.compile(r"[\w+=:-][\w.+=:-]*")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal, which a hub uses for large files."""
    return _hexdigest(path, hashlib.sha256())


def git_hash(path: Path) -> str:
    """Git's hash of a file's content, which a hub uses for small files."""
    return _hexdigest(path, hashlib.sha1(b"blob %d\0" % path.stat().st_size))


def _hexdigest(path: Path, state: Any) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return state.hexdigest()


@contextmanager
def refuse_paths_as_hashes() -> Iterator[None]:
    """Within the block, raise a ValueError if the hub sends a hash that is not a valid file name.

    The client stores a file in the cache under the hash that the server sends; `../../x` would be outside the cache.
    """
    session = get_session()
    before = session.event_hooks
    session.event_hooks = {**before, "response": [*before.get("response", ()), _check_names]}
    try:
        yield
    finally:
        session.event_hooks = before


def _check_names(response: Any) -> None:
    for header in _NAMING_HEADERS:
        value = response.headers.get(header)
        if value is not None and not _SAFE_NAME.fullmatch(value.removeprefix("W/").strip('"')):
            raise ValueError(f"the hub sends {value[:60]!r} as {header}, which is not a hash; do not trust this hub")


def damaged_files(snapshot: Path) -> list[Path]:
    """The files of a snapshot in the local cache whose content does not match their hash.

    A snapshot has links to files that are named after their hash. Files that are not such links are not checked.
    """
    return [
        path for path in sorted(snapshot.rglob("*")) if (path.is_file() or path.is_symlink()) and _is_damaged(path)
    ]


def _is_damaged(path: Path) -> bool:
    if not path.is_symlink():
        return False
    if not path.exists():
        return True
    name = Path(os.readlink(path)).name
    if _SHA256.fullmatch(name):
        return sha256_of(path) != name
    return _GIT.fullmatch(name) is not None and git_hash(path) != name


def remove_from_cache(path: Path) -> None:
    """Remove a file of a snapshot and everything that it links to, so that it is downloaded again."""
    content = path.resolve()
    while path.is_symlink():
        target = path.parent / os.readlink(path)
        path.unlink()
        path = target
    content.unlink(missing_ok=True)
