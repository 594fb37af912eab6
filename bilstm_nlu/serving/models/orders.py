"""Orders that reach all workers of a server: which revision of a model answers.

The workers share a folder. An order is a line in a file there; each worker says in a file of its own how many lines it
has followed. Locks of the operating system let one worker at a time give an order.
"""

import asyncio
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

__all__ = ["Order", "Orders"]

_PATIENCE = 30.0  # seconds until an order does not wait for a worker any more
_LOOK = 0.02  # seconds


class Order(NamedTuple):
    """An order.

    Attributes:
        name: of the model.
        revision: the label of the revision that answers; `None` for the newest.
    """

    name: str
    revision: str | None


class Orders:
    """The orders of a server.

    Args:
        folder: the folder that its workers share.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lines, self._lock = folder / "orders.jsonl", folder / "lock"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Give orders alone; it waits for other workers, so it should run in a thread."""
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def read(self, start: int = 0) -> list[Order]:
        """The orders from a place on."""
        try:
            lines = self._lines.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [Order(*json.loads(line)) for line in lines[start:]]

    def give(self, order: Order) -> int:
        """Write an order, and return the number of orders."""
        with self._lines.open("a", encoding="utf-8") as file:
            file.write(json.dumps(order) + "\n")
        return len(self.read())

    def follow(self, number: int) -> None:
        """Say that this worker has followed a number of orders."""
        temporary = self.folder / f".{os.getpid()}"
        temporary.write_text(str(number), "utf-8")
        temporary.replace(self.folder / f"worker-{os.getpid()}")

    def forget(self, worker: int) -> bool:
        """A worker has ended. Return whether it had followed orders before."""
        try:
            (self.folder / f"worker-{worker}").unlink()
        except FileNotFoundError:
            return False
        return True

    @property
    def num_workers(self) -> int:
        """How many workers follow the orders."""
        return sum(1 for _ in self.folder.glob("worker-*"))

    async def followed(self, number: int) -> int:
        """Wait until all workers have followed a number of orders, and return how many workers have."""
        end = time.monotonic() + _PATIENCE
        while True:
            counts = [int(path.read_text("utf-8")) for path in self.folder.glob("worker-*")]
            if all(count >= number for count in counts) or time.monotonic() > end:
                return sum(count >= number for count in counts)
            await asyncio.sleep(_LOOK)
