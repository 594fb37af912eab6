"""Push files to a hub: one commit or none, and a remote that stays as it was where that fails."""

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

#: The hub that speaks Xet, which is what its client sends large files with; other hubs take them as Git LFS alone.
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
    """What a push did, or in a dry run would do.

    Attributes:
        repo_id: the repository.
        changes: against what it held before; a push without changes makes no commit.
        commit: the commit that holds the files now; `None` in a dry run that would make one.
        url: of that commit, or of the pull request.
        is_new_repository: it was not there before.
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
    """Push files as one commit; the repository is made where it is missing.

    Where the repository holds all of them already, no commit is made. Where anything fails, the repository stays as it
    was, and one that was made for the push is removed again.

    Args:
        files: name in the repository -> file.
        repo_id: `owner/name`, or a name as for `full_name`.
        repo_type: `model`, `dataset` or `space` (of Gradio).
        is_replaced: whether a file of this name, which the repository has and `files` has not, is of an earlier push
            and goes.
        private: whether a new repository is private; `None` is the owner's default.
        revision: the branch to commit to, made where it is missing; by default the main one.
        tag: a name for the commit.
        create_pr: open a pull request instead of committing.
        commit_message: first line of the commit.
        token: of the hub; by default the one that was logged in with.
        dry_run: only say what would change.

    Raises:
        NluError: the hub refuses, cannot be reached, or the connection breaks; somebody else has changed the
            repository meanwhile; the tag is taken; or it is to be private and is not.
    """
    if create_pr and tag is not None:
        cure = Cure("give {} when you push to a branch", option="tag")
        raise NluError("a pull request has no tag", cure=cure)
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
    """A repository's id with its owner; a name without one is among the repositories of whom the token belongs to.

    Raises:
        NluError: it is no name, the hub does not know the token, or cannot be reached.
    """
    with _explained(repo_id, None):
        validate_repo_id(repo_id)
        return repo_id if "/" in repo_id else f"{HfApi(token=token).whoami()['name']}/{repo_id}"


@contextmanager
def _explained(repo_id: str, revision: str | None) -> Iterator[None]:
    """Turn what the hub's client raises into one NluError of one line."""
    try:
        yield
    except NluError as error:
        raise NluError(f"the push to {repo_id!r} failed: {error.message}", cure=error.cures) from error
    except HUB_ERRORS as error:
        reason = describe_hub_error(error, repo_id, revision)
        raise NluError(f"the push to {repo_id!r} failed: {reason}") from error


@dataclass
class _Made:
    """What a push has made before its commit."""

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
        """Find what the branch of the repository stands at."""
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
        """Make the repository and the branch where they are missing, and keep in mind what was made."""
        if self.is_missing:
            sdk: dict[str, Any] = {"space_sdk": "gradio"} if self.of["repo_type"] == "space" else {}
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
        """Whether the tag stands at the right commit already.

        Raises:
            NluError: it stands at another.
        """
        if tag is None or self.is_missing and self.head is None:
            return False
        tags = {ref.name: ref.target_commit for ref in self.api.list_repo_refs(self.repo_id, **self.of).tags}
        if tag not in tags:
            return False
        commit = self._sha_of(tag)
        if changes or commit != self.head:
            raise NluError(f"its tag {tag!r} is taken, by commit {commit}; choose another")
        return True

    def commit(self, done: Pushed, files: Mapping[str, Path], message: str, create_pr: bool) -> Pushed:
        """Send what has changed, as one commit on top of the one that it was compared with."""
        host = urlsplit(constants.ENDPOINT).hostname or ""
        has_xet = any(host == name or host.endswith(f".{name}") for name in _XET_HOSTS)
        with ExitStack() as stack:
            operations: list[Any] = [CommitOperationDelete(name) for name in done.changes.removed]
            for name in (*done.changes.added, *done.changes.changed):
                # the client sends open files as Git LFS, and files by path as Xet if it can, whatever the hub speaks
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
        except RuntimeError as error:  # the client's word for a large file that could not be sent; the cause tells why
            if not isinstance(error.__cause__, HUB_ERRORS):
                raise
            raise NluError(describe_hub_error(error, self.repo_id, self.revision)) from error

    def url_of(self, commit: str | None) -> str:
        """The address of a commit."""
        kind = "" if self.of["repo_type"] == "model" else f"{self.of['repo_type']}s/"
        return f"{constants.ENDPOINT}/{kind}{self.repo_id}/commit/{commit}"

    def set_tag(self, tag: str, done: Pushed) -> None:
        """Give the commit its tag.

        Raises:
            NluError: the hub refuses; the commit stays.
        """
        try:
            self.api.create_tag(self.repo_id, tag=tag, revision=done.commit, **self.of)
        except HUB_ERRORS as error:
            reason = describe_hub_error(error, self.repo_id, done.commit)
            raise NluError(f"the commit {done.commit} stands, but not its tag {tag!r}: {reason}") from error

    def undo(self, made: _Made) -> None:
        """Remove what was made for a push that failed; what somebody has put there since stays."""
        try:
            if made.repository and self._sha_of(constants.DEFAULT_REVISION) == made.first_commit:
                self.api.delete_repo(self.repo_id, missing_ok=True, **self.of)
            elif made.branch and self.revision is not None and self._sha_of(self.revision) == self.head:
                self.api.delete_branch(self.repo_id, branch=self.revision, **self.of)
        except HUB_ERRORS as error:
            what = "repository" if made.repository else f"branch {self.revision!r}"
            reason = describe_hub_error(error, self.repo_id)
            logger.warning("the empty %s of %s is left behind on the hub: %s", what, self.repo_id, reason)


def _is_same(path: Path, entry: RepoFile) -> bool:
    if path.stat().st_size != entry.size:
        return False
    return sha256_of(path) == entry.lfs.sha256 if entry.lfs is not None else git_hash(path) == entry.blob_id
