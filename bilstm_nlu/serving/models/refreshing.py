"""Look for new models and revisions from time to time, and when a request asks for it."""

import asyncio
import logging

from ...errors import NluError
from .logs import TextLog
from .store import ModelStore

__all__ = ["Refreshing"]

logger = logging.getLogger(__name__)


class Refreshing:
    """Keeps the models of a server up to date.

    Args:
        store: the models.
        interval: seconds between two looks; 0 does not look.
        texts: a file that may be rotated.
    """

    def __init__(self, store: ModelStore, *, interval: float, texts: TextLog | None = None) -> None:
        self._store, self._interval, self._texts = store, interval, texts
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while self._interval:
            await asyncio.sleep(self._interval)
            try:
                if self._texts is not None:
                    self._texts.reopen()
                self._store.rest()
                await self.refresh()
            except (NluError, OSError) as error:
                logger.error("cannot look for new models: %s", error)

    async def refresh(self) -> None:
        """Look once."""
        async with self._lock:
            for replaced in await self._store.refresh():
                logger.info("%s answers now", replaced)

    async def choose(self, name: str, revision: str | None) -> tuple[str, int]:
        """Let a revision answer, and say which it is and in how many workers.

        Args:
            name: of the model.
            revision: its label; `None` is the newest.

        Raises:
            Refusal: there is no such model or revision, or it cannot be loaded. Then the old one still answers.
        """
        async with self._lock:
            model = await self._store.reload(name, pinned=revision)
        return model.label, 1
