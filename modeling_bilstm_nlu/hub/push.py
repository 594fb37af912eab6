"""Push files to a hub as one commit or none; if the push fails, the hub stays as it was."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi, constants
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import validate_repo_id

from bilstm_nlu.errors import Cure, NluError
from bilstm_nlu.hub_errors import HUB_ERRORS, describe_hub_error

from .integrity import git_hash, sha256_of

__all__ = ["Changes", "Pushed", "full_name", "push_files"]

logger = logging.getLogger(__name__)

#: Hubs that support Xet, which the client uses for large files; other hubs accept large files as Git LFS only.
_XET_HOSTS = ("huggingface.co", "hf.co")


@dataclass(frozen=True)
class Changes:
    """What a push changes: names of files, sorted."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True)
class Pushed:
    """What a push did, or would do without `dry_run`.

    Attributes:
        repo_id: the repository.
        changes: compared with the files it had before; a push without changes makes no commit.
        commit: the commit that has the files now; `None` in a dry run that would make one.
        url: the URL of that commit, or of the pull request.
        is_new_repository: whether the repository did not exist before.
    """

    repo_id: str
    changes: Changes
    commit: str | None = None
    url: str | None = None
    is_new_repository: bool = False


def push_files(
    files: Mapping[str, Path],
    repo_id: str,
    *,
    repo_type: str = "model",
    is_replaced: Callable[[str], bool],
    private: bool | None = None,
    revision: str | None = None,
    tag: str | None = None,
    create_pr: bool = False,
    commit_message: str,
    token: str | None = None,
    dry_run: bool = False,
) -> Pushed:
    """Push files as one commit; the repository is created if it does not exist.

    If the repository already has all of the files, no commit is made. If anything fails, the repository stays as it
    was, and a repository that was created for the push is removed again.

    Args:
        files: name in the repository -> file.
        repo_id: `owner/name`, or a name for your own account.
        repo_type: `model`, `dataset` or `space` (with Docker).
        is_replaced: takes the name of a file that is in the repository but not in `files`, and says whether an earlier
            push wrote it, so that this push removes it.
        private: whether a new repository is private; `None` uses the owner's default.
        revision: the branch to commit to, created if it does not exist; by default the main branch.
        tag: a tag for the commit.
        create_pr: open a pull request instead of committing.
        commit_message: first line of the commit message.
        token: for the hub; by default the one of the login.
        dry_run: only report what would change.

    Raises:
        NluError: the hub refuses, cannot be reached, or the connection breaks; someone else has changed the
            repository during the push; the tag is in use; or it must be private but is public.
    """
    if create_pr and tag is not None:
        cure = Cure("use {} only when you push to a branch", option="tag")
        raise NluError("a pull request cannot have a tag", cure=cure)
    push = _Push(HfApi(token=token), full_name(repo_id, token=token), repo_type, revision)
    with _explained(push.repo_id, revision):
        push.look_up()
        if private and push.is_public:
            raise NluError("it exists and is public; make it private in its settings, or choose another name")
        made = _Made()
        try:
            if not dry_run:
                push.make_missing(made, private, with_branch=not create_pr)
            changes = push.changes(files, is_replaced)
            tagged = push.check_tag(tag, changes)
            done = Pushed(push.repo_id, changes, is_new_repository=made.repository or push.is_missing)
            if dry_run:
                return done
            if changes:
                done = push.commit(done, files, commit_message, create_pr)
            else:
                done = Pushed(push.repo_id, changes, push.head, push.url_of(push.head), made.repository)
        except BaseException:
            push.undo(made)
            raise
        if tag is not None and not tagged:
            push.set_tag(tag, done)
        return done


def full_name(repo_id: str, *, token: str | None = None) -> str:
    """A repository's id with its owner; a name without an owner belongs to the account of the token.

    Raises:
        NluError: the name is not valid, the hub does not know the token, or it cannot be reached.
    """
    with _explained(repo_id, None):
        validate_repo_id(repo_id)
        return repo_id if "/" in repo_id else f"{HfApi(token=token).whoami()['name']}/{repo_id}"


@contextmanager
def _explained(repo_id: str, revision: str | None) -> Iterator[None]:
    """Turn errors of the hub's client into one NluError of one line."""
    try:
        yield
    except NluError as error:
        raise NluError(f"the push to {repo_id!r} failed: {error.message}", cure=error.cures) from error
    except HUB_ERRORS as error:
        reason = describe_hub_error(error, repo_id, revision)
        raise NluError(f"the push to {repo_id!r} failed: {reason}") from error


@dataclass
class _Made:
    """What a push has created before its commit."""

    repository: bool = False
    branch: bool = False
    first_commit: str | None = None


