"""Errors of the hub's client, described in one line with a cure."""

import errno
from typing import cast

from huggingface_hub import is_offline_mode
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

__all__ = ["HUB_ERRORS", "describe_hub_error", "first_line", "is_broken_connection"]

#: The errors that the hub's client raises: its own, those of its HTTP library (a base of one of them), and ValueError
#: for arguments that it does not accept.
HUB_ERRORS = cast(tuple[type[Exception], ...], (*HfHubHTTPError.__bases__, ValueError))

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: The HTTP library's names for a connection that broke after it was made; the library itself may have several names.
_BROKEN = {"ReadError", "WriteError", "CloseError", "RemoteProtocolError", "ReadTimeout", "WriteTimeout"}
_TRUNCATED = "Consistency check failed"  # the client's message if a file has another size than the server announced


def describe_hub_error(error: BaseException, repo_id: str, revision: str | None = None) -> str:
    """One line on why a request to the hub failed, and what to do."""
    chain = _causes(error)

    def is_caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    answer = next((link for link in chain if isinstance(link, HfHubHTTPError)), None)
    status = None if answer is None else answer.response.status_code
    if is_caused_by(HFValidationError):
        return f"{repo_id!r} is not a repository id; an id looks like owner/name"
    if any(isinstance(link, OSError) and link.errno in _NO_SPACE for link in chain):
        return "there is no space left on the disk; free some, or set HF_HOME to a folder on another disk; run again"
    if is_caused_by(RevisionNotFoundError):
        return f"{repo_id!r} has no revision {revision!r}; use one of its branches, tags or commits"
    if is_caused_by(GatedRepoError):
        return (
            f"{repo_id!r} is gated: ask for access on its page, then log in with `hf auth login` or set HF_TOKEN "
            "to a token of yours"
        )
    if status == 403:
        return f"the hub refuses access to {repo_id!r}{_said(answer)}; ask its owner, or log in with `hf auth login`"
    if status == 401 and "Invalid" in str(answer):
        return (
            "the hub does not know your token; log in with `hf auth login`, or set HF_TOKEN to a token that it knows"
        )
    if is_caused_by(RepositoryNotFoundError) or status == 401:
        return f"the hub has no {repo_id!r} that you can access; check the name, or log in with `hf auth login`"
    if status == 412:
        return f"{repo_id!r} was changed by someone else during the push; run it again"
    if status is not None and is_caused_by(EntryNotFoundError) and not is_caused_by(LocalEntryNotFoundError):
        return f"{repo_id!r} lacks a file{_said(answer)}"
    if any(_is_broken(link) for link in chain):
        return f"the connection to the hub broke{_with(chain)}; run it again, nothing is lost"
    unreachable = is_caused_by(LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError) or (
        status is None and not is_caused_by(OSError, ValueError)
    )
    if unreachable and is_offline_mode():
        return f"{repo_id!r} is not in the local cache, and HF_HUB_OFFLINE turns the hub off; unset HF_HUB_OFFLINE"
    if unreachable:
        return (
            f"{repo_id!r} is not in the local cache, and the hub cannot be reached; check the network and HF_ENDPOINT"
        )
    return first_line(error) + _said(answer)


def is_broken_connection(error: BaseException) -> bool:
    """Whether a connection broke after it was made, so that trying again may help."""
    return any(map(_is_broken, _causes(error)))


def _is_broken(error: BaseException) -> bool:
    return type(error).__name__ in _BROKEN or _TRUNCATED in str(error)


def _causes(error: BaseException) -> list[BaseException]:
    """An error, its cause, the cause of that, and so on."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return chain


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or the name of its class."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _said(answer: HfHubHTTPError | None) -> str:
    """The message of the server, in brackets."""
    message = getattr(answer, "server_message", None)
    return f" ({' '.join(str(message).split())[:200]})" if message else ""


def _with(chain: list[BaseException]) -> str:
    """What the HTTP library says about a broken connection, in brackets."""
    cause = next((link for link in reversed(chain) if type(link).__name__ in _BROKEN), None)
    return "" if cause is None else f" ({first_line(cause)[:100]})"
