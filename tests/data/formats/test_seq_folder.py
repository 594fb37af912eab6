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


@pytest.fixture
def intents_alone(folder):
    for path in folder.glob("*/seq.out"):
        path.unlink()
    return folder


def test_intents_without_slots(intents_alone):
    raw = read(intents_alone)
    expected = read(TINY)
    assert [(u.text, u.intent) for u in raw.splits["train"]] == [(u.text, u.intent) for u in expected.splits["train"]]
    assert all(u.spans is None for rows in raw.splits.values() for u in rows)
    lines = (intents_alone / "train" / "seq.in").read_text().splitlines()
    (intents_alone / "train" / "seq.in").write_text("\n".join(["", *lines[1:]]) + "\n")
    assert read(intents_alone).dropped == {DropReason.BLANK_EXAMPLES: 1}


def test_seq_out_in_one_split_alone_is_an_error(folder):
    (folder / "valid" / "seq.out").unlink()
    with pytest.raises(DataError, match=r"valid.*seq\.out"):
        read(folder)


def test_training_splits_of_several_sizes(intents_alone):
    (intents_alone / "train").rename(intents_alone / "train_5")
    expected = read(TINY).splits
    assert len(read(intents_alone).splits["train"]) == len(expected["train"])
    shutil.copytree(intents_alone / "valid", intents_alone / "train_10")
    with pytest.raises(DataError, match="train_10.*train_folder"):
        read(intents_alone)
    raw = read(intents_alone, train_folder="train_10")
    assert len(raw.splits["train"]) == len(expected["validation"])
    assert raw.dropped == {DropReason.NOT_IMPORTED.of("folder train_5"): 1}
    with pytest.raises(DataError, match="'train_7'"):
        read(intents_alone, train_folder="train_7")


def test_public_few_shot_splits(shared_dir):
    folder = shared_dir / "data" / "fewshot_intents" / "HWU64"
    if not folder.is_dir():
        pytest.skip(f"no data at {folder}")
    sizes = {split: len(rows) for split, rows in read(folder, train_folder="train_5").splits.items()}
    assert sizes == {"train": 320, "validation": 1076, "test": 1076}
