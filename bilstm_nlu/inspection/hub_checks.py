"""Check the way to the hub: is it switched off, does it answer, and is there a token (which is never shown)."""

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .checks import BROKEN, LOOK, OK, Check, hub_home

__all__ = ["check_hub"]

_DEFAULT = "https://huggingface.co"
_TRUE = {"1", "ON", "TRUE", "YES"}
_SECONDS = 5.0  # to wait for an answer


def check_hub(ask: Callable[[str], None] | None = None) -> Iterator[Check]:
    """Yield the checks of the hub and of the token.

    Args:
        ask: sends a request to a URL; raises `OSError` if no answer comes. By default, over the network.
    """
    endpoint = os.environ.get("HF_ENDPOINT", _DEFAULT).rstrip("/") or _DEFAULT
    yield _reach(endpoint, ask or _ask)
    yield _token()


def _reach(endpoint: str, ask: Callable[[str], None]) -> Check:
    shown = _without_secrets(endpoint)
    if urlsplit(endpoint).scheme not in ("http", "https") or not urlsplit(endpoint).hostname:
        cure = "write it as in HF_ENDPOINT=http://localhost:8123, or unset it"
        return Check("hub", BROKEN, f"HF_ENDPOINT is {shown!r}, which is not a URL", cure)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(name, "").upper() in _TRUE:
            return Check("hub", OK, f"switched off by {name}; {shown} is not asked, and only the cache is used")
    try:
        ask(endpoint)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return Check(
            "hub",
            LOOK,
            f"{shown} does not answer ({' '.join(str(reason).split())[:120]})",
            "check the network, the proxy and HF_ENDPOINT; set HF_HUB_OFFLINE=1 to work without a hub",
        )
    return Check("hub", OK, f"{shown} answers")


def _ask(url: str) -> None:
    """Ask for the first bytes of a page. Every answer of the server is fine, even an error."""
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310  the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            pass
    except urllib.error.HTTPError:
        return


def _without_secrets(url: str) -> str:
    """The URL without a user and a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _token() -> Check:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if os.environ.get(name, "").strip():
            return Check("token", OK, f"there is one in {name}")
    path = Path(os.environ.get("HF_TOKEN_PATH") or hub_home() / "token").expanduser()
    try:
        has_token = path.is_file() and bool(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return Check("token", LOOK, f"{path} cannot be read", "log in again with `hf auth login`")
    if has_token:
        return Check("token", OK, f"there is one in {path}")
    return Check("token", OK, "not found; public models do not need one. To push: `hf auth login`, or set HF_TOKEN")
