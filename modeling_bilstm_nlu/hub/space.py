"""A demo Space for checkpoints on the hub: write its folder, with each checkpoint pinned to a commit, and push it.

The Space runs the page of this package, so its folder has the source of the package. No code of a checkpoint runs.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from huggingface_hub import HfApi, SpaceCard, constants

from bilstm_nlu.errors import NluError
from bilstm_nlu.escaping import one_line
from bilstm_nlu.files import write_json
from bilstm_nlu.hub_errors import HUB_ERRORS, describe_hub_error
from bilstm_nlu.staging import staged

from .card_metadata import is_repository_id
from .pull import check_model_type
from .push import Pushed, push_files

__all__ = ["SpaceCheckpoint", "find_checkpoint", "push_space", "write_space"]

#: Files of a Space: those that are copied, and all that are written.
_FILES = ("README.md", "Dockerfile", "app.py")
_WRITTEN = (*_FILES, "checkpoints.json")
_PACKAGE = "package"
#: What an image needs to install the package.
_PACKAGE_FILES = ("pyproject.toml", "README.md", "LICENSE")
_PACKAGES = ("bilstm_nlu", "modeling_bilstm_nlu")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.so", "*.pyc")
#: Files of Spaces that were written before 0.2; a push removes them.
_FORMER = ("answers.py", "checkpoints.py", "requirements.txt")
_WEIGHTS = {"model.safetensors", "delta.safetensors"}


@dataclass(frozen=True)
class SpaceCheckpoint:
    """A checkpoint that a Space offers.

    Attributes:
        model: the id `owner/name` of its repository.
        revision: the commit whose weights and code the Space runs.
        is_private: whether the Space needs a token to read it.
    """

    model: str
    revision: str
    is_private: bool = False


def find_checkpoint(name: str, *, token: str | None = None) -> SpaceCheckpoint:
    """Look up a checkpoint on the hub and pin it to its current commit.

    Args:
        name: `owner/name`, or `owner/name@revision` with a branch, tag or commit.
        token: for the hub; by default the one of the login.

    Raises:
        NluError: the hub has no such repository or revision, or it is not a checkpoint.
    """
    model, _, revision = name.partition("@")
    if not is_repository_id(model):
        raise NluError(
            f"{model!r} is not a repository id such as owner/name; a Space takes checkpoints from the hub, "
            "so push the folder there first"
        )
    api = HfApi(token=token)
    try:
        info = api.model_info(model, revision=revision or None)
        files = {file.rfilename for file in info.siblings or ()}
        if "config.json" not in files or not _WEIGHTS & files:
            raise NluError(f"{name!r} is not a checkpoint: it needs config.json, and {' or '.join(sorted(_WEIGHTS))}")
        assert info.sha is not None  # None only in listings, according to the client's types
        config = json.loads(Path(api.hf_hub_download(model, "config.json", revision=info.sha)).read_text("utf-8"))
    except NluError:
        raise
    except HUB_ERRORS as error:
        reason = describe_hub_error(error, model, revision or None)
        raise NluError(f"no Space can be made from {name!r}: {reason}") from error
    check_model_type(name, config)
    return SpaceCheckpoint(info.id, info.sha, bool(info.private))


def write_space(
    folder: str | Path,
    checkpoints: Sequence[SpaceCheckpoint],
    *,
    source: str | Path,
    project: str | Path | None = None,
    title: str | None = None,
) -> Path:
    """Write the folder of a Space. It appears complete or not at all, and equal arguments give equal bytes.

    Args:
        folder: where to write; missing, empty, or an older Space folder.
        checkpoints: the checkpoints that visitors can choose from.
        source: the folder with the files of the Space: `scripts/space` of this project.
        project: the checkout whose package the Space installs; by default the one that `source` is in.
        title: the title of the Space; by default that of the source.

    Returns:
        The folder, as an absolute path.

    Raises:
        NluError: no checkpoint is given, or one twice; the source lacks a file; or the folder has other files.
    """
    folder, source = Path(folder).expanduser().resolve(), Path(source).resolve()
    project = source.parents[1] if project is None else Path(project)
    if not checkpoints:
        raise NluError("a Space needs a checkpoint; give one as owner/name")
    if len({(checkpoint.model, checkpoint.revision) for checkpoint in checkpoints}) < len(checkpoints):
        raise NluError("a checkpoint is given twice with the same commit; give each one once")
    if missing := [name for name in _FILES if not (source / name).is_file()]:
        raise NluError(f"{str(source)!r} lacks {', '.join(missing)}; give the folder scripts/space of bilstm-nlu")
    if missing := [name for name in (*_PACKAGE_FILES, *_PACKAGES) if not (project / name).exists()]:
        raise NluError(f"{str(project)!r} lacks {', '.join(missing)}; give a checkout of bilstm-nlu")
    if folder.exists() and not folder.is_dir():
        raise NluError(f"{str(folder)!r} is a file; choose a folder")
    if folder.is_dir() and (foreign := sorted({path.name for path in folder.iterdir()} - {*_WRITTEN, _PACKAGE})):
        raise NluError(f"{str(folder)!r} has {', '.join(foreign[:5])}, which is not a file of a Space; choose another")
    with staged(folder) as build:
        build.mkdir()
        for name in _FILES:
            shutil.copyfile(source / name, build / name)
        (build / _PACKAGE).mkdir()
        for name in _PACKAGE_FILES:
            shutil.copyfile(project / name, build / _PACKAGE / name)
        for name in _PACKAGES:
            shutil.copytree(project / name, build / _PACKAGE / name, ignore=_NOT_COPIED)
        (build / "README.md").write_text(_card(source / "README.md", checkpoints, title), encoding="utf-8")
        entries = [{"model": checkpoint.model, "revision": checkpoint.revision} for checkpoint in checkpoints]
        write_json(build / "checkpoints.json", entries)
    return folder


def _card(template: Path, checkpoints: Sequence[SpaceCheckpoint], title: str | None) -> str:
    """The README: metadata with the models, and a list of the commits."""
    card = SpaceCard(template.read_text(encoding="utf-8"))
    if title and one_line(title):
        card.data["title"] = one_line(title)
    card.data["models"] = list(dict.fromkeys(checkpoint.model for checkpoint in checkpoints))
    lines = ["## Checkpoints here", ""]
    for checkpoint in checkpoints:
        url = f"{constants.ENDPOINT}/{checkpoint.model}/tree/{checkpoint.revision}"
        lines.append(f"- [{checkpoint.model}]({url}) at commit `{checkpoint.revision}`")
    return f"{str(card).rstrip()}\n\n" + "\n".join(lines) + "\n"


def push_space(
    repo_id: str,
    checkpoints: Sequence[SpaceCheckpoint],
    *,
    source: str | Path,
    title: str | None = None,
    commit_message: str = "Upload the demo of a bilstm-nlu checkpoint",
    **options: Any,
) -> Pushed:
    """Push a Space as one commit. The Space is created if it does not exist; if nothing changes, no commit is made.

    Args:
        repo_id: `owner/name` of the Space, or a name for your own account.
        checkpoints: the checkpoints that visitors can choose from.
        source: the folder with the files of the Space: `scripts/space` of this project.
        title: the title of the Space; by default that of the source.
        commit_message: first line of the commit message.
        options: `private`, `revision`, `tag`, `create_pr`, `token` and `dry_run` of `push_files`.

    Raises:
        NluError: the Space cannot be written (see `write_space`), or the push fails (see `push_files`).
    """
    with TemporaryDirectory(prefix="bilstm-nlu-space-") as workshop:
        folder = write_space(Path(workshop) / "space", checkpoints, source=source, title=title)
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        return push_files(
            files,
            repo_id,
            repo_type="space",
            is_replaced=_is_of_a_space,
            commit_message=commit_message,
            **options,
        )


def _is_of_a_space(name: str) -> bool:
    """Whether an earlier push wrote a file of the repository."""
    return name in (*_WRITTEN, *_FORMER) or name.startswith(f"{_PACKAGE}/")
