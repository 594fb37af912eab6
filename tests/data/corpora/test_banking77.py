"""BANKING77: line breaks inside quotes, no slots, and the same from the hub."""

from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, Features, Value
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json
from modeling_bilstm_nlu.data import Utterance, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[2] / "samples" / "banking77_tiny"


def test_the_tiny_folder():
    raw = read(TINY)
    assert raw.splits["train"] == [
        Utterance("My tea card is late.", "tea_card_late", None),
        Utterance("Where is it, my tea card?", "tea_card_late", None),
        Utterance("Who drank my tea?", "stolen_tea?", None),
    ]
    assert [u.text for u in raw.splits["test"]] == ["Still no tea card"] and raw.dropped == {}
    assert (raw.name, raw.info.licence, raw.info.domains) == ("banking77", "cc-by-4.0", ())
    assert list(read(TINY / "test.csv", "banking77").splits) == ["test"]


def test_what_is_recognised(tmp_path):
    assert format_for(TINY).name == "banking77"
    recognises = format_for(TINY, "banking77").sniff
    (tmp_path / "train.csv").write_bytes((TINY / "train.csv").read_bytes())
    assert not any(map(recognises, (tmp_path, TINY.parent, TINY / "train.csv", TINY.parent / "hint3_tiny")))
    with pytest.raises(DataError, match="train.csv.*test.csv"):
        read(TINY.parent, "banking77")


@pytest.mark.parametrize(
    "row, message",
    [
        (" ,late", "blank"),
        ("Where is it?, ", "intent"),
        ("Where is it, my tea card?,late", "3 cells.*2"),
        ('"Where" is it?,late', "cells"),
    ],
)
def test_broken_rows_name_file_and_line(tmp_path, row, message):
    path = tmp_path / "train.csv"
    path.write_text(f"text,category\nhello,greet\n{row}\n")
    with pytest.raises(DataError, match=f"train.csv.*line 3.*{message}"):
        read(path, "banking77", on_error="raise")
    raw = read(path, "banking77", on_error="drop")
    assert len(raw.splits["train"]) == 1 and raw.dropped == {DropReason.BROKEN_RECORDS: 1}


def test_an_open_quote_and_another_header(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text('text,category\n"hello,greet\nbye,part\n')
    with pytest.raises(DataError, match="train.csv.*line 2.*quote"):
        read(path, "banking77")
    path.write_text("sentence,label\nhello,greet\n")
    with pytest.raises(DataError, match="line 1.*text,category.*sentence,label"):
        read(path, "banking77")


def test_the_tables_of_the_hub():
    features = Features({"text": Value("string"), "label": ClassLabel(names=["late", "stolen?"])})
    train = Dataset.from_dict({"text": ["Late  again\n", "Who?", "?"], "label": [0, 1, -1]}, features=features)
    reader = format_for(TINY, "banking77")
    raw = reader.from_hub({"train": train, "test": train.select([1])})
    assert raw.splits == {
        "train": [Utterance("Late again", "late", None), Utterance("Who?", "stolen?", None)],
        "test": [Utterance("Who?", "stolen?", None)],
    }
    assert raw.dropped == {DropReason.BROKEN_RECORDS: 1} and reader.info.hub.path == "legacy-datasets/banking77"


def test_the_published_files(shared_dir):
    folder = shared_dir / "data" / "banking77"
    raw = read(folder)
    assert {split: counts_of(rows) for split, rows in raw.splits.items()} == readme_counts(folder / "README.md")
    assert raw.dropped == {} and not any("\n" in u.text or "  " in u.text for u in raw.splits["train"])
    assert {u.intent for u in raw.splits["train"]} == set(read_json(folder / "categories.json.gz"))
