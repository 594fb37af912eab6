"""Remember which texts a model was trained on, without the texts: four bytes of a digest for each."""

import base64
import binascii
import hashlib
from collections.abc import Iterable

from bilstm_nlu.errors import NluError

from ..data.text import text_key

__all__ = ["count_seen", "pack_texts"]

_BYTES = 4  # a text that was not seen counts as seen once in a million, for a model of 4,000 texts


def pack_texts(texts: Iterable[str]) -> str:
    """Return the digests of texts, sorted, in base64. Case and white space are ignored."""
    return base64.b64encode(b"".join(sorted({_digest(text) for text in texts}))).decode()


def count_seen(texts: Iterable[str], packed: str) -> int:
    """Count the texts whose digests `pack_texts` has stored.

    Raises:
        NluError: the digests are damaged.
    """
    try:
        digests = base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise NluError(f"seen_texts: not base64 ({error}); write the card again from the model") from error
    known = {digests[start : start + _BYTES] for start in range(0, len(digests), _BYTES)}
    return sum(_digest(text) in known for text in texts)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text_key(text).encode(errors="surrogatepass")).digest()[:_BYTES]
