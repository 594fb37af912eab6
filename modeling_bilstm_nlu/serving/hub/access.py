"""Whether the account of a call may write to the repository of the call."""

import sqlite3

from . import discussions, history, repositories
from .history import Commit
from .repositories import Repo
from .routing import Call

__all__ = ["proposable", "writable"]


def writable(call: Call, db: sqlite3.Connection) -> Repo:
    """The repository, if the account may change it.

    Raises:
        HubError: it may not, or there is none.
    """
    account = call.signed_in()
    repo = repositories.find(db, account, call.repo_type, call.params["ns"], call.params["name"])
    account.check_may_write(repo.namespace)
    return repo


def proposable(call: Call, db: sqlite3.Connection) -> tuple[Repo, Commit]:
    """The repository and the newest commit of the branch, if the account may commit there or propose to.

    Whoever may see a repository may propose a change to it; so contents may be sent by them, too.

    Raises:
        HubError: the account may do neither, or there is no such repository or branch.
    """
    account = call.signed_in()
    repo = repositories.find(db, account, call.repo_type, call.params["ns"], call.params["name"])
    account.check_may_propose()
    revision = call.params.get("rev")
    if revision is None:  # contents for a commit that is checked when it comes
        return repo, history.resolve(db, repo, "main")
    name, head = history.branch_head(db, repo, revision)
    proposal = discussions.of_ref(db, repo, name)
    is_own_proposal = proposal is not None and proposal.author == account.name
    if not (call.is_asked("create_pr") or is_own_proposal):
        account.check_may_write(repo.namespace)
    return repo, head
