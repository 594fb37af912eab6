"""Download a checkpoint from a hub into the local cache or a folder, and check every file."""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import hf_hub_download, is_offline_mode, snapshot_download
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

from bilstm_nlu.errors import NluError
from bilstm_nlu.hub_errors import HUB_ERRORS, describe_hub_error, is_broken_connection
from bilstm_nlu.runtime.delta import read_delta
from bilstm_nlu.runtime.delta_file import DELTA_FILE, DELTA_WEIGHTS, is_delta
from bilstm_nlu.staging import staged

from ..configuration_bilstm_nlu import BiLstmNluConfig
from .delta_folder import put_together
from .integrity import damaged_files, refuse_paths_as_hashes, remove_from_cache
from .origin import Origin, write_origin
from .repository import ALLOWED, allowed_files, check_replaceable, is_allowed

__all__ = ["Pulled", "pull", "pull_to_load"]

#: The files that are loaded if the package is installed: neither code nor pictures.
_TO_LOAD = ("*.json", "*.safetensors")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ATTEMPTS = 5  # to download, if connections break
_NEEDED = ("config.json", "tokenizer.json", "model.safetensors")


@dataclass(frozen=True)
class Pulled:
    """A checkpoint that was downloaded.

    Attributes:
        folder: the folder that was asked for, or a snapshot in the cache, which must not be changed.
        repo_id: the repository.
        commit: the commit of the revision.
        files: the names of its files, sorted.
    """

    folder: Path
    repo_id: str
    commit: str
    files: tuple[str, ...]


def pull(
    repo_id: str,
    revision: str | None = None,
    *,
    out: str | Path | None = None,
    token: str | None = None,
    keep_delta: bool = False,
) -> Pulled:
    """Download all files of a checkpoint; files that are in the cache are not downloaded again.

    Every file is compared with its hash. Only files that belong to a checkpoint are downloaded, and no pickles.

    Args:
        repo_id: `owner/name`.
        revision: a branch, tag or commit; the main branch by default.
        out: a folder to copy it to, which appears whole or not at all: new, empty, or an older repository. The commit
            is recorded in it, for the lineage of checkpoints that are trained from it.
        token: for the hub; by default the one of the login.
        keep_delta: copy a delta as it is; by default, the folder gets a whole checkpoint.

    Raises:
        NluError: there is no such repository or revision, you have no access, or it cannot be reached; it is not a
            checkpoint of this package; a file is damaged; the base of a delta is not found; or the folder has files
            that are not of a checkpoint.
    """
    if out is not None:
        check_replaceable(Path(out).expanduser().resolve())
    found = _pull(repo_id, revision, ALLOWED, token)
    if is_delta(found.folder):
        read_delta(found.folder)  # its base is downloaded, too
    if out is None:
        return found
    folder = Path(out).expanduser().resolve()
    try:
        with staged(folder) as build:
            if is_delta(found.folder) and not keep_delta:
                put_together(found.folder, build)
            else:
                build.mkdir()
                for name in found.files:
                    shutil.copyfile(found.folder / name, build / name)
            files = tuple(allowed_files(build))
            write_origin(build, Origin(found.repo_id, found.commit))
    except OSError as error:
        raise NluError(
            f"{repo_id!r} was not written to {str(folder)!r}: {describe_hub_error(error, repo_id)}"
        ) from error
    return Pulled(folder, found.repo_id, found.commit, files)


def pull_to_load(repo_id: str, revision: str | None = None, *, token: str | None = None) -> Pulled:
    """Download the files that this package loads into the cache; raises the errors of `pull`."""
    return _pull(repo_id, revision, _TO_LOAD, token)


