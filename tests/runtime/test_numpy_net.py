"""The network in NumPy gives the numbers of torch, for every kind of network."""

from pathlib import Path

import pytest
import torch
from tiny_models import CONFIGS, TEXTS, computed, save

from bilstm_nlu.runtime.numpy_net import NumpyNet
from bilstm_nlu.runtime.packed_file import read_checkpoint


@pytest.mark.parametrize("name", CONFIGS)
def test_numbers_are_those_of_torch(name: str, tmp_path: Path):
    model = save(name, tmp_path)
    found = NumpyNet(read_checkpoint(tmp_path)).run(TEXTS, with_states=True, with_slot_logits=True)
    for text, output in zip(TEXTS, found, strict=True):
        expected = computed(model, text)
        assert output.tags == expected["tags"], text
        assert output.decision == pytest.approx(expected["decision"], abs=1e-4)
        for field in ("scores", "pooled", "slot_states", "slot_logits"):
            torch.testing.assert_close(torch.tensor(getattr(output, field)), expected[field], rtol=1e-4, atol=2e-5)
