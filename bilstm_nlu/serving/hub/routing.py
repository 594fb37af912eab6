"""Find the function that answers a request, by the URL as it was sent.

A branch such as `dev/x` is sent as `dev%2Fx`, so a URL is split at its slashes first and decoded afterwards. The
`Router` of starlette (up to 1.10 at least) matches the decoded path, in which the two slashes look the same.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import parse_qs, unquote

from starlette.requests import Request

from .errors import HubError, bad_request
from .hub import Hub
from .names import web_prefix
from .receiving import Body
from .repositories import Repo
from .tokens import Account

__all__ = ["Call", "Route", "match", "text_of"]

#: Patterns of the parameters of a route; other parameters match one part between slashes.
_PATTERNS = {
    "types": "models|datasets|spaces",
    "ns": "(?!(?:api|datasets|models|spaces|-)(?:/|$))[^/]+",
    "web": "(?:datasets/|spaces/)?",
    "rev": "refs/(?:heads|tags|pr|convert)/[^/]+|[^/]+",
    "path": ".*",
    "num": "[0-9]{1,9}",
    "size": "[0-9]{1,15}",
    "sha256": "[0-9a-f]{64}",
}
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass
class Call:
    """A request, as the functions that answer it see it.

    Attributes:
        hub: the hub of the server.
        request: the request, without its body.
        params: the parameters of the route, decoded.
        account: the account that asks; `None` without a token.
        endpoint: URL of the hub as the client knows it.
        body: the body, if it was read into memory.
        file: the body, if it was written to a file.
        stream: the body, for handlers that read it themselves.
    """

    hub: Hub
    request: Request
    params: dict[str, str]
    account: Account | None
    endpoint: str
    body: bytes = b""
    file: BinaryIO | None = None
    stream: Body = field(kw_only=True)

    @property
    def repo_type(self) -> str:
        """`model`, `dataset` or `space`, according to the URL."""
        if "types" in self.params:
            return self.params["types"].removesuffix("s")
        return self.params["web"].rstrip("/").removesuffix("s") or "model"

    @property
    def url(self) -> str:
        """The URL of the request up to the question mark."""
        return self.endpoint + self.request.scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")

    def repo_url(self, repo: Repo) -> str:
        """The URL of a repository's page."""
        return f"{self.endpoint}/{web_prefix(repo.type)}{repo.id}"

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            HubError: the body is not a JSON object.
        """
        return parse_object(self.body)

    def query(self, name: str, default: str = "") -> str:
        """A parameter after the question mark."""
        return self.request.query_params.get(name, default)

    def number(self, name: str, default: int = 0) -> int:
        """A small number after the question mark; the default if it is anything else."""
        text = self.query(name)
        return int(text) if _NUMBER.fullmatch(text) else default

    def is_asked(self, name: str) -> bool:
        """Whether a parameter after the question mark is 1 or true."""
        return self.query(name).lower() in ("1", "true")

    def form(self, name: str) -> list[str]:
        """All values of a field of a form."""
        try:
            return parse_qs(self.body.decode(), keep_blank_values=True, max_num_fields=10_000).get(name, [])
        except ValueError:
            raise bad_request("the form cannot be read") from None

    def signed_in(self) -> Account:
        """The account that asks.

        Raises:
            HubError: the request has no token.
        """
        if self.account is None:
            raise HubError(401, "this needs a token: set HF_TOKEN, or run `hf auth login`")
        return self.account


@dataclass(frozen=True)
class Route:
    """Which function answers which requests.

    Attributes:
        method: the HTTP method; `GET` also covers `HEAD`.
        pattern: of the URL, with parameters in braces. `{web}` is `datasets/`, `spaces/` or nothing.
        handler: the function; it runs in a thread.
        body: how the handler gets the body: `""` not at all, `memory`, `file`, or `stream` for a coroutine that reads
            it itself.
        check: refuses the request before its body is received; it runs in a thread.
    """

    method: str
    pattern: str
    handler: Callable[[Call], Any]
    body: str = ""
    check: Callable[[Call], Any] | None = None

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern as a regular expression for an undecoded URL."""
        parts = re.split(r"\{(\w+)\}", self.pattern)
        return re.compile(
            "".join(
                f"(?P<{part}>{_PATTERNS.get(part, '[^/]+')})" if index % 2 else re.escape(part)
                for index, part in enumerate(parts)
            )
        )


def match(routes: Sequence[Route], method: str, raw_path: bytes) -> tuple[Route, dict[str, str]]:
    """The first route that matches a request, and its parameters.

    Raises:
        HubError: no route matches.
    """
    path = raw_path.partition(b"?")[0].decode("ascii", "replace")
    allowed = []
    for route in routes:
        if found := route.regex.fullmatch(path):
            if route.method == ("GET" if method == "HEAD" else method):
                return route, {name: _decoded(value) for name, value in found.groupdict().items()}
            allowed.append(route.method)
    if allowed:
        raise HubError(405, f"this URL does not support {method}", headers={"Allow": ", ".join(sorted(set(allowed)))})
    raise HubError(404, "this hub has no such page and no such call")


def parse_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        HubError: the body is not a JSON object, or contains half surrogate pairs, which cannot be stored.
    """
    try:
        value = json.loads(body or b"{}")
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise bad_request("the body is not JSON") from None
    if not isinstance(value, dict):
        raise bad_request("the body is not a JSON object")
    return value


def text_of(values: dict[str, Any], name: str, default: str | None = None) -> str:
    """A text value of a JSON object.

    Raises:
        HubError: the value is missing, or is not text.
    """
    value = values.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise bad_request(f"the body needs the text {name!r}")
    return value


def _decoded(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise bad_request("the URL is not UTF-8") from None
