"""The history of a repository: branches, tags, commits, and the files of each commit."""

import re
import sqlite3
from dataclasses import dataclass

from .errors import HubError, bad_request, revision_not_found
from .names import COMMIT_OID, check_ref_name
from .repositories import Repo

__all__ = [
    "Commit",
    "File",
    "ancestors",
    "branch_head",
    "changes_of",
    "commit_of",
    "create_ref",
    "delete_ref",
    "file_at",
    "files_of",
    "num_rows_since_whole",
    "parent_of",
    "refs_of",
    "resolve",
]

_SHORT_OID = re.compile(r"[0-9a-f]{7,39}")
#: A commit and its ancestors, up to the one that lists all of its files.
_SINCE_WHOLE = (
    "WITH RECURSIVE line (id, depth) AS (SELECT ?, 0 UNION ALL SELECT parent, depth + 1 FROM line JOIN commits "
    "USING (id) WHERE NOT is_whole)"
)
_COMMIT = "commits.id, oid, parent, title, body, author, commits.created"


@dataclass(frozen=True)
class Commit:
    """A commit.

    Attributes:
        key: id of its row in the database.
        oid: its hash, 40 hexadecimal digits.
        parent: key of the commit before it.
        title: first line of its message.
        body: the rest of its message.
        author: the name of the account.
        created: milliseconds since 1970.
    """

    key: int
    oid: str
    parent: int | None
    title: str
    body: str
    author: str
    created: int


@dataclass(frozen=True)
class File:
    """A file of a commit.

    Attributes:
        path: in the repository.
        oid: git's hash of the file in the tree: of the content, or of the pointer to it.
        sha256: hash of the content.
        size: of the content, in bytes.
        is_lfs: whether the tree has a pointer instead of the content.
        changed_in: key of the commit that changed it last.
    """

    path: str
    oid: str
    sha256: str
    size: int
    is_lfs: bool
    changed_in: int = 0


def resolve(db: sqlite3.Connection, repo: Repo, revision: str) -> Commit:
    """The commit of a branch, a tag, a full reference or a hash of at least seven digits.

    Raises:
        HubError: there is no such commit.
    """
    full = revision.startswith("refs/")
    for name in [revision] if full else [f"refs/heads/{revision}", f"refs/tags/{revision}"]:
        row = db.execute(
            f"SELECT {_COMMIT} FROM refs JOIN commits ON commits.id = commit_id WHERE refs.repo = ? AND name = ?",
            (repo.key, name),
        ).fetchone()
        if row:
            return Commit(*row)
    if COMMIT_OID.fullmatch(revision) or _SHORT_OID.fullmatch(revision):
        rows = db.execute(
            f"SELECT {_COMMIT} FROM commits WHERE repo = ? AND oid GLOB ? LIMIT 2", (repo.key, f"{revision}*")
        ).fetchall()
        if len(rows) == 1:
            return Commit(*rows[0])
    raise revision_not_found(revision)


def branch_head(db: sqlite3.Connection, repo: Repo, revision: str) -> tuple[str, Commit]:
    """The full name and the newest commit of a branch or pull request, which can be committed to.

    Raises:
        HubError: there is no branch or pull request with this name.
    """
    name = revision if revision.startswith("refs/") else f"refs/heads/{revision}"
    if not name.startswith(("refs/heads/", "refs/pr/")):
        raise bad_request(f"{revision[:100]} is not a branch; commit to a branch or a pull request")
    return name, resolve(db, repo, name)


def commit_of(db: sqlite3.Connection, key: int) -> Commit:
    """The commit with a key."""
    return Commit(*db.execute(f"SELECT {_COMMIT} FROM commits WHERE id = ?", (key,)).fetchone())


def parent_of(db: sqlite3.Connection, commit: Commit) -> Commit | None:
    """The parent of a commit."""
    return commit_of(db, commit.parent) if commit.parent is not None else None


