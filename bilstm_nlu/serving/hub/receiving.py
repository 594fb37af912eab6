"""Receive the bodies of requests, with limits on size and waiting time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import BinaryIO

from anyio import to_thread
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from .errors import HubError

__all__ = ["Body"]

_PIECE = 1 << 20  # bytes that are passed on together; a thread switch per packet would be too slow
_PATIENCE = 60  # seconds without a byte
_PACE = 5_000  # bytes a second, on average
_DRAINED = 256_000_000  # bytes


class Body:
    """The body of a request, read once.

    Args:
        receive: the ASGI function.
        announced: its length according to the request header; `None` if the header does not say it.
    """

    def __init__(self, receive: Receive, announced: int | None) -> None:
        self._receive = receive
        self.announced = announced
        self._is_complete = False

    async def pieces(self, limit: int) -> AsyncIterator[bytes]:
        """The body in pieces of about a megabyte.

        Raises:
            HubError: the body is longer than the limit, or nothing was received for a minute.
            ClientDisconnect: the client closed the connection.
        """
        too_long = HubError(413, f"the body is longer than the {limit} bytes that are allowed here")
        if self.announced is not None and self.announced > limit:
            raise too_long
        received, waiting = 0, bytearray()
        async for chunk in self._chunks():
            received += len(chunk)
            if received > limit:
                raise too_long
            waiting += chunk
            if len(waiting) >= _PIECE:
                yield bytes(waiting)
                waiting.clear()
        if waiting:
            yield bytes(waiting)

    async def into_memory(self, limit: int) -> bytes:
        """The whole body. Raises a HubError if it is longer than the limit or the client is too slow."""
        return b"".join([piece async for piece in self.pieces(limit)])

    async def into_file(self, limit: int, file: BinaryIO) -> None:
        """Write the body to a file and go back to its start. Raises a HubError if it is too long or too slow."""
        async for piece in self.pieces(limit):
            await to_thread.run_sync(file.write, piece)
        await to_thread.run_sync(file.seek, 0)

    async def drain(self) -> None:
        """Read the rest of the body of a refused request.

        Otherwise a client that is still sending sees a broken connection instead of the refusal, and tries again.
        """
        received = 0
        try:
            async for chunk in self._chunks():
                received += len(chunk)
                if received > _DRAINED:
                    return
        except (ClientDisconnect, HubError):
            return

    async def _chunks(self) -> AsyncIterator[bytes]:
        started, received = time.monotonic(), 0
        while not self._is_complete:
            if time.monotonic() - started > _PATIENCE + received / _PACE:
                self._is_complete = True
                raise HubError(408, f"the body comes in at less than {_PACE} bytes a second")
            try:
                message = await asyncio.wait_for(self._receive(), _PATIENCE)
            except (asyncio.TimeoutError, TimeoutError):  # the same class from Python 3.11 on
                self._is_complete = True
                raise HubError(408, f"nothing was received for {_PATIENCE} seconds") from None
            if message["type"] == "http.disconnect":
                self._is_complete = True
                raise ClientDisconnect
            self._is_complete = not message.get("more_body", False)
            if body := message.get("body"):
                received += len(body)
                yield body
