"""Find the repository of a call, and check what the account may do with it."""

import sqlite3

from . import discussions, history, repositories
from .history import Commit
from .repositories import Repo
from .routing import Call

__all__ = ["proposable", "readable", "repo_of", "writable"]


def repo_of(call: Call, db: sqlite3.Connection) -> Repo:
    """The repository, if the account may know that it exists.

    Raises:
        HubError: the account has no right to do this, or the repository does not exist.
    """
    return repositories.find(db, call.account, call.repo_type, call.params["ns"], call.params["name"])


def readable(call: Call, db: sqlite3.Connection) -> Repo:
    """The repository, if the account may read its files.

    Raises:
        HubError: the account has no right to do this, or the repository does not exist.
    """
    repo = repo_of(call, db)
    repo.check_readable(call.account)
    return repo


def writable(call: Call, db: sqlite3.Connection) -> Repo:
    """The repository, if the account may change it.

    Raises:
        HubError: the account has no right to do this, or the repository does not exist.
    """
    account = call.signed_in()
    repo = repo_of(call, db)
    account.check_may_write(repo.namespace)
    return repo


def proposable(call: Call, db: sqlite3.Connection) -> tuple[Repo, Commit]:
    """The repository and the newest commit of the branch, if the account may commit there or propose changes.

    Accounts that may see a repository may propose a change to it, so they may also send file contents.

    Raises:
        HubError: the account may do neither, or there is no such repository or branch.
    """
    account = call.signed_in()
    repo = repo_of(call, db)
    account.check_may_propose()
    revision = call.params.get("rev")
    if revision is None:  # contents for a commit; the commit itself is checked when it arrives
        return repo, history.resolve(db, repo, "main")
    name, head = history.branch_head(db, repo, revision)
    proposal = discussions.of_ref(db, repo, name)
    is_own_proposal = proposal is not None and proposal.author == account.name
    if not (call.is_asked("create_pr") or is_own_proposal):
        account.check_may_write(repo.namespace)
    return repo, head
