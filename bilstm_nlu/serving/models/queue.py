"""The queue of requests that wait for the network, and the order in which they are computed.

Everything runs in the thread of the event loop, a few texts at a time: a short text takes less time than handing it to
another thread. Requests that ask the same of one model and wait at the same time are computed together. Large requests
run in a thread of their own, so that the others do not wait for them.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from prometheus_client import Gauge

from .errors import too_many
from .loading import LoadedModel

__all__ = ["ParseQueue"]

_TOGETHER = 16  # texts that are computed before the event loop looks for new requests
_LARGE_TEXTS, _LARGE_CHARACTERS = 8, 2_000  # from here on, a request is large


class _Waiting(NamedTuple):
    """A request that waits."""

    model: LoadedModel
    texts: Sequence[str]
    arguments: dict[str, Any]
    answer: "asyncio.Future[list[Any]]"


class ParseQueue:
    """The requests that wait.

    Args:
        limit: number of requests that may wait; more are refused.
        gauge: shows how many wait, after each step.
    """

    def __init__(self, limit: int, gauge: Gauge | None = None) -> None:
        self._limit, self._gauge = limit, gauge
        self._waiting: deque[_Waiting] = deque()
        self._num_large, self._is_working = 0, False
        self._thread = ThreadPoolExecutor(1, "parse")

    def __len__(self) -> int:
        return len(self._waiting) + self._num_large

    def close(self) -> None:
        """End the thread, as soon as it is done."""
        self._thread.shutdown(wait=False)

    def check(self) -> None:
        """Refuse a request if too many wait already.

        Raises:
            Refusal: too many wait.
        """
        if len(self) >= self._limit:
            raise too_many(f"{self._limit} requests wait already; try again")

    async def parse(self, model: LoadedModel, texts: Sequence[str], arguments: dict[str, Any]) -> list[Any]:
        """Return the frames of texts.

        Args:
            model: the model.
            texts: the texts.
            arguments: of `Nlu.__call__`.

        Raises:
            Refusal: too many requests wait.
        """
        self.check()
        loop = asyncio.get_running_loop()
        if len(texts) > _LARGE_TEXTS or sum(map(len, texts)) > _LARGE_CHARACTERS or "catalogs" in arguments:
            self._num_large += 1
            try:
                return await loop.run_in_executor(self._thread, lambda: model.nlu(texts, **arguments))
            finally:
                self._num_large -= 1
        answer: asyncio.Future[list[Any]] = loop.create_future()
        self._waiting.append(_Waiting(model, texts, arguments, answer))
        if not self._is_working:
            self._is_working = True
            loop.call_soon(self._work, loop)
        return await answer

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Compute the next requests, and come back if more wait."""
        together = self._next()
        _compute(together)
        if self._gauge is not None:
            self._gauge.set(len(self))
        self._is_working = bool(self._waiting)
        if self._is_working:
            loop.call_soon(self._work, loop)

    def _next(self) -> list[_Waiting]:
        """The request that has waited longest, and those after it that ask the same of its model."""
        first = self._waiting.popleft()
        together, num_texts = [first], len(first.texts)
        while self._waiting and num_texts < _TOGETHER:
            other = self._waiting[0]
            if other.model is not first.model or other.arguments != first.arguments:
                break
            together.append(self._waiting.popleft())
            num_texts += len(other.texts)
        return together


def _compute(together: list[_Waiting]) -> None:
    """Compute requests that ask the same of one model, and give each its frames."""
    asked = [one for one in together if not one.answer.done()]  # the client of the others is gone
    if not asked:
        return
    try:
        texts = [text for one in asked for text in one.texts]
        frames = asked[0].model.nlu(texts, **asked[0].arguments)
    except Exception as error:
        for one in asked:
            one.answer.set_exception(error)
        return
    start = 0
    for one in asked:
        end = start + len(one.texts)
        one.answer.set_result(frames[start:end])
        start = end
