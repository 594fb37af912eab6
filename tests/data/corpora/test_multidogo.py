"""MultiDoGO: labels without prefixes, sentences without an intent, and the known faults of the tables."""

import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[2] / "samples" / "multidogo_tiny"
SHOP = TINY / "sentence" / "teashop"
ORDER = "one green tea and cake please"


def found(raw, domain="teashop"):
    return [
        (u.intent, u.text, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans])
        for u in raw.splits["train"]
        if u.domain == domain and u.text != "thanks"
    ]


def test_the_tiny_corpus():
    raw = read(TINY)
    assert found(raw) == [
        ("openinggreeting", "good morning", []),
        ("orderdrink", ORDER, [("quantity", "one"), ("drink", "green tea"), ("food", "cake")]),
        (None, "kim lee", [("name", "kim lee")]),
        ("out_of_scope", "sing a song", []),
        ("orderdrink", "black tea", [("drink", "black"), ("food", "tea")]),
    ]
    assert found(raw, "bank") == [("checkbalance", "check my account", [("account", "account")])]
    assert [(u.text, u.group) for u in raw.splits["test"]] == [("bye", "teashop/d")]
    assert raw.dropped == {
        "rows broken by a line break inside a field": 2,
        "rows with another number of labels than tokens": 1,
        DropReason.UTTERANCES_WITH_SEVERAL_INTENTS: 1,
        DropReason.KEPT_WITHOUT_AN_INTENT: 1,
        DropReason.BLANK_EXAMPLES: 1,
        DropReason.INTENTS_THAT_BECAME.of("outofdomain", "out_of_scope"): 1,
    }
    assert set(raw.dropped_in) == {"teashop"}


@pytest.mark.parametrize("path", [TINY, TINY / "sentence", SHOP, SHOP / "train.tsv"])
def test_places(path):
    assert format_for(path).name == "multidogo" and found(read(path)) == found(read(TINY))


def test_policies():
    raw = read(SHOP, content_only="keep", out_of_scope="keep", several_intents="join")
    intents = {u.intent for u in raw.splits["train"]}
    assert {"contentonly", "outofdomain", "orderdrink+orderfood"} < intents
    raw = read(SHOP, content_only="drop", out_of_scope="drop", several_intents="first")
    assert [intent for intent, _, _ in found(raw)] == ["openinggreeting", "orderdrink", "orderdrink", "orderdrink"]
    for option in ("content_only", "out_of_scope", "several_intents"):
        with pytest.raises(DataError, match=option):
            read(SHOP, **{option: "no"})


def test_broken_tables(tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(SHOP, folder)
    table = folder / "train.tsv"
    text = table.read_text()
    table.write_text(text.replace("orderdrink<div>orderfood", "orderdrink<div>"))
    with pytest.raises(DataError, match=r"train\.tsv, line 5.*intent"):
        read(folder, on_error="raise")
    assert read(folder, on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1
    table.write_text(text + "a\n" * 20)
    with pytest.raises(DataError, match=r"train\.tsv"):
        read(folder)
    for content in ("", "a\tb\n"):
        table.write_text(content)
        with pytest.raises(DataError, match=r"train\.tsv"):
            read(table, "multidogo")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty"):
        read(tmp_path / "empty", "multidogo")


def test_the_public_corpus(shared_dir):
    folder = shared_dir / "data" / "multidogo"
    if not folder.is_dir():
        pytest.skip(f"no corpus at {folder}")
    raw = read(folder / "sentence" / "software")
    assert {split: len(rows) for split, rows in raw.splits.items()}["train"] > 13_400
    assert raw.dropped["rows broken by a line break inside a field"] < 30
