"""One process of a server: it puts the parts together, listens, and answers until it is stopped."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import uvicorn

from ...errors import NluError
from ...normalisation import is_installed, normalise_value
from ..connections import LimitedProtocol, most_connections
from ..listening import COMMON_SETTINGS, ListeningServer
from ..refusal import Refusal
from .access import Access
from .app import make_app
from .catalogue import Catalogue
from .loading import LoadedModel, load_model
from .logs import TextLog
from .metrics import Metrics
from .orders import Orders
from .queue import ParseQueue
from .refreshing import Refreshing
from .revisions import Revision
from .service import Service
from .settings import ServerSettings
from .store import ModelStore
from .trainings import Trainings

__all__ = ["ServerProcess"]

logger = logging.getLogger(__name__)

_BACKLOG = 512  # connections that are accepted at once, before any can be refused
_GRACE = 10  # seconds that open requests get when the server is stopped
_PARENT = 1.0  # seconds between two looks for the process that started this one


class ServerProcess:
    """A server that runs.

    Args:
        settings: what to serve, and how.
        orders: the orders that all workers follow; `None` for a server of one process.
        loaded: models that are in memory already.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        orders: Orders | None = None,
        loaded: Mapping[Revision, LoadedModel] | None = None,
    ) -> None:
        self._settings, self._loaded = settings, loaded or {}
        metrics = Metrics(has_workers=orders is not None)
        load = partial(load_model, weights=settings.weights)
        catalogue = Catalogue(settings.canaries)
        store = ModelStore(catalogue, settings.sources(), load, memory=settings.memory, metrics=metrics)
        texts = None if settings.log_texts is None else TextLog(settings.log_texts)
        self._service = Service(
            store=store,
            metrics=metrics,
            access=Access(settings.tokens, is_public=settings.is_public),
            limits=settings.limits,
            queue=ParseQueue(settings.limits.queue, metrics.queue),
            texts=texts,
            trainings=None if settings.trainings is None else Trainings(settings.trainings),
            shows_requests=settings.shows_requests,
        )
        self._refreshing = Refreshing(store, interval=settings.interval, texts=texts, orders=orders)
        self._orders = orders

    async def run(
        self, host: str, port: int, on_start: Callable[[str], None], *, socket: socket.socket | None = None
    ) -> None:
        """Open what the server needs, listen, and answer until it is stopped.

        Args:
            host: address to listen on.
            port: to listen on; 0 picks a free one.
            on_start: called with the URL.
            socket: a socket that listens already, in place of the address.

        Raises:
            NluError: there is nothing to serve, or a file cannot be written.
        """
        service = self._service
        if service.texts is not None:
            service.texts.open()
        await service.store.refresh()
        await self._find_canaries()
        service.default = self._default()
        self._refreshing.recall()
        service.store.adopt(self._loaded)
        tasks = [asyncio.ensure_future(self._prepare())]
        server = ListeningServer(self._config(host, port), on_start)
        if self._orders is not None:
            tasks.append(asyncio.ensure_future(self._refreshing.follow()))
            tasks.append(asyncio.ensure_future(_stop_with_parent(server)))
        try:
            await server.serve(None if socket is None else [socket])
        finally:
            service.is_ready = False
            if service.trainings is not None:
                service.trainings.close()  # first: an interrupt lets every wait below fail
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
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
        for model in self._loaded.values():
            await loop.run_in_executor(None, model.warm_up)
        for known in list(self._service.store.catalogue.models.values()):
            if self._settings.folder is None and self._settings.hub is None:
                with suppress(NluError):  # it is in the log, and in /ready
                    await self._service.store.get(known.name)
        self._service.is_ready = True
        await self._refreshing.run()

    def _default(self) -> str | None:
        """The model that answers at the root.

        Raises:
            NluError: no model was found, or not the one that should answer.
        """
        names = self._service.store.catalogue.models
        if not names:
            where = self._settings.folder or f"the hub, owner {self._settings.hub}"
            inner = self._settings.folder and self._settings.folder / "models"
            cure = f"did you mean {inner}?" if inner and inner.is_dir() else "check --models or --hub"
            raise NluError(f"{where}: no model was found; {cure}")
        wanted = self._settings.default
        if wanted is not None and wanted not in names:
            raise NluError(f"--default {wanted}: the server has no model with this name")
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
            **COMMON_SETTINGS,
            http=type("ModelProtocol", (LimitedProtocol,), protocol),
            limit_concurrency=num_connections + 1,
            backlog=_BACKLOG,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE,
        )


async def _stop_with_parent(server: uvicorn.Server) -> None:
    """Stop a worker whose supervisor is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT)
    logger.error("the process that started this worker is gone")
    server.should_exit = True
