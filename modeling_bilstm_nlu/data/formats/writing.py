"""Write a domain to a file or a folder, in any format that has a writer."""

from pathlib import Path

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.staging import staged

from ..domains import Domain
from .format import Writer
from .registry import all_formats

__all__ = ["available_writers", "check_target", "write_domain", "writer_for"]

#: Other names for a format -> its name.
_ALIASES = {"csv": "table", "tsv": "table"}
#: A path with one of these suffixes, or a suffix of a writer, is not written as a folder.
_FILE_SUFFIXES = {".txt", ".md", ".gz", ".zip", ".parquet", ".lu", ".arrow", ".xml"}


def available_writers() -> dict[str, Writer]:
    """List the writer of every format that has one, sorted by name."""
    writers = {format.name: format.write for format in all_formats() if format.write is not None}
    return dict(sorted(writers.items()))


def writer_for(path: Path, format: str | None = None) -> tuple[str, Writer]:
    """Find the name and the writer of a format, or of the format that the suffix of the path names.

    Raises:
        DataError: the format does not exist, the path does not show the format, or the path does not fit the format.
    """
    writers = available_writers()
    known = ", ".join(writers)
    suffix = path.suffix.lower()
    if format is None:
        names = _names_by_suffix()
        if suffix in names:
            return names[suffix], writers[names[suffix]]
        suffixes = ", ".join(f"{suffix} ({name})" for suffix, name in names.items())
        raise DataError(f"{path}: the format is not known; name it, one of: {known}; or use a suffix: {suffixes}")
    format = _ALIASES.get(format, format)
    if format not in writers:
        raise DataError(f"cannot write the format {format!r}; use one of: {known}")
    writer = writers[format]
    file_suffixes = _FILE_SUFFIXES.union(*(writer.suffixes for writer in writers.values()))
    if suffix in writer.suffixes or (writer.is_for_folders and suffix not in file_suffixes):
        return format, writer
    wanted = [f"a file {' or '.join(writer.suffixes)}"] * bool(writer.suffixes)
    wanted += ["a folder"] * writer.is_for_folders
    raise DataError(f"{path}: {format} is written as {' or '.join(wanted)}; choose such a name")


def _names_by_suffix() -> dict[str, str]:
    """Suffix -> the format that it means: of several, the one with the lowest priority number."""
    names: dict[str, str] = {}
    for format in all_formats():
        for suffix in format.write.suffixes if format.write is not None else ():
            names.setdefault(suffix, format.name)
    return names


def check_target(path: Path, format: str | None = None, *, overwrite: bool = False) -> tuple[str, Writer]:
    """Check that a domain may be written to a path, and find the name of the format and its writer.

    Raises:
        DataError: the format does not exist, the path does not show the format or does not fit it, the path exists
            and ``overwrite`` is not set, or this writer must not replace the file.
    """
    name, writer = writer_for(path, format)
    if not path.name:
        raise DataError(f"{str(path)!r} has no file name; name a new file or folder")
    if path.exists() and not overwrite:
        replace = Cure("replace it with {}", option="overwrite", value=True)
        raise DataError(f"{path} already exists", cure=(Cure("choose another name"), replace))
    if writer.check is not None:
        writer.check(path)
    return name, writer


def write_domain(
    domain: Domain, path: str | Path, format: str | None = None, *, overwrite: bool = False
) -> dict[str, int]:
    """Write a domain to a file or a folder, completely or not at all.

    Args:
        domain: what to write.
        path: the path of a file, or of a folder with a file for each split if the format has such folders.
        format: one of ``available_writers()``; ``None`` takes it from the suffix of the path.
        overwrite: replace an old file or folder. An old folder is replaced only if the new folder has a file for
            each of its files, so that no other file is deleted.

    Returns:
        Drop reason -> number of things that the format cannot express.

    Raises:
        DataError: the format does not exist, the path is in use, the old file has content that would be lost, or the
            format can express nothing of the domain.
    """
    path = Path(path)
    name, writer = check_target(path, format, overwrite=overwrite)
    if writer.needs_train and "train" not in domain.splits:
        raise DataError(
            f"{name} is a format for training data, and {domain.name!r} has no train split, only: "
            f"{', '.join(domain.splits)}; choose another format"
        )
    with staged(path) as build:
        try:
            lost = writer.function(build, domain)
        except DataError as error:
            raise DataError(error.message.replace(str(build), str(path)), cure=error.cures) from error
        if path.exists():
            _check_replaceable(path, build)
    return {reason: count for reason, count in lost.items() if count}


def _check_replaceable(path: Path, build: Path) -> None:
    """Raise an error if replacing the path would delete a file that the new file or folder does not have."""
    if path.is_dir() != build.is_dir():
        kind = "folder" if path.is_dir() else "file"
        raise DataError(f"{path} is a {kind}, and the output is not a {kind}; choose another name")
    if not path.is_dir():
        return
    new = {file.relative_to(build) for file in build.rglob("*")}
    if foreign := sorted(str(name) for file in path.rglob("*") if (name := file.relative_to(path)) not in new):
        what = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        raise DataError(f"{path} contains {what}, which would be deleted; remove that, or choose another folder")
