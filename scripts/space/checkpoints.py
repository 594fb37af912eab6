"""The checkpoints that the Space offers. Each is opened with its own code, at a fixed commit."""

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from transformers import pipeline

__all__ = ["CHECKPOINTS_FILE", "CHECKPOINTS_VARIABLE", "Checkpoint", "open_checkpoint", "read_checkpoints"]

#: Overrides the checkpoints of the file: `owner/name@commit` or folders, separated by commas or line breaks.
CHECKPOINTS_VARIABLE = "BILSTM_NLU_CHECKPOINTS"
CHECKPOINTS_FILE = Path(__file__).with_name("checkpoints.json")

_REPOSITORY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NEEDED = ("config.json", "tokenizer.json", "model.safetensors", "modeling_bilstm_nlu.py", "pipeline_bilstm_nlu.py")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that visitors can choose.

    The checkpoint's code runs in the Space. A branch can get other code, so a repository is named with its commit.

    Args:
        model: a folder, or the id `owner/name` of a repository.
        revision: the commit of a repository: 40 hexadecimal digits.
        examples: utterances to try.

    Raises:
        ValueError: it is neither a folder nor a repository with its commit.
    """

    model: str
    revision: str | None = None
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.is_folder:
            return
        if not _REPOSITORY_ID.fullmatch(self.model):
            raise ValueError(f"{self.model!r} is neither a folder nor the id owner/name of a repository")
        if not _COMMIT.fullmatch(self.revision or ""):
            raise ValueError(
                f"{self.model!r} needs the commit whose code may run here, as {self.model}@COMMIT with 40 hexadecimal "
                f"digits; found {self.revision!r}"
            )

    @property
    def is_folder(self) -> bool:
        return self.revision is None and Path(self.model).expanduser().is_dir()

    @property
    def name(self) -> str:
        """The name that visitors see in the list."""
        return Path(self.model).expanduser().resolve().name if self.is_folder else f"{self.model} @ {self.revision:.7}"


def read_checkpoints(environment: Mapping[str, str], file: Path = CHECKPOINTS_FILE) -> dict[str, Checkpoint]:
    """The checkpoints to offer, by the name that visitors see; the first is selected at the start.

    Args:
        environment: environment variables; `BILSTM_NLU_CHECKPOINTS`, if it is set, overrides the file.
        file: a list of objects with `model`, `revision` and `examples`.

    Raises:
        ValueError: there are no checkpoints, one is not valid (see `Checkpoint`), or two have the same name.
    """
    listed = [part.strip() for part in re.split(r"[,\n]", environment.get(CHECKPOINTS_VARIABLE, "")) if part.strip()]
    if listed:
        found = [_from_text(text) for text in listed]
    elif file.is_file():
        found = _from_file(file)
    else:
        raise ValueError(
            f"no checkpoint is named: write {file.name}, or set {CHECKPOINTS_VARIABLE} to owner/name@commit"
        )
    by_name = {checkpoint.name: checkpoint for checkpoint in found}
    if len(by_name) < len(found):
        raise ValueError(f"two checkpoints have the same name; found {', '.join(c.name for c in found)}")
    return by_name


def _from_text(text: str) -> Checkpoint:
    if Path(text).expanduser().is_dir():  # the name of a folder may contain an @
        return Checkpoint(text)
    model, _, revision = text.rpartition("@")
    return Checkpoint(model, revision) if model else Checkpoint(text)


def _from_file(file: Path) -> list[Checkpoint]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        found = [_from_entry(**entry) for entry in entries]
    except (ValueError, TypeError) as error:
        raise ValueError(f"{file.name}: {error}") from error
    if not found:
        raise ValueError(f"{file.name} lists no checkpoints; add one with its commit")
    return found


def _from_entry(model: str, revision: str | None = None, examples: Iterable[str] = ()) -> Checkpoint:
    return Checkpoint(model, revision, tuple(map(str, examples)))


@functools.cache
def open_checkpoint(checkpoint: Checkpoint) -> Any:
    """A pipeline from text to frame; repeated calls return the same one.

    Only configuration, tensors and code of that commit are downloaded, and all code runs from that one folder.

    Raises:
        ValueError: it is not a checkpoint of this kind, or needs code of another repository.
        OSError: it cannot be downloaded or read.
    """
    folder = Path(checkpoint.model).expanduser()
    if not checkpoint.is_folder:
        folder = Path(
            snapshot_download(
                checkpoint.model,
                revision=checkpoint.revision,
                allow_patterns=["*.json", "*.safetensors", "*_bilstm_nlu.py"],
                ignore_patterns=["*/*"],  # subfolders; a pattern's * crosses slashes
            )
        )
    _check(folder, checkpoint.name)
    return pipeline(model=str(folder), trust_remote_code=True, device="cpu")


def _check(folder: Path, name: str) -> None:
    if missing := [file for file in _NEEDED if not (folder / file).is_file()]:
        raise ValueError(f"{name} is not a checkpoint of bilstm-nlu: it lacks {', '.join(missing)}")
    for file in ("config.json", "tokenizer_config.json"):
        if (folder / file).is_file():
            config = json.loads((folder / file).read_text(encoding="utf-8"))
            code = json.dumps([config.get(key) for key in ("auto_map", "custom_pipelines")])
            if "--" in code:  # owner/name--module.Class is how transformers is sent to another repository
                raise ValueError(f"{name} asks for code of another repository in {file}; its commit is not pinned")
