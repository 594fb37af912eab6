"""JointNluCollator: rows of unlike lengths become one batch, padding is told from content."""

import pytest
import torch

from modeling_bilstm_nlu.data.collator import JointNluCollator
from modeling_bilstm_nlu.labels_bilstm_nlu import IGNORED

ROWS = [
    {"input_ids": [5, 300, 7], "intent_labels": 1, "slot_labels": [0, 2], "length": 2},
    {"input_ids": [9], "intent_labels": IGNORED, "slot_labels": [1], "length": 1},
    {"input_ids": [8, 8], "intent_labels": 0, "slot_labels": [IGNORED, IGNORED], "length": 2},
]


def test_pads_to_the_longest_row():
    batch = JointNluCollator()(ROWS)
    assert set(batch) == {"input_ids", "intent_labels", "slot_labels"}
    assert batch["input_ids"].tolist() == [[5, 300, 7], [9, 0, 0], [8, 8, 0]]
    assert batch["intent_labels"].tolist() == [1, IGNORED, 0]
    assert batch["slot_labels"].tolist() == [[0, 2], [1, IGNORED], [IGNORED, IGNORED]]
    assert {tensor.dtype for tensor in batch.values()} == {torch.long}


def test_takes_tensors_as_well_as_lists():
    rows = [
        {
            "input_ids": torch.tensor(row["input_ids"], dtype=torch.int16),
            "intent_labels": torch.tensor(row["intent_labels"]),
            "slot_labels": torch.tensor(row["slot_labels"], dtype=torch.int16),
        }
        for row in ROWS
    ]
    expected = JointNluCollator()(ROWS)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in JointNluCollator()(rows).items())


@pytest.mark.parametrize("row", ROWS)
def test_a_row_alone_is_not_padded(row):
    batch = JointNluCollator()([row])
    assert {name: tensor[0].tolist() for name, tensor in batch.items()} == {name: row[name] for name in batch}


def test_pads_with_what_it_is_told():
    batch = JointNluCollator(pad_token_id=513, ignored=-1)(ROWS)
    assert batch["input_ids"][1].tolist() == [9, 513, 513] and batch["slot_labels"][1].tolist() == [1, -1]
