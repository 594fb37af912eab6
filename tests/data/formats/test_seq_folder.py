"""Folders of seq.in, seq.out and label."""

import gzip
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason

TINY = Path(__file__).parents[2] / "samples" / "seq_tiny"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(TINY, tmp_path / "seq"))


def test_the_tiny_folder():
    raw = read(TINY)
    assert {split: len(rows) for split, rows in raw.splits.items()} == {"train": 4, "validation": 1, "test": 1}
    assert raw.splits["train"][0].spans == (SlotSpan("device", 12, 21),)
    assert raw.splits["train"][2].spans == (SlotSpan("device", 11, 16),)  # an I- without its B- starts a slot
    assert raw.splits["train"][3].spans == ()


def test_one_split_folder_and_packed_files(folder):
    for name in ("seq.in", "seq.out", "label"):
        path = folder / "test" / name
        (folder / "test" / f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert read(folder).splits == read(TINY).splits
    assert list(read(folder / "test").splits) == ["test"]


def test_windows_line_ends(folder):
    for path in folder.glob("*/*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(folder).splits == read(TINY).splits


@pytest.mark.parametrize(
    "name, line, message",
    [
        ("seq.out", "O O O B-device", r"train.*line 1\D+5\D+4"),
        ("seq.out", "O O O device O", "train.*line 1.*'device'"),
        ("seq.in", "", r"train.*line 1\D+0\D+5"),
        ("label", " ", "train.*line 1.*label"),
        ("label", "on\nextra", "seq.in.*seq.out.*label.*4.*5"),
    ],
)
def test_broken_lines_are_named(folder, name, line, message):
    path = folder / "train" / name
    path.write_text("\n".join([line, *path.read_text().splitlines()[1:]]) + "\n")
    with pytest.raises(DataError, match=message):
        read(folder, on_error="raise")
    if "\n" not in line:  # a file with a line too many spoils the whole split
        assert read(folder, on_error="drop").dropped == {DropReason.BROKEN_RECORDS: 1}


def test_missing_files_are_named(folder):
    (folder / "valid" / "label").unlink()
    with pytest.raises(DataError, match="valid.*label"):
        read(folder)
    with pytest.raises(DataError, match="train.*valid.*test"):
        read(folder.parent, "seq-folder")


def test_a_label_of_the_test_split_that_training_never_saw(folder):
    (folder / "test" / "label").write_text("explode\n")
    with pytest.raises(DataError, match="test.*'explode'"):
        load_domain(folder)
    domain = load_domain(folder, drop_unseen=True)
    assert domain.splits.num_rows == {"train": 4, "validation": 1}
    assert domain.dropped == {DropReason.UNSEEN_LABELS: 1}


def test_the_published_folder(shared_dir):
    domain = load_domain(shared_dir / "data" / "snips_slotgated")
    assert domain.splits.num_rows == {"train": 13084, "validation": 700, "test": 700}
    assert [sum(map(len, rows["spans"])) for rows in domain.splits.values()] == [33958, 1794, 1790]
    assert (len(domain.spec.intents), len(domain.spec.slot_types)) == (7, 39)
