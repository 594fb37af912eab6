"""SNIPS and ATIS in folders of tokens, tags and labels, and from the hub."""

import shutil
from pathlib import Path

import pytest
from datasets import Dataset
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan, Utterance, available_corpora, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

DATA = Path(__file__).parents[2] / "samples"
SNIPS, ATIS = DATA / "snips_slotgated_tiny", DATA / "atis_tiny"


def test_the_tiny_folders():
    raw = read(SNIPS)
    assert {split: len(rows) for split, rows in raw.splits.items()} == {"train": 7, "validation": 7, "test": 7}
    assert raw.splits["train"][3] == Utterance(
        "play the meow song", "PlayMusic", (("track", 9, 18),), domain="PlayMusic"
    )
    assert (raw.name, raw.info.licence, raw.info.family) == ("snips_slotgated", "cc0-1.0", "snips")
    assert raw.info.domains == available_corpora()["snips"].domains
    raw = read(ATIS)
    assert [u.intent for u in raw.splits["train"]] == ["flight", "flight+airfare"]
    assert raw.splits["train"][1].spans == (SlotSpan("toloc.city_name", 21, 25),)
    assert (raw.name, raw.info.licence, raw.info.is_for_evaluation_only) == ("atis", "other", True)


def test_what_is_recognised(tmp_path):
    assert {format_for(path).name for path in (SNIPS, SNIPS / "test")} == {"snips_slotgated"}
    assert {format_for(path).name for path in (ATIS, ATIS / "train")} == {"atis"}
    assert format_for(DATA / "seq_tiny").name == "seq-folder"
    shutil.copytree(SNIPS, tmp_path / "own")
    for split in ("train", "valid", "test"):
        (tmp_path / "own" / split / "label").write_text("PlayMusic\n" * 7)
    assert format_for(tmp_path / "own").name == "seq-folder"  # a skill may have a name of SNIPS
    assert not any(format_for(SNIPS, name).sniff(DATA) for name in ("atis", "snips_slotgated"))


@pytest.mark.parametrize("folder, name", [(SNIPS, "snips_slotgated"), (ATIS, "atis")])
def test_broken_lines_are_named(tmp_path, folder, name):
    shutil.copytree(folder, tmp_path / "seq")
    path = tmp_path / "seq" / "test" / "seq.out"
    path.write_text("O\n" + "".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(DataError, match="test.*line 1"):
        read(tmp_path / "seq", on_error="raise")
    raw = read(tmp_path / "seq", on_error="drop")
    assert raw.name == name and raw.dropped == {DropReason.BROKEN_RECORDS: 1}
    with pytest.raises(DataError, match="train.*valid.*test"):
        read(DATA, name, on_error="raise")


def test_snips_on_the_hub():
    rows = {
        "input": ["play meow", "rate", "x"],
        "intent": ["PlayMusic", "RateBook", None],
        "slots": ["O B-track", "O O", "O"],
    }
    reader = format_for(SNIPS, "snips_slotgated")
    raw = reader.from_hub({"train": Dataset.from_dict(rows), "test": Dataset.from_dict(rows).select([0])})
    utterance = Utterance("play meow", "PlayMusic", (("track", 5, 9),), domain="PlayMusic")
    assert raw.splits == {"train": [utterance], "test": [utterance]}
    assert raw.dropped == {DropReason.BROKEN_RECORDS: 2} and reader.info.hub.path == "bkonkle/snips-joint-intent"


def test_atis_on_the_hub():
    rows = {"id": [0], "intent": ["flight+airfare"], "text": ["fares to oslo"], "slots": ["O O B-toloc.city_name"]}
    reader = format_for(ATIS, "atis")
    raw = reader.from_hub({"train": Dataset.from_dict(rows)})
    assert raw.splits == {"train": [Utterance("fares to oslo", "flight+airfare", (("toloc.city_name", 9, 13),))]}
    assert reader.info.hub.path == "tuetschek/atis"


def test_the_published_folder(shared_dir):
    folder = shared_dir / "data" / "snips_slotgated"
    assert format_for(folder).name == "snips_slotgated"
    raw = read(folder)
    table = readme_counts(folder / "README.md")
    for name, split in {"train": "train", "valid": "validation", "test": "test"}.items():
        found = counts_of(raw.splits[split])
        assert found[2] == 7  # the README has no domains; here each intent is one, as in the publisher's files
        assert (*found[:2], *found[3:]) == (*table[name][:2], *table[name][3:])
    assert raw.dropped == {}


def test_a_published_domain_by_its_name(shared_dir):
    domain = load_domain("snips_slotgated/GetWeather", data_dir=shared_dir / "data")
    assert domain.splits.num_rows == {"train": 1_896, "validation": 100, "test": 104}
    assert domain.spec.intents == ("GetWeather",)
