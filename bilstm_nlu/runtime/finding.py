"""Find the files of a checkpoint: a folder, a packed file, a checkpoint that is in the package, or a hub id."""

import importlib
import re
from pathlib import Path

from .. import hubfiles
from ..errors import Cure, NluError

__all__ = ["find_checkpoint", "name_and_revision", "refuse_replaced"]

_WITH_REVISION = re.compile(r"([A-Za-z0-9][\w.-]*/[\w.-]+)@(\S+)", re.ASCII)

#: Checkpoints that were in the package -> the one in their place. It does not open by the old name, because it has
#: another licence, and models that were trained from the old one are not made from it.
_REPLACED = {"bilstm-nlu-generic-en-small": "bilstm-nlu-generic-en"}

#: The files that are read; neither code nor pictures.
_READ = ["*.json", "model.safetensors", "delta.safetensors"]


def find_checkpoint(name_or_path: str | Path, revision: str | None = None) -> Path:
    """Return the folder or the packed file of a checkpoint. A repository is downloaded into the local cache.

    Args:
        name_or_path: a folder, a packed file, the name of a checkpoint in the package, or the id `owner/name` of a
            repository on the hub.
        revision: branch, tag or commit of the repository.

    Raises:
        NluError: the folder, file or repository does not exist, or cannot be reached.
    """
    name = str(name_or_path)
    path = Path(name).expanduser()
    if path.exists():
        return path
    refuse_replaced(name)
    if name and Path(name).name == name:
        for root in hubfiles.__path__:
            if (embedded := Path(root, "generic", name)).is_dir():
                return embedded
    if isinstance(name_or_path, Path) or name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise NluError(
            f"{name!r} is neither a folder nor a file; give the folder of a checkpoint, a packed file, or the id "
            "owner/name of a repository"
        )
    return _download(name, revision)


def refuse_replaced(name: str) -> None:
    """Say what has replaced a checkpoint that was in the package.

    Raises:
        NluError: the name is that of a checkpoint that was in the package.
    """
    if name in _REPLACED:
        new = _REPLACED[name]
        raise NluError(f"{name!r} was in older versions of this package; use {new!r}, or train it with its recipe")


def name_and_revision(name: str) -> tuple[str, str | None]:
    """Split the id of a repository with a revision: `owner/name@v2` gives `owner/name` and `v2`.

    Everything else is returned unchanged, with `None`. A folder or a file that exists is never split.
    """
    match = _WITH_REVISION.fullmatch(name)
    if match is None or Path(name).exists():
        return name, None
    return match[1], match[2]


def _download(repo_id: str, revision: str | None) -> Path:
    try:
        client = importlib.import_module("huggingface_hub")
    except ModuleNotFoundError as error:
        message = f"{repo_id!r} is not a folder, and the client that opens a repository on the hub is not installed"
        raise NluError(message, cure=Cure("run {}", install="hub")) from error
    errors = importlib.import_module("bilstm_nlu.hub_errors")
    try:
        return Path(client.snapshot_download(repo_id, revision=revision, allow_patterns=_READ))
    except (*errors.HUB_ERRORS, OSError) as error:
        raise NluError(
            f"{repo_id!r} is not a folder, and no repository could be loaded: "
            f"{errors.describe_hub_error(error, repo_id, revision)}"
        ) from error
