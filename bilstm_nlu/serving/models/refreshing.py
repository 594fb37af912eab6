"""Look for new models and revisions from time to time, and when a request asks for it."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from ...errors import NluError
from ..refusal import Refusal
from .logs import TextLog
from .orders import Order, Orders
from .store import ModelStore

__all__ = ["Refreshing"]

logger = logging.getLogger(__name__)

_LOOK = 0.05  # seconds between two looks for orders


class Refreshing:
    """Keeps the models of a server up to date.

    Args:
        store: the models.
        interval: seconds between two looks; 0 does not look.
        texts: a file that may be rotated.
        orders: the orders that all workers follow; `None` for a server of one process.
    """

    def __init__(
        self, store: ModelStore, *, interval: float, texts: TextLog | None = None, orders: Orders | None = None
    ) -> None:
        self._store, self._interval, self._texts, self._orders = store, interval, texts, orders
        self._lock = asyncio.Lock()
        self._num_followed = 0

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while self._interval:
            await asyncio.sleep(self._interval)
            try:
                if self._texts is not None:
                    self._texts.reopen()
                self._store.rest()
                async with self._lock:
                    for replaced in await self._store.refresh():
                        logger.info("%s answers now", replaced)
            except (NluError, OSError) as error:
                logger.error("cannot look for new models: %s", error)

    def recall(self) -> None:
        """Take over the orders that were given before this worker started."""
        if self._orders is not None:
            for order in self._orders.read():
                known = self._store.catalogue.models.get(order.name)
                self._num_followed += 1
                if known is not None:
                    known.pinned = order.revision
            self._orders.follow(self._num_followed)

    async def follow(self) -> None:
        """Follow the orders that other workers give, until it is cancelled."""
        orders = self._orders
        while orders is not None:
            await asyncio.sleep(_LOOK)
            for order in orders.read(self._num_followed):
                async with self._lock:
                    try:
                        await self._store.reload(order.name, pinned=order.revision)
                    except Refusal as error:
                        logger.error("%s: %s", order.name, error)
                self._num_followed += 1
                orders.follow(self._num_followed)

    async def choose(self, name: str, revision: str | None) -> tuple[str, int]:
        """Let a revision answer, and say which it is and in how many workers.

        Args:
            name: of the model.
            revision: its label; `None` is the newest.

        Raises:
            Refusal: the model or revision does not exist, or it cannot be loaded. Then the old one still answers.
        """
        if self._orders is None:
            async with self._lock:
                return (await self._store.reload(name, pinned=revision)).label, 1
        # a lock of the operating system belongs to a file that is open, so another thread may wait for it
        with ThreadPoolExecutor(1) as thread, ExitStack() as stack:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(thread, stack.enter_context, self._orders.locked())
            async with self._lock:
                model = await self._store.reload(name, pinned=revision)
            number = self._orders.give(Order(name, revision))
            return model.label, await self._orders.followed(number)
