"""Other users of the machine see nothing of a hub, new or old."""

import os
import stat
from pathlib import Path

import pytest

from bilstm_nlu.serving.hub import HubStore, commits, repositories
from bilstm_nlu.serving.hub.privacy import make_private


@pytest.fixture(autouse=True)
def open_mask():
    before = os.umask(0)
    yield
    os.umask(before)


def modes(root: Path) -> dict[str, int]:
    """What is not private: path -> mode."""
    found = {str(path.relative_to(root)): stat.S_IMODE(path.lstat().st_mode) for path in [root, *root.rglob("*")]}
    return {path: mode for path, mode in found.items() if mode != (0o700 if (root / path).is_dir() else 0o600)}


def push(store: HubStore, content: bytes) -> None:
    with store.write() as db:
        repo = repositories.create(db, "model", "acme", content.decode())
        commits.first_commit(db, repo, "ann", [commits.regular_file("a", store.blobs.put(content))], "first")


@pytest.mark.parametrize("is_new", [True, False])
def test_all_files_are_private(tmp_path: Path, is_new: bool):
    root = tmp_path / "root"
    if not is_new:
        root.mkdir(mode=0o777)
    with HubStore(root).opened() as store:
        push(store, b"1")
        assert modes(root) == {}
        with store.write() as db, store.blobs.writer(5) as writer:  # while something is being written
            writer.write(b"123")
            assert modes(root) == {} and {path.name for path in root.iterdir()} >= {"hub.sqlite3-wal", "unfinished"}
            assert db.in_transaction


def test_those_of_an_existing_hub_become_private(tmp_path: Path):
    with HubStore(tmp_path).opened() as store:
        push(store, b"1")
    for path in [tmp_path, *tmp_path.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    with HubStore(tmp_path).opened() as store:
        push(store, b"2")
        assert modes(tmp_path) == {}


def test_links_and_missing_files_are_left_alone(tmp_path: Path):
    target = tmp_path / "target"
    target.touch(mode=0o644)
    (tmp_path / "link").symlink_to(target)
    make_private([tmp_path / "link", tmp_path / "missing"])
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_what_another_user_owns_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog):
    def refuse(path, mode):
        raise PermissionError

    monkeypatch.setattr(os, "chmod", refuse)
    (tmp_path / "theirs").touch(mode=0o644)
    make_private([tmp_path / "theirs"])
    assert str(tmp_path / "theirs") in caplog.text
