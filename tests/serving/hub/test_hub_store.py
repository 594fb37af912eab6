"""The store without HTTP: commits, branches, pull requests, contents, and what a new start cleans up."""

import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.hub import HubStore, commits, database, discussions, history, repositories
from bilstm_nlu.serving.hub.commits import Operation
from bilstm_nlu.serving.hub.errors import HubError
from bilstm_nlu.serving.hub.repositories import Repo
from bilstm_nlu.serving.hub.tokens import Account

ANN = Account("ann", ("acme",), can_write=True)


@pytest.fixture
def store(tmp_path: Path):
    with HubStore(tmp_path / "root").opened() as opened:
        yield opened


def put(store: HubStore, path: str, content: bytes) -> Operation:
    return Operation(path, commits.regular_file(path, store.blobs.put(content)))


def new_repo(store: HubStore, name: str = "home", **more) -> Repo:
    with store.write() as db:
        repo = repositories.create(db, "model", "acme", name, **more)
        commits.first_commit(db, repo, "ann", [put(store, ".gitattributes", b"").file], "initial commit")
    return repo


def commit(store: HubStore, repo: Repo, *operations: Operation, revision: str = "main", title: str = "x", **more):
    with store.write() as db:
        return commits.commit(db, repo, revision, operations, author="ann", title=title, **more)


def paths(store: HubStore, repo: Repo, revision: str = "main") -> dict[str, bytes]:
    with store.read() as db:
        files = history.files_of(db, history.resolve(db, repo, revision))
    return {path: store.blobs.read(file.sha256, file.size) for path, file in files.items()}


def test_a_commit_adds_changes_and_deletes_in_order(store: HubStore):
    repo = new_repo(store)
    first, is_new = commit(store, repo, put(store, "a/x", b"1"), put(store, "a/y", b"2"), put(store, "z", b"3"))
    assert is_new and paths(store, repo) == {".gitattributes": b"", "a/x": b"1", "a/y": b"2", "z": b"3"}
    second, _ = commit(store, repo, Operation("a", is_folder=True), put(store, "a/y", b"4"), Operation("z"))
    assert paths(store, repo) == {".gitattributes": b"", "a/y": b"4"}
    assert paths(store, repo, first.oid[:8])["z"] == b"3"
    with store.read() as db:
        assert [made.oid for made in history.ancestors(db, second)][:2] == [second.oid, first.oid]
        assert history.files_of(db, second)["a/y"].changed_in == second.key
        assert history.files_of(db, second)[".gitattributes"].changed_in < first.key


def test_every_content_of_a_commit_is_known_to_the_repository(store: HubStore):
    repo = new_repo(store)
    commit(store, repo, put(store, "a", b"1"), put(store, "b", b"2"))
    commit(store, repo, Operation("b"), put(store, "0", b"3"), put(store, "a", b"4"))
    commit(store, repo, put(store, "a", b"5"))
    with store.read() as db:
        known = {row[0] for row in db.execute("SELECT sha256 FROM contents WHERE repo = ?", (repo.key,))}
    assert known == {path.name for path in store.blobs}


def test_a_commit_that_changes_nothing_is_none(store: HubStore):
    repo = new_repo(store)
    made, _ = commit(store, repo, put(store, "a", b"1"))
    again, is_new = commit(store, repo, put(store, "a", b"1"), title="other words")
    assert again.oid == made.oid and not is_new


@pytest.mark.parametrize(
    "operations, status",
    [
        ([Operation("missing")], 404),
        ([Operation("missing", is_folder=True)], 404),
        ([Operation("a", is_folder=True)], 404),
        (["a/b"], 400),
        (["b/c", "b"], 400),
    ],
)
def test_operations_that_do_not_fit_leave_everything_as_it_was(store: HubStore, operations: list, status: int):
    repo = new_repo(store)
    head, _ = commit(store, repo, put(store, "a", b"1"))
    done = [put(store, item, b"2") if isinstance(item, str) else item for item in operations]
    with pytest.raises(HubError) as error:
        commit(store, repo, put(store, "new", b"3"), *done)
    assert error.value.status == status
    with store.read() as db:
        assert history.resolve(db, repo, "main").oid == head.oid
    assert "new" not in paths(store, repo)


