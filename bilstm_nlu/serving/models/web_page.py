"""The page on which people try the models. Its files never change, and it asks no other server for anything."""

from pathlib import Path

from .exchange import Answer

__all__ = ["files_of_page"]

_HERE = Path(__file__).with_name("page")
_KINDS = {".html": b"text/html; charset=utf-8", ".css": b"text/css; charset=utf-8", ".js": b"text/javascript"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {}"
)
#: Where the page of a public server may be shown in a frame: a Space is.
_FRAMES = "'self' https://huggingface.co"


def files_of_page(*, is_public: bool = False) -> dict[str, Answer]:
    """The files of the page, by their URLs.

    Args:
        is_public: the page may be shown inside the page of a Space.
    """
    policy = _POLICY.format(_FRAMES if is_public else "'none'").encode()
    headers = ((b"content-security-policy", policy), (b"permissions-policy", b"microphone=(self)"))
    return {
        "/" if path.name == "index.html" else f"/page/{path.name}": Answer(
            path.read_bytes(), 200, _KINDS[path.suffix], headers
        )
        for path in sorted(_HERE.iterdir())
        if path.suffix in _KINDS
    }
