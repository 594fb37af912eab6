"""What `bilstm-nlu parse` reads: one text, lines of a file or of standard input, or the records of a file."""

import io
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ..errors import DataError
from ..files import first_line, parse_json
from ..records import Record, RecordFile, is_record_file
from .console import plural
from .paths import looks_like_path

__all__ = ["Inputs", "StrictRecords", "TextColumn", "inputs_of", "tell_left_out"]

logger = logging.getLogger(__name__)


TextColumn = Annotated[
    str | None,
    typer.Option("--column", metavar="NAME", help="The field of records that has the text.", show_default="text"),
]
StrictRecords = Annotated[
    bool, typer.Option("--strict", help="Stop at the first record without a text; otherwise they are left out.")
]


@dataclass
class Inputs:
    """Texts to parse.

    Args:
        records: the texts with what belongs to them.
        file: the file of records that they come from, if they do.
        is_live: whether each text may be typed while the others wait, so that none may be read ahead.
    """

    records: Iterable[Record]
    file: RecordFile | None = None
    is_live: bool = False


def inputs_of(argument: str, column: str | None, strict: bool) -> Inputs:
    """The texts that an argument names.

    Args:
        argument: a text, a file, or `-`.
        column: the field of the records that has the text, if it is not `text`.
        strict: stop at the first record without a text.

    Raises:
        DataError: the text is blank, the file does not exist, or there is nothing to read.
    """
    if argument == "-":
        stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace")
        return Inputs(_some((line.rstrip("\r\n") for line in stream), "standard input"), is_live=True)
    if not argument.strip():
        raise DataError("the text is empty; give a text, a file, or - to read standard input")
    path = Path(argument).expanduser() if len(argument) < 1024 and "\0" not in argument else None
    if path is not None and path.is_file():
        if is_record_file(path):
            file = RecordFile(path, column or "text", strict=strict)
            return Inputs(file, file)
        _check_lines(path)
        return Inputs(_some(_lines(path), str(path)))
    if path is not None and path.is_dir():
        raise DataError(f"{argument!r} is a folder; give a text or a file")
    if looks_like_path(argument):
        raise DataError(
            f"there is no file {argument!r}; to parse it as a text, pipe it: echo {argument!r} | bilstm-nlu parse -"
        )
    return Inputs([_bare(argument)])


def _bare(text: str) -> Record:
    return Record(text, {"text": text})


def _check_lines(path: Path) -> None:
    """Make sure that a file of lines is not a file of records with another name.

    Raises:
        DataError: its first line is a JSON object.
    """
    if (line := first_line(path)).startswith("{"):
        with suppress(DataError):
            if isinstance(parse_json(line, ""), dict):
                line = ""
        if not line:
            raise DataError(f"{path}: its lines are JSON objects; give it a name that ends with .jsonl")


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            yield line.rstrip("\r\n")


def _some(texts: Iterator[str], where: str) -> Iterator[Record]:
    """The texts as records. Raises an error if the input is empty."""
    is_empty = True
    for text in texts:
        is_empty = False
        yield _bare(text)
    if is_empty:
        raise DataError(f"{where} is empty; write one text per line")


def tell_left_out(inputs: Inputs) -> None:
    """Warn of records that were left out, and name the first."""
    if inputs.file is not None and (number := inputs.file.num_left_out):
        told = "; ".join(inputs.file.left_out)
        logger.warning("%s: %s without a text left out: %s", inputs.file.path, plural(number, "record"), told)
