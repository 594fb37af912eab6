"""What the hub answers when it refuses: a status, a line of text, and the code that the client goes by.

The client tries again on 408, 429 and most 5xx, up to five times; whatever would fail again is therefore a 4xx.
"""

from ...errors import NluError

__all__ = ["HubError", "bad_request", "entry_not_found", "forbidden", "repo_not_found", "revision_not_found"]


class HubError(NluError):
    """A request that is refused.

    Attributes:
        status: of HTTP.
        code: `X-Error-Code`, which the client goes by; empty where it has none.
        headers: more headers of the answer.
        content: more keys of the answer's JSON.
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
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.content = content or {}


def bad_request(message: str) -> HubError:
    """The request itself is wrong."""
    return HubError(400, message)


def forbidden(message: str) -> HubError:
    """The account is known, and may not do this."""
    return HubError(403, message)


def repo_not_found(is_signed_in: bool) -> HubError:
    """There is no such repository, or the account may not know that there is; the answer is the same."""
    return HubError(404 if is_signed_in else 401, "Repository not found", code="RepoNotFound")


def revision_not_found(revision: str) -> HubError:
    """There is no such branch, tag or commit."""
    return HubError(404, f"Invalid rev id: {revision[:200]}", code="RevisionNotFound")


def entry_not_found(path: str, commit: str = "") -> HubError:
    """There is no such file; with the commit, the client remembers that."""
    headers = {"X-Repo-Commit": commit} if commit else {}
    return HubError(404, f"Entry not found: {path[:200]}", code="EntryNotFound", headers=headers)
