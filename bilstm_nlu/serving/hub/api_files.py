"""API calls that send the contents of files, whole or in part."""

import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import BinaryIO
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import Response, StreamingResponse

from . import history
from .access import readable
from .errors import HubError, entry_not_found
from .history import Commit, File
from .repositories import Repo
from .routing import Call, Route

__all__ = ["ROUTES"]

_CHUNK = 1 << 20
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_TEXTS = ("gitattributes", "json", "md", "py", "txt", "yaml", "yml")
#: Suffixes that a browser may show; it may only save other files. SVG pictures can hold scripts, hence the policy.
_SHOWN = {
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
} | dict.fromkeys(_TEXTS, "text/plain; charset=utf-8")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def resolve(call: Call) -> Response:
    """The content of a file at a revision. For HEAD, only the headers that the client's cache needs."""
    path = call.params["path"]
    with call.hub.store.read() as db:
        repo = readable(call, db)
        commit = history.resolve(db, repo, call.params["rev"])
        file = history.file_at(db, commit, path)
    if file is None:
        raise entry_not_found(path, commit.oid)
    headers = _headers(repo, commit, file)
    etag = headers["ETag"]
    known = call.request.headers.get("if-none-match", "")
    if etag in (known.removeprefix("W/"), *known.replace("W/", "").split(", ")):
        return Response(status_code=304, headers=headers)
    if call.request.method == "HEAD":
        if not call.hub.store.blobs.path(file.sha256).exists():
            raise HubError(410, "the hub's copy of this file is missing; push the file again to repair it")
        return Response(headers=headers | {"Content-Length": str(file.size)})
    start, end, status = 0, file.size, 200
    asked = _RANGE.fullmatch(call.request.headers.get("range", ""))  # for several ranges, the whole file is sent
    if asked and any(asked.groups()) and call.request.headers.get("if-range", etag) == etag:
        start, end = _range(asked, file.size)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
        status = 206
    # not FileResponse: it opens the file after the answer began, refuses units that it does not know, and before
    # starlette 0.49.1, its parser of ranges takes quadratic time
    content = call.hub.store.blobs.open(file.sha256, file.size)
    return StreamingResponse(
        _chunks(content, start, end), status, headers | {"Content-Length": str(end - start)}, headers["Content-Type"]
    )


async def _chunks(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    try:
        file.seek(start)
        while start < end:
            chunk = await to_thread.run_sync(file.read, min(_CHUNK, end - start))
            if not chunk:
                return  # the file became shorter on the disk; the client notices the missing bytes
            start += len(chunk)
            yield chunk
    finally:
        file.close()


def _range(asked: re.Match[str], size: int) -> tuple[int, int]:
    """The first byte that a `Range` header asks for, and the byte after the last."""
    first, last = asked.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise HubError(416, "the file has no bytes in this range", headers={"Content-Range": f"bytes */{size}"})
    return start, end


def _headers(repo: Repo, commit: Commit, file: File) -> dict[str, str]:
    name = file.path.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower()
    disposition = "inline" if suffix in _SHOWN else "attachment"
    plain = re.sub(r"[^ !#-\[\]-~]", "_", name)
    headers = {
        "X-Repo-Commit": commit.oid,
        "ETag": f'"{file.sha256 if file.is_lfs else file.oid}"',
        "Accept-Ranges": "bytes",
        "Content-Type": _SHOWN.get(suffix, "application/octet-stream"),
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name)}; filename=\"{plain}\";",
        "Content-Security-Policy": _POLICY,
        "Last-Modified": formatdate(commit.created / 1000, usegmt=True),
        "Cache-Control": "private, no-cache" if repo.is_private or repo.gated else "no-cache",
    }
    if file.is_lfs:
        headers |= {"X-Linked-Etag": headers["ETag"], "X-Linked-Size": str(file.size)}
    return headers


ROUTES = [
    Route("GET", "/{web}{ns}/{name}/resolve/{rev}/{path}", resolve),
    Route("GET", "/{web}{ns}/{name}/raw/{rev}/{path}", resolve),
]
