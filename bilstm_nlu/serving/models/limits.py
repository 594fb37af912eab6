"""The limits of a server."""

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """What a request may have, and how many may wait.

    Attributes:
        body: bytes of a body.
        text: characters of a text.
        texts: texts in a batch.
        queue: requests that wait; more are refused with 429.
        connections: open at the same time.
        header_time: seconds until a request, once it has begun, must have sent its headers.
        body_time: seconds until it must have sent its body after that.
    """

    body: int = 1_000_000
    text: int = 4_096
    texts: int = 256
    queue: int = 128
    connections: int = 1_000
    header_time: float = 10.0
    body_time: float = 30.0
