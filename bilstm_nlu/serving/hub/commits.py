"""Commits: operations on the files of the last commit, applied together and stored in one transaction."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from ...escaping import one_line
from .blobs import Blob
from .database import now_ms
from .errors import HubError, bad_request, entry_not_found
from .git_ids import blob_oid, commit_oid, tree_oids
from .history import Commit, File, branch_head, commit_of, files_of, num_rows_since_whole, parent_of
from .lfs import lfs_pointer
from .repositories import Repo

__all__ = [
    "MAX_FILES",
    "Operation",
    "check_tree",
    "commit",
    "first_commit",
    "holds_content",
    "lfs_file",
    "regular_file",
    "remember_content",
    "store",
]

#: Files of a commit, and operations in one.
MAX_FILES = 100_000
_MAX_STEPS = 500  # commits to read for the files of one
_FEW = 100  # rows that are always few
_MAX_TITLE = 500  # characters
_MAX_BODY = 64_000


@dataclass(frozen=True)
class Operation:
    """A change to the files: add or replace a file, or delete a file or a folder.

    Attributes:
        path: of the file or folder.
        file: the new file; `None` deletes.
        is_folder: whether to delete a whole folder.
    """

    path: str
    file: File | None = None
    is_folder: bool = False


def regular_file(path: str, blob: Blob) -> File:
    """A file whose content is in the git tree."""
    return File(path, blob.oid, blob.sha256, blob.size, is_lfs=False)


def lfs_file(path: str, sha256: str, size: int) -> File:
    """A file kept by Git LFS: the git tree has a pointer to it."""
    return File(path, blob_oid(lfs_pointer(sha256, size)), sha256, size, is_lfs=True)


def remember_content(db: sqlite3.Connection, repo: Repo, sha256: str, size: int) -> None:
    """Let a repository refer to content that was sent by an account that may write to it."""
    row = (repo.key, sha256, size, now_ms())
    db.execute("INSERT INTO contents VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET added = excluded.added", row)


def holds_content(db: sqlite3.Connection, repo: Repo, sha256: str) -> int | None:
    """The size of a content that a repository may refer to; `None` if it was never sent to this repository."""
    row = db.execute("SELECT size FROM contents WHERE repo = ? AND sha256 = ?", (repo.key, sha256)).fetchone()
    return row[0] if row else None


def first_commit(db: sqlite3.Connection, repo: Repo, author: str, files: Iterable[File], title: str) -> Commit:
    """Start a repository: one commit on its main branch."""
    made = store(db, repo, None, {file.path: file for file in files}, author=author, title=title)
    db.execute("INSERT INTO refs VALUES (?, 'refs/heads/main', ?)", (repo.key, made.key))
    return made


def commit(
    db: sqlite3.Connection,
    repo: Repo,
    revision: str,
    operations: Iterable[Operation],
    *,
    author: str,
    title: str,
    body: str = "",
    expected_parent: str | None = None,
) -> tuple[Commit, bool]:
    """Commit to a branch or a pull request.

    Args:
        db: the tables, in a write transaction.
        repo: the repository.
        revision: the branch.
        operations: applied in this order.
        author: the name of the account.
        title: first line of the message.
        body: the rest of the message.
        expected_parent: the hash (or its beginning) that the newest commit of the branch must have now.

    Returns:
        The newest commit of the branch, and whether it is new: no commit is made if nothing changes.

        Raises:
        HubError: the branch does not exist or has new commits (412), or the operations do not fit its files.
    """
    name, head = branch_head(db, repo, revision)
    operations = list(operations)
    if expected_parent is not None and not _is_at(head, expected_parent):
        parent = parent_of(db, head)
        if parent and _is_at(parent, expected_parent) and (head.author, head.title) == (author, _first_line(title)):
            if _contents(apply(files_of(db, parent), operations)) == _contents(files_of(db, head)):
                return head, False  # already made: the answer was lost, and the client asks again
        raise HubError(
            412, "A commit has happened since. Please refresh and try again.", content={"currentOid": head.oid}
        )
    before = files_of(db, head)
    after = apply(before, operations)
    if _contents(before) == _contents(after):
        return head, False
    made = store(db, repo, head, after, author=author, title=title, body=body)
    db.execute("UPDATE refs SET commit_id = ? WHERE repo = ? AND name = ?", (made.key, repo.key, name))
    return made, True


def apply(files: dict[str, File], operations: Iterable[Operation]) -> dict[str, File]:
    """The files after some operations.

    Raises:
        HubError: a file to delete does not exist, or a path would be both a file and a folder.
    """
    files = dict(files)
    for operation in operations:
        if operation.file is not None:
            files[operation.path] = operation.file
        elif operation.is_folder:
            inside = [path for path in files if path.startswith(f"{operation.path}/")]
            if not inside:
                raise entry_not_found(operation.path)
            for path in inside:
                del files[path]
        elif files.pop(operation.path, None) is None:
            raise entry_not_found(operation.path)
    check_tree(files)
    return files


def check_tree(files: dict[str, File]) -> None:
    """Refuse too many files, and paths that would be both files and folders.

    Raises:
        HubError: there are too many files, or a path would be both a file and a folder.
    """
    if len(files) > MAX_FILES:
        raise bad_request(f"a repository can have up to {MAX_FILES} files")
    for path in files:
        folder = path.rpartition("/")[0]
        while folder:
            if folder in files:
                raise bad_request(f"{ascii(folder)} cannot be both a file and the folder of {ascii(path)}")
            folder = folder.rpartition("/")[0]


def store(
    db: sqlite3.Connection,
    repo: Repo,
    parent: Commit | None,
    files: dict[str, File],
    *,
    author: str,
    title: str,
    body: str = "",
    merged: Commit | None = None,
) -> Commit:
    """Store a commit without moving a branch to it.

    Args:
        db: the tables, in a write transaction.
        repo: the repository.
        parent: the commit before it.
        files: all files of the commit.
        author: the name of the account.
        title: first line of the message.
        body: the rest of the message.
        merged: the head of a branch that it merges.
    """
    title = _first_line(title)
    body = body[:_MAX_BODY].encode("utf-8", "replace").decode()
    now = now_ms()
    tree = tree_oids((file.path, file.oid) for file in files.values())[""]
    parents = [known.oid for known in (parent, merged) if known]
    oid = commit_oid(tree, parents, author, now // 1000, f"{title}\n\n{body}".strip() + "\n")
    if known := db.execute("SELECT id FROM commits WHERE repo = ? AND oid = ?", (repo.key, oid)).fetchone():
        return commit_of(db, known[0])  # the same change by the same account in the same second
    before = files_of(db, parent)
    changed = [file for path, file in files.items() if path not in before or _content(before[path]) != _content(file)]
    gone = [path for path in before if path not in files]
    is_whole = parent is None or _is_costly(db, parent, len(changed) + len(gone), len(files))
    key = db.execute(
        "INSERT INTO commits (repo, oid, parent, title, body, author, created, is_whole) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (repo.key, oid, parent.key if parent else None, title, body, author, now, is_whole),
    ).lastrowid
    assert key is not None
    rows = [(key, file.path, file.oid, file.sha256, file.size, file.is_lfs, key) for file in changed]
    if is_whole:
        new = {file.path for file in changed}
        kept = [before[path] for path in files if path not in new]
        rows += [(key, old.path, old.oid, old.sha256, old.size, old.is_lfs, old.changed_in) for old in kept]
    else:
        rows += [(key, path, "", "", 0, False, key) for path in gone]
    db.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    for file in changed:
        if file.path not in before or before[file.path].sha256 != file.sha256:
            remember_content(db, repo, file.sha256, file.size)
    db.execute("UPDATE repos SET updated = ? WHERE id = ?", (now, repo.key))
    return commit_of(db, key)


def _is_costly(db: sqlite3.Connection, parent: Commit, num_changes: int, num_files: int) -> bool:
    """Whether a commit that lists only its changes would make the files slow to read.

    With one whole list for as many changes as there are files, all lists together grow no faster than the changes.
    """
    num_commits, num_rows = num_rows_since_whole(db, parent)
    return num_commits >= _MAX_STEPS or num_rows + num_changes > 3 * num_files + _FEW


def _is_at(commit: Commit, oid: str) -> bool:
    return len(oid) >= 7 and commit.oid.startswith(oid)


def _first_line(title: str) -> str:
    return one_line(title)[:_MAX_TITLE] or "Update files"


def _content(file: File) -> tuple[str, bool]:
    return file.sha256, file.is_lfs


def _contents(files: dict[str, File]) -> dict[str, tuple[str, bool]]:
    return {path: _content(file) for path, file in files.items()}
