"""A database that is lost, emptied or put back must not cost a single content."""

import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.hub import HubStore, commits, history, repositories
from bilstm_nlu.serving.hub.commits import Operation


def push(store: HubStore, content: bytes, name: str = "home") -> None:
    """Commit a file named after its content, in a repository that is made if need be."""
    file = commits.regular_file(content.decode(), store.blobs.put(content))
    with store.write() as db:
        known = [repo for repo in repositories.list_visible(db, None) if repo.name == name]
        if known:
            commits.commit(db, known[0], "main", [Operation(file.path, file)], author="ann", title="x")
        else:
            commits.first_commit(db, repositories.create(db, "model", "acme", name), "ann", [file], "first")


def make_old(root: Path) -> None:
    """Make all contents older than the time that unused ones are kept."""
    for path in root.glob("contents/*/*"):
        os.utime(path, (time.time() - 3 * 86_400,) * 2)


def contents(root: Path) -> set[bytes]:
    return {path.read_bytes() for path in root.glob("contents/*/*")}


def copy_database(source: Path, target: Path) -> None:
    """Copy a database, as a tool for backups would."""
    for suffix in ("-wal", "-shm"):
        (target.parent / f"{target.name}{suffix}").unlink(missing_ok=True)
    target.unlink(missing_ok=True)
    with sqlite3.connect(source) as db:
        db.execute("VACUUM INTO ?", (str(target),))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A hub with the contents 1, 2 and 3, all old, and a copy of its database from before 3."""
    root = tmp_path / "root"
    with HubStore(root).opened() as store:
        push(store, b"1")
        push(store, b"2")
    copy_database(root / "hub.sqlite3", tmp_path / "copy.sqlite3")
    with HubStore(root).opened() as store:
        push(store, b"3")
    make_old(root)
    return root


def lose(root: Path) -> None:
    for path in root.glob("hub.sqlite3*"):
        path.unlink()


def truncate(root: Path) -> None:
    lose(root)
    (root / "hub.sqlite3").touch()


def empty(root: Path) -> None:
    with sqlite3.connect(root / "hub.sqlite3") as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM repos")


def put_older_back(root: Path) -> None:
    copy_database(root.parent / "copy.sqlite3", root / "hub.sqlite3")


def put_another_there(root: Path) -> None:
    with HubStore(root.parent / "other").opened() as store:
        for number in range(20):  # it has more changes than the right one
            push(store, b"%d" % (10 + number))
    copy_database(root.parent / "other" / "hub.sqlite3", root / "hub.sqlite3")


def lose_the_mark(root: Path) -> None:
    put_older_back(root)
    (root / "contents" / "generation").unlink()


def damage_the_mark(root: Path) -> None:
    put_older_back(root)
    (root / "contents" / "generation").write_bytes(b"\0" * 54)


WRONG = [lose, truncate, empty, put_older_back, put_another_there, lose_the_mark, damage_the_mark]


@pytest.mark.parametrize("harm", WRONG)
def test_no_content_is_lost_with_the_database(root: Path, harm: Callable[[Path], None], caplog):
    copy_database(root / "hub.sqlite3", root.parent / "right.sqlite3")
    harm(root)
    for number in range(4):  # later starts neither, and not after it has grown
        with caplog.at_level(logging.WARNING), HubStore(root).opened() as store:
            push(store, b"new %d" % number, "other")
            push(store, b"newer %d" % number, "other")
        make_old(root)
        assert contents(root) >= {b"1", b"2", b"3"}
    assert str(root) in caplog.text and "hub sweep" in caplog.text
    copy_database(root.parent / "right.sqlite3", root / "hub.sqlite3")
    with HubStore(root).opened() as store:
        with store.read() as db:
            repo = repositories.find(db, None, "model", "acme", "home")
            assert set(history.files_of(db, history.resolve(db, repo, "main"))) == {"1", "2", "3"}
        assert not store.check().damaged


@pytest.mark.parametrize("harm", WRONG)
def test_a_check_deletes_nothing_and_says_what_is_wrong(root: Path, harm: Callable[[Path], None]):
    harm(root)
    (root / "unfinished" / "tmpabc").write_bytes(b"half")
    done = CliRunner().invoke(app, ["hub", "check", "--root", str(root)])
    if harm is lose:
        assert done.exit_code == 1 and str(root) in done.output
    else:
        assert done.exit_code == 1 and "hub.sqlite3" in done.output and "hub sweep" in done.output
        assert len(done.output.splitlines()) == 1
    assert contents(root) >= {b"1", b"2", b"3"} and (root / "unfinished" / "tmpabc").exists()


def test_a_check_of_a_sound_hub_deletes_nothing(root: Path):
    with HubStore(root).opened() as store:
        store.blobs.put(b"no commit has it")
    make_old(root)
    done = CliRunner().invoke(app, ["hub", "check", "--root", str(root)])
    assert done.exit_code == 0 and contents(root) == {b"1", b"2", b"3", b"no commit has it"}
    HubStore(root).close()
    assert contents(root) == {b"1", b"2", b"3"}


def test_a_copy_from_the_middle_of_an_upload(root: Path, tmp_path: Path):
    with HubStore(root).opened() as store:
        blob = store.blobs.put(b"4")
        with store.write() as db:
            commits.remember_content(db, repositories.list_visible(db, None)[0], blob.sha256, 1)
        copy_database(root / "hub.sqlite3", tmp_path / "middle.sqlite3")
        with store.write() as db:
            file = Operation("4", commits.lfs_file("4", blob.sha256, 1))
            commits.commit(db, repositories.list_visible(db, None)[0], "main", [file], author="ann", title="x")
    make_old(root)
    with sqlite3.connect(tmp_path / "middle.sqlite3") as db:
        db.execute("UPDATE contents SET added = 0")
    copy_database(tmp_path / "middle.sqlite3", root / "hub.sqlite3")
    for _ in range(2):
        HubStore(root).close()
        assert b"4" in contents(root)


def test_what_a_killed_server_leaves_is_still_swept(root: Path):
    with HubStore(root).opened() as store:
        store.blobs.put(b"stored, and then the power went")
    make_old(root)
    HubStore(root).close()
    assert contents(root) == {b"1", b"2", b"3"}


def test_a_hub_of_an_earlier_version_gets_its_mark(root: Path):
    (root / "contents" / "generation").unlink()
    with sqlite3.connect(root / "hub.sqlite3") as db:
        db.execute("DELETE FROM facts WHERE name IN ('generation', 'changes')")
    HubStore(root).close()
    assert (root / "contents" / "generation").is_file() and contents(root) == {b"1", b"2", b"3"}


def test_contents_are_given_up_on_demand_only(root: Path):
    put_older_back(root)
    done = CliRunner().invoke(app, ["hub", "sweep", "--root", str(root)])
    assert (done.exit_code, done.output) == (0, "deleted 1 content\n") and contents(root) == {b"1", b"2"}
    assert CliRunner().invoke(app, ["hub", "check", "--root", str(root)]).exit_code == 0
    assert CliRunner().invoke(app, ["hub", "sweep", "--root", str(root / "none")]).exit_code == 1


def test_a_closed_hub_needs_no_more_than_one_database_file(root: Path, tmp_path: Path):
    copy = tmp_path / "moved"
    copy.mkdir()
    shutil.copytree(root / "contents", copy / "contents")
    shutil.copy(root / "hub.sqlite3", copy)
    with HubStore(copy).opened() as store:
        assert store.check().num_commits == 3


def test_files_of_others_are_left_alone(root: Path):
    for place in ("contents/notes.txt", "contents/aa/notes.txt"):
        (root / place).write_text("mine")
    make_old(root)
    HubStore(root).close()
    assert (root / "contents/aa/notes.txt").read_text() == (root / "contents/notes.txt").read_text() == "mine"


def test_a_malformed_page_is_one_line(root: Path):
    with sqlite3.connect(root / "hub.sqlite3") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'files'").fetchone()[0]
    with (root / "hub.sqlite3").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(NluError, match="hub.sqlite3") as error:
        HubStore(root)
    assert "\n" not in str(error.value)
    done = CliRunner().invoke(app, ["hub", "check", "--root", str(root)])
    assert done.exit_code == 1 and "hub.sqlite3" in done.output and len(done.output.splitlines()) == 1
    assert contents(root) == {b"1", b"2", b"3"}


def test_an_index_that_lacks_rows_stops_the_start(root: Path):
    """Without the rows, contents that are in use would look unused."""
    with sqlite3.connect(root / "hub.sqlite3") as db:
        db.execute("PRAGMA writable_schema = ON")
        sql = "CREATE INDEX files_by_content ON files (sha256) WHERE sha256 = ''"
        db.execute("DROP INDEX files_by_content")
        db.execute(sql)
        db.execute(
            "UPDATE sqlite_master SET sql = 'CREATE INDEX files_by_content ON files (sha256)' WHERE sql = ?", (sql,)
        )
    with pytest.raises(NluError, match="hub.sqlite3.*files_by_content"):
        HubStore(root)
    assert contents(root) == {b"1", b"2", b"3"}
