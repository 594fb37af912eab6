"""SNIPS as published: ragged white space, slots that touch, an emoji in CESU-8."""

import json
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason

TINY = Path(__file__).parents[2] / "samples" / "snips_tiny"


def values(utterance):
    return [(slot_type, utterance.text[start:end]) for slot_type, start, end in utterance.spans]


def test_the_tiny_folder():
    raw = read(TINY)
    by_text = {utterance.text: values(utterance) for utterance in raw.splits["train"]}
    assert by_text == {
        "call my mum": [("person", "mum")],
        "ring grandma please": [("person", "grandma")],
        "Feed Mimi at noon": [("pet", "Mimi"), ("time", "noon")],
        "give the old cat some tuna": [("pet", "old cat"), ("food", "tuna")],
        "give Mimi milk": [("pet", "Mimi"), ("food", "milk")],
    }
    assert [utterance.text for utterance in raw.splits["validation"]] == ["call dad", "feed Rex now"]
    assert raw.dropped == {DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD: 1}


def test_the_small_training_set_and_one_intent():
    assert [u.text for u in read(TINY, train_set="small").splits["train"]] == ["call mum", "Feed Mimi"]
    assert {u.intent for u in read(TINY / "CallMum").splits["train"]} == {"CallMum"}
    assert {u.intent for u in read(TINY, intents=["FeedCat"]).splits["validation"]} == {"FeedCat"}
    with pytest.raises(DataError, match="full, small"):
        read(TINY, train_set="huge")


def test_an_emoji_in_cesu_8(tmp_path):
    folder = tmp_path / "CallMum"
    folder.mkdir()
    content = json.dumps({"CallMum": [{"data": [{"text": "ring "}, {"text": "ä@", "entity": "person"}]}]})
    packed = content.replace("\\u00e4", "ä").encode().replace(b"@", b"\xed\xa0\xbc\xed\xbd\x95")
    (folder / "train_CallMum_full.json").write_bytes(packed)
    (utterance,) = read(tmp_path).splits["train"]
    assert values(utterance) == [("person", "ä\U0001f355")]


@pytest.mark.parametrize(
    "document, message",
    [
        ('{"CallMum": [{"data": [{"text": "call"', "JSON"),
        ('{"CallMum": {"data": []}}', "intent"),
        ('{"CallMum": [{"data": []}]}', "query 1.*blank"),
        ('{"CallMum": [{"text": "call"}]}', "query 1.*'data'"),
        ('{"CallMum": [{"data": [{"entity": "person"}]}]}', "query 1.*text"),
        ('{"CallMum": [{"data": [{"text": "call "}, {"text": " ", "entity": "person"}]}]}', "query 1.*empty"),
        ('{"CallMum": [{"data": [{"text": "call \\ud83c"}]}]}', "query 1.*surrogate"),
    ],
)
def test_broken_files_name_the_query(tmp_path, document, message):
    folder = tmp_path / "CallMum"
    folder.mkdir()
    (folder / "train_CallMum_full.json").write_text(document)
    with pytest.raises(DataError, match=message):
        read(tmp_path, on_error="raise")


def test_the_published_folders(shared_dir):
    domain = load_domain(shared_dir / "data" / "snips")
    assert domain.splits.num_rows == {"train": 13784, "validation": 700}
    assert [sum(map(len, rows["spans"])) for rows in domain.splits.values()] == [35748, 1794]
    assert (len(domain.spec.intents), len(domain.spec.slot_types)) == (7, 39)
    assert any("\U0001f355" in text for text in domain.splits["train"]["text"])
    assert all(text == " ".join(text.split()) for text in domain.splits["train"]["text"])
