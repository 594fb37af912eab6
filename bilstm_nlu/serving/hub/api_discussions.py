"""API calls for discussions and pull requests."""

import sqlite3
from typing import Any

from starlette.responses import JSONResponse, Response

from . import discussions
from .access import repo_of, writable
from .database import timestamp
from .discussions import Discussion, Event
from .errors import bad_request, forbidden
from .repositories import Repo
from .routing import Call, Route, text_of

__all__ = ["ROUTES"]

_PAGE = 50


def list_discussions(call: Call) -> Response:
    """The discussions and pull requests of a repository."""
    page = call.number("p")
    kind, status, author = call.query("type", "all"), call.query("status", "all"), call.query("author")
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        found = [
            _summary(repo, discussion)
            for discussion in discussions.list_discussions(db, repo)
            if kind == "all" or discussion.is_pull_request == (kind == "pull_request")
            if status == "all" or (discussion.status in ("open", "draft")) == (status == "open")
            if author in ("", discussion.author)
        ]
    start = page * _PAGE
    return JSONResponse({"discussions": found[start : start + _PAGE], "count": len(found), "start": start})


def open_discussion(call: Call) -> Response:
    """Open a discussion, or a pull request into the main branch. The pull request is a draft without changes."""
    account = call.signed_in()
    account.check_may_propose()
    is_pull_request = call.json.get("pullRequest") is True
    with call.hub.store.write() as db:
        repo = repo_of(call, db)
        discussion = discussions.opened(
            db,
            repo,
            title=text_of(call.json, "title"),
            comment=text_of(call.json, "description", ""),
            author=account.name,
            pull_request_to="main" if is_pull_request else None,
            status="draft" if is_pull_request else "open",
        )
    return JSONResponse({"num": discussion.num, "pullRequest": is_pull_request})


def show_discussion(call: Call) -> Response:
    """A discussion with all its events."""
    with call.hub.store.read() as db:
        repo = repo_of(call, db)
        discussion = discussions.find(db, repo, int(call.params["num"]))
        content = _summary(repo, discussion)
        events = discussions.events_of(db, discussion)
        if discussion.is_pull_request:
            content["filesWithConflicts"] = discussions.conflicts(db, repo, discussion)
            content["changes"] = {"base": discussion.target, "mergeCommitId": discussion.merged or None}
    comments = call.hub.comments(event.content.get("text", "") for event in events)
    content["events"] = list(map(_event, events, comments))
    return JSONResponse(content)


def comment(call: Call) -> Response:
    """Add a comment."""
    account = call.signed_in()
    account.check_may_propose()
    text = text_of(call.json, "comment")
    if not text.strip():
        raise bad_request("the comment is empty")
    with call.hub.store.write() as db:
        repo = repo_of(call, db)
        discussion = discussions.find(db, repo, int(call.params["num"]))
        event = discussions.add_event(db, discussion, "comment", account.name, {"text": text[:64_000]})
    return JSONResponse({"newMessage": _event(event, call.hub.renderer.html(text[:64_000]))})


def rename(call: Call) -> Response:
    """Change the title."""
    with call.hub.store.write() as db:
        discussion = _own(call, db)
        event = discussions.rename(db, discussion, text_of(call.json, "title"), call.signed_in().name)
    return JSONResponse({"newTitle": _event(event)})


def change_status(call: Call) -> Response:
    """Open or close a discussion."""
    with call.hub.store.write() as db:
        discussion = _own(call, db)
        event = discussions.set_status(db, discussion, text_of(call.json, "status"), call.signed_in().name)
    return JSONResponse({"newStatus": _event(event)})


def merge(call: Call) -> Response:
    """Merge a pull request."""
    with call.hub.store.write() as db:
        repo = writable(call, db)
        discussion = discussions.find(db, repo, int(call.params["num"]))
        text = text_of(call.json, "comment", "")
        if text.strip():
            discussions.add_event(db, discussion, "comment", call.signed_in().name, {"text": text[:64_000]})
        made = discussions.merge(db, repo, discussion, call.signed_in().name)
    return JSONResponse({"mergeCommitId": made.oid})


def _own(call: Call, db: sqlite3.Connection) -> Discussion:
    """The discussion, if the account opened it or may write to the repository."""
    account = call.signed_in()
    account.check_may_propose()
    repo = repo_of(call, db)
    discussion = discussions.find(db, repo, int(call.params["num"]))
    if discussion.author != account.name and not account.belongs_to(repo.namespace):
        raise forbidden(f"only {discussion.author} and accounts that can write to {repo.id} may do this")
    return discussion


def _summary(repo: Repo, discussion: Discussion) -> dict[str, Any]:
    return {
        "num": discussion.num,
        "title": discussion.title,
        "author": {"name": discussion.author},
        "status": discussion.status,
        "isPullRequest": discussion.is_pull_request,
        "createdAt": timestamp(discussion.created),
        "repo": {"name": repo.id, "type": repo.type},
    }


def _event(event: Event, html: str = "") -> dict[str, Any]:
    content = event.content
    if event.type == "comment":
        latest = {
            "raw": content["text"],
            "html": html,
            "updatedAt": timestamp(event.created),
            "author": {"name": event.author},
        }
        content = {"edited": False, "hidden": False, "latest": latest, "history": [latest], "numEdits": 0}
    return {
        "id": f"{event.key:024x}",
        "type": event.type,
        "author": {"name": event.author},
        "createdAt": timestamp(event.created),
        "data": content,
    }


ROUTES = [
    Route("GET", "/api/{types}/{ns}/{name}/discussions", list_discussions),
    Route("POST", "/api/{types}/{ns}/{name}/discussions", open_discussion, "memory", Call.signed_in),
    Route("GET", "/api/{types}/{ns}/{name}/discussions/{num}", show_discussion),
    Route("POST", "/api/{types}/{ns}/{name}/discussions/{num}/comment", comment, "memory", Call.signed_in),
    Route("POST", "/api/{types}/{ns}/{name}/discussions/{num}/title", rename, "memory", Call.signed_in),
    Route("POST", "/api/{types}/{ns}/{name}/discussions/{num}/status", change_status, "memory", Call.signed_in),
    Route("POST", "/api/{types}/{ns}/{name}/discussions/{num}/merge", merge, "memory", Call.signed_in),
]
