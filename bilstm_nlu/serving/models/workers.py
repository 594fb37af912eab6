"""Several processes that answer on one port: started, watched, and stopped by one that answers nothing itself."""

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from ...errors import NluError
from ..listening import cannot_listen, url_of
from .loading import LoadedModel, load_model
from .metrics import FOLDER_VARIABLE
from .orders import Orders
from .process import ServerProcess
from .revisions import Revision
from .settings import ServerSettings

__all__ = ["Supervisor"]

logger = logging.getLogger(__name__)

_BACKLOG = 512
_WAIT = 0.05  # seconds between two looks at the workers
_GRACE = 15.0  # seconds until workers that do not stop are killed


class Supervisor:
    """Starts the workers of a server, and others in place of those that end.

    Models that were named are loaded before the workers are started, so all share their memory.

    Args:
        settings: what to serve, and how.
        num_workers: number of processes that answer.
    """

    def __init__(self, settings: ServerSettings, num_workers: int) -> None:
        self._settings, self._num_workers = settings, num_workers
        self._started: dict[int, float] = {}
        self._is_stopping = False

    def run(self, host: str, port: int, on_start: Callable[[str], None]) -> None:
        """Serve until the process is told to stop.

        Args:
            host: address to listen on.
            port: to listen on; 0 picks a free one.
            on_start: called with the URL.

        Raises:
            NluError: the port is in use, or a worker cannot start.
        """
        listener = _listen(host, port)
        folder = Path(tempfile.mkdtemp(prefix="bilstm-nlu-serve-"))
        os.environ[FOLDER_VARIABLE] = str(folder)
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            loaded = self._load()
            orders = Orders(folder)
            for _ in range(self._num_workers):
                self._start(listener, orders, loaded)
            self._watch(listener, orders, loaded, lambda: on_start(url_of(listener)))
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)
            listener.close()
            os.environ.pop(FOLDER_VARIABLE, None)
            shutil.rmtree(folder, ignore_errors=True)

    def _stop(self, number: int, frame: object) -> None:
        self._is_stopping = True

    def _load(self) -> dict[Revision, LoadedModel]:
        """The models that were named; those that cannot be loaded are tried again by the workers, which say why."""
        found: dict[Revision, LoadedModel] = {}
        for source in self._settings.sources()[: 1 if self._settings.models else 0]:
            for revision in source.scan():
                if sum(model.num_bytes for model in found.values()) < self._settings.memory:
                    try:
                        found[revision] = load_model(revision, weights=self._settings.weights, is_called=False)
                    except NluError:
                        continue
        return found

    def _start(self, listener: socket.socket, orders: Orders, loaded: dict[Revision, LoadedModel]) -> None:
        """Start a worker."""
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._started[pid] = time.monotonic()
            return
        status = 1
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            running = ServerProcess(self._settings, orders=orders, loaded=loaded)
            asyncio.run(running.run("", 0, lambda url: None, socket=listener))
            status = 0
        except KeyboardInterrupt:
            status = 0
        except NluError as error:
            logger.error("%s", error)
        except BaseException as error:  # the process must not go on with the work of its parent
            logger.error("a worker failed with %s", type(error).__name__)
        finally:
            logging.shutdown()
            os._exit(status)

    def _watch(
        self,
        listener: socket.socket,
        orders: Orders,
        loaded: dict[Revision, LoadedModel],
        on_start: Callable[[], None],
    ) -> None:
        """Start another worker in place of each that ends.

        Args:
            listener: the socket that all listen on.
            orders: the orders that all follow.
            loaded: the models that all share.
            on_start: called when the first worker answers.

        Raises:
            NluError: a worker ends before it answers.
        """
        is_known = False
        while not self._is_stopping:
            time.sleep(_WAIT)
            if not is_known and orders.num_workers:
                is_known = True
                on_start()
            for pid, status, lived in self._ended():
                has_started = orders.forget(pid)
                mark_process_dead(pid, str(orders.folder))
                if self._is_stopping:
                    return
                logger.error("a worker ended with status %d after %.0f s", status, lived)
                if not has_started:
                    raise NluError("a worker cannot start; the log has the reason")
                self._start(listener, orders, loaded)

    def _ended(self) -> list[tuple[int, int, float]]:
        """The workers that have ended, with their status and the seconds that they lived."""
        found = []
        for pid in list(self._started):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                lived = time.monotonic() - self._started.pop(pid)
                found.append((pid, os.waitstatus_to_exitcode(status), lived))
        return found

    def _end(self) -> None:
        """Let the workers answer what they have, and end."""
        for pid in self._started:
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + _GRACE
        while self._started:
            if time.monotonic() > end:
                for pid in self._started:
                    os.kill(pid, signal.SIGKILL)
            self._ended()
            time.sleep(_WAIT)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        NluError: the address is in use, or is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise cannot_listen(host, port, error) from error
