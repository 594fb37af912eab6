"""What every server here needs to listen: its address, and what a browser may ask of it."""

import errno
import ipaddress
import logging
import re
from collections.abc import Callable
from typing import Any

import uvicorn

from ..errors import Cure, NluError

__all__ = [
    "COMMON_SETTINGS",
    "HOST",
    "LOOPBACK",
    "ListeningServer",
    "cannot_listen",
    "is_from_another_site",
    "is_loopback",
    "url_of",
]

#: Not TrustedHostMiddleware: it has no pattern for 127.*, and in starlette 0.40 it cannot read [::1].
HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
LOOPBACK = re.compile(r"(?:localhost|127\.[0-9.]+|\[::1\])(?::[0-9]+)?")


#: What every server here asks of uvicorn: one ASGI application without a lifespan, and no log of its own, which would
#: show signed links and what users said.
COMMON_SETTINGS: dict[str, Any] = {
    "lifespan": "off",
    "interface": "asgi3",
    "ws": "none",
    "log_config": None,
    "log_level": logging.WARNING,
    "access_log": False,
    "proxy_headers": False,
    "server_header": False,
}


class ListeningServer(uvicorn.Server):
    """A server that reports its URL when it starts to listen.

    Args:
        config: of uvicorn.
        on_start: called with the URL.
    """

    def __init__(self, config: uvicorn.Config, on_start: Callable[[str], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list | None = None) -> None:
        """Listen, and report the URL.

        Raises:
            NluError: the address is in use, or is not one of this machine.
        """
        log = logging.getLogger("uvicorn.error")
        is_disabled, log.disabled = log.disabled, True  # it would show the number of the error alone
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise cannot_listen(self.config.host, self.config.port, error.__context__) from error
        finally:
            log.disabled = is_disabled
        if self.started:
            self._on_start(url_of(self.servers[0].sockets[0]))


def cannot_listen(host: str, port: int, error: BaseException | None) -> NluError:
    """The error for an address that a server cannot listen on.

    Args:
        host: the address.
        port: the port.
        error: what the system said.
    """
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        reason, cures = "another program uses this port", ["stop that program", "choose another port with {}"]
    elif isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        reason, cures = "you may not use this port", ["choose one of 1024 or more with {}"]
    else:
        told = getattr(error, "strerror", None) or str(error or "the system gives no reason")
        reason, cures = f"this machine does not have this address: {told}", ["choose another address with {}"]
    option = "host" if "address" in cures[0] else "port"
    return NluError(f"cannot listen on {host}:{port}: {reason}", cure=[Cure(cure, option=option) for cure in cures])


def url_of(socket: object) -> str:
    """The URL of a server that listens on a socket."""
    host, port = socket.getsockname()[:2]  # type: ignore[attr-defined]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_from_another_site(origin: str | None, fetch_site: str | None, endpoint: str) -> bool:
    """Whether a browser made a request for a page of another site.

    Args:
        origin: the header `Origin`.
        fetch_site: the header `Sec-Fetch-Site`.
        endpoint: URL of the server as the client knows it.
    """
    is_foreign = origin is not None and origin != endpoint
    return is_foreign or (fetch_site or "none") not in ("none", "same-origin")
