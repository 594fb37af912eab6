"""RESTAURANTS-8K and the DSTC8 spans: slots without intents, a start of 0 not written down, slots that overlap."""

import json
import shutil
from pathlib import Path

import pytest
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

DATA = Path(__file__).parents[2] / "samples"
RESTAURANTS, SERVICES = DATA / "restaurant8k_tiny", DATA / "dstc8_tiny"


def slots(rows):
    return {u.text: [(s.slot_type, u.text[s.start : s.end]) for s in u.spans] for u in rows}


def test_the_tiny_folders():
    raw = read(RESTAURANTS)
    assert slots(raw.splits["train"]) == {
        "6 of us in an hour": [("people", "6"), ("time", "in an hour")],
        "at 8:00 tonight please": [("time", "8:00 tonight")],
        "hello": [],
        "5": [("people", "5")],
    }
    assert slots(raw.splits["test"]) == {"Monday": [("date", "Monday")]} and raw.splits["test"][0].intent is None
    assert raw.dropped == {DropReason.SLOTS_TRIMMED: 1, DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE: 2}
    assert (raw.name, raw.info.licence) == ("restaurant8k", "cc-by-4.0")
    raw = read(SERVICES)
    assert [u.domain for u in raw.splits["train"]] == ["Boats_1"] * 2 + ["Zoos_1"] * 2
    assert slots(raw.splits["train"])["a zoo in Rome"] == [("city", "Rome")] and raw.dropped == {}
    assert (raw.name, raw.info.licence, raw.info.family) == ("dstc8_spans", "cc-by-sa-4.0", "sgd")


def test_the_ladder():
    assert len(read(RESTAURANTS, ladder=1).splits["train"]) == 2
    assert len(read(SERVICES, ladder=1).splits["train"]) == 2
    with pytest.raises(DataError, match="train_3.json.*0, 1"):
        read(RESTAURANTS, ladder=3)


def test_overlapping_slots():
    raw = read(RESTAURANTS, overlaps="drop")
    assert list(slots(raw.splits["train"])) == ["hello", "5"]
    assert raw.dropped == {DropReason.UTTERANCES_WITH_OVERLAPPING_SLOTS: 2}
    with pytest.raises(DataError, match="overlaps='both'"):
        read(RESTAURANTS, overlaps="both")


def test_one_service_and_one_file(tmp_path):
    shutil.copytree(SERVICES, tmp_path / "services")
    (tmp_path / "services" / "Zoos_1" / "train_0.json").write_text("broken")  # not even read
    assert {u.domain for u in read(tmp_path / "services", domains="Boats_1").splits["test"]} == {"Boats_1"}
    with pytest.raises(DataError, match="'Cars_1'"):
        read(SERVICES, domains="Cars_1")
    assert {u.domain for u in read(SERVICES / "Zoos_1").splits["train"]} == {"Zoos_1"}
    assert {u.domain for u in read(SERVICES / "Zoos_1" / "test.json").splits["test"]} == {"Zoos_1"}
    assert len(read(RESTAURANTS / "train_1.json").splits["train"]) == 2


def test_what_is_recognised(tmp_path):
    for path in (RESTAURANTS, RESTAURANTS / "test.json"):
        assert format_for(path).name == "restaurant8k"
    for path in (SERVICES, SERVICES / "Boats_1", SERVICES / "Boats_1" / "train_1.json"):
        assert format_for(path).name == "dstc8_spans"
    (tmp_path / "train_0.json").write_text("{}")
    for name in ("restaurant8k", "dstc8_spans"):
        recognises = format_for("", name).sniff
        assert not any(map(recognises, (tmp_path, tmp_path / "train_0.json", DATA, DATA / "sgd_tiny")))
    with pytest.raises(DataError, match="<service>/train_0.json"):
        read(DATA / "seq_tiny", "dstc8_spans")


@pytest.mark.parametrize(
    "record, message",
    [
        ("hello", "'userInput'"),
        ({"userInput": {"text": None}}, "'userInput'"),
        ({"userInput": {"text": ""}}, "blank"),
        ({"labels": None}, "'labels'"),
        ({"labels": ["time"]}, "label 1"),
        ({"labels": [{"slot": "time", "valueSpan": 3}]}, "label 1"),
        ({"labels": [{"slot": "time", "valueSpan": {"startIndex": 3}}]}, "label 1.*'startIndex'"),
        ({"labels": [{"slot": "time", "valueSpan": {"startIndex": 3, "endIndex": 99}}]}, "label 1.*'startIndex'"),
        ({"labels": [{"slot": "time", "valueSpan": {"startIndex": -2, "endIndex": 3}}]}, "label 1.*'startIndex'"),
        ({"labels": [{"slot": "time", "valueSpan": {"startIndex": 2, "endIndex": 3}}]}, "empty"),
        ({"labels": [{"slot": "", "valueSpan": {"endIndex": 2}}]}, "type"),
    ],
)
def test_broken_records_name_file_and_record(tmp_path, record, message):
    whole = {"userInput": {"text": "at nine"}} | record if isinstance(record, dict) else record
    path = tmp_path / "train_0.json"
    path.write_text(json.dumps([{"userInput": {"text": "hello"}}, whole]))
    with pytest.raises(DataError, match=message) as caught:
        read(path, on_error="raise")
    assert str(caught.value).startswith(f"{path}, record 2: ")
    assert read(path, on_error="drop").dropped == {DropReason.BROKEN_RECORDS: 1}


@pytest.mark.parametrize("content, message", [("", "JSON"), ('{"userInput": 1}', "JSON")])
def test_broken_files(tmp_path, content, message):
    (tmp_path / "train_0.json").write_text(content)
    with pytest.raises(DataError, match=message):
        read(tmp_path, "restaurant8k")
    (tmp_path / "train_0.json.gz").write_text(content)
    with pytest.raises(DataError, match="train_0.json"):
        read(tmp_path, "restaurant8k")


# --- the published files


def test_the_published_restaurants(shared_dir):
    folder = shared_dir / "data" / "restaurant8k"
    table = readme_counts(folder / "README.md")
    for step in range(9):
        raw = read(folder, ladder=step)
        expected = table[f"train_{step}"], table["test"]
        found = counts_of(raw.splits["train"]), counts_of(raw.splits["test"])
        assert [counts[:5] for counts in found] == [counts[:5] for counts in expected]
        lost = raw.dropped.get(DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE, 0)
        assert sum(counts[5] for counts in found) + lost == sum(counts[5] for counts in expected)
    raw = read(folder)
    assert raw.dropped == {DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE: 77, DropReason.SLOTS_TRIMMED: 5}
    assert len(read(folder, overlaps="drop").splits["train"]) == 8_198 - 58


def test_the_published_services(shared_dir):
    folder = shared_dir / "data" / "dstc8_spans"
    table = readme_counts(folder / "README.md")
    for step in range(6):
        raw = read(folder, ladder=step)
        assert counts_of(raw.splits["train"]) == table[f"train_{step}"]
        assert counts_of(raw.splits["test"]) == table["test"] and raw.dropped == {}
    raw = read(folder)
    for domain in raw.info.domains:
        for name, split in (("train_0", "train"), ("test", "test")):
            rows = [row for row in raw.splits[split] if row.domain == domain]
            assert counts_of(rows) == table[f"{domain}/{name}"]


def test_a_published_service_by_its_name(shared_dir):
    domain = load_domain("dstc8_spans/Homes_1", data_dir=shared_dir / "data", ladder=2)
    assert domain.splits.num_rows == {"train": 516, "test": 587} and domain.spec.intents == ("none",)
