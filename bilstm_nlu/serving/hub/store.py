"""All data of a hub: a folder with one sqlite file and the contents of all files."""

import logging
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ...errors import NluError
from .blobs import BlobStore
from .database import SETTINGS, Database, now_ms
from .generation import counted, generation_of, read_mark, renamed, write_mark
from .names import web_prefix
from .privacy import make_private

__all__ = ["HubStore", "StoreReport"]

logger = logging.getLogger(__name__)

#: How long to keep content that no commit uses; it may have been uploaded for a commit that comes later.
_GRACE_MS = 24 * 3600 * 1000
_COMMITTED = "SELECT sha256 FROM files"


@dataclass(frozen=True)
class StoreReport:
    """What `HubStore.check` found.

    Attributes:
        num_repos: number of repositories.
        num_commits: number of commits.
        num_contents: number of different contents that commits use.
        damaged: contents that are missing or have changed: SHA-256 -> a file with this content, in the newest commit
            that brought it.
        num_unknown: number of contents in the folder that no commit of the database uses.
        is_trusted: whether a start may delete those that are older than a day.
    """

    num_repos: int
    num_commits: int
    num_contents: int
    damaged: dict[str, str]
    num_unknown: int
    is_trusted: bool


class HubStore:
    """A hub on the disk, opened by one process at a time.

    Only the user who opens it can read its files. Opening it deletes unfinished uploads of an earlier process, and
    contents that no commit has used for a day. It keeps all contents if the database may be the wrong one: new, or an
    older copy, or without any repository.

    Args:
        root: the folder; created if it does not exist.
        sweeps: whether opening it may delete anything.

    Raises:
        NluError: another server has it open, the folder is not a hub, or its database is damaged.
    """

    def __init__(self, root: str | Path, *, sweeps: bool = True) -> None:
        self.root = Path(root).expanduser().resolve()
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_private([self.root, self.root / "lock"])
        self._lock = FileLock(self.root / "lock", mode=0o600)
        self._writing = threading.Lock()
        self._mark = self.root / "contents" / "generation"
        self._keeps_mark = False
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise NluError(f"another server has {self.root} open; stop it, or choose another --root") from None
        try:
            self._database = Database(self.root / "hub.sqlite3")
            self.blobs = BlobStore(self.root / "contents", self.root / "unfinished")
            make_private(self.root.glob("hub.sqlite3*"))
            make_private([self._mark, *self.blobs.folders(), *self.blobs])
            self._database.check()
            self.secret = self._lasting_secret()
            if sweeps:
                self.blobs.drop_unfinished()
                self._sweep_if_trusted()
        except BaseException:
            self._lock.release()
            raise

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """The tables as they are now; see `Database.read`."""
        return self._database.read()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The tables, for changes that are made together or not at all; see `Database.write`."""
        with self._writing:
            with self._database.write() as db:
                yield db
                generation = counted(db)
            if self._keeps_mark:
                write_mark(self._mark, generation)

    def close(self) -> None:
        """Let another process open the hub."""
        self._database.close()
        self._lock.release()

    @contextmanager
    def opened(self) -> Iterator["HubStore"]:
        """The store, closed at the end of the block."""
        try:
            yield self
        finally:
            self.close()

    def check(self) -> StoreReport:
        """Read every content that a commit names and compare it with its hash. Nothing is deleted."""
        with self.read() as db:
            num_repos = db.execute("SELECT count(*) FROM repos").fetchone()[0]
            num_commits = db.execute("SELECT count(*) FROM commits").fetchone()[0]
            found = db.execute(
                "SELECT sha256, size, type, namespace, repos.name, path, commits.oid, max(commit_id) FROM files "
                "JOIN commits ON commits.id = commit_id JOIN repos ON repos.id = repo WHERE sha256 != '' "
                "GROUP BY sha256 ORDER BY 4, 5, 6"
            ).fetchall()
        damaged = {
            sha256: f"{web_prefix(repo_type)}{namespace}/{name}: {path} in commit {oid[:8]}"
            for sha256, size, repo_type, namespace, name, path, oid, _ in found
            if not self.blobs.is_intact(sha256, size)
        }
        with self._database.write() as db:
            unknown, is_trusted = self._others_than(db, _COMMITTED), self._is_trusted(db)
        return StoreReport(num_repos, num_commits, len(found), damaged, len(unknown), is_trusted or not unknown)

    def sweep(self) -> int:
        """Delete the contents that no commit has used for a day, whatever database this is.

        Returns:
            The number of deleted contents.
        """
        with self._database.write() as db:
            generation = generation_of(db)
            db.execute(
                "DELETE FROM contents WHERE added < ? AND NOT EXISTS (SELECT 1 FROM files JOIN commits "
                "ON commits.id = commit_id WHERE files.sha256 = contents.sha256 AND commits.repo = contents.repo)",
                (now_ms() - _GRACE_MS,),
            )
            unknown = self._others_than(db, f"{_COMMITTED} UNION SELECT sha256 FROM contents")
        write_mark(self._mark, generation)
        self._keeps_mark = True
        old = [path for path in unknown if path.stat().st_mtime * 1000 < now_ms() - _GRACE_MS]
        for path in old:
            path.unlink()
        if old:
            logger.info("deleted %d contents that no commit uses", len(old))
        return len(old)

    def _sweep_if_trusted(self) -> None:
        with self._database.write() as db:
            unknown = self._others_than(db, _COMMITTED)
            is_trusted = not unknown or self._is_trusted(db)
            if not is_trusted:
                renamed(db)  # later starts must not trust it because it has grown
        if is_trusted:
            self.sweep()
            return
        logger.warning(
            "%s: %d contents are kept that no commit of the database uses; it is new, empty, or older than they are. "
            "Put the right hub.sqlite3 back, or give them up with `bilstm-nlu hub sweep --root %s`",
            self.root,
            len(unknown),
            self.root,
        )

    def _others_than(self, db: sqlite3.Connection, query: str) -> list[Path]:
        """The contents in the folder that a query does not name."""
        known = {row[0] for row in db.execute(query)}
        return [path for path in self.blobs if path.name not in known]

    def _is_trusted(self, db: sqlite3.Connection) -> bool:
        """Whether contents that no commit uses are rubbish, and not those of another database."""
        has_repos = db.execute("SELECT count(*) FROM repos").fetchone()[0] > 0
        return has_repos and generation_of(db).knows_all_since(read_mark(self._mark))

    def _lasting_secret(self) -> bytes:
        """The key that signs upload links. It is kept over a restart, so that an interrupted upload can continue."""
        with self._database.write() as db:
            db.execute(f"INSERT OR IGNORE INTO {SETTINGS} VALUES ('secret', ?)", (secrets.token_hex(32),))
            return bytes.fromhex(db.execute(f"SELECT value FROM {SETTINGS} WHERE name = 'secret'").fetchone()[0])
