"""Read zip archives that platforms export. An archive is read in memory and never unpacked to disk."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bilstm_nlu.errors import DataError

__all__ = ["archive_names", "entry_text", "opened_archive"]

#: The largest sizes that are read from an archive, in bytes.
_MAX_FILE = 64_000_000
_MAX_ARCHIVE = 256_000_000
#: Errors that the zip module raises on damaged archives, and the compressions that are read; others could need
#: gigabytes.
_ZIP_ERRORS = (zipfile.BadZipFile, OSError, RuntimeError, ValueError, EOFError, KeyError, zlib.error)
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def opened_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive.

    Raises:
        DataError: the archive is broken; also for what is read from it within the block.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DataError:  # is a ValueError
        raise
    except _ZIP_ERRORS as error:
        raise DataError(f"{path}: broken zip archive ({error}); export it again") from error


def archive_names(path: Path) -> list[str]:
    """List the names of the files in an archive.

    Raises:
        DataError: the archive is broken, or unpacks to too much.
    """
    with opened_archive(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_ARCHIVE:
            raise DataError(f"{path}: unpacks to more than {_MAX_ARCHIVE:,} bytes; check that this is an export")
        return archive.namelist()


def entry_text(archive: zipfile.ZipFile, name: str, where: str) -> str:
    """Read the text of a file in an archive.

    Args:
        archive: from ``opened_archive``.
        name: the name of the file.
        where: the archive and the file, for messages.

    Raises:
        DataError: the file is too big, has another compression, or is not UTF-8.
    """
    entry = archive.getinfo(name)
    if entry.compress_type not in _PACKINGS:
        raise DataError(f"{where}: the compression of the file cannot be read; export it again")
    with archive.open(entry) as file:
        content = file.read(_MAX_FILE + 1)
    if len(content) > _MAX_FILE:
        raise DataError(f"{where}: bigger than {_MAX_FILE:,} bytes; check that this is an export")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where}: the text is not UTF-8 (byte {content[error.start]:#04x}); export it again"
        ) from error