def _pull(repo_id: str, revision: str | None, patterns: Sequence[str], token: str | None) -> Pulled:
    with _explained(repo_id, revision), refuse_paths_as_hashes():
        for is_last in (False, True):
            config = _fetch_config(repo_id, revision, token)
            commit = config.parent.name
            if not _COMMIT.fullmatch(commit):
                raise NluError(f"{repo_id!r}: the hub sends {commit!r} as its commit, which is wrong; do not trust it")
            damaged = damaged_files(config.parent)
            if not damaged:
                _check_kind(repo_id, config)
                snapshot = _fetch_files(repo_id, commit, patterns, token)
                damaged = damaged_files(snapshot)
            if not damaged:
                files = sorted(path.name for path in snapshot.iterdir() if path.is_file() and is_allowed(path.name))
                _check_files(repo_id, files)
                return Pulled(snapshot, repo_id, commit, tuple(files))
            for path in damaged:
                remove_from_cache(path)
            if is_last or is_offline_mode():
                names = ", ".join(path.name for path in damaged)
                raise NluError(
                    f"{repo_id!r}: the content of {names} does not match its hash; it was removed from the cache: "
                    + ("unset HF_HUB_OFFLINE and run it again" if is_offline_mode() else "push it again")
                )
    raise AssertionError("unreachable")


def _fetch_config(repo_id: str, revision: str | None, token: str | None) -> Path:
    try:
        return Path(hf_hub_download(repo_id, "config.json", revision=revision, token=token))
    except LocalEntryNotFoundError:
        raise
    except EntryNotFoundError as error:
        raise NluError(f"{repo_id!r} is not a checkpoint: it has no config.json") from error


def _fetch_files(repo_id: str, commit: str, patterns: Sequence[str], token: str | None) -> Path:
    """Download files into the cache; if the connection breaks, continue from there."""
    for num_left in reversed(range(_ATTEMPTS)):
        try:
            folder = snapshot_download(
                repo_id,
                revision=commit,
                allow_patterns=list(patterns),
                ignore_patterns=["*/*"],  # a pattern's * crosses slashes
                token=token,
                local_files_only=is_offline_mode(),  # releases of before 2 would ask the hub for its list of files
            )
            break
        except HUB_ERRORS as error:
            if not num_left or not is_broken_connection(error):
                raise
    return Path(folder)


def _check_kind(repo_id: str, config: Path) -> None:
    """Make sure that it is a checkpoint of this package before its weights are downloaded."""
    try:
        values = json.loads(config.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise NluError(f"{repo_id!r} is not a checkpoint: its config.json is not JSON") from error
    check_model_type(repo_id, values)


def check_model_type(name: str, config: Any) -> None:
    """Make sure that a `config.json` is that of a checkpoint of this package.

    Raises:
        NluError: it is that of another kind of model.
    """
    model_type = config.get("model_type") if isinstance(config, dict) else None
    if model_type != BiLstmNluConfig.model_type:
        raise NluError(
            f"{name!r} has a model of type {model_type!r}, not {BiLstmNluConfig.model_type!r}; "
            "open it with transformers, or use a checkpoint of this package"
        )


def _check_files(repo_id: str, files: Sequence[str]) -> None:
    needed = (*_NEEDED[:-1], DELTA_WEIGHTS) if DELTA_FILE in files else _NEEDED
    missing = [name for name in needed if name not in files]
    if "model.safetensors.index.json" in files and "model.safetensors" in missing:
        missing.remove("model.safetensors")
    if missing and is_offline_mode():
        raise NluError(f"{repo_id!r}: the local cache lacks {', '.join(missing)}; unset HF_HUB_OFFLINE to download it")
    if missing:
        raise NluError(
            f"{repo_id!r} is not a checkpoint: it lacks {', '.join(missing)} (weights in pickles, such as "
            "pytorch_model.bin, are never read, because a pickle can run code)"
        )


@contextmanager
def _explained(repo_id: str, revision: str | None) -> Iterator[None]:
    try:
        yield
    except HUB_ERRORS as error:
        raise NluError(describe_hub_error(error, repo_id, revision)) from error
