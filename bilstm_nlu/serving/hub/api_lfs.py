"""API calls of Git LFS: ask which contents are needed, and receive them."""

import sqlite3
from typing import Any

from anyio import to_thread
from starlette.responses import JSONResponse, Response

from . import commits, repositories
from .access import proposable
from .blobs import BlobWriter
from .errors import HubError, bad_request, repo_not_found
from .names import check_sha256, check_size
from .repositories import Repo
from .routing import Call, Route
from .signing import check_signature, signed_query

__all__ = ["ROUTES"]

_MAX_OBJECTS = 1000
_ENDS = {"upload": "", "verify": "/verify"}


def lfs_batch(call: Call) -> Response:
    """Say for each content where to send it, unless the repository already has it."""
    objects = call.json.get("objects")
    if call.json.get("operation") != "upload" or not isinstance(objects, list):
        raise bad_request("this call is for uploads with Git LFS only; download files by their URL")
    if len(objects) > _MAX_OBJECTS:
        raise bad_request(f"ask for up to {_MAX_OBJECTS} objects at a time, not {len(objects)}")
    with call.hub.store.read() as db:
        repo, _ = proposable(call, db)
        content = [_answer(call, db, repo, item) for item in objects]
    answer = {"transfer": "basic", "objects": content, "hash_algo": "sha256"}
    return JSONResponse(answer, media_type="application/vnd.git-lfs+json")


def _answer(call: Call, db: sqlite3.Connection, repo: Repo, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise bad_request("each object needs an oid and a size")
    oid, size = check_sha256(item.get("oid")), check_size(item.get("size"))
    answer: dict[str, Any] = {"oid": oid, "size": size}
    try:
        call.hub.check_length(size)
    except HubError as error:
        return answer | {"error": {"code": error.status, "message": str(error)}}
    if commits.holds_content(db, repo, oid) == size and call.hub.store.blobs.is_intact(oid, size):
        return answer
    url = f"{call.endpoint}/-/lfs/{repo.key}/{oid}/{size}"
    query = signed_query(call.hub.store.secret, repo.key, oid, size)
    actions = {name: {"href": f"{url}{end}?{query}", "header": {}} for name, end in _ENDS.items()}
    return answer | {"authenticated": True, "actions": actions}


async def lfs_upload(call: Call) -> Response:
    """Receive content. The link names the repository, the hash and the size."""
    key, sha256, size = _signed_link(call)
    call.hub.store.blobs.check_room(size)
    writer = await to_thread.run_sync(call.hub.store.blobs.writer, size)
    with writer:
        async for piece in call.stream.pieces(size):
            await to_thread.run_sync(writer.write, piece)
        await to_thread.run_sync(_keep, call, writer, key, sha256, size)
    return Response()


def _keep(call: Call, writer: BlobWriter, key: int, sha256: str, size: int) -> None:
    writer.finish(sha256)
    with call.hub.store.write() as db:
        repo = repositories.by_key(db, key)
        if repo is None:  # deleted during the upload
            raise repo_not_found(True)
        commits.remember_content(db, repo, sha256, size)


def lfs_verify(call: Call) -> Response:
    """Say whether content has arrived."""
    key, oid, size = _signed_link(call)
    with call.hub.store.read() as db:
        repo = repositories.by_key(db, key)
        held = commits.holds_content(db, repo, oid) if repo else None
    if held != size:
        raise HubError(404, "the content has not arrived; send it again")
    return JSONResponse({})


def _signed_link(call: Call) -> tuple[int, str, int]:
    key, oid, size = int(call.params["num"]), call.params["sha256"], int(call.params["size"])
    check_signature(call.hub.store.secret, call.query("expires"), call.query("signature"), key, oid, size)
    return key, oid, size


ROUTES = [
    Route("POST", "/{web}{ns}/{name}.git/info/lfs/objects/batch", lfs_batch, "memory", Call.signed_in),
    Route("PUT", "/-/lfs/{num}/{sha256}/{size}", lfs_upload, "stream"),
    Route("POST", "/-/lfs/{num}/{sha256}/{size}/verify", lfs_verify, "memory", _signed_link),
]
