"""What the functions that answer requests have in common: the store, the tokens, the limits."""

from dataclasses import dataclass, field

from .errors import HubError
from .store import HubStore
from .tokens import Tokens

__all__ = ["Hub", "HubSettings"]

_INLINE = 64_000_000  # bytes of a commit beside the contents that are sent within it


@dataclass(frozen=True)
class HubSettings:
    """How a hub is set up.

    Attributes:
        max_file_size: bytes.
        only_regular: let the client send all contents within the commit. This needs no `HF_HUB_DISABLE_XET=1`, but
            more memory, and `datasets` cannot push so.
        endpoint: the URL that clients use, where it is not the one that they ask; behind a proxy, say.
    """

    max_file_size: int = 5_000_000_000
    only_regular: bool = False
    endpoint: str | None = None


@dataclass(frozen=True)
class Hub:
    """A hub.

    Attributes:
        store: what it keeps.
        tokens: who may use it.
        settings: how it is set up.
    """

    store: HubStore
    tokens: Tokens = field(default_factory=Tokens)
    settings: HubSettings = field(default_factory=HubSettings)

    @property
    def max_commit_length(self) -> int:
        """Bytes of the body of a commit; contents within it are a third longer than the files."""
        return self.settings.max_file_size * 4 // 3 + _INLINE

    @property
    def max_line_length(self) -> int:
        """Bytes of a line of a commit, which is read into memory as a whole."""
        return self.max_commit_length if self.settings.only_regular else _INLINE

    def check_length(self, size: int) -> None:
        """Refuse files that are too long.

        Raises:
            HubError: a file of so many bytes is too long.
        """
        if size > self.settings.max_file_size:
            limit = self.settings.max_file_size
            raise HubError(413, f"a file of {size} bytes is longer than the {limit} bytes that this hub takes")
