"""What all request handlers share: the store, the tokens, the limits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .errors import HubError
from .rendering import as_plain_text
from .rendering_process import Renderer
from .store import HubStore
from .tokens import Tokens
from .trying import Trials

__all__ = ["Hub", "HubSettings"]

_RENDERED = 200_000  # characters of comments that are rendered for one answer
_INLINE = 64_000_000  # bytes of a commit in addition to the contents sent in it


@dataclass(frozen=True)
class HubSettings:
    """The settings of a hub.

    Attributes:
        max_file_size: in bytes.
        only_regular: let the client send all contents inside the commit. Clients then need no `HF_HUB_DISABLE_XET=1`,
            but the hub needs more memory, and `datasets` cannot push.
        endpoint: the URL that clients use, if it is not the one in their requests, for example behind a proxy.
        max_connections: open at the same time; fewer if the system allows the process few open files.
        header_time: seconds that a request may take to send its headers.
    """

    max_file_size: int = 5_000_000_000
    only_regular: bool = False
    endpoint: str | None = None
    max_connections: int = 500
    header_time: float = 10.0


@dataclass(frozen=True)
class Hub:
    """A hub.

    Attributes:
        store: its repositories and files.
        tokens: who may use it.
        settings: its settings.
        renderer: makes HTML of cards and comments.
    """

    store: HubStore
    tokens: Tokens = field(default_factory=Tokens)
    settings: HubSettings = field(default_factory=HubSettings)
    renderer: Renderer = field(default_factory=Renderer)

    @cached_property
    def trials(self) -> Trials:
        """Lets models answer texts on the pages."""
        return Trials(self.store.blobs)

    @property
    def max_commit_length(self) -> int:
        """Most bytes in the body of a commit; contents in it are a third longer than the files."""
        return self.settings.max_file_size * 4 // 3 + _INLINE

    @property
    def max_line_length(self) -> int:
        """Most bytes in a line of a commit; each line is read into memory as a whole."""
        return self.max_commit_length if self.settings.only_regular else _INLINE

    def comments(self, texts: Iterable[str]) -> Iterator[str]:
        """HTML of comments; if all of them are long, the later ones are shown as they are."""
        left = _RENDERED
        for text in texts:
            left -= len(text)
            if text:
                yield self.renderer.html(text) if left >= 0 else as_plain_text(text)
            else:
                yield ""

    def check_length(self, size: int) -> None:
        """Refuse files that are too long.

        Raises:
            HubError: a file of this size (in bytes) is too long.
        """
        if size > self.settings.max_file_size:
            limit = self.settings.max_file_size
            raise HubError(413, f"a file of {size} bytes is longer than this hub's limit of {limit} bytes")