def test_an_expected_parent_must_be_the_head(store: HubStore):
    repo = new_repo(store)
    first, _ = commit(store, repo, put(store, "a", b"1"))
    second, _ = commit(store, repo, put(store, "a", b"2"), expected_parent=first.oid[:7])
    with pytest.raises(HubError) as error:
        commit(store, repo, put(store, "a", b"3"), expected_parent=first.oid)
    assert error.value.status == 412
    again, is_new = commit(store, repo, put(store, "a", b"2"), expected_parent=first.oid)
    assert again.oid == second.oid and not is_new, "the same request again, as after a lost answer"


def test_many_writers_make_as_many_commits(store: HubStore):
    repo = new_repo(store)
    operations = [put(store, f"file-{number}", b"x") for number in range(16)]
    threads = [threading.Thread(target=commit, args=(store, repo, operation)) for operation in operations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as db:
        assert len(history.ancestors(db, history.resolve(db, repo, "main"))) == 17
    assert len(paths(store, repo)) == 17


def test_branches_and_tags(store: HubStore):
    repo = new_repo(store)
    made, _ = commit(store, repo, put(store, "a", b"1"))
    with store.write() as db:
        history.create_ref(db, repo, "refs/tags/v1", made)
        history.create_ref(db, repo, "refs/heads/dev/x", made)
    commit(store, repo, put(store, "a", b"2"), revision="dev/x")
    assert paths(store, repo, "v1")["a"] == b"1" and paths(store, repo, "refs/heads/dev/x")["a"] == b"2"
    for name, status in (("refs/tags/v1", 409), ("refs/heads/dev", 409), ("refs/heads/dev/x/y", 409)):
        with store.write() as db, pytest.raises(HubError) as error:
            history.create_ref(db, repo, name, made)
        assert error.value.status == status
    with pytest.raises(HubError, match="branch"):
        commit(store, repo, put(store, "a", b"3"), revision="refs/tags/v1")
    for name, status in (("refs/heads/main", 403), ("refs/heads/none", 404)):
        with store.write() as db, pytest.raises(HubError) as error:
            history.delete_ref(db, repo, name)
        assert error.value.status == status
    with store.write() as db:
        history.delete_ref(db, repo, "refs/heads/dev/x")
    with store.read() as db:
        assert list(history.refs_of(db, repo)) == ["refs/heads/main", "refs/tags/v1"]


def test_a_pull_request_is_merged_file_by_file(store: HubStore):
    repo = new_repo(store)
    commit(store, repo, *(put(store, name, b"0") for name in ("both", "mine", "theirs", "gone", "same")))
    with store.write() as db:
        request = discussions.opened(db, repo, title="Better", comment="", author="eve", pull_request_to="main")
    commit(store, repo, put(store, "theirs", b"2"), put(store, "new", b"2"), Operation("gone"), revision=request.ref)
    commit(store, repo, put(store, "same", b"3"), revision=request.ref)
    commit(store, repo, put(store, "mine", b"1"), put(store, "same", b"3"))
    with store.write() as db:
        assert discussions.conflicts(db, repo, request) == []
        discussions.merge(db, repo, request, "ann")
    expected = {"both": b"0", "mine": b"1", "theirs": b"2", "new": b"2", "same": b"3"}
    assert paths(store, repo) == {".gitattributes": b""} | expected
    with store.write() as db, pytest.raises(HubError):
        discussions.merge(db, repo, discussions.find(db, repo, 1), "ann")


def test_a_conflict_is_named_and_not_merged(store: HubStore):
    repo = new_repo(store)
    commit(store, repo, put(store, "a", b"0"))
    with store.write() as db:
        request = discussions.opened(db, repo, title="Better", comment="", author="eve", pull_request_to="main")
    commit(store, repo, put(store, "a", b"1"), revision=request.ref)
    commit(store, repo, put(store, "a", b"2"))
    with store.write() as db, pytest.raises(HubError, match="'a'") as error:
        discussions.merge(db, repo, request, "ann")
    assert error.value.status == 409 and paths(store, repo)["a"] == b"2"


def test_names_differ_in_more_than_case(store: HubStore):
    new_repo(store)
    with pytest.raises(HubError) as error:
        new_repo(store, "HOME")
    assert error.value.status == 409
    with store.read() as db:
        assert repositories.find(db, None, "model", "ACME", "Home").id == "acme/home"


def test_private_repositories_are_not_there_for_others(store: HubStore):
    repo = new_repo(store, is_private=True)
    with store.read() as db:
        for account, status in ((None, 401), (Account("eve"), 404)):
            with pytest.raises(HubError) as error:
                repositories.find(db, account, "model", "acme", "home")
            assert error.value.status == status and error.value.code == "RepoNotFound"
            assert repositories.list_visible(db, account) == []
        found = repositories.list_visible(db, ANN, "model", author="acme", search="HO")
        assert [item.key for item in found] == [repo.key]
        assert repositories.list_visible(db, ANN, "dataset") == []


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_content_is_found_and_mended_by_sending_it_again(store: HubStore, damage: str):
    repo = new_repo(store)
    commit(store, repo, put(store, "b", b"content"))
    made, _ = commit(store, repo, put(store, "a", b"content"), Operation("b"))
    path = next(path for path in store.blobs if path.read_bytes() == b"content")
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"cont" if damage == "cut" else b"CONTENT")
        os.utime(path, ns=(1, 1))
    with pytest.raises(HubError) as error:
        paths(store, repo)
    assert error.value.status == 410
    assert list(store.check().damaged.values()) == [f"acme/home: a in commit {made.oid[:8]}"]
    store.blobs.put(b"content")
    assert paths(store, repo)["a"] == b"content" and not store.check().damaged


