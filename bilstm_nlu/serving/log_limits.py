"""Keep logs short, however many requests fail."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

__all__ = ["LogLimit", "limited_logs"]

_MOST = 20  # records of one kind in a minute
_MOST_REQUESTS = 2_000  # lines of --verbose in a minute
_MINUTE = 60.0  # seconds
_MAX_KINDS = 1000
_LONGEST = 2000  # characters of a message
#: Loggers of the libraries below a server.
_LIBRARIES = ("asyncio", "uvicorn.error")


class LogLimit(logging.Filter):
    """Lets a few records of each kind through in a minute, and counts the others.

    Args:
        most: records of one kind in a minute.
        clock: gives the time in seconds.
    """

    def __init__(self, most: int = _MOST, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.most = most
        self.clock = clock
        self._started = clock()
        self._seen: Counter[tuple[str, str]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record. Long messages are cut."""
        now = self.clock()
        if now - self._started >= _MINUTE or len(self._seen) > _MAX_KINDS:
            self._started = now
            left_out = sum(max(count - self.most, 0) for count in self._seen.values())
            self._seen.clear()
            if left_out:
                record.msg, record.args = f"{record.getMessage()} (before it, {left_out} lines were left out)", ()
        kind = (record.name, str(record.msg)[:200])
        self._seen[kind] += 1
        if self._seen[kind] > self.most:
            return False
        message = record.getMessage()
        if len(message) > _LONGEST:
            record.msg, record.args = message[:_LONGEST] + "...", ()
        return True


@contextmanager
def limited_logs(loggers: Iterable[str], requests: str) -> Iterator[None]:
    """Limit what a server and the libraries below it log while the block runs.

    Args:
        loggers: the loggers of the server.
        requests: the logger that has one line for each request.
    """
    limits = {name: LogLimit() for name in (*_LIBRARIES, *loggers)} | {requests: LogLimit(_MOST_REQUESTS)}
    for name, limit in limits.items():
        logging.getLogger(name).addFilter(limit)
    try:
        yield
    finally:
        for name, limit in limits.items():
            logging.getLogger(name).removeFilter(limit)
