"""Repositories: create, find, rename and delete them, and check who may see them."""

import sqlite3
from dataclasses import dataclass

from .database import now_ms
from .errors import HubError, bad_request, repo_not_found
from .names import REPO_TYPES, check_repo_id
from .tokens import Account

__all__ = ["Repo", "by_key", "create", "delete", "find", "list_visible", "move", "update"]

_COLUMNS = "id, type, namespace, name, is_private, gated, sdk, created, updated"


@dataclass(frozen=True)
class Repo:
    """A repository.

    Attributes:
        key: id of its row in the database.
        type: `model`, `dataset` or `space`.
        namespace: its owner.
        name: without the owner.
        is_private: whether only accounts that belong to the owner see it.
        gated: `auto` or `manual` if only accounts that belong to the owner may read its files; else empty.
        sdk: of a Space.
        created: milliseconds since 1970.
        updated: time of the newest commit, in milliseconds since 1970.
    """

    key: int
    type: str
    namespace: str
    name: str
    is_private: bool
    gated: str
    sdk: str
    created: int
    updated: int

    @property
    def id(self) -> str:
        """`owner/name`."""
        return f"{self.namespace}/{self.name}"

    def is_visible_to(self, account: Account | None) -> bool:
        """Whether the account may know that the repository exists."""
        return not self.is_private or (account is not None and account.belongs_to(self.namespace))

    def check_readable(self, account: Account | None) -> None:
        """Refuse accounts that may know of the repository but may not read its files.

        Raises:
            HubError: the files are gated, and the account has no access.
        """
        if self.gated and not (account is not None and account.belongs_to(self.namespace)):
            message = f"Access to {self.type} {self.id} is restricted to {self.namespace}"
            raise HubError(403 if account else 401, message, code="GatedRepo")


def create(
    db: sqlite3.Connection, repo_type: str, namespace: str, name: str, *, is_private: bool = False, sdk: str = ""
) -> Repo:
    """Create an empty repository; the caller must add the first commit.

    Raises:
        HubError: there is already one with this name, or the name is not valid.
    """
    if repo_type not in REPO_TYPES:
        raise bad_request(f"the type of a repository must be one of {', '.join(REPO_TYPES)}")
    check_repo_id(namespace, name)
    now = now_ms()
    try:
        key = db.execute(
            "INSERT INTO repos (type, namespace, name, is_private, gated, sdk, created, updated) "
            "VALUES (?, ?, ?, ?, '', ?, ?, ?)",
            (repo_type, namespace, name, is_private, sdk, now, now),
        ).lastrowid
    except sqlite3.IntegrityError:
        raise HubError(409, f"You already created this {repo_type} repo: {namespace}/{name}") from None
    assert key is not None
    return Repo(key, repo_type, namespace, name, is_private, "", sdk, now, now)


def find(db: sqlite3.Connection, account: Account | None, repo_type: str, namespace: str, name: str) -> Repo:
    """Find a repository by its name.

    Raises:
        HubError: there is no such repository, or the account may not know of it.
    """
    row = db.execute(
        f"SELECT {_COLUMNS} FROM repos WHERE type = ? AND namespace = ? AND name = ?", (repo_type, namespace, name)
    ).fetchone()
    repo = _repo(row) if row else None
    if repo is None or not repo.is_visible_to(account):
        raise repo_not_found(account is not None)
    return repo


def by_key(db: sqlite3.Connection, key: int) -> Repo | None:
    """The repository of a row, if it still exists."""
    row = db.execute(f"SELECT {_COLUMNS} FROM repos WHERE id = ?", (key,)).fetchone()
    return _repo(row) if row else None


def list_visible(
    db: sqlite3.Connection,
    account: Account | None,
    repo_type: str | None = None,
    *,
    author: str | None = None,
    search: str = "",
) -> list[Repo]:
    """The repositories that an account may see, sorted by their newest commit, newest first.

    Args:
        db: the tables.
        account: the account that asks.
        repo_type: only repositories of this type.
        author: only repositories of this owner.
        search: only repositories whose `owner/name` contains all of these words, ignoring case.
    """
    words = search.lower().split()
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM repos WHERE coalesce(type = ?, 1) AND coalesce(namespace = ?, 1) "
        "ORDER BY updated DESC, id DESC",
        (repo_type, author),
    )
    return [
        repo
        for repo in map(_repo, rows)
        if repo.is_visible_to(account) and all(word in repo.id.lower() for word in words)
    ]


def update(db: sqlite3.Connection, repo: Repo, *, is_private: bool | None = None, gated: str | None = None) -> None:
    """Change who may see a repository and its files; `None` changes nothing."""
    db.execute(
        "UPDATE repos SET is_private = coalesce(?, is_private), gated = coalesce(?, gated) WHERE id = ?",
        (is_private, gated, repo.key),
    )


def move(db: sqlite3.Connection, repo: Repo, namespace: str, name: str) -> None:
    """Give a repository another name.

    Raises:
        HubError: the name is in use, or is not valid.
    """
    check_repo_id(namespace, name)
    try:
        db.execute("UPDATE repos SET namespace = ?, name = ? WHERE id = ?", (namespace, name, repo.key))
    except sqlite3.IntegrityError:
        raise HubError(409, f"there is already a {repo.type} repo {namespace}/{name}") from None


def delete(db: sqlite3.Connection, repo: Repo) -> None:
    """Delete a repository with all its history. Contents that no other one uses are deleted at the next start."""
    db.execute("DELETE FROM repos WHERE id = ?", (repo.key,))


def _repo(row: tuple) -> Repo:
    key, repo_type, namespace, name, is_private, gated, sdk, created, updated = row
    return Repo(key, repo_type, namespace, name, bool(is_private), gated, sdk, created, updated)
