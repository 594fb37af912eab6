"""The files next to the weights that need no tensors: slot catalogs, exact phrases and own words."""

import os
from collections.abc import Callable
from typing import Any

from .catalogs_bilstm_nlu import CATALOGS_FILE, SlotCatalogs
from .exact_bilstm_nlu import EXACT_FILE, ExactPhrases
from .own_words_bilstm_nlu import OWN_WORDS_FILE, OwnWords

#: Attribute of the joint model -> its file and its class.
COMPANIONS: dict[str, tuple[str, Any]] = {
    "slot_catalogs": (CATALOGS_FILE, SlotCatalogs),
    "exact_phrases": (EXACT_FILE, ExactPhrases),
    "own_words": (OWN_WORDS_FILE, OwnWords),
}


def empty_companions(model: Any) -> None:
    """Give a model empty companions."""
    for name, (_, kind) in COMPANIONS.items():
        setattr(model, name, kind())


def copy_companions(model: Any, other: Any) -> None:
    """Give a model the companions of another model."""
    for name in COMPANIONS:
        setattr(model, name, getattr(other, name))


def save_companions(model: Any, folder: str | os.PathLike) -> None:
    """Write the files of a model; old files of empty companions are removed.

    Raises:
        ValueError: a file would be too large.
    """
    for name in COMPANIONS:
        getattr(model, name).save(folder)


def load_companions(model: Any, find: Callable[[str], str | os.PathLike | None]) -> None:
    """Read the files of a checkpoint.

    Args:
        model: the model that gets them.
        find: function from the name of a file to its path; `None` if the checkpoint does not have the file.

    Raises:
        ValueError: a file is damaged.
    """
    for name, (file, kind) in COMPANIONS.items():
        path = find(file)
        setattr(model, name, kind() if path is None else kind.load(path))
