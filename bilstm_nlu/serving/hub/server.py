"""Run a hub on a port until it is stopped."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ...errors import NluError
from ..connections import LimitedProtocol, most_connections
from ..listening import COMMON_SETTINGS, ListeningServer, is_loopback
from ..log_limits import limited_logs
from .app import HubApp
from .hub import Hub, HubSettings
from .store import HubStore
from .tokens import Tokens

__all__ = ["serve"]

_LOGGERS = [f"{__package__}.{name}" for name in ("app", "blobs", "info", "privacy", "store")]
_BACKLOG = 128  # connections that are accepted at once, before any can be refused
_GRACE = 5  # seconds that open requests get when the server is stopped


def serve(
    root: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tokens: Tokens | None = None,
    settings: HubSettings | None = None,
    on_start: Callable[[str], None] = lambda url: None,
    shows_requests: bool = False,
) -> None:
    """Serve a hub until the process is interrupted.

    Args:
        root: folder of the hub; created if it does not exist.
        host: address to listen on. Without tokens, it must be an address that only this machine can reach.
        port: to listen on; 0 picks a free one.
        tokens: who may use the hub; without tokens, every user of this machine may do everything.
        settings: limits and other settings.
        on_start: called with the URL once the hub listens.
        shows_requests: log one line for each request.

    Raises:
        NluError: the folder or the port is in use, or the hub would be open to others.
    """
    tokens, settings = tokens or Tokens(), settings or HubSettings()
    if tokens.is_open and not is_loopback(host):
        raise NluError(f"a hub on {host} without tokens lets everyone change everything; add --token")
    with limited_logs(_LOGGERS, f"{__package__}.requests"), HubStore(root).opened() as store:
        hub = Hub(store, tokens, settings)
        num_connections = most_connections(settings.max_connections)
        limits = {"max_connections": num_connections, "header_time": settings.header_time}
        config = uvicorn.Config(
            HubApp(hub, shows_requests=shows_requests),
            host=host,
            port=port,
            **COMMON_SETTINGS,
            http=type("HubProtocol", (LimitedProtocol,), limits),
            limit_concurrency=num_connections + 1,
            backlog=_BACKLOG,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_GRACE,
        )
        server = ListeningServer(config, on_start)
        try:
            server.run()
        except (KeyboardInterrupt, asyncio.CancelledError):
            return
        finally:
            hub.renderer.close()
