"""Find the JSON documents of a platform by their keys: in one file, or in the files of a folder."""

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import has_suffix, parse_json, read_text

__all__ = ["find_documents", "has_document"]

Document = Mapping[str, Any]

#: How many JSON files of a folder are looked at; a folder with more of them is something else.
_MAX_FILES = 200
_PATTERNS = ("*.[jJ][sS][oO][nN]*", "*/*.[jJ][sS][oO][nN]*")


def has_document(path: Path, keys: Collection[str], is_wanted: Callable[[Document], bool]) -> bool:
    """Say whether a JSON file, or a file of a folder, is a document of a platform; for ``sniff``.

    Args:
        path: a file, or a folder whose files are looked at, and those of the folders in it.
        keys: keys that the text of the file must have; a file without them is not parsed.
        is_wanted: says whether a parsed object is of the platform.

    Raises:
        DataError: the path is a file with these keys, and it is broken.
    """
    if not path.is_dir():
        return _document(path, keys, is_wanted) is not None
    return any(_is_document(file, keys, is_wanted) for file in _files(path))


def find_documents(
    path: Path, keys: Collection[str], is_wanted: Callable[[Document], bool], what: str
) -> list[tuple[Path, Document]]:
    """Parse the documents of a platform: the file, or all such files of a folder.

    Args:
        path: a file or a folder.
        keys: keys that the text of a file must have.
        is_wanted: says whether a parsed object is of the platform.
        what: what a document is, for the message.

    Returns:
        File and document, sorted by file.

    Raises:
        DataError: there is no such document. If a file of the folder is broken, the message is about that file.
    """
    found: list[tuple[Path, Document]] = []
    complaint: DataError | None = None
    for file in [path] if path.is_file() else _files(path):
        try:
            document = _document(file, keys, is_wanted)
        except DataError as error:
            complaint = complaint or error
            continue
        if document is not None:
            found.append((file, document))
    if complaint is not None and (not found or path.is_file()):
        raise complaint
    if not found:
        raise DataError(f"{path}: there is no {what}; give the file, or the folder that has it")
    return found


def _files(folder: Path) -> list[Path]:
    paths = (file for pattern in _PATTERNS for file in folder.glob(pattern))
    return sorted(islice((file for file in paths if has_suffix(file, (".json",)) and file.is_file()), _MAX_FILES))


def _document(path: Path, keys: Collection[str], is_wanted: Callable[[Document], bool]) -> Document | None:
    if not has_suffix(path, (".json",)):
        return None
    text = read_text(path)
    if not all(f'"{key}"' in text for key in keys):
        return None
    document = parse_json(text, str(path))
    return document if isinstance(document, Mapping) and is_wanted(document) else None


def _is_document(path: Path, keys: Collection[str], is_wanted: Callable[[Document], bool]) -> bool:
    try:
        return _document(path, keys, is_wanted) is not None
    except DataError:  # another file of the folder may be good; the reader says what is wrong with this one
        return False
