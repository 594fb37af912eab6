"""SLURP: slots by tokens that are not written as the sentence is, noisy intent fields."""

import json
import shutil
from pathlib import Path

import pytest
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_lines
from modeling_bilstm_nlu.data import available_corpora, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[2] / "samples" / "slurp_tiny"
RECORD = json.loads((TINY / "test.jsonl").read_text())


def frames(rows):
    return {u.text: (u.intent, [(slot_type, u.text[a:b]) for slot_type, a, b in u.spans]) for u in rows}


def test_the_tiny_folder():
    raw = read(TINY)
    assert frames(raw.splits["train"]) == {
        "what's on at noon on sunday": ("pets_query", [("time", "noon"), ("date", "sunday")]),
        "feed the old cat at four o'clock": ("pets_feed", [("pet", "old cat"), ("time", "four o'clock")]),
        "walk the hound": ("pets_walk", [("pet", "hound")]),
        "make some tea": ("kitchen_tea", []),
    }
    assert frames(raw.splits["validation"]) == {"feed rex": ("pets_feed", [("pet", "rex")])}
    assert [u.domain for u in raw.splits["train"]] == ["pets"] * 3 + ["kitchen"] and len(raw.splits["test"]) == 1
    assert raw.dropped == {
        DropReason.ODD_INTENT_FIELDS: 1,
        DropReason.SENTENCES_REPLACED_BY_TOKENS: 1,
    }
    assert (raw.name, raw.info.licence, raw.info.family) == ("slurp", "cc-by-4.0", "slurp")


def test_synthetic_sentences_and_one_file(tmp_path):
    raw = read(TINY, synthetic=True)
    assert [u.text for u in raw.splits["train"]][4:] == ["feed the goat"]
    assert list(read(TINY / "devel.jsonl").splits) == ["validation"]
    assert list(read(TINY / "train_synthetic.jsonl").splits) == ["train"]
    shutil.copy(TINY / "devel.jsonl", tmp_path)
    with pytest.raises(DataError, match="train_synthetic.jsonl"):
        read(tmp_path, synthetic=True)
    with pytest.raises(DataError, match="train.jsonl.*devel.jsonl.*test.jsonl"):
        read(TINY.parent, "slurp")


def test_what_is_recognised():
    assert format_for(TINY).name == format_for(TINY / "test.jsonl").name == "slurp"
    recognises = format_for(TINY, "slurp").sniff
    assert not any(map(recognises, (TINY.parent, TINY.parent / "massive_tiny.jsonl", TINY.parent / "jsonl_tiny")))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"sentence": None}, "'sentence'"),
        ({"scenario": " "}, "'scenario'"),
        ({"action": 3}, "'action'"),
        ({"tokens": {}}, "'tokens'"),
        ({"tokens": []}, "'tokens'"),
        ({"tokens": [None]}, "None"),
        ({"tokens": [{"surface": "", "id": 0}]}, "'surface'"),
        ({"tokens": [{"surface": "tea", "id": True}]}, "'id'"),
        ({"tokens": [{"surface": "tea", "id": 0}] * 2}, "id 0"),
        ({"entities": None}, "'entities'"),
        ({"entities": [{"type": "drink", "span": []}]}, "'span'"),
        ({"entities": [{"type": None, "span": [1]}]}, "'type'"),
        ({"entities": [{"type": "drink", "span": [2]}]}, r"\[0, 1\]"),
        ({"entities": [{"type": "drink", "span": [1.0]}]}, "tokens"),
        ({"entities": [{"type": "drink", "span": [0, 1]}, {"type": "tea", "span": [1]}]}, "overlaps"),
        ({"entities": [{"type": "", "span": [1]}]}, "type"),
        ({"sentence": "make t\ud800ea", "tokens": [{"surface": "\ud800", "id": 0}]}, "surrogate"),
    ],
)
def test_broken_records_name_file_and_line(tmp_path, change, message):
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(RECORD) + "\n\n" + json.dumps(RECORD | change) + "\n")
    with pytest.raises(DataError, match=f"test.jsonl.*line 3.*{message}"):
        read(path, on_error="raise")
    raw = read(path, on_error="drop")
    assert raw.dropped == {DropReason.BROKEN_RECORDS: 1} and len(raw.splits["test"]) == 1


def test_tokens_of_an_entity_are_one_run(tmp_path):
    tokens = [{"surface": word, "id": 7 - i} for i, word in enumerate(["make", "green", "tea"])]
    record = RECORD | {"sentence": "make green tea", "tokens": tokens}
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(record | {"entities": [{"type": "drink", "span": [5, 6]}]}))
    assert frames(read(path).splits["test"]) == {"make green tea": ("kitchen_tea", [("drink", "green tea")])}
    path.write_text(json.dumps(record | {"entities": [{"type": "drink", "span": [5, 7]}]}))
    with pytest.raises(DataError, match="drink"):
        read(path)


def test_the_published_files(shared_dir):
    folder = shared_dir / "data" / "slurp"
    raw = read(folder)
    table = readme_counts(folder / "README.md")
    for name, split in {"devel": "validation", "test": "test"}.items():
        found, expected = counts_of(raw.splits[split]), table[name]
        # the README counts the values of the noisy intent field; its texts are sentences, of which the tokens replace
        # eleven in test, and two of those are then the texts of other records
        assert (found[0], found[2], *found[4:]) == (expected[0], expected[2], *expected[4:])
        assert found[3] == 59 and found[1] == expected[1] - (2 if name == "test" else 0)
    assert raw.dropped == {
        DropReason.ODD_INTENT_FIELDS: 30 + 37,
        DropReason.SENTENCES_REPLACED_BY_TOKENS: 3 + 11,
    }
    assert {u.domain for u in raw.splits["test"]} == set(available_corpora()["slurp"].domains)


def test_the_published_files_are_those_of_massive(shared_dir):
    slurp, massive = (shared_dir / "data" / name for name in ("slurp", "massive"))
    rows = [json.loads(line) for line in read_lines(massive / "en-US.jsonl.gz")]
    same_slots = 0
    for name, partition, split in (("devel", "dev", "validation"), ("test", "test", "test")):
        ids = [str(json.loads(line)["slurp_id"]) for line in read_lines(slurp / f"{name}.jsonl.gz")]
        ours = dict(zip(ids, read(slurp).splits[split], strict=True))
        ids = [row["id"] for row in rows if row["partition"] == partition]
        theirs = dict(zip(ids, read(massive).splits[split], strict=True))
        assert {key: row.intent for key, row in ours.items()} == {key: row.intent for key, row in theirs.items()}
        same_slots += sum([s[0] for s in ours[key].spans] == [s[0] for s in theirs[key].spans] for key in ids)
    assert same_slots == 5_007 - 18
