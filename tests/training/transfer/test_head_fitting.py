"""fit_heads: the heads fit the frozen features, and nothing else moves."""

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu.data.encoded import EncodedUtterances
from modeling_bilstm_nlu.data.encoding import encode_dataset
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import build_model, fit_heads


def test_fits_heads_alone():
    domain = toy_domain(num_train=40)
    model = build_model(domain, **SMALL)
    model.train()
    encoded = encode_dataset(domain.splits["train"], build_tokenizer(), domain.spec.intents, domain.spec.slot_types)
    data = EncodedUtterances(encoded)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    first = fit_heads(model, data, max_iterations=1)
    last = fit_heads(model, data, max_iterations=40)
    assert last < first / 2
    moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert {name.split(".")[0] for name in moved} == {"intent_head", "slot_head", "crf"}
    assert model.training and all(weight.grad is None for weight in model.parameters())


@pytest.mark.parametrize(("most", "rows"), [(1000, 90), (30, 40), (15, 30)])
def test_reads_a_part_of_many_rows_and_more_for_many_intents(most, rows, caplog):
    domain = toy_domain(num_train=90)
    model = build_model(domain, **SMALL)
    assert len(domain.spec.intents) == 2
    encoded = encode_dataset(domain.splits["train"], build_tokenizer(), domain.spec.intents, domain.spec.slot_types)
    with caplog.at_level("INFO"):
        fit_heads(model, EncodedUtterances(encoded), max_iterations=1, max_utterances=most)
    assert f" {rows} utterances" in caplog.text
