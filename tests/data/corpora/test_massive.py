"""MASSIVE: inline slots, partitions to splits, scenarios in and out."""

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, Value

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[2] / "samples" / "massive_tiny.jsonl"


def test_the_tiny_file():
    raw = read(TINY)
    assert {split: len(rows) for split, rows in raw.splits.items()} == {"train": 5, "validation": 2, "test": 2}
    utterance = raw.splits["train"][3]
    assert utterance.text == "feed the cat at noon" and utterance.intent == "pets_feed"
    assert utterance.spans == (SlotSpan("pet", 9, 12), SlotSpan("time", 16, 20))


def test_domains():
    assert {u.intent for u in read(TINY, domains="pets").splits["train"]} == {"pets_feed", "pets_walk"}
    raw = read(TINY, exclude_domains=["pets"])
    assert len(raw.splits["train"]) == 3 and raw.dropped == {DropReason.DOMAINS_NOT_ASKED_FOR: 4}
    with pytest.raises(DataError, match="'wether'"):
        read(TINY, exclude_domains=["wether"])


def test_locales(tmp_path):
    (tmp_path / "en-US.jsonl").write_bytes(TINY.read_bytes())
    (tmp_path / "de-DE_test.jsonl").write_text(TINY.read_text().replace("en-US", "de-DE"))
    assert len(read(tmp_path).splits["train"]) == 5
    assert read(tmp_path, locale="de-DE").dropped == {}
    assert read(TINY, locale="de-DE").dropped == {DropReason.OTHER_LOCALES: 9}
    with pytest.raises(DataError, match="'fr-FR'"):
        read(tmp_path, locale="fr-FR")


@pytest.mark.parametrize(
    "annotated, message",
    [
        ("wake me at [time : nine", r"'\['"),
        ("wake me at time : nine]", r"'\]'"),
        ("wake me [time : [date : today]]", r"'\['"),
        ("wake me [nine]", "' : '"),
        ("wake me at [time : ]", "empty"),
        ("wake me at [ : nine]", "slot type.*''"),
        ("", "blank"),
        ("wake me at [time : ten]", "agree"),
    ],
)
def test_broken_annotations_name_file_and_line(tmp_path, annotated, message):
    row = json.loads(TINY.read_text().splitlines()[0])
    utt = {"utt": "wake me at nine"} if "ten" in annotated else {"utt": None}
    row |= {"annot_utt": annotated, **utt}
    row = {key: value for key, value in row.items() if value is not None}
    path = tmp_path / "broken.jsonl"
    path.write_text(TINY.read_text() + json.dumps(row) + "\n")
    with pytest.raises(DataError, match=message) as caught:
        read(path, on_error="raise")
    assert f"{path}, line 10" in str(caught.value)
    assert read(path, on_error="drop").dropped == {DropReason.BROKEN_RECORDS: 1}


@pytest.mark.parametrize(
    "line, message",
    [
        ('{"annot_utt": "cut', "JSON"),
        ('["annot_utt"]', "JSON"),
        ('{"annot_utt": "hi", "intent": 3, "scenario": "a", "partition": "train"}', "'intent'"),
        ('{"annot_utt": "hi", "intent": "a", "scenario": "a", "partition": "extra"}', "'extra'"),
    ],
)
def test_broken_records_name_file_and_line(tmp_path, line, message):
    path = tmp_path / "broken.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DataError, match=f"line 1.*{message}"):
        read(path)


def test_the_tables_of_the_hub():
    features = Features({"utt": Value("string"), "annot_utt": Value("string")})
    features |= {"intent": ClassLabel(names=["pets_walk", "pets_feed"]), "scenario": ClassLabel(names=["pets"])}
    rows = [
        ("feed Rex now", "feed [pet : Rex] now", 1, 0),
        ("feed Rex", "feed [pet : Mimi]", 1, 0),
        ("hm", "hm", -1, 0),
    ]
    columns = dict(zip(("utt", "annot_utt", "intent", "scenario"), zip(*rows, strict=True), strict=True))
    table = Dataset.from_dict(columns, features=Features(features))
    reader = format_for(TINY)
    raw = reader.from_hub({"train": table, "validation": table.select([0])})
    (utterance,) = raw.splits["train"]
    assert (utterance.text, utterance.intent, utterance.domain) == ("feed Rex now", "pets_feed", "pets")
    assert utterance.spans == (SlotSpan("pet", 5, 8),) and raw.splits["validation"] == [utterance]
    assert raw.dropped == {DropReason.BROKEN_RECORDS: 2}
    assert (reader.info.hub.revision, reader.info.hub.data_dir) == ("refs/convert/parquet", "en-US")


def test_the_published_file(shared_dir):
    domain = load_domain(shared_dir / "data" / "massive")
    assert domain.splits.num_rows == {"train": 11514, "validation": 2033, "test": 2974}
    assert {split: sum(map(len, rows["spans"])) for split, rows in domain.splits.items()} == {
        "train": 11344,
        "validation": 2012,
        "test": 2815,
    }
    assert (len(domain.spec.intents), len(domain.spec.slot_types), domain.dropped) == (60, 55, {})


def test_the_published_file_without_the_new_domains(shared_dir):
    options: dict[str, Any] = {"exclude_domains": ["weather", "alarm", "music"]}
    with pytest.raises(DataError, match="music_album.*drop_unseen=True"):
        load_domain(shared_dir / "data" / "massive" / "en-US.jsonl.gz", drop_unseen=False, **options)
    domain = load_domain(shared_dir / "data" / "massive" / "en-US.jsonl.gz", **options)
    assert domain.dropped[DropReason.UNSEEN_LABELS] == 2
    assert len(domain.spec.intents) == 52 and not any("weather" in intent for intent in domain.spec.intents)
