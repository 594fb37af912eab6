"""Rows of a datasets repository: splits by their usual names, class numbers as names."""

import pytest
from datasets import ClassLabel, Dataset, Features, Value

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.corpora.hub_tables import hub_rows
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import RawDomain

FEATURES = Features({"text": Value("string"), "label": ClassLabel(names=["tea", "cat"]), "id": Value("int64")})


def table(labels):
    rows = range(len(labels))
    return Dataset.from_dict(
        {"text": [f"text {i}" for i in rows], "label": labels, "id": list(rows)}, features=FEATURES
    )


def test_class_numbers_become_names():
    raw = RawDomain("tea")
    tables = {"train": table([1, 0, -1, None]), "dev": table([0]), "extra": table([0, 0])}
    assert list(hub_rows(raw, tables, ("label", "text"))) == [
        ("train", "split train, row 0", ("cat", "text 0")),
        ("train", "split train, row 1", ("tea", "text 1")),
        ("train", "split train, row 2", (None, "text 2")),
        ("train", "split train, row 3", (None, "text 3")),
        ("validation", "split dev, row 0", ("tea", "text 0")),
    ]
    assert raw.dropped == {DropReason.ROWS_OF_SPLIT.of("extra"): 2}


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="'test'.*'intent'"):
        list(hub_rows(RawDomain("tea"), {"test": table([0])}, ("text", "intent")))
