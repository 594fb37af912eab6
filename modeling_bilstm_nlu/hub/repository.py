"""What a repository folder of a checkpoint holds, and when a new one may take the place of an old one."""

import shlex
from fnmatch import fnmatchcase
from pathlib import Path

from bilstm_nlu.errors import Cure, NluError

from .origin import ORIGIN_FILE

__all__ = ["ALLOWED", "allowed_files", "check_code", "check_complete", "check_replaceable", "is_allowed", "is_written"]

#: Nothing else is written to a repository folder or pushed from one; above all no pickles, such as training_args.bin.
ALLOWED = (
    ".gitattributes",
    "LICENSE",
    "*.md",
    "*.json",
    "*.yaml",
    "*.png",
    "*.svg",
    "*.onnx",
    "*.safetensors",
    "*_bilstm_nlu.py",
)
#: Files that would pass for ours by their ending: of the Trainer, and what is true of one folder alone.
_FORBIDDEN = ("trainer_state.json", ORIGIN_FILE)
#: Files that are made from the weights or the run: an old one would tell of another model.
_WRITTEN = (
    "card.json",
    "learning_curve.json",
    "learning_curve.png",
    "metrics.json",
    "recipe.yaml",
    "slot_catalogs.json",
    "*.onnx",
    "*.safetensors",
    "*.safetensors.index.json",
    "*_bilstm_nlu.py",
)
_NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json", "README.md", "modeling_bilstm_nlu.py")


def is_allowed(name: str) -> bool:
    """Whether a file of this name may stand in a repository."""
    return name not in _FORBIDDEN and any(fnmatchcase(name, pattern) for pattern in ALLOWED)


def is_written(name: str) -> bool:
    """Whether a file of this name comes from the model or its run, so that a new checkpoint takes its place."""
    return any(fnmatchcase(name, pattern) for pattern in _WRITTEN)


def allowed_files(folder: str | Path) -> list[str]:
    """The names of the files in a folder that may be pushed, sorted. Subfolders (checkpoints, say) are passed over."""
    return sorted(path.name for path in Path(folder).iterdir() if path.is_file() and is_allowed(path.name))


def check_complete(folder: Path) -> list[str]:
    """The names of the files of a repository folder, sorted.

    Raises:
        NluError: there is no such folder, or it lacks a file that a checkpoint needs.
    """
    if not folder.is_dir():
        raise NluError(
            f"no folder {str(folder)!r}", cure=Cure("write one with {}", call="write_repository", command="train")
        )
    files = allowed_files(folder)
    missing = [name for name in _NEEDED if name not in files]
    if not any(name.endswith(".safetensors") for name in files):
        missing.append("model.safetensors")
    if missing:
        raise NluError(f"{str(folder)!r} lacks {', '.join(missing)}", cure=_written_again(folder))
    return files


def check_code(folder: Path) -> None:
    """Make sure that the code in a repository folder is that of this package, byte for byte.

    Raises:
        NluError: it is of another version, or somebody else's.
    """
    package = Path(__file__).resolve().parents[1]
    code = [name for name in allowed_files(folder) if name.endswith(".py")]
    strange = [
        name
        for name in code
        if not (package / name).is_file() or (package / name).read_bytes() != (folder / name).read_bytes()
    ]
    if strange:
        raise NluError(
            f"{str(folder)!r} holds code that is not that of this package: {', '.join(strange)}",
            cure=_written_again(folder),
        )


def _written_again(folder: Path) -> Cure:
    call, command = f"renew_repository({str(folder)!r})", f"card {shlex.quote(str(folder))} --write"
    return Cure("write it again with {}", call=call, command=command)


def check_replaceable(folder: Path) -> None:
    """Make sure that putting a repository in a folder's place loses nothing but an older repository.

    Raises:
        NluError: it is a file, or holds what does not belong to a repository.
    """
    if folder.exists() and not folder.is_dir():
        raise NluError(f"{str(folder)!r} is a file; choose a folder")
    if not folder.is_dir():
        return
    foreign = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() or not (is_allowed(path.name) or path.name == ORIGIN_FILE)
    )
    is_repository = (folder / "config.json").is_file()
    if foreign or (any(folder.iterdir()) and not is_repository):
        what = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        raise NluError(
            f"{str(folder)!r} holds {what or 'files but no config.json'}, which replacing it would delete; "
            "choose a new or empty folder, or one with a checkpoint and nothing else"
        )
