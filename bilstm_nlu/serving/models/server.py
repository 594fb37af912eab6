"""Run a server of models on a port until it is stopped."""

import asyncio
import importlib
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import uvicorn

from ...errors import NluError
from ...normalisation import is_installed, normalise_value
from ..connections import LimitedProtocol, most_connections
from ..listening import ListeningServer, is_loopback
from ..log_limits import limited_logs
from ..refusal import Refusal
from .access import Access, Token
from .app import make_app
from .catalogue import Catalogue
from .limits import Limits
from .loading import load_model
from .logs import TextLog
from .metrics import Metrics
from .naming import Canary
from .queue import ParseQueue
from .refreshing import Refreshing
from .revisions import FolderSource, GivenSource, Source
from .service import Service
from .store import ModelStore

__all__ = ["ServerSettings", "serve"]

logger = logging.getLogger(__name__)

_LOGGERS = [f"{__package__}.{name}" for name in ("server", "store", "exchange", "refreshing", "logs")]
_BACKLOG = 512  # connections that are accepted at once, before any can be refused
_GRACE = 10  # seconds that open requests get when the server is stopped
#: Seconds that a thread may hold the interpreter while another waits. A load must not hold up answers.
_SWITCH = 0.0005


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """What a server serves, and how.

    Attributes:
        models: models by name, see `GivenSource`.
        folder: a folder of models, see `FolderSource`.
        hub: an owner on a hub whose models are served, see `HubSource`.
        hub_interval: seconds between two listings of the hub.
        canaries: revisions that get a share of the traffic.
        default: the model that answers at the root for Rasa; by default, the only one.
        memory: bytes that models may take.
        weights: how matrices are kept, see `bilstm_nlu.load`.
        interval: seconds between two looks for new models and revisions; 0 does not look.
        tokens: who may use the server; without tokens, every user of this machine may do everything.
        limits: what a request may have, and how many may wait.
        log_texts: file for what users said.
        shows_requests: log one line for each request.
    """

    models: tuple[str, ...] = ()
    folder: Path | None = None
    hub: str | None = None
    hub_interval: float = 60.0
    canaries: tuple[Canary, ...] = ()
    default: str | None = None
    memory: int = 2_000_000_000
    weights: str = "float16"
    interval: float = 5.0
    tokens: tuple[Token, ...] = ()
    limits: Limits = field(default_factory=Limits)
    log_texts: Path | None = None
    shows_requests: bool = False

    def sources(self) -> list[Source]:
        """Where the models come from."""
        found: list[Source] = [GivenSource(self.models)] if self.models else []
        if self.folder is not None:
            found.append(FolderSource(self.folder))
        if self.hub is not None:  # the client of the hub takes time and memory, so it is loaded only for this
            module = importlib.import_module(f"{__package__}.hub_source")
            found.append(module.HubSource(self.hub, interval=self.hub_interval))
        return found


def serve(
    settings: ServerSettings,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    on_start: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve models until the process is interrupted.

    Args:
        settings: what to serve, and how.
        host: address to listen on. Without tokens, it must be an address that only this machine can reach.
        port: to listen on; 0 picks a free one.
        on_start: called with the URL once the server listens.

    Raises:
        NluError: the port is in use, the server would be open to others, or there is not one model.
    """
    if not settings.tokens and not is_loopback(host):
        raise NluError(f"a server on {host} without tokens answers everyone; add --token")
    if not settings.models and settings.folder is None and settings.hub is None:
        raise NluError("there is nothing to serve; name a model, a folder with --models, or an owner with --hub")
    sys.setswitchinterval(_SWITCH)
    with limited_logs(_LOGGERS, f"{__package__}.requests"):
        try:
            asyncio.run(_Running(settings).run(host, port, on_start))
        except SystemExit as error:
            raise NluError(f"cannot listen on {host}:{port}; is another server running there?") from error
        except (KeyboardInterrupt, asyncio.CancelledError):
            return


class _Running:
    """A server that runs.

    Args:
        settings: what to serve, and how.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        metrics = Metrics()
        load = partial(load_model, weights=settings.weights)
        catalogue = Catalogue(settings.canaries)
        store = ModelStore(catalogue, settings.sources(), load, memory=settings.memory, metrics=metrics)
        texts = None if settings.log_texts is None else TextLog(settings.log_texts)
        self._service = Service(
            store=store,
            metrics=metrics,
            access=Access(settings.tokens),
            limits=settings.limits,
            queue=ParseQueue(settings.limits.queue),
            texts=texts,
            shows_requests=settings.shows_requests,
        )
        self._refreshing = Refreshing(store, interval=settings.interval, texts=texts)

    async def run(self, host: str, port: int, on_start: Callable[[str], None]) -> None:
        """Open what the server needs, listen, and answer until it is stopped."""
        service = self._service
        if service.texts is not None:
            service.texts.open()
        await service.store.refresh()
        await self._find_canaries()
        service.default = self._default()
        watching = asyncio.ensure_future(self._prepare())
        server = ListeningServer(self._config(host, port), on_start)
        try:
            await server.serve()
        finally:
            service.is_ready = False
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            service.queue.close()
            service.store.close()

    async def _find_canaries(self) -> None:
        """Look up canaries that the sources do not list, such as a tag of a repository."""
        for canary in self._settings.canaries:
            try:
                await self._service.store.look_up(canary.name, canary.revision)
            except Refusal as error:
                logger.error("--canary %s@%s: %s", canary.name, canary.revision, error)

    async def _prepare(self) -> None:
        """Load the models that were named, so that their first users do not wait, and look for new revisions."""
        loop = asyncio.get_running_loop()
        if is_installed():
            await loop.run_in_executor(None, normalise_value, "date", "tomorrow")  # this loads large libraries
        for known in list(self._service.store.catalogue.models.values()):
            if self._settings.folder is None and self._settings.hub is None:
                with suppress(NluError):  # it is in the log, and in /ready
                    await self._service.store.get(known.name)
        self._service.is_ready = True
        await self._refreshing.run()

    def _default(self) -> str | None:
        """The model that answers at the root.

        Raises:
            NluError: there is not one model, or not the one that should answer.
        """
        names = self._service.store.catalogue.models
        if not names:
            where = self._settings.folder or f"the hub, owner {self._settings.hub}"
            raise NluError(f"{where}: there is not one model; check --models or --hub")
        wanted = self._settings.default
        if wanted is not None and wanted not in names:
            raise NluError(f"--default {wanted}: there is no such model")
        return wanted or (next(iter(names)) if len(names) == 1 else None)

    def _config(self, host: str, port: int) -> uvicorn.Config:
        limits = self._settings.limits
        num_connections = most_connections(limits.connections)
        protocol = {
            "max_connections": num_connections,
            "header_time": limits.header_time,
            "body_time": limits.body_time,
        }
        return uvicorn.Config(
            make_app(self._service, self._refreshing),
            host=host,
            port=port,
            lifespan="off",
            interface="asgi3",
            http=type("ModelProtocol", (LimitedProtocol,), protocol),
            limit_concurrency=num_connections + 1,
            backlog=_BACKLOG,
            ws="none",
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE,
        )
