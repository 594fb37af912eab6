"""Make a repository of a checkpoint that is embedded in the package, so that it can be pushed."""

import shutil
from pathlib import Path

from bilstm_nlu.errors import NluError

from .delta_folder import write_card, write_code
from .embedded import embedded_folder

__all__ = ["embedded_repository"]


def embedded_repository(name: str, folder: Path) -> Path:
    """Write an embedded checkpoint with the code of this package into a new folder. Its weights are the same bytes.

    Args:
        name: the name of the checkpoint.
        folder: the folder.

    Returns:
        The folder.

    Raises:
        NluError: there is no such checkpoint.
    """
    embedded = embedded_folder(name)
    if embedded is None:
        raise NluError(f"this package has no checkpoint {name!r}; give the name of one that is in it")
    shutil.copytree(embedded, folder)
    write_code(folder)
    write_card(folder)
    return folder