def test_contents_arrive_whole_or_not_at_all(store: HubStore):
    with store.blobs.writer(5) as writer:
        writer.write(b"123")
        with pytest.raises(HubError, match="3 of 5"):
            writer.finish()
    with store.blobs.writer(5) as writer, pytest.raises(HubError, match="longer"):
        writer.write(b"123456")
    with store.blobs.writer(5) as writer:
        writer.write(b"12345")
        with pytest.raises(HubError, match="damaged"):
            writer.finish("0" * 64)
    assert list(store.blobs) == [] and list((store.root / "unfinished").iterdir()) == []


def test_a_start_cleans_up_and_keeps_what_is_needed(tmp_path: Path):
    with HubStore(tmp_path).opened() as store:
        secret = store.secret
        repo = new_repo(store)
        commit(store, repo, put(store, "kept", b"kept"))
        fresh, old = store.blobs.put(b"fresh"), store.blobs.put(b"old")
        day_ago = time.time() - 2 * 24 * 3600
        os.utime(store.blobs.path(old.sha256), (day_ago, day_ago))
        (tmp_path / "unfinished" / "tmpabc").write_bytes(b"half")
        with pytest.raises(NluError, match="server"):
            HubStore(tmp_path)
    with HubStore(tmp_path).opened() as store:
        assert store.secret == secret
        assert paths(store, repo)["kept"] == b"kept"
        assert store.blobs.is_intact(fresh.sha256, 5) and not store.blobs.path(old.sha256).exists()
        assert list((tmp_path / "unfinished").iterdir()) == []
        with store.write() as db:
            repositories.delete(db, repo)
            assert not db.execute("SELECT count(*) FROM files").fetchone()[0]


def test_a_clock_that_is_set_back_or_far_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    now = time.time_ns()
    with HubStore(tmp_path).opened() as store:
        repo = new_repo(store)
        commit(store, repo, put(store, "a", b"1"))
        for years in (-40, 30):
            monkeypatch.setattr(time, "time_ns", lambda years=years: now + years * 365 * 86_400 * 10**9)
            made, is_new = commit(store, repo, put(store, "a", str(years).encode()), title=str(years))
            assert is_new and len(database.timestamp(made.created)) == len("2026-11-22T16:32:13.000Z")
    with HubStore(tmp_path).opened() as store:
        assert paths(store, repo)["a"] == b"30" and not store.check().damaged
        with store.read() as db:
            line = history.ancestors(db, history.resolve(db, repo, "main"))
        assert [made.title for made in line] == ["30", "-40", "x", "initial commit"]


def test_a_folder_that_is_no_hub(tmp_path: Path):
    (tmp_path / "hub.sqlite3").write_bytes(b"no database at all, but long enough to be looked at" * 30)
    with pytest.raises(NluError, match="database"):
        HubStore(tmp_path)


def test_a_hub_of_a_later_version(tmp_path: Path):
    HubStore(tmp_path).close()
    with sqlite3.connect(tmp_path / "hub.sqlite3") as db:
        db.execute("UPDATE facts SET value = '99' WHERE name = 'format'")
    with pytest.raises(NluError, match="format 99"):
        HubStore(tmp_path)
