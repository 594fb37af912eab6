"""Tokens: each has a name, the owners it may write for, and a scope. Only the SHA-256 of a secret is kept."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from ...errors import NluError
from ..secret_texts import check_different, find_hashed, hash_of_secret, new_secret, stored_hash
from .errors import HubError, forbidden
from .names import is_repo_part

__all__ = ["Account", "Token", "Tokens", "hash_of_secret", "new_secret", "parse_token"]

_FORM = "NAME:read:SECRET or NAME:write:SECRET, where +OWNER after NAME adds another owner, and +* all owners"


@dataclass(frozen=True)
class Account:
    """The user of a token.

    Attributes:
        name: the user, and the owner of repositories `name/...`.
        owners: other owners that the user belongs to; `*` is any.
        can_write: whether the token may change anything.
    """

    name: str
    owners: tuple[str, ...] = ()
    can_write: bool = False

    def belongs_to(self, owner: str) -> bool:
        """Whether the user belongs to an owner of repositories."""
        return "*" in self.owners or owner.lower() in (self.name.lower(), *(known.lower() for known in self.owners))

    def check_may_write(self, owner: str) -> None:
        """Refuse users that may not change the repositories of an owner.

        Raises:
            HubError: the user may not change the repositories of this owner.
        """
        self.check_may_propose()
        if not self.belongs_to(owner):
            raise forbidden(f"{self.name} may not write for {owner}; open a pull request, or ask for a token that may")

    def check_may_propose(self) -> None:
        """Refuse tokens that may only read.

        Raises:
            HubError: the token may only read.
        """
        if not self.can_write:
            raise forbidden(f"this token of {self.name} may only read; use a token with write scope")


@dataclass(frozen=True)
class Token:
    """A token as it is stored: the account and the SHA-256 of the secret."""

    account: Account
    hashed: str


def parse_token(text: str) -> Token:
    """The token of a line such as `ann:write:SECRET` or `ann+acme:read:sha256=HASH`.

    Raises:
        NluError: the line has another form. The message never contains the secret.
    """
    names, _, rest = text.strip().partition(":")
    scope, _, secret = rest.partition(":")
    name, *owners = names.split("+")
    if scope not in ("read", "write"):  # what is before it may be the secret
        raise NluError(f"this is not written like a token; write {_FORM}")
    if not is_repo_part(name):
        raise NluError(f"the token for {name!r} is not written like a token; write {_FORM}")
    for owner in owners:
        if owner != "*" and not is_repo_part(owner):
            raise NluError(f"the token for {name!r}: the owner {owner!r} is not a valid name of an owner")
    return Token(Account(name, tuple(owners), can_write=scope == "write"), stored_hash(secret, name))


class Tokens:
    """The tokens of a hub. Without tokens, everyone who can reach the hub may do everything.

    Args:
        tokens: the valid tokens.

    Raises:
        NluError: two tokens have the same secret.
    """

    def __init__(self, tokens: Iterable[Token] = ()) -> None:
        self._tokens = list(tokens)
        check_different(self._tokens)

    @property
    def is_open(self) -> bool:
        """Whether everyone may do everything, because there are no tokens."""
        return not self._tokens

    def account(self, authorization: str | None, *, is_safe_method: bool) -> Account | None:
        """The account of a request, according to its `Authorization` header; `None` without this header.

        A browser signs in with the name of the user, and with the secret as password. It then sends them with every
        request, also with requests that another site starts. So a browser may only read.

        Raises:
            HubError: the header is broken, or the hub does not know the secret.
        """
        if self.is_open:
            return Account("local", ("*",), can_write=True)
        if not authorization:
            return None
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return self._account_of(value.strip())
        if scheme.lower() == "basic" and is_safe_method:
            try:
                user, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                user, secret = "", ""
            account = self._account_of(secret)
            if account.name.lower() == user.lower():
                return Account(account.name, account.owners, can_write=False)
        raise self._refusal()

    def _account_of(self, secret: str) -> Account:
        found = find_hashed(self._tokens, secret)
        if found is None:
            raise self._refusal()
        return found.account

    @staticmethod
    def _refusal() -> HubError:
        return HubError(401, "Invalid credentials in Authorization header")
