"""Connections with limits: on their number, on the time until a request is there, and on readers that stop reading."""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["LimitedProtocol", "most_connections"]

_RESERVE = 200  # open files that the rest of the server needs
_FEWEST = 16


def most_connections(wanted: int) -> int:
    """The number of connections that this process can serve: each may need its own and a file."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max((allowed - _RESERVE) // 2, _FEWEST))


class LimitedProtocol(H11Protocol):
    """A connection that is closed if it keeps the server waiting.

    A connection that waits for a request may have to make room for a new one. So idle connections, however many they
    are, do not keep others out.

    Attributes:
        max_connections: open at the same time.
        header_time: seconds until a request, once it has begun, must have sent all of its headers.
        body_time: seconds until a request must have sent its body after that; `None` leaves it to the application.
        read_time: seconds that the other side may leave a full buffer unread.
    """

    max_connections = 500
    header_time = 10.0
    body_time: float | None = None
    read_time = 300.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waiting_since = 0.0
        self._header_timer: asyncio.TimerHandle | None = None
        self._body_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > self.max_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._header_timer = self._stopped(self._header_timer)
        self._body_timer = self._stopped(self._body_timer)
        self._read_timer = self._stopped(self._read_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._waiting_since = self.loop.time()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_timer = self._read_timer or self.loop.call_later(self.read_time, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_timer = self._stopped(self._read_timer)

    @property
    def _is_waiting(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        """Start the clock when a request begins, and stop it when all of its headers are there."""
        if not self._is_waiting or self.transport.is_closing():
            self._header_timer = self._stopped(self._header_timer)
        elif self._header_timer is None:
            self._waiting_since = self.loop.time()
            self._header_timer = self.loop.call_later(self.header_time, self.transport.abort)
        if self.body_time is not None:
            self._watch_body(self.body_time)

    def _watch_body(self, seconds: float) -> None:
        """Start the clock when the headers are there and the body is not, and stop it when all of it is there."""
        if self.cycle is None or not self.cycle.more_body or self.transport.is_closing():
            self._body_timer = self._stopped(self._body_timer)
        elif self._body_timer is None:
            self._body_timer = self.loop.call_later(seconds, self.transport.abort)

    def _make_room(self) -> None:
        """Close the connection that has waited longest for a request; this one if all others are busy."""
        others = [
            known
            for known in self.connections
            if isinstance(known, LimitedProtocol) and known is not self and known._is_waiting
        ]
        longest = min(others, key=lambda known: known._waiting_since, default=self)
        self.connections.discard(longest)
        longest.transport.abort()

    @staticmethod
    def _stopped(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
