"""A request that a server refuses: the HTTP status, the message, and what else its answer has."""

from ..errors import NluError

__all__ = ["Refusal"]


class Refusal(NluError):
    """A request that a server refuses.

    Attributes:
        status: the HTTP status.
        headers: more headers of the answer.
        content: more keys of the answer's JSON.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        content: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.content = content or {}
