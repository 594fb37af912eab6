"""All data of a hub: a folder with one sqlite file and the contents of all files."""

import logging
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ...errors import NluError
from .blobs import BlobStore
from .database import SETTINGS, Database, now_ms
from .names import web_prefix

__all__ = ["HubStore", "StoreReport"]

logger = logging.getLogger(__name__)

#: How long to keep content that no commit uses; it may have been uploaded for a commit that comes later.
_GRACE_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class StoreReport:
    """What `HubStore.check` found.

    Attributes:
        num_repos: number of repositories.
        num_commits: number of commits.
        num_contents: number of different contents that commits use.
        damaged: contents that are missing or have changed: SHA-256 -> a file with this content, in its newest commit.
    """

    num_repos: int
    num_commits: int
    num_contents: int
    damaged: dict[str, str]


class HubStore:
    """A hub on the disk, opened by one process at a time.

    Opening it deletes unfinished uploads of an earlier process, and contents that no commit has used for a day.

    Args:
        root: the folder; created if it does not exist.

    Raises:
        NluError: another server has it open, or the folder is not a hub.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).expanduser().resolve()
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = FileLock(self.root / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise NluError(f"another server has {self.root} open; stop it, or choose another --root") from None
        try:
            self._database = Database(self.root / "hub.sqlite3")
            self.blobs = BlobStore(self.root / "contents", self.root / "unfinished")
            self.secret = self._lasting_secret()
            self._drop_unused()
        except BaseException:
            self._lock.release()
            raise

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """The tables as they are now; see `Database.read`."""
        return self._database.read()

    def write(self) -> AbstractContextManager[sqlite3.Connection]:
        """The tables, for changes that are made together or not at all; see `Database.write`."""
        return self._database.write()

    def close(self) -> None:
        """Let another process open the hub."""
        self._lock.release()

    @contextmanager
    def opened(self) -> Iterator["HubStore"]:
        """The store, closed at the end of the block."""
        try:
            yield self
        finally:
            self.close()

    def check(self) -> StoreReport:
        """Read every content that a commit names and compare it with its hash."""
        with self.read() as db:
            num_repos = db.execute("SELECT count(*) FROM repos").fetchone()[0]
            num_commits = db.execute("SELECT count(*) FROM commits").fetchone()[0]
            found = db.execute(
                "SELECT sha256, size, type, namespace, repos.name, path, commits.oid, max(commit_id) FROM files "
                "JOIN commits ON commits.id = commit_id JOIN repos ON repos.id = repo GROUP BY sha256 ORDER BY 4, 5, 6"
            ).fetchall()
        damaged = {
            sha256: f"{web_prefix(repo_type)}{namespace}/{name}: {path} in commit {oid[:8]}"
            for sha256, size, repo_type, namespace, name, path, oid, _ in found
            if not self.blobs.is_intact(sha256, size)
        }
        return StoreReport(num_repos, num_commits, len(found), damaged)

    def _lasting_secret(self) -> bytes:
        """The key that signs upload links. It is kept over a restart, so that an interrupted upload can continue."""
        with self.write() as db:
            db.execute(f"INSERT OR IGNORE INTO {SETTINGS} VALUES ('secret', ?)", (secrets.token_hex(32),))
            return bytes.fromhex(db.execute(f"SELECT value FROM {SETTINGS} WHERE name = 'secret'").fetchone()[0])

    def _drop_unused(self) -> None:
        with self.write() as db:
            db.execute(
                "DELETE FROM contents WHERE added < ? AND NOT EXISTS (SELECT 1 FROM files JOIN commits "
                "ON commits.id = commit_id WHERE files.sha256 = contents.sha256 AND commits.repo = contents.repo)",
                (now_ms() - _GRACE_MS,),
            )
            wanted = {row[0] for row in db.execute("SELECT sha256 FROM contents UNION SELECT sha256 FROM files")}
        unused = [path for path in self.blobs if path.name not in wanted]
        old = [path for path in unused if path.stat().st_mtime * 1000 < now_ms() - _GRACE_MS]
        for path in old:
            path.unlink()
        if old:
            logger.info("deleted %d contents that no commit uses", len(old))
