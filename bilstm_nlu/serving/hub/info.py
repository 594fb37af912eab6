"""Repositories, files and folders as the JSON objects of the API."""

import logging
import sqlite3
from typing import Any

from ...escaping import one_line
from .cards import card_tags, config_summary, metadata
from .database import timestamp
from .errors import HubError
from .git_ids import tree_oids
from .history import Commit, File, commit_of, file_at, files_of, resolve
from .lfs import lfs_pointer
from .repositories import Repo
from .store import HubStore

__all__ = ["commit_entry", "entries_of", "listed_info", "repo_info"]

logger = logging.getLogger(__name__)

_MAX_CONFIG = 5_000_000  # bytes


def repo_info(
    store: HubStore,
    db: sqlite3.Connection,
    repo: Repo,
    commit: Commit,
    *,
    with_siblings: bool = False,
    with_blobs: bool = False,
) -> dict[str, Any]:
    """The data for the client's `ModelInfo`, `DatasetInfo` and `SpaceInfo`.

    Args:
        store: the hub.
        db: its tables.
        repo: the repository.
        commit: the commit to describe.
        with_siblings: include the names of the files.
        with_blobs: include the sizes and hashes of the files.
    """
    card = _read_card(store, db, repo, commit)
    info = _bare_info(repo) | {"sha": commit.oid, "lastModified": timestamp(commit.created), "cardData": card}
    if repo.type == "model":
        info["modelId"] = repo.id
        config = _read_config(store, db, commit)
        if config:
            info["config"] = config
            card.setdefault("library_name", "transformers")  # pipeline() needs it
        info["library_name"] = card.get("library_name")
        info["pipeline_tag"] = card.get("pipeline_tag")
        if isinstance(card.get("model-index"), list):
            info["model-index"] = card["model-index"]
    elif repo.type == "space":
        info["sdk"] = card.get("sdk") or repo.sdk or None
    info["tags"] = card_tags(card)
    if with_siblings:
        info["siblings"] = [_sibling(file, with_blobs) for file in files_of(db, commit).values()]
    return info


def listed_info(store: HubStore, db: sqlite3.Connection, repo: Repo) -> dict[str, Any]:
    """The data of a repository in a list. If it cannot be read, its name is still there, and so are all others."""
    try:
        return repo_info(store, db, repo, resolve(db, repo, "main"))
    except Exception as error:  # whatever is wrong with one repository, the list must not fail
        logger.warning("%s %s cannot be described: %s", repo.type, repo.id, one_line(str(error)))
        return _bare_info(repo)


def _bare_info(repo: Repo) -> dict[str, Any]:
    return {
        "_id": f"{repo.key:024x}",
        "id": repo.id,
        "author": repo.namespace,
        "lastModified": timestamp(repo.updated),
        "createdAt": timestamp(repo.created),
        "private": repo.is_private,
        "gated": repo.gated or False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
    }


def entries_of(
    db: sqlite3.Connection, files: dict[str, File], *, with_changes: bool = False
) -> dict[str, dict[str, Any]]:
    """All files and their folders, as path -> entry, sorted by path.

    Args:
        db: the tables.
        files: the files of a commit.
        with_changes: name the commit that last changed each file or, for a folder, anything in it.
    """
    folders = tree_oids((file.path, file.oid) for file in files.values())
    entries: dict[str, dict[str, Any]] = {
        path: {"type": "directory", "oid": oid, "size": 0, "path": path} for path, oid in folders.items() if path
    }
    for path, file in files.items():
        entries[path] = {"type": "file", "oid": file.oid, "size": file.size, "path": path}
        if file.is_lfs:
            entries[path]["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": _pointer_size(file)}
    if with_changes:
        newest: dict[str, int] = {}
        for path, file in files.items():
            while path:
                newest[path] = max(newest.get(path, 0), file.changed_in)
                path = path.rpartition("/")[0]
        changes = {key: commit_of(db, key) for key in set(newest.values())}
        for path, entry in entries.items():
            commit = changes[newest[path]]
            entry["lastCommit"] = {"id": commit.oid, "title": commit.title, "date": timestamp(commit.created)}
    return dict(sorted(entries.items()))


def commit_entry(commit: Commit) -> dict[str, Any]:
    """A commit as an entry of a list."""
    return {
        "id": commit.oid,
        "title": commit.title,
        "message": commit.body,
        "date": timestamp(commit.created),
        "authors": [{"user": commit.author}],
    }


def _sibling(file: File, with_blobs: bool) -> dict[str, Any]:
    sibling: dict[str, Any] = {"rfilename": file.path}
    if with_blobs:
        sibling |= {"size": file.size, "blobId": file.oid}
        if file.is_lfs:
            sibling["lfs"] = {"size": file.size, "sha256": file.sha256, "pointerSize": _pointer_size(file)}
    return sibling


def _pointer_size(file: File) -> int:
    return len(lfs_pointer(file.sha256, file.size))


def _read_card(store: HubStore, db: sqlite3.Connection, repo: Repo, commit: Commit) -> dict[str, Any]:
    readme = file_at(db, commit, "README.md")
    return metadata(_content(store, readme), repo.type) if readme else {}


def _read_config(store: HubStore, db: sqlite3.Connection, commit: Commit) -> dict[str, Any]:
    config = file_at(db, commit, "config.json")
    return config_summary(_content(store, config)) if config and config.size <= _MAX_CONFIG else {}


def _content(store: HubStore, file: File) -> bytes:
    try:
        return store.blobs.read(file.sha256, file.size)
    except HubError:  # even if the card is damaged, the other files must be readable
        return b""
