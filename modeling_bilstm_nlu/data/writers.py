"""Every writer of the package, and ``write_domain``: a domain to a file or a folder of another format.

A writer takes a path that does not exist yet and a domain, and returns what it could not express: reason -> number. A
new one is one function and one line in the table below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bilstm_nlu.errors import DataError
from bilstm_nlu.staging import staged

from .domains import Domain
from .formats import conll_writer
from .formats.conll_writer import write_conll
from .formats.dataset_repository import write_dataset
from .formats.jsonl_writer import write_jsonl_domain
from .formats.table_writer import write_table
from .skills.ask_writer import check_ask_target, write_ask
from .skills.rasa_writer import write_rasa

__all__ = ["Writer", "available_writers", "check_target", "write_domain", "writer_for"]


@dataclass(frozen=True)
class Writer:
    """A format that domains can be written in.

    Args:
        name: of the format, the same as its reader's.
        summary: one line for lists of formats.
        function: writes a domain to a path that does not exist yet, and returns what it could not express.
        suffixes: of the files that it writes; none where it writes folders only.
        is_for_folders: whether it writes folders as well, for a path without a suffix.
        needs_train: whether there must be training utterances.
        check: raises a ``DataError`` where a file that exists holds what replacing it would lose for good.
    """

    name: str
    summary: str
    function: Callable[[Path, Domain], dict[str, int]]
    suffixes: tuple[str, ...] = ()
    is_for_folders: bool = True
    needs_train: bool = False
    check: Callable[[Path], None] | None = None


_WRITERS = {
    writer.name: writer
    for writer in (
        Writer(
            "ask", "an Alexa interaction model", write_ask, (".json",), is_for_folders=False, check=check_ask_target
        ),
        Writer("conll", "columns of words and IOB2 tags", write_conll, conll_writer.SUFFIXES),
        Writer("dataset", "a datasets repository for the hub: Parquet tables, card, catalogs", write_dataset),
        Writer("jsonl", "JSON Lines of text, intent and spans", write_jsonl_domain, (".jsonl",)),
        Writer("rasa", "Rasa NLU training data in YAML", write_rasa, (".yml", ".yaml"), needs_train=True),
        Writer("table", "CSV or TSV with inline marks", write_table, (".csv", ".tsv"), is_for_folders=False),
    )
}
#: What people call the format of tables.
_ALIASES = {"csv": "table", "tsv": "table"}
#: Endings that nobody gives to a folder.
_FILE_SUFFIXES = {suffix for writer in _WRITERS.values() for suffix in writer.suffixes}
_FILE_SUFFIXES |= {".txt", ".md", ".gz", ".zip", ".parquet", ".lu", ".arrow", ".xml"}


def available_writers() -> dict[str, Writer]:
    """Every format that can be written, sorted by name."""
    return {name: _WRITERS[name] for name in sorted(_WRITERS)}


def writer_for(path: Path, format: str | None = None) -> Writer:
    """The writer of a format, or the one that a path's suffix asks for.

    Raises:
        DataError: there is no such format, or the path does not say, or the two do not go together.
    """
    known = ", ".join(sorted(_WRITERS))
    suffix = path.suffix.lower()
    if format is None:
        for writer in _WRITERS.values():
            if suffix in writer.suffixes:
                return writer
        suffixes = ", ".join(f"{suffix} ({w.name})" for w in available_writers().values() for suffix in w.suffixes[:2])
        raise DataError(f"{path}: name the format to write, one of: {known}; or let a suffix tell: {suffixes}")
    format = _ALIASES.get(format, format)
    if format not in _WRITERS:
        raise DataError(f"cannot write the format {format!r}; one of: {known}")
    writer = _WRITERS[format]
    if suffix in writer.suffixes or (writer.is_for_folders and suffix not in _FILE_SUFFIXES):
        return writer
    wanted = [f"a file {' or '.join(writer.suffixes)}"] * bool(writer.suffixes)
    wanted += ["a folder"] * writer.is_for_folders
    raise DataError(f"{path}: {writer.name} is written as {' or '.join(wanted)}; choose such a name")


def check_target(path: Path, format: str | None = None, *, overwrite: bool = False) -> Writer:
    """The writer for a path, as in ``writer_for``, once it is known that something may be written there.

    Raises:
        DataError: as in ``writer_for``; or the path exists and is not to be overwritten, or not by this writer.
    """
    writer = writer_for(path, format)
    if not path.name:
        raise DataError(f"{str(path)!r} has no name; name a new file or folder")
    if path.exists() and not overwrite:
        raise DataError(f"{path} exists; choose another name, or replace it with overwrite=True (--overwrite)")
    if writer.check is not None:
        writer.check(path)
    return writer


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
    writer = check_target(path, format, overwrite=overwrite)
    if writer.needs_train and "train" not in domain.splits:
        raise DataError(
            f"{writer.name} is for training, and {domain.name!r} has no train split, only: "
            f"{', '.join(domain.splits)}; choose another format"
        )
    with staged(path) as build:
        try:
            lost = writer.function(build, domain)
        except DataError as error:
            raise DataError(str(error).replace(str(build), str(path))) from error
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
