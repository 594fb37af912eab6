"""Discussions and pull requests: a pull request is a branch `refs/pr/N` that can be merged into another branch."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from ...escaping import one_line
from .commits import check_tree, store
from .database import now_ms
from .errors import HubError, bad_request
from .history import Commit, File, branch_head, commit_of, files_of
from .repositories import Repo

__all__ = [
    "Discussion",
    "Event",
    "add_event",
    "conflicts",
    "events_of",
    "find",
    "list_discussions",
    "merge",
    "of_ref",
    "opened",
    "rename",
    "set_status",
]

_COLUMNS = "id, num, title, author, status, is_pull_request, target, base, merged, created"
_MAX_TITLE = 200  # characters
_MAX_COMMENT = 64_000


@dataclass(frozen=True)
class Discussion:
    """A discussion or a pull request.

    Attributes:
        key: id of its row in the database.
        num: its number in the repository, from 1.
        title: its title.
        author: the name of the account.
        status: `draft`, `open`, `closed` or `merged`.
        is_pull_request: whether it has a branch.
        target: full name of the branch to merge into; empty for a discussion.
        base: key of the commit that it started from.
        merged: hash of the commit that merged it, or empty.
        created: milliseconds since 1970.
    """

    key: int
    num: int
    title: str
    author: str
    status: str
    is_pull_request: bool
    target: str
    base: int | None
    merged: str
    created: int

    @property
    def ref(self) -> str:
        """Full name of the branch of a pull request."""
        return f"refs/pr/{self.num}"


@dataclass(frozen=True)
class Event:
    """An event in a discussion.

    Attributes:
        key: id of its row in the database.
        type: `comment`, `status-change`, `commit` or `title-change`.
        author: the name of the account.
        created: milliseconds since 1970.
        content: depends on the type.
    """

    key: int
    type: str
    author: str
    created: int
    content: dict[str, Any]


def opened(
    db: sqlite3.Connection,
    repo: Repo,
    *,
    title: str,
    comment: str,
    author: str,
    pull_request_to: str | None = None,
    start: Commit | None = None,
    status: str = "open",
) -> Discussion:
    """Open a discussion or a pull request.

    Args:
        db: the tables, in a write transaction.
        repo: the repository.
        title: the title.
        comment: the first comment; may be empty.
        author: the name of the account.
        pull_request_to: the branch to merge into; `None` opens a discussion.
        start: the commit to start from; by default the newest commit of that branch.
        status: `open` or `draft`.
    """
    title = one_line(title)[:_MAX_TITLE]
    if not title:
        raise bad_request("a discussion needs a title")
    num = db.execute("SELECT coalesce(max(num), 0) + 1 FROM discussions WHERE repo = ?", (repo.key,)).fetchone()[0]
    target, base = "", None
    if pull_request_to is not None:
        target, head = branch_head(db, repo, pull_request_to)
        base = (start or head).key
        db.execute("INSERT INTO refs VALUES (?, ?, ?)", (repo.key, f"refs/pr/{num}", base))
    db.execute(
        "INSERT INTO discussions (repo, num, title, author, status, is_pull_request, target, base, merged, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
        (repo.key, num, title, author, status, bool(target), target, base, now_ms()),
    )
    discussion = find(db, repo, num)
    if comment:
        add_event(db, discussion, "comment", author, {"text": comment[:_MAX_COMMENT]})
    return discussion


def find(db: sqlite3.Connection, repo: Repo, num: int) -> Discussion:
    """The discussion with a number.

    Raises:
        HubError: there is no such discussion.
    """
    row = db.execute(f"SELECT {_COLUMNS} FROM discussions WHERE repo = ? AND num = ?", (repo.key, num)).fetchone()
    if row is None:
        raise HubError(404, f"there is no discussion {num}")
    return _discussion(row)


def of_ref(db: sqlite3.Connection, repo: Repo, name: str) -> Discussion | None:
    """The pull request of a branch, by the branch's full name; `None` for other branches."""
    num = name.removeprefix("refs/pr/")
    return find(db, repo, int(num)) if num != name and num.isdecimal() else None