class _Push:
    def __init__(self, api: HfApi, repo_id: str, repo_type: str, revision: str | None):
        self.api, self.repo_id, self.revision = api, repo_id, revision
        self.of: dict[str, Any] = {"repo_type": repo_type}
        self.head: str | None = None  # of the branch
        self.is_missing = self.is_public = False

    def look_up(self) -> None:
        """Look up the newest commit of the branch."""
        try:
            info = self.api.repo_info(self.repo_id, **self.of)
        except RepositoryNotFoundError:
            self.is_missing = True
            return
        self.is_public = info.private is False
        self.head = info.sha if self.revision is None else self._sha_of(self.revision)

    def _sha_of(self, revision: str) -> str | None:
        try:
            return self.api.repo_info(self.repo_id, revision=revision, **self.of).sha
        except RevisionNotFoundError:
            return None

    def make_missing(self, made: _Made, private: bool | None, *, with_branch: bool) -> None:
        """Create the repository and the branch if they do not exist, and record what was created."""
        if self.is_missing:
            sdk: dict[str, Any] = {"space_sdk": "docker"} if self.of["repo_type"] == "space" else {}
            made_repo = self.api.create_repo(self.repo_id, private=private, exist_ok=True, **self.of, **sdk)
            self.repo_id = made_repo.repo_id
            made.repository = True
            self.head = made.first_commit = self.api.repo_info(self.repo_id, **self.of).sha
        if self.revision is not None and with_branch and self._sha_of(self.revision) is None:
            self.api.create_branch(self.repo_id, branch=self.revision, exist_ok=True, **self.of)
            made.branch = True
            self.head = self._sha_of(self.revision)

    def changes(self, files: Mapping[str, Path], is_replaced: Callable[[str], bool]) -> Changes:
        """Compare the files with those of the branch, by their hashes."""
        if self.head is None:
            return Changes(tuple(sorted(files)))
        listed = self.api.list_repo_tree(self.repo_id, recursive=True, revision=self.head, **self.of)
        there = {entry.path: entry for entry in listed if isinstance(entry, RepoFile)}
        return Changes(
            added=tuple(sorted(name for name in files if name not in there)),
            changed=tuple(sorted(n for n, path in files.items() if n in there and not _is_same(path, there[n]))),
            removed=tuple(sorted(name for name in there if name not in files and is_replaced(name))),
        )

    def check_tag(self, tag: str | None, changes: Changes) -> bool:
        """Whether the tag is already at the right commit.

        Raises:
            NluError: the tag is at another commit.
        """
        if tag is None or self.is_missing and self.head is None:
            return False
        tags = {ref.name: ref.target_commit for ref in self.api.list_repo_refs(self.repo_id, **self.of).tags}
        if tag not in tags:
            return False
        commit = self._sha_of(tag)
        if changes or commit != self.head:
            raise NluError(f"its tag {tag!r} is in use, by commit {commit}; choose another")
        return True

    def commit(self, done: Pushed, files: Mapping[str, Path], message: str, create_pr: bool) -> Pushed:
        """Send the files that have changed, as one commit whose parent is the commit they were compared with."""
        host = urlsplit(constants.ENDPOINT).hostname or ""
        has_xet = any(host == name or host.endswith(f".{name}") for name in _XET_HOSTS)
        with ExitStack() as stack:
            operations: list[Any] = [CommitOperationDelete(name) for name in done.changes.removed]
            for name in (*done.changes.added, *done.changes.changed):
                # the client sends open files as Git LFS, but files by path as Xet if it can, whatever the hub supports
                content = files[name] if has_xet else stack.enter_context(files[name].open("rb"))
                operations.append(CommitOperationAdd(name, content))
            info = self._create_commit(operations, message, create_pr)
        return Pushed(
            self.repo_id, done.changes, info.oid, info.pr_url if create_pr else info.commit_url, done.is_new_repository
        )

    def _create_commit(self, operations: list[Any], message: str, create_pr: bool) -> CommitInfo:
        try:
            return self.api.create_commit(
                self.repo_id,
                operations,
                commit_message=message,
                revision=self.revision,
                create_pr=create_pr,
                parent_commit=self.head,
                **self.of,
            )
        except RuntimeError as error:  # the client's error if a large file could not be sent; its cause says why
            if not isinstance(error.__cause__, HUB_ERRORS):
                raise
            raise NluError(describe_hub_error(error, self.repo_id, self.revision)) from error

    def url_of(self, commit: str | None) -> str:
        """The URL of a commit."""
        kind = "" if self.of["repo_type"] == "model" else f"{self.of['repo_type']}s/"
        return f"{constants.ENDPOINT}/{kind}{self.repo_id}/commit/{commit}"

    def set_tag(self, tag: str, done: Pushed) -> None:
        """Tag the commit.

        Raises:
            NluError: the hub refuses; the commit is kept.
        """
        try:
            self.api.create_tag(self.repo_id, tag=tag, revision=done.commit, **self.of)
        except HUB_ERRORS as error:
            reason = describe_hub_error(error, self.repo_id, done.commit)
            raise NluError(f"the commit {done.commit} was made, but not its tag {tag!r}: {reason}") from error

    def undo(self, made: _Made) -> None:
        """Remove what was created for a failed push, unless someone else has changed it since."""
        try:
            if made.repository and self._sha_of(constants.DEFAULT_REVISION) == made.first_commit:
                self.api.delete_repo(self.repo_id, missing_ok=True, **self.of)
            elif made.branch and self.revision is not None and self._sha_of(self.revision) == self.head:
                self.api.delete_branch(self.repo_id, branch=self.revision, **self.of)
        except HUB_ERRORS as error:
            what = "repository" if made.repository else f"branch {self.revision!r}"
            reason = describe_hub_error(error, self.repo_id)
            logger.warning("the empty %s of %s remains on the hub: %s; delete it there", what, self.repo_id, reason)


def _is_same(path: Path, entry: RepoFile) -> bool:
    if path.stat().st_size != entry.size:
        return False
    return sha256_of(path) == entry.lfs.sha256 if entry.lfs is not None else git_hash(path) == entry.blob_id
