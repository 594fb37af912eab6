"""Read and write files: gzip, UTF-8 with or without a byte order mark, JSON. Files are written whole or not at all.

Every error is a ``DataError`` that names the file and, if there is one, the line.
"""

import codecs
import errno
import gzip
import json
import os
import stat
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any

from .errors import DataError

__all__ = [
    "exists",
    "first_line",
    "has_suffix",
    "noted_files",
    "open_bytes",
    "open_unpacked",
    "opened_once",
    "parse_json",
    "read_head",
    "read_json",
    "read_lines",
    "read_text",
    "regular_files",
    "stem",
    "write_bytes",
    "write_json",
    "write_text",
]

_GZIP_MAGIC = b"\x1f\x8b"
#: Most bytes that a gzip file may unpack to (2 GiB): ten times the largest file of the supported corpora.
_MAX_UNPACKED = 1 << 31
_CHUNK = 1 << 20
#: Most files that stay open within ``opened_once``.
_MAX_KEPT = 64

#: Path -> the file that stays open, in the order of opening; ``None`` outside ``opened_once``.
_KEPT: ContextVar[dict[Path, IO[bytes]] | None] = ContextVar("_KEPT", default=None)
#: The files that were opened; ``None`` outside ``noted_files``.
_NOTED: ContextVar[set[Path] | None] = ContextVar("_NOTED", default=None)

#: Whether pipes and devices are refused.
_REGULAR: ContextVar[bool] = ContextVar("_REGULAR", default=False)


@contextmanager
def regular_files() -> Iterator[None]:
    """Within this block, pipes and devices are not opened: to read one may never end."""
    token = _REGULAR.set(True)
    try:
        yield
    finally:
        _REGULAR.reset(token)


@contextmanager
def noted_files() -> Iterator[set[Path]]:
    """Within this block, every file that is opened with the functions of this module is added to the set."""
    noted: set[Path] = set()
    token = _NOTED.set(noted)
    try:
        yield noted
    finally:
        _NOTED.reset(token)


