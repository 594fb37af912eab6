"""EncodedUtterances: the rows of the dataset it was made of, whatever was done to that before."""

from collections.abc import Callable

import pytest
import torch
from datasets import Dataset, concatenate_datasets
from toy_domain import toy_domain

from modeling_bilstm_nlu.data import Utterance, to_dataset
from modeling_bilstm_nlu.data.encoded import EncodedUtterances
from modeling_bilstm_nlu.data.encoding import encode_dataset, encode_utterances
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer


def encode(dataset: Dataset) -> Dataset:
    return encode_dataset(dataset, build_tokenizer(), ("light", "play"), ("room", "song"))


@pytest.fixture(scope="module")
def encoded() -> Dataset:
    partial = to_dataset([Utterance("stop", None, ()), Utterance("play it again", "play", None)])
    return encode(concatenate_datasets([toy_domain(num_train=12).splits["train"], partial]))


CHANGES: dict[str, Callable[[Dataset], Dataset]] = {
    "as it is": lambda data: data,
    "a range": lambda data: data.select(range(3, 9)),
    "picked rows": lambda data: data.select([13, 0, 5, 5, 12]),
    "shuffled": lambda data: data.shuffle(seed=1),
    "joined": lambda data: concatenate_datasets([data, data]),
    "picked and joined": lambda data: concatenate_datasets([data.select([4, 13]), data.select([12, 1, 2])]),
    "joined and picked": lambda data: concatenate_datasets([data, data]).select([20, 3, 27, 0]),
    "one row": lambda data: data.select([7]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_rows_are_those_of_the_dataset(encoded, change):
    dataset = change(encoded)
    rows = EncodedUtterances(dataset)
    assert len(rows) == len(dataset) and rows.lengths == [int(length) for length in dataset["length"]]
    for i, expected in enumerate(dataset):
        row = rows[i]
        assert set(row) == {"input_ids", "intent_labels", "slot_labels"}
        for name, value in row.items():
            assert torch.equal(value.long(), expected[name].long()), (i, name)
        assert len(row["slot_labels"]) == rows.lengths[i]


def test_a_row_past_the_end_ends_a_loop(encoded):
    rows = EncodedUtterances(encoded.select(range(3)))
    with pytest.raises(IndexError):
        rows[3]
    assert len(list(rows)) == 3


def test_variants_are_encoded_as_rows_of_a_dataset_are():
    domain = toy_domain(num_train=6)
    dataset, utterances = domain.splits["train"], domain.utterances("train")
    varied = [Utterance("stop", None, None), *utterances[1:], *utterances[:5], Utterance("play it again", "play", ())]
    expected = EncodedUtterances(encode(concatenate_datasets([dataset, to_dataset(varied)])), len(dataset))
    columns = encode_utterances(varied, build_tokenizer(), ("light", "play"), ("room", "song"))
    rows = EncodedUtterances(encode(dataset)).with_variants(columns)
    assert (len(rows), rows.num_variants) == (len(expected), expected.num_variants) == (6, 3)
    assert rows.all_lengths == expected.all_lengths and rows.lengths == expected.lengths
    for i in range(18):
        for name, value in rows[i].items():
            assert torch.equal(value, expected[i][name]), (i, name)
