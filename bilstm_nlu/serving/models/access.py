"""Who may ask what: tokens with the scope read or admin. Without tokens, every user of this machine may do all.

A public server, such as a demo, has no tokens either: everyone may ask its models, and no one may change them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ...errors import NluError
from ..secret_texts import check_different, find_hashed, stored_hash
from .errors import forbidden, unauthorised
from .naming import NAME, is_name

__all__ = ["ADMIN", "READ", "TRAIN", "Access", "Token", "parse_token"]

READ, ADMIN = "read", "admin"
#: To train models on the page: tokens need the scope admin for it, visitors of a public server need nothing.
TRAIN = "train"
_FORM = "NAME:read:SECRET or NAME:admin:SECRET"


@dataclass(frozen=True)
class Token:
    """A token as it is stored.

    Attributes:
        name: of the user.
        scope: `read` may ask models, `admin` may also reload them and choose their revisions.
        hashed: SHA-256 of the secret.
    """

    name: str
    scope: str
    hashed: str


def parse_token(text: str) -> Token:
    """The token of a line such as `ann:read:SECRET` or `ops:admin:sha256=HASH`.

    Raises:
        NluError: the line has another form. The message never contains the secret.
    """
    name, _, rest = text.strip().partition(":")
    scope, _, secret = rest.partition(":")
    if scope not in (READ, ADMIN):  # what is before it may be the secret
        raise NluError(f"this is not written like a token; write {_FORM}")
    if not is_name(name):
        raise NluError(f"the name of the token must be of {NAME}; write {_FORM}")
    return Token(name, scope, stored_hash(secret, name))


class Access:
    """The tokens of a server.

    Args:
        tokens: the valid tokens; without any, every request may do everything.
        is_public: everyone may ask, from everywhere, but no one may reload models or choose their revisions.

    Raises:
        NluError: two tokens have the same secret, or a public server has tokens.
    """

    def __init__(self, tokens: Iterable[Token] = (), *, is_public: bool = False) -> None:
        self._tokens, self.is_public = list(tokens), is_public
        if is_public and self._tokens:
            raise NluError("a public server takes no tokens; leave them out, or do not let it be public")
        check_different(self._tokens)

    @property
    def is_open(self) -> bool:
        """Whether everyone may do everything, because there are no tokens."""
        return not self._tokens

    def check(self, authorization: str | None, scope: str) -> None:
        """Refuse a request that may not do what it asks for.

        Args:
            authorization: its header `Authorization`.
            scope: what it needs.

        Raises:
            Refusal: the token is missing, not known, or has another scope.
        """
        if self.is_public and scope == ADMIN:
            raise forbidden("this server is public; no one may change its models over the network")
        if self.is_open:
            return
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise unauthorised("this server needs a token; send the header Authorization: Bearer SECRET")
        token = find_hashed(self._tokens, secret.strip())
        if token is None:
            raise unauthorised("the server does not know this token")
        if scope in (ADMIN, TRAIN) and token.scope != ADMIN:
            raise forbidden(f"the token of {token.name} may only read; use a token with the scope admin")
