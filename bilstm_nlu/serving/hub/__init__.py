"""A small model hub over HTTP: what `huggingface_hub`, `transformers`, `datasets` and `hf` need, and no more.

Set the environment variable `HF_ENDPOINT` to use it. A repository is a chain of commits in a sqlite file, and the
contents of files are stored under their SHA-256. So a commit is stored whole or not at all, even if the server fails.
"""

from .app import HubApp
from .errors import HubError
from .hub import Hub, HubSettings
from .server import serve
from .store import HubStore
from .tokens import Tokens, hash_of_secret, new_secret, parse_token

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
    "serve",
]
