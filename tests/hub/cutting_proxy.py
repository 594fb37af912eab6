"""A cable with a fault: a TCP proxy before a hub that cuts connections in the midst of a file."""

import contextlib
import socket
import struct
import threading
from urllib.parse import urlsplit


class CuttingProxy:
    """Forwards connections to a server, and cuts those that carry too much.

    Args:
        url: of the server.
    """

    def __init__(self, url: str):
        target = urlsplit(url)
        self._target = (target.hostname, target.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.max_down: int | None = None  # bytes to the client until a connection is cut
        self.max_up: int | None = None  # bytes to the server until a connection is cut
        self.num_cuts_left = 0
        self.num_cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, down: int | None = None, up: int | None = None, times: int = 10_000) -> None:
        """Cut every connection that carries more than so many bytes, so many times."""
        self.max_down, self.max_up, self.num_cuts_left, self.num_cuts = down, up, times, 0

    def repair(self) -> None:
        """Cut nothing any more."""
        self.cut(times=0)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                threading.Thread(target=self._pump, args=(client, server, "max_up"), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, "max_down"), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, limit: str) -> None:
        carried = 0
        with contextlib.suppress(OSError):  # the other direction has closed them
            while data := source.recv(8192):
                carried += len(data)
                most = getattr(self, limit)
                if most is not None and carried > most and self.num_cuts_left > 0:
                    self.num_cuts_left -= 1
                    self.num_cuts += 1
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
                end.shutdown(socket.SHUT_RDWR)
            end.close()
