"""The results of a fleet as JSON Lines, which lose no line, whenever the process is killed."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import parse_json

from .records import FleetRecord

__all__ = ["PREVIOUS_FILE", "RESULTS_FILE", "Journal", "read_results"]

#: The results: one line for each skill after a run; while it runs, a later line of a skill replaces earlier ones.
RESULTS_FILE = "fleet.jsonl"
#: The results as they were before the last run.
PREVIOUS_FILE = "fleet.previous.jsonl"


def read_results(path: Path) -> dict[str, FleetRecord]:
    """Return id -> the last line of this skill. A last line that was not written to its end is left out.

    Raises:
        DataError: another line is damaged.
    """
    if not path.exists():
        return {}
    found: dict[str, FleetRecord] = {}
    for number, line, is_whole in _lines(path):
        where = f"{path}, line {number}"
        try:
            record = FleetRecord.from_json(parse_json(line, where), where)
        except DataError as error:
            if is_whole:
                raise DataError(f"{error.message}; delete this line, and its skill is trained again") from error
            break  # the process was killed while it wrote this line
        found.pop(record.id, None)
        found[record.id] = record
    return found


def _lines(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield (number, text, whether its end was written) of the lines that are not blank."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line.decode("utf-8", "replace"), line.endswith(b"\n")


class Journal:
    """Appends lines to the results, each of them safe on the disk before the next step.

    Args:
        folder: the folder of the results.

    Attributes:
        records: id -> its last line.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.path = folder / RESULTS_FILE
        self.records = read_results(self.path)
        self._file: IO[bytes] | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Open the file to append to it. A last line that was not written to its end is cut off.

        The results of the run before stay in `PREVIOUS_FILE`, unless the last run was interrupted: then that file
        already has them.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        running = self.folder / ".running"
        if not running.exists():
            if self.path.exists():
                previous = self.folder / f".{PREVIOUS_FILE}.new"
                shutil.copyfile(self.path, previous)
                previous.replace(self.folder / PREVIOUS_FILE)
            running.touch()
        _cut_torn_line(self.path)
        with self.path.open("ab") as self._file:
            try:
                yield
            finally:
                self._file = None
        self.compact()
        running.unlink(missing_ok=True)

    def append(self, record: FleetRecord) -> None:
        """Write a line, and return when it is on the disk."""
        assert self._file is not None, "open the journal first"
        self._file.write(_line(record))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records.pop(record.id, None)
        self.records[record.id] = record

    def compact(self) -> None:
        """Leave one line for each skill, sorted by id. The file is replaced as a whole."""
        new = self.folder / f".{RESULTS_FILE}.new"
        with new.open("wb") as file:
            for name in sorted(self.records):
                file.write(_line(self.records[name]))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)


def _line(record: FleetRecord) -> bytes:
    """A record as a line. In ASCII, because an error may quote half of a surrogate pair."""
    return json.dumps(record.to_json(), allow_nan=False).encode() + b"\n"


def _cut_torn_line(path: Path) -> None:
    """Cut off a last line without its end; if only the line break is missing, it is added."""
    if not path.exists():
        return
    content = path.read_bytes()
    if not content or content.endswith(b"\n"):
        return
    last = content.rpartition(b"\n")[2]
    with path.open("r+b") as file:
        with suppress(ValueError):
            json.loads(last)
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
            return
        file.truncate(len(content) - len(last))