@contextmanager
def opened_once() -> Iterator[None]:
    """Keep files open: within this block, a file that was read once is read again without opening it again.

    At most 64 files stay open. To open one more, the file that was opened first is closed.
    """
    kept: dict[Path, IO[bytes]] = {}
    token = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(token)
        for file in kept.values():
            file.close()


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to read its raw bytes from the beginning.

    Raises:
        OSError: the file cannot be opened.
    """
    if _REGULAR.get() and not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
    if (noted := _NOTED.get()) is not None:
        noted.add(path)
    kept = _KEPT.get()
    if kept is None:
        with path.open("rb") as file:
            yield file
        return
    if path not in kept:
        if len(kept) >= _MAX_KEPT:
            kept.pop(next(iter(kept))).close()
        kept[path] = path.open("rb")
    kept[path].seek(0)
    yield kept[path]


def exists(path: str | Path) -> bool:
    """Whether a path is a file or a folder.

    Raises:
        DataError: the path cannot be looked up: it is too long, or it is in a folder without read access.
    """
    try:
        return Path(path).exists()
    except (OSError, ValueError) as error:  # ValueError: a null character
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(f"{str(path)!r} cannot be looked up as a path ({reason or error})") from error


def stem(path: Path) -> str:
    """The file name without ``.gz`` and without its last suffix."""
    return Path(_unpacked_name(path)).stem


def has_suffix(path: Path, suffixes: Iterable[str]) -> bool:
    """Whether a file name, without ``.gz``, ends with one of the suffixes (in lower case); its case is ignored."""
    return _unpacked_name(path).lower().endswith(tuple(suffixes))


def _unpacked_name(path: Path) -> str:
    return path.name[:-3] if path.name.lower().endswith(".gz") else path.name


def read_bytes(path: Path) -> bytes:
    """The content of a file, unpacked if it is gzip (told by its first bytes, not by its name).

    Raises:
        DataError: the file cannot be opened, its gzip data is broken, or it unpacks to more than 2 GiB.
    """
    with open_unpacked(path) as file:
        if not isinstance(file, gzip.GzipFile):
            return file.read()
        chunks = []
        left = _MAX_UNPACKED
        while chunk := file.read(_CHUNK):
            chunks.append(chunk)
            left -= len(chunk)
            if left < 0:
                raise DataError(f"{path}: unpacks to over {_MAX_UNPACKED:,} bytes; if it is data, unpack it first")
        return b"".join(chunks)


def read_head(path: Path, num_bytes: int) -> str:
    """The first bytes of a file, unpacked, to find out what it is. Bytes that are not UTF-8 are replaced.

    Raises:
        DataError: the file cannot be read.
    """
    with open_unpacked(path) as file:
        return file.read(num_bytes).decode("utf-8-sig", "replace")


def first_line(path: Path) -> str:
    """The first line of a UTF-8 file that is not blank, stripped. The rest of the file is not read.

    Only the first megabyte is read: a longer line is cut there, and the result is ``""`` if that part is blank.

    Raises:
        DataError: the file cannot be read, or it is not UTF-8 up to the end of that line.
    """
    with open_unpacked(path) as file:
        head = file.read(_CHUNK)
    last = len(head.splitlines()) if len(head) == _CHUNK else 0  # a character may be cut where the head ends
    for number, line in enumerate(head.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True), start=1):
        if not line.strip():
            continue
        try:
            text = codecs.getincrementaldecoder("utf-8")().decode(line, final=number != last)
        except UnicodeDecodeError as error:
            raise _not_utf8(path, number, line[error.start]) from error
        if text.strip():
            return text.strip()
    return ""


@contextmanager
def open_unpacked(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """Open a file to read its bytes, unpacked if it is gzip (told by its first bytes, not by its name).

    Raises:
        DataError: the file cannot be opened or read, or its gzip data is broken.
    """
    try:
        with open_bytes(path) as file:
            is_packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            file.seek(0)
            if not is_packed:
                yield file
                return
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: broken gzip file ({error}); download it again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_text(path: Path, *, encoding_errors: str = "strict") -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Args:
        path: the file, packed with gzip or not.
        encoding_errors: passed to ``bytes.decode``; ``surrogatepass`` reads CESU-8, in which characters outside the
            basic plane are two halves; the halves are joined here.

    Raises:
        DataError: the file cannot be read, or it is not UTF-8; the message names the line.
    """
    content = read_bytes(path)
    try:
        text = content.decode("utf-8-sig", encoding_errors)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _not_utf8(path, line, content[error.start]) from error
    if encoding_errors == "surrogatepass":
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return text


def _not_utf8(path: Path, line: int, byte: int) -> DataError:
    return DataError(f"{path}, line {line}: not UTF-8 (byte {byte:#04x}); save the file as UTF-8")


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file. Only ``\\n`` and ``\\r\\n`` end a line; U+2028 may be part of one."""
    lines = read_text(path).replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def parse_json(text: str, where: str) -> Any:
    """The value of a JSON text.

    Raises:
        DataError: the text is not JSON; the message starts with ``where``.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        end = " (the text ends early: was the file cut short?)" if is_cut else ""
        place = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        raise DataError(f"{where}: not JSON at {place}: {error.msg}{end}") from error
    except RecursionError as error:
        raise DataError(f"{where}: the JSON is nested too deeply to be data") from error
    except ValueError as error:  # a number of thousands of digits
        raise DataError(f"{where}: a number in the JSON is too long ({error}); write it as text") from error


def read_json(path: Path, *, encoding_errors: str = "strict") -> Any:
    """The value of a JSON file. Raises a ``DataError`` if the file cannot be read, is not UTF-8 or is not JSON."""
    return parse_json(read_text(path, encoding_errors=encoding_errors), str(path))


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file whole or not at all: into a temporary file next to it, which then replaces it."""
    write_bytes(path, [text.encode()])


def write_bytes(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file of several parts whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
        os.chmod(temporary, 0o644)  # mkstemp makes a private file
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            error.filename = str(path)  # not the temporary file
            del error.filename2
        raise


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all.

    Raises:
        DataError: the value has a number that is not finite, which JSON does not have.
    """
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise DataError(f"{path}: not written, because a number is not finite ({error})") from error
    write_text(path, text + "\n")
