"""A small model hub over HTTP: what `huggingface_hub`, `transformers`, `datasets` and `hf` need, and no more.

Point them at it with the environment variable `HF_ENDPOINT`. A repository is a chain of commits in a sqlite file, and
contents are files named after their SHA-256, so a commit is there whole or not at all, whatever happens to the server.
"""

from .app import HubApp
from .errors import HubError
from .hub import Hub, HubSettings
from .server import serve
from .store import HubStore
from .tokens import Tokens, hash_of_secret, new_secret, parse_token, read_tokens

__all__ = [
    "Hub",
    "HubApp",
    "HubError",
    "HubSettings",
    "HubStore",
    "Tokens",
    "hash_of_secret",
    "new_secret",
    "parse_token",
    "read_tokens",
    "serve",
]
