"""Which files a checkpoint's repository folder may have, and when a new one may replace an old one."""

import shlex
from fnmatch import fnmatchcase
from pathlib import Path

from bilstm_nlu.errors import Cure, NluError
from bilstm_nlu.runtime.delta_file import DELTA_FILE, DELTA_WEIGHTS

from .delta_code import DELTA_CODE, STUB
from .origin import ORIGIN_FILE

__all__ = ["ALLOWED", "allowed_files", "check_code", "check_complete", "check_replaceable", "is_allowed", "is_written"]

#: Only these files are written to a repository folder or pushed from it; above all no pickles like training_args.bin.
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
#: Files that match a pattern but do not belong here: those of the Trainer, and the record of a pulled commit.
_FORBIDDEN = ("trainer_state.json", ORIGIN_FILE)
#: Files that are made from the weights or the run: an old one would describe another model.
_WRITTEN = (
    "card.json",
    DELTA_FILE,
    "exact_phrases.json",
    "learning_curve.json",
    "learning_curve.png",
    "metrics.json",
    "own_words.json",
    "recipe.yaml",
    "slot_catalogs.json",
    "*.onnx",
    "*.safetensors",
    "*.safetensors.index.json",
    "*_bilstm_nlu.py",
)
_NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json", "README.md", "modeling_bilstm_nlu.py")
_NEEDED_OF_DELTA = (*_NEEDED[:-1], DELTA_CODE, DELTA_FILE, DELTA_WEIGHTS)


def is_allowed(name: str) -> bool:
    """Whether a file with this name is allowed in a repository."""
    return name not in _FORBIDDEN and any(fnmatchcase(name, pattern) for pattern in ALLOWED)


def is_written(name: str) -> bool:
    """Whether a file with this name is made from the model or its run, so that a new checkpoint replaces it."""
    return any(fnmatchcase(name, pattern) for pattern in _WRITTEN)


def allowed_files(folder: str | Path) -> list[str]:
    """The names of the files in a folder that may be pushed, sorted. Subfolders, such as checkpoints, are skipped."""
    return sorted(path.name for path in Path(folder).iterdir() if path.is_file() and is_allowed(path.name))


def check_complete(folder: Path) -> list[str]:
    """The names of the files of a repository folder, sorted.

    Raises:
        NluError: there is no such folder, or it lacks a file that a checkpoint needs.
    """
    if not folder.is_dir():
        raise NluError(
            f"there is no folder {str(folder)!r}",
            cure=Cure("write one with {}", call="write_repository", command="train"),
        )
    files = allowed_files(folder)
    missing = [name for name in (_NEEDED_OF_DELTA if DELTA_FILE in files else _NEEDED) if name not in files]
    if DELTA_FILE in files and missing:
        cure = Cure("save it again with {}", call="save_delta", command="export --format delta")
        raise NluError(f"{str(folder)!r} lacks {', '.join(missing)}", cure=cure)
    if not any(name.endswith(".safetensors") for name in files):
        missing.append("model.safetensors")
    if missing:
        raise NluError(f"{str(folder)!r} lacks {', '.join(missing)}", cure=_written_again(folder))
    return files


def check_code(folder: Path) -> None:
    """Make sure that the code in a repository folder is equal to the code of this package, byte for byte.

    Raises:
        NluError: the code is of another version, or was changed.
    """
    package = Path(__file__).resolve().parents[1]
    code = [name for name in allowed_files(folder) if name.endswith(".py")]
    strange = [name for name in code if not _is_own_code(package / name, folder / name)]
    if strange:
        raise NluError(
            f"{str(folder)!r} has code that is not the code of this package: {', '.join(strange)}",
            cure=_written_again(folder),
        )


def _is_own_code(own: Path, file: Path) -> bool:
    content = file.read_bytes()
    if file.name == DELTA_CODE:
        return content == STUB.encode()
    return own.is_file() and own.read_bytes() == content


def _written_again(folder: Path) -> Cure:
    call, command = f"refresh_repository({str(folder)!r})", f"card {shlex.quote(str(folder))} --write"
    return Cure("write it again with {}", call=call, command=command)


def check_replaceable(folder: Path) -> None:
    """Make sure that replacing a folder by a repository deletes nothing but an older repository.

    Raises:
        NluError: it is a file, or a folder with files that do not belong to a repository.
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
            f"{str(folder)!r} has {what or 'files but no config.json'}, which would be deleted; "
            "choose a new or empty folder, or one with a checkpoint and nothing else"
        )
