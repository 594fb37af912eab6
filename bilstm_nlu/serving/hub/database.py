"""The hub's sqlite file: its tables, readers that see one fixed state, and one writer at a time."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from ...errors import NluError
from ...escaping import one_line

__all__ = ["SETTINGS", "Database", "now_ms", "timestamp"]

#: Format of the tables below. A later format needs a migration from this one, as below.
_FORMAT = 2
#: Format -> what makes the next one of it.
_MIGRATIONS = {1: "ALTER TABLE commits ADD COLUMN is_whole INTEGER NOT NULL DEFAULT 1"}
#: Name of the table with the format and the key of upload links.
SETTINGS = "facts"

# The files of a commit are those that it changed, with an empty hash if it deleted them; a whole one lists all. Each
# has the commit that changed it last. Contents are files outside the database,
# named after their SHA-256. `contents` says which of them a repository may refer to, so a hash alone gives no access.
_TABLES = f"""
CREATE TABLE {SETTINGS} (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE repos (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, namespace TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL COLLATE NOCASE, is_private INTEGER NOT NULL, gated TEXT NOT NULL, sdk TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE (type, namespace, name)
);
CREATE TABLE commits (
    id INTEGER PRIMARY KEY, repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, oid TEXT NOT NULL,
    parent INTEGER REFERENCES commits ON DELETE CASCADE, title TEXT NOT NULL, body TEXT NOT NULL,
    author TEXT NOT NULL, created INTEGER NOT NULL, is_whole INTEGER NOT NULL DEFAULT 1,
    UNIQUE (repo, oid)
);
CREATE INDEX commits_by_parent ON commits (parent);
CREATE TABLE files (
    commit_id INTEGER NOT NULL REFERENCES commits ON DELETE CASCADE, path TEXT NOT NULL, oid TEXT NOT NULL,
    sha256 TEXT NOT NULL, size INTEGER NOT NULL, is_lfs INTEGER NOT NULL, changed_in INTEGER NOT NULL,
    PRIMARY KEY (commit_id, path)
) WITHOUT ROWID;
CREATE INDEX files_by_content ON files (sha256);
CREATE TABLE refs (
    repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, name TEXT NOT NULL, commit_id INTEGER NOT NULL,
    PRIMARY KEY (repo, name)
) WITHOUT ROWID;
CREATE TABLE contents (
    repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    added INTEGER NOT NULL, PRIMARY KEY (repo, sha256)
) WITHOUT ROWID;
CREATE INDEX contents_by_hash ON contents (sha256);
CREATE TABLE discussions (
    id INTEGER PRIMARY KEY, repo INTEGER NOT NULL REFERENCES repos ON DELETE CASCADE, num INTEGER NOT NULL,
    title TEXT NOT NULL, author TEXT NOT NULL, status TEXT NOT NULL, is_pull_request INTEGER NOT NULL,
    target TEXT NOT NULL, base INTEGER, merged TEXT NOT NULL, created INTEGER NOT NULL, UNIQUE (repo, num)
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, discussion INTEGER NOT NULL REFERENCES discussions ON DELETE CASCADE, type TEXT NOT NULL,
    author TEXT NOT NULL, created INTEGER NOT NULL, content TEXT NOT NULL
);
CREATE INDEX events_by_discussion ON events (discussion);
"""


def now_ms() -> int:
    """Milliseconds since 1970, the form in which all times are stored."""
    return time.time_ns() // 1_000_000


def timestamp(milliseconds: int) -> str:
    """A time in the form that the client parses: `2026-11-22T16:32:13.000Z`."""
    when = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


class Database:
    """A sqlite file with one connection per thread.

    Args:
        path: the file; created if it does not exist.

    Raises:
        NluError: the file is not the database of a hub, or has another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._writing = threading.Lock()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # sqlite gives its other files the same mode
        try:
            with self.write() as db:
                if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    for statement in _TABLES.split(";"):
                        db.execute(statement)
                    db.execute(f"INSERT INTO {SETTINGS} VALUES ('format', ?)", (str(_FORMAT),))
                found = db.execute(f"SELECT value FROM {SETTINGS} WHERE name = 'format'").fetchone()[0]
                while found.isdecimal() and (migration := _MIGRATIONS.get(int(found))):
                    db.execute(migration)
                    found = str(int(found) + 1)
                    db.execute(f"UPDATE {SETTINGS} SET value = ? WHERE name = 'format'", (found,))
        except sqlite3.DatabaseError as error:
            raise NluError(f"{path} is not the database of a hub ({error}); choose another --root") from error
        if found != str(_FORMAT):
            raise NluError(
                f"{path} has format {found}, but this version reads format {_FORMAT}; use the version that wrote it"
            )

    def check(self) -> None:
        """Read all pages.

        Raises:
            NluError: a page is damaged, or an index does not fit its table.
        """
        try:
            with self.read() as db:
                problems = [row[0] for row in db.execute("PRAGMA integrity_check(1)")]
        except sqlite3.DatabaseError as error:
            problems = [str(error)]
        if problems != ["ok"]:
            raise NluError(
                f"{self.path}: the database is damaged ({one_line(problems[0])}); put a copy of it back, or "
                f"write what can be read into a new one with `sqlite3 {self.path.name} .recover`"
            )

    def close(self) -> None:
        """Bring the file up to date, so that it can be copied alone."""
        with suppress(sqlite3.Error):
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk before it is answered
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
        return connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the current state; later writes do not change what it sees."""
        connection = self._connection()
        connection.execute("BEGIN DEFERRED")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are stored together at the end of the block, or not at all if it raises."""
        with self._writing:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
