"""Write the files that a visitor sends, so that the readers of data can read them."""

import base64
import binascii
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from .errors import not_valid, too_long
from .training_limits import TrainingLimits

__all__ = ["UPLOAD_SCHEMA", "write_upload"]

_LONGEST = 200  # characters of a name, and of each part of it
_DEEPEST = 10  # folders
_FORBIDDEN = set('<>:"|?*\\')  # not all systems can store these

#: What the body of an upload is like.
UPLOAD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1_000,
            "description": "The files of a skill or of data. One file alone may be a zip archive of a folder.",
            "items": {
                "type": "object",
                "required": ["path", "content"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "maxLength": _LONGEST},
                    "content": {"type": "string"},
                },
                "additionalProperties": False,
            },
        }
    },
    "additionalProperties": False,
}


def write_upload(files: Sequence[dict[str, str]], folder: Path, limits: TrainingLimits) -> Path:
    """Write files into a new folder, and return what a reader should read: the only file, or the folder.

    Args:
        files: each has a `path`, relative, and its `content` in base64.
        folder: where to write; it must not exist.
        limits: how many and how long they may be.

    Raises:
        Refusal: a path leads elsewhere or is there twice, a content is not base64, there is too much, or nothing.
    """
    left = limits.upload
    seen: set[str] = set()
    for number, (name, content) in enumerate(_contents(files, limits)):
        left -= len(content)
        if left < 0 or number >= limits.files:
            raise too_long(
                f"{name!r:.80}: with it the files are longer than {limits.upload:,} bytes, or more than "
                f"{limits.files:,}; send fewer"
            )
        path = _safe_path(name)
        if str(path).lower() in seen:
            raise not_valid(f"{name!r:.80}: the file is there twice; send it once")
        seen.add(str(path).lower())
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise not_valid(f"{name!r:.80}: there is a file and a folder of this name; rename one") from None
    if not seen:
        raise not_valid("what was sent has no file; send the files of a skill")
    found = folder
    while len(inside := list(found.iterdir())) == 1:
        found = inside[0]
        if found.is_file():
            break
    return found


def _contents(files: Sequence[dict[str, str]], limits: TrainingLimits) -> Iterator[tuple[str, bytes]]:
    """The names of all files with what is in them; a single archive is unpacked unless it is a Dialogflow agent."""
    for file in files:
        try:
            content = base64.b64decode(file["content"], validate=True)
        except (binascii.Error, ValueError):
            raise not_valid(f"{file['path']!r:.80}: the content is not base64") from None
        if len(files) == 1 and file["path"].lower().endswith(".zip") and not _is_agent(content):
            yield from _unpacked(file["path"], content, limits)
        else:
            yield file["path"], content


def _is_agent(content: bytes) -> bool:
    """Whether an archive is an exported Dialogflow agent, which its reader reads as it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "agent.json" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _unpacked(name: str, content: bytes, limits: TrainingLimits) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.is_dir() or "__MACOSX/" in info.filename:
                    continue
                with archive.open(info) as file:  # what it says of its length may be wrong, so reading is bounded
                    yield info.filename, file.read(limits.upload + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise not_valid(f"{name!r:.80}: the archive cannot be read ({error}); send the files in it") from None


def _safe_path(name: str) -> PurePosixPath:
    """The path of a file below the folder of the upload.

    Raises:
        Refusal: it leads elsewhere, or no file can have this name.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    is_plain = all(
        part not in ("", ".", "..") and part.isprintable() and not _FORBIDDEN & set(part) and len(part.encode()) <= 255
        for part in path.parts
    )
    if path.is_absolute() or not is_plain or not 1 <= len(path.parts) <= _DEEPEST or len(name) > _LONGEST:
        raise not_valid(f"{name!r:.80}: a file cannot have this name here; rename it")
    return path
