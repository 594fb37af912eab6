"""Words that say whose machine something was made on, and the files that have them."""

import getpass
import json
import platform
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

__all__ = ["files_that_tell", "secret_home"]

_USER, _HOST = "secretuser", "secrethost"


def secret_home(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, a user and a host with names that occur nowhere else."""
    home = root / "home" / _USER
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for name, value in (("USER", _USER), ("LOGNAME", _USER), ("HOSTNAME", _HOST)):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(socket, "gethostname", lambda: _HOST)
    monkeypatch.setattr(platform, "node", lambda: _HOST)
    assert getpass.getuser() == _USER
    return home


def files_that_tell(folder: Path, root: Path) -> list[tuple[str, str]]:
    """The files of a folder that name the user, the host or where it was; and the word. Tables are unpacked."""
    words = (_USER, _HOST, str(root))
    return [(path.name, word) for path, content in _contents(folder) for word in words if word.encode() in content]


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()
            if path.suffix == ".parquet":
                table = parquet.read_table(path)
                yield path, json.dumps([table.to_pylist(), str(table.schema.metadata)], ensure_ascii=False).encode()