def list_discussions(db: sqlite3.Connection, repo: Repo) -> list[Discussion]:
    """All discussions of a repository, newest first."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM discussions WHERE repo = ? ORDER BY num DESC", (repo.key,))
    return [_discussion(row) for row in rows]


def events_of(db: sqlite3.Connection, discussion: Discussion) -> list[Event]:
    """The events of a discussion, oldest first."""
    rows = db.execute(
        "SELECT id, type, author, created, content FROM events WHERE discussion = ? ORDER BY id", (discussion.key,)
    )
    return [Event(key, kind, author, created, json.loads(content)) for key, kind, author, created, content in rows]


def add_event(
    db: sqlite3.Connection, discussion: Discussion, kind: str, author: str, content: dict[str, Any]
) -> Event:
    """Record an event."""
    now = now_ms()
    key = db.execute(
        "INSERT INTO events (discussion, type, author, created, content) VALUES (?, ?, ?, ?, ?)",
        (discussion.key, kind, author, now, json.dumps(content)),
    ).lastrowid
    assert key is not None
    return Event(key, kind, author, now, content)


def rename(db: sqlite3.Connection, discussion: Discussion, title: str, author: str) -> Event:
    """Change the title of a discussion."""
    title = one_line(title)[:_MAX_TITLE]
    if not title:
        raise bad_request("a discussion needs a title")
    db.execute("UPDATE discussions SET title = ? WHERE id = ?", (title, discussion.key))
    return add_event(db, discussion, "title-change", author, {"from": discussion.title, "to": title})


def set_status(db: sqlite3.Connection, discussion: Discussion, status: str, author: str) -> Event:
    """Open or close a discussion."""
    if status not in ("open", "closed"):
        raise bad_request("the status of a discussion must be open or closed")
    if discussion.status == "merged":
        raise bad_request(f"pull request {discussion.num} is already merged")
    db.execute("UPDATE discussions SET status = ? WHERE id = ?", (status, discussion.key))
    return add_event(db, discussion, "status-change", author, {"status": status})


def conflicts(db: sqlite3.Connection, repo: Repo, discussion: Discussion) -> list[str]:
    """Paths that both a pull request and its target have changed, in different ways."""
    if discussion.status == "merged":
        return []
    return _merged_files(db, repo, discussion)[1]


def merge(db: sqlite3.Connection, repo: Repo, discussion: Discussion, author: str) -> Commit:
    """Merge the changes of a pull request into its target branch, as one commit.

    Raises:
        HubError: it is not an open pull request, or both sides changed a file.
    """
    if not discussion.is_pull_request or discussion.status not in ("open", "draft"):
        raise bad_request(f"{discussion.num} is not an open pull request")
    files, in_conflict = _merged_files(db, repo, discussion)
    if in_conflict:
        raise HubError(
            409, f"both sides changed {', '.join(map(ascii, in_conflict[:5]))}; update the pull request first"
        )
    check_tree(files)
    name, head = branch_head(db, repo, discussion.target)
    _, proposed = branch_head(db, repo, discussion.ref)
    title = f"{discussion.title} (#{discussion.num})"
    made = store(db, repo, head, files, author=author, title=title, merged=proposed)
    db.execute("UPDATE refs SET commit_id = ? WHERE repo = ? AND name = ?", (made.key, repo.key, name))
    db.execute("UPDATE discussions SET status = 'merged', merged = ? WHERE id = ?", (made.oid, discussion.key))
    add_event(db, discussion, "status-change", author, {"status": "merged"})
    return made


def _merged_files(db: sqlite3.Connection, repo: Repo, discussion: Discussion) -> tuple[dict[str, File], list[str]]:
    assert discussion.base is not None
    base = files_of(db, commit_of(db, discussion.base))
    ours = files_of(db, branch_head(db, repo, discussion.target)[1])
    theirs = files_of(db, branch_head(db, repo, discussion.ref)[1])
    merged, in_conflict = dict(ours), []
    for path in sorted({*base, *theirs}):
        old, mine, new = (_sha256(side.get(path)) for side in (base, ours, theirs))
        if new == old or new == mine:
            continue
        if mine != old:
            in_conflict.append(path)
        elif path in theirs:
            merged[path] = theirs[path]
        else:
            del merged[path]
    return merged, in_conflict


def _sha256(file: File | None) -> str | None:
    return file.sha256 if file else None


def _discussion(row: tuple) -> Discussion:
    key, num, title, author, status, is_pull_request, target, base, merged, created = row
    return Discussion(key, num, title, author, status, bool(is_pull_request), target, base, merged, created)
