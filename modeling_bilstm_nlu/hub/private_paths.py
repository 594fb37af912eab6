"""Take the paths of this machine out of a recipe before it is pushed."""

from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import yaml

from bilstm_nlu.errors import NluError

__all__ = ["without_paths"]


def without_paths(text: str, where: str) -> str:
    """Return a recipe in which every path that says where something is on this machine is only its last name.

    These are absolute paths, and paths that begin with `~` or go up with `..`. Other paths are kept.

    Args:
        text: the recipe, in YAML.
        where: the file, for messages.

    Raises:
        NluError: the text is not YAML.
    """
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NluError(f"{where}: not YAML, so it cannot be checked for paths; correct it or delete it") from error
    bare = _bare(document)
    return text if bare == document else yaml.safe_dump(bare, sort_keys=False, allow_unicode=True)


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {_bare(key): _bare(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    return _bare_path(value) if isinstance(value, str) else value


def _bare_path(text: str) -> str:
    path = text.removeprefix("file://")
    for kind in (PurePosixPath, PureWindowsPath):
        parts = kind(path).parts
        if path != text or kind(path).is_absolute() or path.startswith("~") or ".." in parts:
            return kind(path).name.removeprefix("~").replace("..", "")
    return text
