"""The hub's error answers: an HTTP status, a line of text, and the error code that the client reads.

The client retries on 408, 429 and most 5xx, up to five times. So an error that would happen again is a 4xx.
"""

from ..refusal import Refusal

__all__ = [
    "HubError",
    "bad_request",
    "entry_not_found",
    "forbidden",
    "no_room",
    "repo_not_found",
    "revision_not_found",
]


class HubError(Refusal):
    """A request that the hub refuses.

    Attributes:
        code: the header `X-Error-Code`, which the client reads; empty if the client has no code for this.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        headers: dict[str, str] | None = None,
        content: dict[str, object] | None = None,
    ) -> None:
        super().__init__(status, message, headers=headers, content=content)
        self.code = code


def bad_request(message: str) -> HubError:
    """The error for a request that is itself wrong."""
    return HubError(400, message)


def forbidden(message: str) -> HubError:
    """The error for a known account that may not do this."""
    return HubError(403, message)


def no_room() -> HubError:
    """The error if the disk is full; the client does not try again."""
    return HubError(507, "the hub's disk is full; free some space and try again")


def repo_not_found(is_signed_in: bool) -> HubError:
    """The error if there is no such repository, or the account may not know of it; the answer is the same for both."""
    return HubError(404 if is_signed_in else 401, "Repository not found", code="RepoNotFound")


def revision_not_found(revision: str) -> HubError:
    """The error if there is no such branch, tag or commit."""
    return HubError(404, f"Invalid rev id: {revision[:200]}", code="RevisionNotFound")


def entry_not_found(path: str, commit: str = "") -> HubError:
    """The error if there is no such file. With the commit, the client remembers that the file does not exist."""
    headers = {"X-Repo-Commit": commit} if commit else {}
    return HubError(404, f"Entry not found: {path[:200]}", code="EntryNotFound", headers=headers)
