"""The hub as an ASGI application: finds the function for a request, and turns errors into answers."""

import errno
import logging
import secrets
import sqlite3
from dataclasses import dataclass

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ...escaping import one_line
from ..listening import HOST, LOOPBACK, is_from_another_site
from . import api_commits, api_discussions, api_files, api_lfs, api_read, api_refs, api_repos, model_pages, pages
from .errors import HubError, forbidden, no_room
from .hub import Hub
from .receiving import Body
from .routing import Call, Route, match

__all__ = ["ROUTES", "HubApp"]

logger = logging.getLogger(__name__)
request_logger = logging.getLogger(f"{__package__}.requests")

#: All requests that the hub answers; the first route that matches is used.
ROUTES: list[Route] = [
    *api_repos.ROUTES,
    *api_read.ROUTES,
    *api_files.ROUTES,
    *api_refs.ROUTES,
    *api_lfs.ROUTES,
    *api_commits.ROUTES,
    *api_discussions.ROUTES,
    *model_pages.ROUTES,
    *pages.ROUTES,
]
_SAFE_METHODS = ("GET", "HEAD")
_MAX_SHOWN = 300  # characters of a request in the log
_MAX_JSON = 8_000_000  # bytes
#: Errors of the operating system that mean that the disk is full.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class HubApp:
    """The application.

    Attributes:
        hub: the hub that it serves.
        shows_requests: whether to log a line for each request, without what follows the question mark.
    """

    hub: Hub
    shows_requests: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        length = request.headers.get("content-length", "")
        body = Body(receive, int(length) if length.isdecimal() else None)
        try:
            response = await self._answer(request, body)
        except ClientDisconnect:
            return
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
        response.headers.setdefault("X-Request-Id", secrets.token_hex(8))
        if self.shows_requests:
            request_logger.info("%s %s", _shown(request), response.status_code)
        await response(scope, receive, send)

    async def _answer(self, request: Request, body: Body) -> Response:
        try:
            return await self._handle(request, body)
        except HubError as error:
            refusal = error
        except ClientDisconnect:
            raise
        except Exception as error:
            if _is_about_room(error):
                logger.error("%s: %s", _shown(request), error)
                refusal = no_room()
            elif type(error) is sqlite3.DatabaseError:  # a page is malformed
                logger.error("%s: the database is damaged (%s)", _shown(request), error)
                refusal = HubError(500, "the hub's database is damaged; run `bilstm-nlu hub check` on its folder")
            else:
                logger.exception("%s failed", _shown(request))
                refusal = HubError(500, "the hub failed; its log has the reason")
        await body.drain()
        return _refused(request, refusal)

    async def _handle(self, request: Request, body: Body) -> Response:
        endpoint = self._endpoint(request)
        route, params = match(ROUTES, request.method, request.scope["raw_path"])
        account = self.hub.tokens.account(
            request.headers.get("authorization"), is_safe_method=request.method in _SAFE_METHODS
        )
        call = Call(self.hub, request, params, account, endpoint, stream=body)
        if route.check is not None:
            await to_thread.run_sync(route.check, call)
        if route.body == "stream":
            return await route.handler(call)
        if route.body == "memory":
            call.body = await body.into_memory(_MAX_JSON)
        if route.body != "file":
            return await to_thread.run_sync(route.handler, call)
        if body.announced is not None:
            self.hub.store.blobs.check_room(body.announced)
        with self.hub.store.blobs.spool() as call.file:
            await body.into_file(self.hub.max_commit_length, call.file)
            return await to_thread.run_sync(route.handler, call)

    def _endpoint(self, request: Request) -> str:
        """The URL of the hub as the client knows it.

        Raises:
            HubError: the request was made by a browser for another site.
        """
        host = request.headers.get("host", "")
        if not HOST.fullmatch(host):
            raise HubError(400, "the request has no valid Host header")
        if self.hub.tokens.is_open and not LOOPBACK.fullmatch(host):  # a foreign domain that points here
            raise forbidden("a hub without tokens answers only to the host name localhost")
        endpoint = self.hub.settings.endpoint or f"{request.url.scheme}://{host}"
        if request.method not in _SAFE_METHODS:
            origin, fetch_site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
            if is_from_another_site(origin, fetch_site, endpoint):
                raise forbidden("requests from another site may not change anything here")
        return endpoint


def _shown(request: Request) -> str:
    """A request for the log: never with its query, which may hold a signature."""
    return one_line(f"{request.method} {request.url.path}")[:_MAX_SHOWN]


def _is_about_room(error: Exception) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return "disk is full" in str(error) or "disk I/O error" in str(error)
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def _refused(request: Request, error: HubError) -> Response:
    message = one_line(str(error))[:1000]
    headers = {"X-Error-Message": message.encode("ascii", "backslashreplace").decode(), **error.headers}
    if error.code:
        headers["X-Error-Code"] = error.code
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        response = pages.refusal(error.status, message)
        response.headers.update(headers)
        return response
    return JSONResponse({"error": message, **error.content}, error.status, headers)
