"""Files as they come: packed, marked, cut short, in the wrong encoding."""

import errno
import gzip
import os
import re
from pathlib import Path

import pytest
from typer import Exit

from bilstm_nlu import files
from bilstm_nlu.cli.console import with_one_line_errors
from bilstm_nlu.errors import DataError
from bilstm_nlu.files import first_line, has_suffix, read_json, read_lines, read_text, stem, write_text
from bilstm_nlu.staging import staged
from modeling_bilstm_nlu.data.split_names import canonical_split, split_files


def test_gzip_is_known_by_its_content_and_the_mark_is_taken_off(tmp_path):
    plain, packed = tmp_path / "a.txt", tmp_path / "b.txt"
    plain.write_bytes(b"\xef\xbb\xbfcaf\xc3\xa9\r\nnext\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_lines(plain) == read_lines(packed) == ["café", "next"]


def test_only_newlines_end_a_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one\u2028still one\x85\n\ntwo", encoding="utf-8")
    assert read_lines(path) == ["one\u2028still one\x85", "", "two"]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"fine\nbad \xff here", "line 2.*0xff"),
        ("wide".encode("utf-16"), "line 1.*UTF-8"),
        (gzip.compress(b"hello" * 100, mtime=0)[:-12], "gzip"),
    ],
)
def test_broken_files_are_named(tmp_path, content, message):
    path = tmp_path / "broken.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_text(path)
    assert str(path) in str(caught.value)


def test_a_folder_or_nothing_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(DataError, match=re.escape(str(path))):
            read_text(path)


def test_suffixes_are_told_in_any_case_and_packed():
    assert has_suffix(Path("Train.CSV"), (".tsv", ".csv")) and has_suffix(Path("a.JSONL.Gz"), (".jsonl",))
    assert not has_suffix(Path("a.csv.txt"), (".csv",)) and not has_suffix(Path("csv.gz"), (".csv",))
    assert stem(Path("Train.JSONL.GZ")) == "Train"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_first_line_takes_no_more_than_it_needs(tmp_path, monkeypatch, pack):
    path = tmp_path / "a.jsonl"
    path.write_bytes(pack(b"\xef\xbb\xbf\n  \r\n caf\xc3\xa9 \nbad \xff\n"))
    assert first_line(path) == "café"
    path.write_bytes(pack(b"\nbad \xff\n"))
    with pytest.raises(DataError, match="a.jsonl.*line 2.*0xff"):
        first_line(path)
    path.write_bytes(pack(b""))
    assert first_line(path) == ""
    monkeypatch.setattr(files, "_CHUNK", 4)
    path.write_bytes(pack("caféteria".encode()))  # the head ends within the é
    assert first_line(path) == "caf"


def test_a_packed_file_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(b"x" * 5000))
    monkeypatch.setattr(files, "_CHUNK", 100)
    monkeypatch.setattr(files, "_MAX_UNPACKED", 5000)
    assert read_text(path) == "x" * 5000
    monkeypatch.setattr(files, "_MAX_UNPACKED", 4999)
    with pytest.raises(DataError, match="bomb.jsonl.gz.*4,999"):
        read_text(path)


def test_cesu_8_halves_are_joined(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'"\xed\xa0\xbc\xed\xbd\x95"')
    with pytest.raises(DataError, match="UTF-8"):
        read_text(path)
    assert read_json(path, encoding_errors="surrogatepass") == "\U0001f355"


@pytest.mark.parametrize(
    "content, message",
    [('{"a": [1, 2', "JSON"), ("{'a': 1}", "column 2"), ("", "JSON"), ("[" * 100_000, "JSON")],
)
def test_broken_json_says_where(tmp_path, content, message):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        read_json(path)


def test_split_names(tmp_path):
    assert [canonical_split(name) for name in ("Train", "dev", "valid", "TEST", "extra")] == [
        "train",
        "validation",
        "validation",
        "test",
        None,
    ]
    for name in ("train.jsonl", "dev.jsonl.gz", "notes.jsonl", "test.txt"):
        (tmp_path / name).touch()
    assert {split: path.name for split, path in split_files(tmp_path, (".jsonl",)).items()} == {
        "train": "train.jsonl",
        "validation": "dev.jsonl.gz",
    }
    (tmp_path / "valid.jsonl").touch()
    with pytest.raises(DataError, match="validation"):
        split_files(tmp_path, (".jsonl",))


def test_writing_is_all_or_nothing(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_text(path, "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half a pair: \ud800")
    assert path.read_text() == "old\n" and [file.name for file in path.parent.iterdir()] == ["a.txt"]


def test_a_full_disk_names_the_file_that_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fail(*args: object) -> None:
        raise full

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError) as raised:
        write_text(tmp_path / "scores.json", "{}")
    assert raised.value.filename == str(tmp_path / "scores.json") and not list(tmp_path.iterdir())
    assert "None" not in str(raised.value)
    full.filename = None
    with pytest.raises(OSError) as raised, staged(tmp_path / "model"):
        raise full
    assert raised.value.filename == str(tmp_path / "model")


def test_the_command_names_the_target_of_a_copy(capsys: pytest.CaptureFixture[str]):
    @with_one_line_errors
    def copy() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "from.json", None, "to.json")

    with pytest.raises(Exit):
        copy()
    assert "to.json" in (said := capsys.readouterr().err) and "from.json" not in said
