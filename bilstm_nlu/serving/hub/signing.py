"""Signed links that allow one upload for a limited time: the client sends no token when it uploads content."""

import hashlib
import hmac
import time
from urllib.parse import urlencode

from .errors import HubError

__all__ = ["check_signature", "signed_query"]

_LIFETIME = 12 * 3600  # seconds


def signed_query(secret: bytes, *what: object) -> str:
    """The query of a link for some parts: when it expires, and the signature."""
    expires = int(time.time()) + _LIFETIME
    return urlencode({"expires": expires, "signature": _signature(secret, (*what, expires))})


def check_signature(secret: bytes, expires: str, signature: str, *what: object) -> None:
    """Refuse links that are not for these parts, or have expired.

    Raises:
        HubError: the link is not for these parts, or has expired.
    """
    is_number = expires.isascii() and expires.isdigit() and len(expires) < 20
    expected = _signature(secret, (*what, int(expires) if is_number else 0))
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) or int(expires) < time.time():
        raise HubError(403, "this upload link is not valid or has expired; start the upload again")


def _signature(secret: bytes, what: tuple[object, ...]) -> str:
    return hmac.new(secret, "\n".join(map(str, what)).encode(), hashlib.sha256).hexdigest()
