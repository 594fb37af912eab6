"""A commit stores what it changes, and its files are those that a whole list would give."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from running_hub import RunningHub
from steps import steps_of

from bilstm_nlu.serving.hub import HubStore, commits, discussions, history, repositories
from bilstm_nlu.serving.hub.blobs import Blob
from bilstm_nlu.serving.hub.commits import Operation
from bilstm_nlu.serving.hub.git_ids import blob_oid, tree_oids
from bilstm_nlu.serving.hub.history import Commit


def file_of(path: str, content: str) -> history.File:
    """A file whose content is not stored: these tests are about lists."""
    return commits.regular_file(path, Blob(f"{content:0>64}", blob_oid(content.encode()), len(content)))


def put(path: str, content: str) -> Operation:
    return Operation(path, file_of(path, content))


class Written:
    """A repository that is committed to, and what its commits should hold."""

    def __init__(self, store: HubStore, num_files: int) -> None:
        self.store = store
        self.files = {f"d{number % 7}/{number}": "0" for number in range(num_files)}
        with store.write() as db:
            self.repo = repositories.create(db, "model", "acme", "home")
            first = [file_of(path, content) for path, content in self.files.items()]
            self.expected = {commits.first_commit(db, self.repo, "ann", first, "first").oid: dict(self.files)}

    def commit(self, *operations: Operation, revision: str = "main") -> Commit:
        with self.store.write() as db:
            title = str(len(self.expected))
            return commits.commit(db, self.repo, revision, operations, author="ann", title=title)[0]

    def change(self, rng: random.Random) -> None:
        path = rng.choice([*self.files, "new/" + str(rng.random())])
        if path in self.files and rng.random() < 0.4:
            del self.files[path]
            made = self.commit(Operation(path))
        else:
            self.files[path] = str(rng.randrange(1, 99))
            made = self.commit(put(path, self.files[path]))
        self.expected[made.oid] = dict(self.files)

    def check(self) -> None:
        with self.store.read() as db:
            for oid, expected in self.expected.items():
                commit = history.resolve(db, self.repo, oid)
                found = history.files_of(db, commit)
                assert list(found) == sorted(expected)
                assert {path: file.sha256.lstrip("0") or "0" for path, file in found.items()} == expected
                for path in [*list(expected)[:3], "d0/0", "d1/1", "none"]:
                    assert history.file_at(db, commit, path) == found.get(path)


@pytest.fixture
def store(tmp_path: Path):
    with HubStore(tmp_path).opened() as opened:
        yield opened


@pytest.mark.parametrize("num_files, num_commits", [(3, 150), (40, 60)])
def test_every_commit_has_its_files(store: HubStore, monkeypatch, num_files: int, num_commits: int):
    monkeypatch.setattr(commits, "_MAX_STEPS", 20)
    written = Written(store, num_files)
    rng = random.Random(num_files)
    for _ in range(num_commits):
        written.change(rng)
    written.check()
    with store.read() as db:
        kinds = [row[0] for row in db.execute("SELECT is_whole FROM commits ORDER BY id")]
    assert 3 <= sum(kinds) < len(kinds) / 5 and kinds[0]


def test_the_commit_that_changed_a_file_last(store: HubStore):
    written = Written(store, 5)
    made = [written.commit(put("a", "1")), written.commit(put("b", "1")), written.commit(Operation("a"))]
    made += [written.commit(put("a", "1"))]
    with store.read() as db:
        files = history.files_of(db, made[-1])
    assert files["b"].changed_in == made[1].key and files["a"].changed_in == made[3].key
    assert files["d0/0"].changed_in < made[0].key


def test_a_small_commit_to_many_files_adds_a_few_rows(store: HubStore):
    written = Written(store, 20_000)

    def num_rows() -> int:
        with store.read() as db:
            return db.execute("SELECT count(*) FROM files").fetchone()[0]

    before = num_rows()
    for number in range(5):
        written.files["d0/0"] = str(number + 1)
        made = written.commit(put("d0/0", str(number + 1)))
        written.expected = {made.oid: dict(written.files)}
    assert num_rows() - before == 5
    written.check()
    with store.read() as db:
        files = history.files_of(db, made)
        assert tree_oids((path, file.oid) for path, file in files.items())[""]


def test_lists_grow_no_faster_than_changes(store: HubStore):
    """Many changes to a repository of a few files: whole lists come once for a few hundred rows."""
    written = Written(store, 200)
    for number in range(30):
        for path in written.files:
            written.files[path] = str(number + 1)
        written.commit(*(put(path, content) for path, content in written.files.items()))
    with store.read() as db:
        head = history.resolve(db, written.repo, "main")
        assert history.num_rows_since_whole(db, head)[1] <= 3 * 200 + 100
        assert db.execute("SELECT count(*) FROM files").fetchone()[0] <= 2 * 31 * 200


def test_branches_and_merges(store: HubStore):
    written = Written(store, 10)
    with store.write() as db:
        request = discussions.opened(db, written.repo, title="x", comment="", author="eve", pull_request_to="main")
    written.commit(Operation("d1/1"), put("theirs", "2"), revision=request.ref)
    written.commit(put("ours", "3"), Operation("d2/2"))
    with store.write() as db:
        made = discussions.merge(db, written.repo, request, "ann")
    written.files = {path: "0" for path in written.files if path not in ("d1/1", "d2/2")}
    written.expected = {made.oid: written.files | {"theirs": "2", "ours": "3"}}
    written.check()


def test_a_hub_of_the_format_before(tmp_path: Path):
    with HubStore(tmp_path).opened() as store:
        written = Written(store, 10)
    with sqlite3.connect(tmp_path / "hub.sqlite3") as db:
        db.execute("ALTER TABLE commits DROP COLUMN is_whole")
        db.execute("UPDATE facts SET value = '1' WHERE name = 'format'")
    with HubStore(tmp_path).opened() as store:
        written.store = store
        written.change(random.Random(0))
        written.change(random.Random(1))
        written.check()
    with sqlite3.connect(tmp_path / "hub.sqlite3") as db:
        assert [row[0] for row in db.execute("SELECT is_whole FROM commits ORDER BY id")] == [1, 0, 0]


def test_a_damaged_content_is_named_by_the_commit_that_brought_it(start_hub: Callable[..., RunningHub]):
    hub = start_hub()
    hub.create("ann/x")
    hub.commit("models/ann/x", {"a": "1", "b": "2"})
    brought = hub.ask("GET", "/api/models/ann/x").json["sha"]
    hub.commit("models/ann/x", {"b": "3"})
    hub.stop()
    next(path for path in hub.root.glob("contents/*/*") if path.read_bytes() == b"1").unlink()
    with HubStore(hub.root, sweeps=False).opened() as store:
        assert list(store.check().damaged.values()) == [f"ann/x: a in commit {brought[:8]}"]


def test_twice_the_files_take_twice_the_steps(tmp_path: Path):
    steps = []
    for num_files in (300, 600):
        with HubStore(tmp_path / str(num_files)).opened() as store:
            written = Written(store, num_files)
            steps.append(steps_of(written.commit, put("a", "1")))
    assert steps[1] < 2.2 * steps[0]
