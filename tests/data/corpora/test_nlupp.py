"""NLU++: several intents to an utterance, folds instead of splits."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json
from modeling_bilstm_nlu.data import available_corpora, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[2] / "samples" / "nlupp_tiny"


def frames(rows):
    return {u.text: (u.intent, [(slot_type, u.text[a:b]) for slot_type, a, b in u.spans]) for u in rows}


def test_the_tiny_folder():
    raw = read(TINY)
    assert frames(raw.splits["train"]) == {
        "Yes, move 30 pounds to Mimi": ("affirm+transfer", [("amount", "30 pounds"), ("person", "Mimi")]),
        "No": ("deny", []),
        "Mimi Miller": (None, [("person", "Mimi Miller")]),
        "A room only today": ("room", [("date_period", "only today")]),
        "Yes": ("affirm", []),
    }
    assert [u.intent for u in raw.splits["test"]] == ["transfer", None, "room", "deny+room"]
    assert [u.domain for u in raw.splits["train"]] == ["banking"] * 3 + ["hotels"] * 2
    assert raw.dropped == {
        DropReason.KEPT_WITHOUT_AN_INTENT: 2,
        DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE: 1,
    }
    assert (raw.name, raw.info.licence) == ("nlupp", "cc-by-4.0")


def test_intents():
    raw = read(TINY, intents_policy="single")
    assert [u.intent for u in raw.splits["train"]] == ["deny", None, "room", "affirm"]
    assert raw.dropped[DropReason.UTTERANCES_WITH_SEVERAL_INTENTS] == 2
    raw = read(TINY, intents_policy="none")
    assert {u.intent for u in raw.splits["train"]} == {None} and raw.dropped == {
        DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE: 1
    }
    with pytest.raises(DataError, match="intents_policy='first'"):
        read(TINY, intents_policy="first")


def test_folds():
    sizes = {split: len(rows) for split, rows in read(TINY, train_folds=[19], test_folds=[18, 0]).splits.items()}
    assert sizes == {"train": 2, "test": 7}
    assert {split: len(rows) for split, rows in read(TINY, test_folds=()).splits.items()} == {"train": 9}
    assert list(read(TINY / "hotels" / "fold19.json").splits) == ["train"]
    assert {u.domain for u in read(TINY / "hotels").splits["test"]} == {"hotels"}
    with pytest.raises(DataError, match=r"banking.*\[3\]"):
        read(TINY, test_folds=[3, 18])
    with pytest.raises(DataError, match=r"\[18\].*train_folds.*test_folds"):
        read(TINY, train_folds=[0, 18])
    with pytest.raises(DataError, match="test_folds='18'"):
        read(TINY, test_folds="18")


def test_what_is_recognised(tmp_path):
    assert {format_for(path).name for path in (TINY, TINY / "hotels", TINY / "hotels" / "fold0.json")} == {"nlupp"}
    (tmp_path / "fold0.json").write_text("[]")
    recognises = format_for(TINY, "nlupp").sniff
    assert not any(map(recognises, (TINY.parent, tmp_path, tmp_path / "fold0.json")))
    with pytest.raises(DataError, match="banking/fold0.json"):
        read(TINY.parent, "nlupp")
    shutil.copytree(TINY, tmp_path / "nlupp")
    (tmp_path / "nlupp" / "hotels" / "fold0.json.gz").write_bytes(gzip.compress(b"[]"))
    with pytest.raises(DataError, match="fold0.json.*fold0.json.gz"):
        read(tmp_path / "nlupp")


SLOT = {"text": "tea", "span": [5, 8]}


@pytest.mark.parametrize(
    "record, message",
    [
        (None, "'text'"),
        ({"text": ["tea"]}, "'text'"),
        ({"text": " "}, "blank"),
        ({"text": "make tea", "intents": "make"}, "intents 'make'"),
        ({"text": "make tea", "intents": ["make", ""]}, "intents.*'make', ''"),
        ({"text": "make tea", "slots": []}, "'slots'"),
        ({"text": "make tea", "slots": {"drink": None}}, "'span'"),
        ({"text": "make tea", "slots": {"drink": {"span": [5]}}}, "'span'"),
        ({"text": "make tea", "slots": {"drink": {"span": [5, True]}}}, "'span'"),
        ({"text": "make tea", "slots": {"drink": {"span": [5, 10**30]}}}, "5.*1000"),
        ({"text": "make tea", "slots": {"drink": SLOT | {"text": "coffee"}}}, "'coffee'.*'make tea'"),
        ({"text": "make tea", "slots": {"": SLOT}}, "type"),
    ],
)
def test_broken_records_name_file_and_record(tmp_path, record, message):
    path = tmp_path / "fold0.json"
    path.write_text(json.dumps([{"text": "make tea", "slots": {"drink": SLOT}}, record]))
    with pytest.raises(DataError, match=f"fold0.json.*record 2.*{message}"):
        read(path, on_error="raise")
    assert read(path, on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1
    path.write_text('{"text": "make tea"}')
    with pytest.raises(DataError, match="fold0.json"):
        read(path, on_error="raise")


@pytest.mark.parametrize("domain", ["banking", "hotels"])
def test_the_published_folds(shared_dir, domain):
    folder = shared_dir / "data" / "nlupp"
    expected = readme_counts(folder / "README.md")[domain]
    raw = read(folder, domains=domain, test_folds=[])
    found = counts_of(raw.splits["train"])
    overlaps = raw.dropped.get(DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE, 0)
    assert (*found[:3], found[4]) == (*expected[:3], expected[4])
    assert found[5] == expected[5] - overlaps and overlaps == (2 if domain == "hotels" else 0)
    intents = {intent for u in raw.splits["train"] if u.intent for intent in u.intent.split("+")}
    assert len(intents) == expected[3]
    assert raw.dropped[DropReason.KEPT_WITHOUT_AN_INTENT] == {"banking": 88, "hotels": 274}[domain]


def test_the_published_splits(shared_dir):
    folder = shared_dir / "data" / "nlupp"
    raw = read(folder)
    assert {split: counts_of(rows) for split, rows in raw.splits.items()} == {
        "train": (2_778, 2_736, 2, 953, 17, 1_815),
        "test": (302, 302, 2, 202, 17, 170),
    }
    raw = read(folder, intents_policy="single")
    assert {split: len(rows) for split, rows in raw.splits.items()} == {"train": 964, "test": 104}
    assert raw.dropped[DropReason.UTTERANCES_WITH_SEVERAL_INTENTS] == 1_438 + 574
    assert set(read_json(folder / "ontology.json.gz")["slots"]) == {
        s.slot_type for u in raw.splits["train"] for s in u.spans
    }
    assert {u.domain for u in raw.splits["test"]} == set(available_corpora()["nlupp"].domains)


def test_a_published_domain_by_its_name(shared_dir):
    domain = load_domain("nlupp/hotels", data_dir=shared_dir / "data", intents_policy="none")
    assert domain.splits.num_rows == {"train": 911, "test": 98} and domain.spec.intents == ("none",)
