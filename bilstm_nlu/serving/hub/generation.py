"""The mark that ties a folder of contents to the database that knows them.

A database has a name, drawn when it is made, and counts its changes. The folder of contents keeps both, as they were
after the last change. So a database that is new, or a copy from before the last change, is known as such.
"""

import os
import re
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from .database import SETTINGS

__all__ = ["Generation", "counted", "generation_of", "read_mark", "renamed", "write_mark"]

_MARK = re.compile(rb"([0-9a-f]{32}) ([0-9]{20})\n")


@dataclass(frozen=True)
class Generation:
    """A state of a database.

    Attributes:
        name: of the database, 32 hexadecimal digits.
        number: of the changes that were made to it.
    """

    name: str
    number: int

    def knows_all_since(self, mark: "Generation | None") -> bool:
        """Whether a database in this state is the one that left the mark, or a later state of it."""
        return mark is not None and self.name == mark.name and self.number >= mark.number


def generation_of(db: sqlite3.Connection) -> Generation:
    """The state of a database; one from before there were generations gets its name now."""
    db.execute(f"INSERT OR IGNORE INTO {SETTINGS} VALUES ('generation', ?)", (secrets.token_hex(16),))
    db.execute(f"INSERT OR IGNORE INTO {SETTINGS} VALUES ('changes', '0')")
    found = dict(db.execute(f"SELECT name, value FROM {SETTINGS} WHERE name IN ('generation', 'changes')"))
    return Generation(found["generation"], int(found["changes"]))


def counted(db: sqlite3.Connection) -> Generation:
    """The state of a database after one more change."""
    now = generation_of(db)
    db.execute(f"UPDATE {SETTINGS} SET value = ? WHERE name = 'changes'", (str(now.number + 1),))
    return Generation(now.name, now.number + 1)


def renamed(db: sqlite3.Connection) -> None:
    """Give a database another name, so that it no longer is the one that left the mark, however it grows."""
    db.execute(f"UPDATE {SETTINGS} SET value = ? WHERE name = 'generation'", (secrets.token_hex(16),))


def read_mark(path: Path) -> Generation | None:
    """The mark in a file; `None` if it is missing or the file holds something else."""
    try:
        found = _MARK.fullmatch(path.read_bytes())
    except FileNotFoundError:
        return None
    return Generation(found[1].decode(), int(found[2])) if found else None


def write_mark(path: Path, generation: Generation) -> None:
    """Write the mark over the one before. It has the same length, so this works on a full disk, too."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        line = b"%s %020d\n" % (generation.name.encode(), generation.number)
        os.pwrite(handle, line, 0)
        os.ftruncate(handle, len(line))
    finally:
        os.close(handle)
