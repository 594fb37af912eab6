"""API calls that commit: ask which files a branch lacks, and make the commit."""

import base64
import binascii
import sqlite3
from collections.abc import Iterator
from typing import Any, BinaryIO

from starlette.responses import JSONResponse, Response

from . import commits, discussions, history
from .access import proposable
from .commits import Operation
from .errors import HubError, bad_request
from .lfs import belongs_to_lfs
from .names import check_path, check_sha256, check_size
from .repositories import Repo
from .routing import Call, Route, parse_object, text_of

__all__ = ["ROUTES"]

_MAX_PREUPLOAD = 1000  # files
_UNKNOWN = -1  # size of a file that the client copies within the repository


def preupload(call: Call) -> Response:
    """Say for each file how to send its content, and which content the branch has now."""
    asked = call.json.get("files")
    if not isinstance(asked, list) or len(asked) > _MAX_PREUPLOAD:
        raise bad_request(f"the body needs a list of up to {_MAX_PREUPLOAD} files")
    wanted = []
    for item in asked:
        if not isinstance(item, dict):
            raise bad_request("each file needs a path and a size")
        wanted.append((check_path(item.get("path")), check_size(item.get("size"))))
        call.hub.check_length(wanted[-1][1])
    with call.hub.store.read() as db:
        repo, head = proposable(call, db)
        files = history.files_of(db, head)
    content = []
    for path, size in wanted:
        mode = "lfs" if belongs_to_lfs(path, size) and not call.hub.settings.only_regular else "regular"
        answer = {"path": path, "uploadMode": mode, "shouldIgnore": False}
        file = files.get(path)
        # The client skips files whose hash the branch already has, but damaged content must be sent again.
        if file and file.is_lfs == (mode == "lfs") and call.hub.store.blobs.is_intact(file.sha256, file.size):
            answer["oid"] = file.sha256 if file.is_lfs else file.oid
        content.append(answer)
    return JSONResponse({"files": content})


def commit(call: Call) -> Response:
    """Commit to a branch, or to a new pull request."""
    account = call.signed_in()
    is_proposal = call.is_asked("create_pr")
    assert call.file is not None
    header, changes = _read_commit(call, call.file)
    title = text_of(header, "summary", "")
    body = text_of(header, "description", "")
    expected = text_of(header, "parentCommit", "") or None
    with call.hub.store.write() as db:
        repo, head = proposable(call, db)
        operations = [_operation(db, repo, change) for change in changes]
        revision, discussion = call.params["rev"], None
        if is_proposal:
            start = history.resolve(db, repo, expected) if expected else head
            discussion = discussions.opened(
                db, repo, title=title, comment=body, author=account.name, pull_request_to=revision, start=start
            )
            revision, expected = discussion.ref, None
        made, is_new = commits.commit(
            db, repo, revision, operations, author=account.name, title=title, body=body, expected_parent=expected
        )
        discussion = discussion or discussions.of_ref(db, repo, revision)
        if discussion and is_new:
            discussions.add_event(db, discussion, "commit", account.name, {"subject": made.title, "oid": made.oid})
    url = call.repo_url(repo)
    answer = {"success": True, "commitOid": made.oid, "commitUrl": f"{url}/commit/{made.oid}"}
    if is_proposal and discussion:
        answer["pullRequestUrl"] = f"{url}/discussions/{discussion.num}"
    return JSONResponse(answer)


def _may_commit(call: Call) -> None:
    """Refuse those who may not commit, before they send gigabytes."""
    with call.hub.store.read() as db:
        proposable(call, db)


def _read_commit(call: Call, body: BinaryIO) -> tuple[dict[str, Any], list[Operation]]:
    """The header of a commit and its operations. Contents are stored before anything refers to them."""
    header: dict[str, Any] | None = None
    operations: list[Operation] = []
    for key, value in _lines(body, call.hub.max_line_length):
        if key == "header":
            header = value
            continue
        if len(operations) >= commits.MAX_FILES:
            raise bad_request(f"a commit can have up to {commits.MAX_FILES} operations")
        path = value.get("path")
        if key == "file":
            path = check_path(path)  # before anything is stored
            content = _content(value)
            call.hub.check_length(len(content))
            file = commits.regular_file(path, call.hub.store.blobs.put(content))
            operations.append(Operation(file.path, file))
        elif key == "lfsFile":
            size = _UNKNOWN if value.get("size") is None else check_size(value["size"])
            file = commits.lfs_file(check_path(path), check_sha256(value.get("oid")), size)
            operations.append(Operation(file.path, file))
        elif key == "deletedFile":
            operations.append(Operation(check_path(path)))
        elif key == "deletedFolder":
            operations.append(Operation(check_path(str(path).strip("/")), is_folder=True))
        else:
            raise bad_request(f"the hub does not know the operation {ascii(key)}")
    if header is None:
        raise bad_request("a commit must start with a header")
    return header, operations


def _lines(body: BinaryIO, limit: int) -> Iterator[tuple[str, dict[str, Any]]]:
    while line := body.readline(limit):
        if len(line) == limit:
            raise HubError(413, f"a file over {limit * 3 // 4} bytes must be sent with Git LFS, not in the commit")
        if line.strip():
            item = parse_object(line)
            value = item.get("value")
            if not isinstance(value, dict):
                raise bad_request("every line of a commit needs a key and a value")
            yield text_of(item, "key"), value


def _content(value: dict[str, Any]) -> bytes:
    content = text_of(value, "content")
    if value.get("encoding", "utf-8") == "utf-8":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise bad_request(f"the content of {ascii(value.get('path'))} is not base64") from None


def _operation(db: sqlite3.Connection, repo: Repo, operation: Operation) -> Operation:
    """The operation with the true size of its content, if the repository has the content.

    Without this check, anyone who knows the hash of a private file could commit it elsewhere and read it.
    """
    file = operation.file
    if file is None or not file.is_lfs:
        return operation
    held = commits.holds_content(db, repo, file.sha256)
    if held is None or file.size not in (_UNKNOWN, held):
        raise bad_request(f"the content of {ascii(file.path)} was not uploaded, or has another size")
    return Operation(operation.path, commits.lfs_file(file.path, file.sha256, held))


ROUTES = [
    Route("POST", "/api/{types}/{ns}/{name}/preupload/{rev}", preupload, "memory", _may_commit),
    Route("POST", "/api/{types}/{ns}/{name}/commit/{rev}", commit, "file", _may_commit),
]
