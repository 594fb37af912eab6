"""The secrets of tokens: how they are made, written in a file, kept as a hash, and found again."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from ..errors import NluError

__all__ = [
    "check_different",
    "find_hashed",
    "given_tokens",
    "hash_of_secret",
    "new_secret",
    "read_token_lines",
    "stored_hash",
]

_SECRET = re.compile(r"[!-~]{8,200}")
_HASH = re.compile(r"sha256=([0-9a-f]{64})")


class Hashed(Protocol):
    """A token, of which only the SHA-256 of its secret is kept."""

    @property
    def hashed(self) -> str:
        """The SHA-256 of the secret."""
        ...


T = TypeVar("T", bound=Hashed)


def hash_of_secret(secret: str) -> str:
    """The hash that is stored for a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """A secret for a new token, of 192 random bits."""
    return f"nlu_{secrets.token_urlsafe(24)}"


def stored_hash(secret: str, name: str) -> str:
    """The hash to store for what is written in the place of a secret: the secret itself, or `sha256=HASH`.

    Args:
        secret: what is written there.
        name: whose token it is, for the message.

    Raises:
        NluError: it is neither. The message never contains the secret.
    """
    if found := _HASH.fullmatch(secret):
        return found[1]
    if _SECRET.fullmatch(secret):
        return hash_of_secret(secret)
    raise NluError(f"the secret of the token for {name!r} must be 8 to 200 printable ASCII characters, no spaces")


def given_tokens(texts: Iterable[str], path: Path | None, parse: Callable[[str], T], *, cure: str) -> list[T]:
    """The tokens that a server is started with.

    Args:
        texts: the tokens of the command line.
        path: a file with more of them, one per line; or `None`.
        parse: gives the token of a text or line.
        cure: what to do if the file has no token.

    Raises:
        NluError: a text or a line is not a token, or the file cannot be read or has no token.
    """
    tokens = [parse(text) for text in texts]
    if path is not None:
        tokens += (found := read_token_lines(path, parse))
        if not found:
            raise NluError(f"{path}: the file has no token; {cure}")
    return tokens


def read_token_lines(path: Path, parse: Callable[[str], T]) -> list[T]:
    """Read the tokens of a file, one per line; empty lines and lines that begin with `#` are skipped.

    Args:
        path: the file.
        parse: gives the token of a line.

    Raises:
        NluError: the file cannot be read, or a line is not a token.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NluError(f"the tokens in {path} cannot be read ({error})") from error
    tokens = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                tokens.append(parse(line))
            except NluError as error:
                raise NluError(f"{path}, line {number}: {error}") from error
    return tokens


def check_different(tokens: Sequence[Hashed]) -> None:
    """Make sure that every token has a secret of its own.

    Raises:
        NluError: two tokens have the same secret.
    """
    if len({token.hashed for token in tokens}) < len(tokens):
        raise NluError("two tokens have the same secret; give each its own")


def find_hashed(tokens: Iterable[T], secret: str) -> T | None:
    """The token of a secret. It compares all of them, so that the time reveals nothing."""
    hashed = hash_of_secret(secret)
    found = None
    for token in tokens:
        if hmac.compare_digest(token.hashed, hashed):
            found = token
    return found
