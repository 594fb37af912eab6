"""Git's hashes of contents, folders and commits, so that the hub has the same hashes as a git repository."""

import hashlib
from collections.abc import Iterable

__all__ = ["blob_oid", "commit_oid", "tree_oids"]


def blob_oid(content: bytes) -> str:
    """Git's hash of a content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def tree_oids(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Git's hashes of all folders that contain the files.

    Args:
        files: pairs of path and blob hash.

    Returns:
        Path of the folder -> hash; `""` is the root.
    """
    folders: dict[str, list[tuple[bytes, bytes]]] = {"": []}
    for path, oid in files:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append((name.encode(), b"100644 %s\0" % name.encode() + bytes.fromhex(oid)))
        while folder:
            folder = folder.rpartition("/")[0]
            folders.setdefault(folder, [])
    oids = {}
    for folder in sorted(folders, key=lambda path: -path.count("/") if path else 1):  # deepest first, root last
        listing = b"".join(entry for _, entry in sorted(folders[folder]))
        oid = hashlib.sha1(b"tree %d\0" % len(listing) + listing, usedforsecurity=False).hexdigest()
        oids[folder] = oid
        if folder:
            parent, _, name = folder.rpartition("/")
            entry = b"40000 %s\0" % name.encode() + bytes.fromhex(oid)
            folders[parent].append((name.encode() + b"/", entry))  # git sorts folders as if they ended with a slash
    return oids


def commit_oid(tree: str, parents: Iterable[str], author: str, seconds: int, message: str) -> str:
    """Git's hash of a commit."""
    person = f"{author} <{author}@localhost> {seconds} +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {person}", f"committer {person}"]
    content = "\n".join([*lines, "", message]).encode("utf-8", "replace")
    return hashlib.sha1(b"commit %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
