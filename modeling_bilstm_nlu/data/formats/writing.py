"""Writing: ``write_domain`` puts a domain into a file or a folder of any format that has a writer."""

from pathlib import Path

from bilstm_nlu.errors import Cure, DataError
from bilstm_nlu.staging import staged

from ..domains import Domain
from .format import Writer
from .registry import all_formats

__all__ = ["available_writers", "check_target", "write_domain", "writer_for"]

#: What people call the format of tables.
_ALIASES = {"csv": "table", "tsv": "table"}
#: Endings that a folder does not have, with those of the files that formats write.
_FILE_SUFFIXES = {".txt", ".md", ".gz", ".zip", ".parquet", ".lu", ".arrow", ".xml"}


def available_writers() -> dict[str, Writer]:
    """The writer of every format that has one, sorted by name."""
    writers = {format.name: format.write for format in all_formats() if format.write is not None}
    return dict(sorted(writers.items()))


def writer_for(path: Path, format: str | None = None) -> tuple[str, Writer]:
    """The name and the writer of a format, or of the one that a path's suffix asks for.

    Raises:
        DataError: the format does not exist, or the path does not say, or the two do not go together.
    """
    writers = available_writers()
    known = ", ".join(writers)
    suffix = path.suffix.lower()
    if format is None:
        for name, writer in writers.items():
            if suffix in writer.suffixes:
                return name, writer
        suffixes = ", ".join(f"{suffix} ({name})" for name, w in writers.items() for suffix in w.suffixes[:2])
        raise DataError(f"{path}: name the format to write, one of: {known}; or let a suffix tell: {suffixes}")
    format = _ALIASES.get(format, format)
    if format not in writers:
        raise DataError(f"cannot write the format {format!r}; one of: {known}")
    writer = writers[format]
    file_suffixes = _FILE_SUFFIXES.union(*(writer.suffixes for writer in writers.values()))
    if suffix in writer.suffixes or (writer.is_for_folders and suffix not in file_suffixes):
        return format, writer
    wanted = [f"a file {' or '.join(writer.suffixes)}"] * bool(writer.suffixes)
    wanted += ["a folder"] * writer.is_for_folders
    raise DataError(f"{path}: {format} is written as {' or '.join(wanted)}; choose such a name")


def check_target(path: Path, format: str | None = None, *, overwrite: bool = False) -> tuple[str, Writer]:
    """The name and the writer for a path, as in ``writer_for``, once it is known that something may be written there.

    Raises:
        DataError: as in ``writer_for``; or the path exists and is not to be overwritten, or not by this writer.
    """
    name, writer = writer_for(path, format)
    if not path.name:
        raise DataError(f"{str(path)!r} has no name; name a new file or folder")
    if path.exists() and not overwrite:
        replace = Cure("replace it with {}", option="overwrite", value=True)
        raise DataError(f"{path} exists", cure=(Cure("choose another name"), replace))
    if writer.check is not None:
        writer.check(path)
    return name, writer


def write_domain(
    domain: Domain, path: str | Path, format: str | None = None, *, overwrite: bool = False
) -> dict[str, int]:
    """Write a domain to a file or a folder, whole or not at all.

    Args:
        domain: what to write.
        path: of a file, or of a folder with a file for each split where the format knows such folders.
        format: one of ``available_writers()``; told by the path's suffix where it is ``None``.
        overwrite: put the new file or folder in the place of an old one. A folder is only replaced by one that has
            files of all its names, so that nothing else is lost.

    Returns:
        Reason -> number of things that the format cannot express.

    Raises:
        DataError: no such format, something else is in the way, the old file holds what would be lost for good, or
            nothing of the domain can be expressed.
    """
    path = Path(path)
    name, writer = check_target(path, format, overwrite=overwrite)
    if writer.needs_train and "train" not in domain.splits:
        raise DataError(
            f"{name} is for training, and {domain.name!r} has no train split, only: "
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
    """Make sure that nothing is lost that the new file or folder does not have."""
    if path.is_dir() != build.is_dir():
        kind = "folder" if path.is_dir() else "file"
        raise DataError(f"{path} is a {kind}, and what is to be written is none; choose another name")
    if not path.is_dir():
        return
    new = {file.relative_to(build) for file in build.rglob("*")}
    if foreign := sorted(str(name) for file in path.rglob("*") if (name := file.relative_to(path)) not in new):
        what = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        raise DataError(f"{path} holds {what}, which replacing it would delete; remove that, or choose another folder")
