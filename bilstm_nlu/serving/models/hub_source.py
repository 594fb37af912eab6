"""The models of an owner on a hub: listed from the hub, downloaded when they are first used."""

import math
import time
from collections.abc import Iterable

from huggingface_hub import HfApi

from ...errors import NluError
from ...hub_errors import HUB_ERRORS, describe_hub_error
from .naming import is_name
from .revisions import LABEL, Revision

__all__ = ["HubSource"]

#: The tag that the card of every checkpoint has.
_TAG = "bilstm-nlu"
#: What listing a hub may raise.
_ERRORS: tuple[type[Exception], ...] = (*HUB_ERRORS, OSError)
_REMEMBERED = 5  # commits of a repository, to go back to


class HubSource:
    """The repositories of an owner. A revision is a commit; a tag or a branch can be chosen by its name.

    Args:
        owner: the owner.
        interval: seconds between two listings; in between, `scan` gives what the last one had.
        api: the client of the hub.
    """

    def __init__(self, owner: str, *, interval: float = 60.0, api: HfApi | None = None) -> None:
        self.owner, self._interval, self._api = owner, interval, api or HfApi()
        self._listed = -math.inf
        self._seen: dict[str, list[Revision]] = {}
        self._found: dict[tuple[str, str], Revision] = {}

    def scan(self, *, is_asked: bool = False) -> list[Revision]:
        """The newest commits of all repositories, and commits that were seen before.

        Args:
            is_asked: someone asks for what is new, so the hub is listed now.

        Raises:
            NluError: the hub cannot be reached, or it refuses.
        """
        if is_asked or self._listed + self._interval <= time.monotonic():
            self._list()
            self._listed = time.monotonic()
        return [one for known in self._seen.values() for one in known] + list(self._found.values())

    def find(self, name: str, label: str) -> Revision | None:
        """The revision of a model that is a branch, a tag or a commit.

        Raises:
            NluError: the hub cannot be reached, or it refuses.
        """
        if name not in self._seen:
            return None
        repo = f"{self.owner}/{name}"
        try:
            info = self._api.model_info(repo, revision=label)
        except _ERRORS as error:
            raise NluError(describe_hub_error(error, repo, label)) from error
        found = Revision(name, label, repo, 0.0, info.sha or label)
        self._found[name, label] = found
        return found

    def _list(self) -> None:
        try:
            infos = list(self._api.list_models(author=self.owner, filter=_TAG, full=True))
        except _ERRORS as error:
            raise NluError(f"the hub cannot list {self.owner}: {describe_hub_error(error, self.owner)}") from error
        names = set()
        for info in infos:
            name = info.id.rpartition("/")[2]
            if info.sha and is_name(name):
                names.add(name)
                changed = info.last_modified.timestamp() if info.last_modified else time.time()
                self._remember(Revision(name, info.sha[:LABEL], info.id, changed, info.sha))
        self._forget(self._seen.keys() - names)

    def _remember(self, revision: Revision) -> None:
        known = self._seen.setdefault(revision.name, [])
        if not known or known[-1].commit != revision.commit:
            known[:] = [one for one in known if one.commit != revision.commit][1 - _REMEMBERED :]
            known.append(revision)

    def _forget(self, names: Iterable[str]) -> None:
        for name in list(names):
            del self._seen[name]
        self._found = {key: one for key, one in self._found.items() if key[0] in self._seen}