def ancestors(db: sqlite3.Connection, commit: Commit, *, limit: int = -1, skip: int = 0) -> list[Commit]:
    """A commit and its ancestors, newest first."""
    rows = db.execute(
        "WITH RECURSIVE line (id, depth) AS (SELECT ?, 0 UNION ALL SELECT parent, depth + 1 FROM line JOIN commits "
        f"USING (id) WHERE parent IS NOT NULL) SELECT {_COMMIT} FROM line JOIN commits ON commits.id = line.id "
        "ORDER BY depth LIMIT ? OFFSET ?",
        (commit.key, limit, skip),
    )
    return [Commit(*row) for row in rows]


def files_of(db: sqlite3.Connection, commit: Commit | None) -> dict[str, File]:
    """All files of a commit, as path -> file, sorted by path; empty before the first commit."""
    if commit is None:
        return {}
    rows = db.execute(
        f"{_SINCE_WHOLE} SELECT path, oid, sha256, size, is_lfs, changed_in, min(depth) FROM line JOIN files "
        "ON commit_id = line.id GROUP BY path ORDER BY path",  # with min(), sqlite gives the row of the minimum
        (commit.key,),
    )
    return {row[0]: _file(row[:-1]) for row in rows if row[2]}


def changes_of(before: dict[str, File], after: dict[str, File]) -> list[tuple[str, str, File | None, File | None]]:
    """The files that differ: path, what happened, the file before, the file after.

    Args:
        before: path -> file.
        after: path -> file.
    """
    found = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old is None or new is None or (old.sha256, old.is_lfs) != (new.sha256, new.is_lfs):
            what = "added" if old is None else "deleted" if new is None else "changed"
            found.append((path, what, old, new))
    return found


def file_at(db: sqlite3.Connection, commit: Commit, path: str) -> File | None:
    """The file at a path of a commit."""
    row = db.execute(
        f"{_SINCE_WHOLE} SELECT path, oid, sha256, size, is_lfs, changed_in FROM line JOIN files "
        "ON commit_id = line.id WHERE path = ? ORDER BY depth LIMIT 1",
        (commit.key, path),
    ).fetchone()
    return _file(row) if row and row[2] else None


def num_rows_since_whole(db: sqlite3.Connection, commit: Commit) -> tuple[int, int]:
    """The number of commits and of rows that have to be read for the files of a commit."""
    found = db.execute(
        f"{_SINCE_WHOLE} SELECT count(*), sum((SELECT count(*) FROM files WHERE commit_id = line.id)) FROM line",
        (commit.key,),
    ).fetchone()
    return found[0], found[1] or 0


def refs_of(db: sqlite3.Connection, repo: Repo) -> dict[str, str]:
    """All branches, tags and pull requests, as full name -> hash."""
    return dict(
        db.execute(
            "SELECT name, oid FROM refs JOIN commits ON commits.id = commit_id WHERE refs.repo = ? ORDER BY name",
            (repo.key,),
        )
    )


def create_ref(db: sqlite3.Connection, repo: Repo, name: str, commit: Commit) -> None:
    """Create a branch or a tag.

    Raises:
        HubError: it exists already, its name conflicts with another as file and folder, or the name is not valid.
    """
    kind, short = name.split("/", 2)[1:]
    check_ref_name(short)
    for existing in refs_of(db, repo):
        if existing == name:
            raise HubError(409, f"Reference already exists: {short}")
        if existing.startswith(f"{name}/") or name.startswith(f"{existing}/"):
            raise HubError(409, f"{existing} exists already, so {short} cannot be created; choose another name")
    db.execute("INSERT INTO refs VALUES (?, ?, ?)", (repo.key, name, commit.key))


def delete_ref(db: sqlite3.Connection, repo: Repo, name: str) -> None:
    """Delete a branch or a tag; its commits are kept.

    Raises:
        HubError: it does not exist, or it is the main branch.
    """
    if name == "refs/heads/main":
        raise HubError(403, "the main branch cannot be deleted")
    if not db.execute("DELETE FROM refs WHERE repo = ? AND name = ?", (repo.key, name)).rowcount:
        raise revision_not_found(name.split("/", 2)[2])


def _file(row: tuple) -> File:
    path, oid, sha256, size, is_lfs, changed_in = row
    return File(path, oid, sha256, size, bool(is_lfs), changed_in)
