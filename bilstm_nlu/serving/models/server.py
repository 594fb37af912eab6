"""Serve models on a port until the process is interrupted, with one process or several."""

import asyncio
import signal
import sys
from collections.abc import Callable

from ...errors import NluError
from ..listening import is_loopback
from ..log_limits import limited_logs
from .process import ServerProcess
from .settings import ServerSettings
from .workers import Supervisor

__all__ = ["serve"]

_LOGGERS = [f"{__package__}.{name}" for name in ("process", "store", "exchange", "refreshing", "logs", "workers")]
#: Seconds that a thread may hold the interpreter while another waits. A load must not hold up answers.
_SWITCH = 0.0005


def serve(
    settings: ServerSettings,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    workers: int = 1,
    on_start: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve models until the process is interrupted.

    Args:
        settings: what to serve, and how.
        host: address to listen on. Without tokens, it must be an address that only this machine can reach.
        port: to listen on; 0 picks a free one.
        workers: number of processes that answer.
        on_start: called with the URL once the server listens.

    Raises:
        NluError: the port is in use, the server would be open to others, no model was found, or several processes
            should train.
    """
    if not (settings.tokens or settings.is_public or is_loopback(host)):
        raise NluError(f"a server on {host} without tokens answers everyone; add --token")
    if not settings.models and settings.folder is None and settings.hub is None:
        raise NluError("there is nothing to serve; name a model, a folder with --models, or an owner with --hub")
    if settings.trainings is not None and workers > 1:
        raise NluError("models are trained by a server of one process; leave out --workers or --train")
    sys.setswitchinterval(_SWITCH)
    if settings.trainings is not None:  # what visitors sent is deleted at the end, also when a service is stopped
        signal.signal(signal.SIGTERM, _interrupt)
    with limited_logs(_LOGGERS, f"{__package__}.requests"):
        if workers > 1:
            Supervisor(settings, workers).run(host, port, on_start)
            return
        try:
            asyncio.run(ServerProcess(settings).run(host, port, on_start))
        except (KeyboardInterrupt, asyncio.CancelledError):
            return


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
