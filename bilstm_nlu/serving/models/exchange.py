"""A request with its answer: how it is received, checked, counted and logged, whatever it asks for."""

import json
import logging
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from ...escaping import one_line
from ..listening import HOST, LOOPBACK, is_from_another_site
from ..refusal import Refusal
from .errors import bad_request, forbidden, too_long, wrong_method
from .service import Service

__all__ = ["Answer", "Endpoint", "Exchange", "Handler", "OneOf", "as_json"]

logger = logging.getLogger(__name__)
request_logger = logging.getLogger(f"{__package__}.requests")

_SAFE_METHODS = ("GET", "HEAD")
_DRAINED = 16_000_000  # bytes of a refused body that are read, so that the client sees the answer
_JSON = b"application/json"
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_SAFETY = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]


class Answer(NamedTuple):
    """What is sent.

    Attributes:
        body: its bytes.
        status: the HTTP status.
        kind: the content type.
        headers: more headers.
    """

    body: bytes
    status: int = 200
    kind: bytes = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer with a value as JSON. Half surrogate pairs, which UTF-8 does not have, are escaped."""
    line = _encode(value)
    try:
        body = line.encode()
    except UnicodeEncodeError:
        body = json.dumps(value, allow_nan=False).encode()
    more = tuple((name.lower().encode(), text.encode()) for name, text in (headers or {}).items())
    return Answer(body, status, _JSON, more)


class Exchange:
    """A request, as the functions that answer it see it.

    Args:
        service: the service.
        scope: as ASGI gives it.

    Attributes:
        started: when it arrived, in the seconds of `time.perf_counter`.
        body: its body.
        told: what the log says of it, such as the model.
    """

    __slots__ = ("service", "scope", "headers", "started", "body", "told")

    def __init__(self, service: Service, scope: Scope) -> None:
        self.service, self.scope = service, scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.started = time.perf_counter()
        self.body = b""
        self.told: dict[str, Any] = {}

    @property
    def name(self) -> str | None:
        """The model in the URL."""
        return self.scope["path_params"].get("name")

    @property
    def query(self) -> dict[str, str]:
        """The parameters after the question mark, each with its last value."""
        given = parse_qs(self.scope["query_string"].decode("latin-1"), max_num_fields=100)
        return {name: values[-1] for name, values in given.items()}

    def header(self, name: bytes) -> str | None:
        """A header of the request."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def check_origin(self) -> None:
        """Refuse what a page of another site sends, and host names that only point here.

        Raises:
            Refusal: the request has no valid host, or comes from another site.
        """
        host = self.header(b"host") or ""
        if not HOST.fullmatch(host):
            raise bad_request("the request has no valid Host header")
        if self.service.access.is_public:  # no page of another site can do more than its own server could
            return
        if self.service.access.is_open and not LOOPBACK.fullmatch(host):
            raise forbidden("a server without tokens answers only to the host name localhost")
        if self.scope["method"] not in _SAFE_METHODS:
            endpoint = f"{self.scope['scheme']}://{host}"
            if is_from_another_site(self.header(b"origin"), self.header(b"sec-fetch-site"), endpoint):
                raise forbidden("requests from another site are not answered")

    async def receive(self, receive: Receive) -> None:
        """Read the body.

        Raises:
            Refusal: it is too long.
            ClientDisconnect: the client is gone.
        """
        limit = self.service.limits.body
        announced = self.headers.get(b"content-length", b"0")
        pieces, size, is_over = [], 0, int(announced) > limit if announced.isdigit() else False
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            piece = message.get("body", b"")
            size += len(piece)
            is_over = is_over or size > limit
            if not is_over:
                pieces.append(piece)
            if not message.get("more_body", False) or size > _DRAINED:
                break
        if is_over:
            raise too_long(f"the body is longer than the {limit:,} bytes that are allowed here")
        self.body = b"".join(pieces) if len(pieces) > 1 else pieces[0]

    async def drain(self, receive: Receive) -> None:
        """Read the body of a request that is refused without it, so that the client sees the answer.

        Raises:
            ClientDisconnect: the client is gone.
        """
        if self.scope["method"] not in _SAFE_METHODS:
            try:
                await self.receive(receive)
            except Refusal:
                return


Handler = Callable[[Exchange], Awaitable[Answer]]


class Endpoint:
    """Answers the requests of one route.

    Args:
        service: the service.
        handler: makes the answer.
        method: the HTTP method, where `GET` is also `HEAD`; `None` takes all.
        route: the URL as a pattern, for the log and the metrics.
        scope: of the tokens that may ask; `None` for everyone.
        waits: whether requests wait for the network, so that a full queue refuses them before they are read.
    """

    def __init__(
        self,
        service: Service,
        handler: Handler,
        *,
        method: str | None = "GET",
        route: str,
        scope: str | None = None,
        waits: bool = False,
    ) -> None:
        self.service, self.handler, self.method, self.route = service, handler, method, route
        self.scope, self.waits = scope, waits
        self._counters: dict[int, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI wants it."""
        exchange = Exchange(self.service, scope)
        try:
            answer = await self._answer(exchange, receive)
        except ClientDisconnect:
            return
        self._count(exchange, answer.status)
        headers = [
            (b"content-type", answer.kind),
            (b"content-length", str(len(answer.body)).encode()),
            *_SAFETY,
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, exchange: Exchange, receive: Receive) -> Answer:
        service = self.service
        try:
            try:
                exchange.check_origin()
                self._check_method(exchange.scope["method"])
                if self.scope is not None:
                    service.access.check(exchange.header(b"authorization"), self.scope)
                if self.waits:
                    service.queue.check()
            except Refusal:
                await exchange.drain(receive)
                raise
            if exchange.scope["method"] not in _SAFE_METHODS:
                await exchange.receive(receive)
            return await self.handler(exchange)
        except Refusal as error:
            refusal = error
        except ClientDisconnect:
            raise
        except Exception as error:
            refusal = Refusal(500, "the server failed; its log has the reason")
            # neither the message of the error nor its values: they may have what a user said
            places = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)]
            fields = {"route": self.route, "error": type(error).__name__, "places": places[-8:], **exchange.told}
            logger.error("a request failed", extra={"fields": fields})
        message = one_line(str(refusal))[:2000]
        return as_json({"error": message, **refusal.content}, refusal.status, refusal.headers)

    def _check_method(self, given: str) -> None:
        if self.method is not None and self.method != given and (self.method, given) != ("GET", "HEAD"):
            raise wrong_method(self.method)

    def _count(self, exchange: Exchange, status: int) -> None:
        counter = self._counters.get(status)
        if counter is None:
            counter = self._counters[status] = self.service.metrics.requests.labels(self.route, str(status))
        counter.inc()
        if self.service.shows_requests:
            fields = {
                "route": self.route,
                "method": exchange.scope["method"],
                "status": status,
                "ms": round(1000 * (time.perf_counter() - exchange.started), 2),
                "bytes": len(exchange.body),
                "id": secrets.token_hex(8),
                **exchange.told,
            }
            request_logger.info("request", extra={"fields": fields})


class OneOf:
    """Answers the requests of a URL that has several methods.

    Args:
        endpoints: one for each method; the first one refuses other methods.
    """

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = {endpoint.method: endpoint for endpoint in reversed(endpoints)}
        self._first = endpoints[0]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI wants it."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        await self._endpoints.get(method, self._first)(scope, receive, send)
