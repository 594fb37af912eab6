"""The server as an ASGI application."""

from collections.abc import Iterable

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from .answers import Answers
from .errors import not_found
from .exchange import Answer, Endpoint, Exchange, Handler, OneOf, as_json
from .management import Management
from .openapi import describe_api, render_page
from .operations import Operation, operations
from .refreshing import Refreshing
from .service import Service
from .training_requests import training_operations
from .web_page import files_of_page

__all__ = ["make_app"]

_PAGE = ((b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),)


def make_app(service: Service, refreshing: Refreshing) -> ASGIApp:
    """Make the application.

    Args:
        service: the parts that all requests share.
        refreshing: looks for new revisions.
    """
    known = [*operations(Answers(service), Management(service, refreshing)), *training_operations(service)]
    description = describe_api(known)
    endpoints: dict[str, ASGIApp] = {}
    for path, methods in _by_path(known).items():
        found = [
            Endpoint(service, one.handler, method=one.method, route=path, scope=one.scope, waits=one.waits)
            for one in methods
        ]
        endpoints[path] = found[0] if len(found) == 1 else OneOf(found)
    endpoints["/openapi.json"] = Endpoint(service, _constant(as_json(description)), route="/openapi.json")
    page = Answer(render_page(description), 200, b"text/html; charset=utf-8", _PAGE)
    endpoints["/docs"] = Endpoint(service, _constant(page), route="/docs")
    for path, file in files_of_page(is_public=service.access.is_public).items():
        endpoints[path] = Endpoint(service, _constant(file), route=path)
    # an endpoint checks the method itself, so that this answer is JSON, too
    routes = [Route(path, endpoint) for path, endpoint in endpoints.items()]
    # without the middleware of an application, which would take a tenth of the time of a request
    return Router(routes, default=_unknown(service), redirect_slashes=False)


def _by_path(known: Iterable[Operation]) -> dict[str, list[Operation]]:
    """The requests of each URL."""
    found: dict[str, list[Operation]] = {}
    for one in known:
        found.setdefault(one.path, []).append(one)
    return found


def _constant(answer: Answer) -> Handler:
    async def handler(exchange: Exchange) -> Answer:
        return answer

    return handler


def _unknown(service: Service) -> ASGIApp:
    """Answers requests to other URLs."""

    async def handler(exchange: Exchange) -> Answer:
        raise not_found("there is nothing at this URL; GET /docs shows all requests")

    endpoint = Endpoint(service, handler, method=None, route="")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await endpoint({**scope, "path_params": {}}, receive, send)

    return answer
