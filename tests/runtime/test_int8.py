"""Weights in int8: nearly the numbers of torch, and the same numbers with all instructions."""

from pathlib import Path

import pytest
import torch
from tiny_models import CONFIGS, TEXTS, computed, save

from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import Kernel
from bilstm_nlu.runtime.outputs import NetOutput
from bilstm_nlu.runtime.packed_file import read_checkpoint


@pytest.mark.parametrize("name", CONFIGS)
def test_int8_is_near_torch_and_the_same_with_all_instructions(name: str, kernel: Kernel, tmp_path: Path):
    model = save(name, tmp_path)
    checkpoint = read_checkpoint(tmp_path)
    first: list[NetOutput] = []
    for instructions in kernel.instructions():
        net = KernelNet(checkpoint, kernel, weights="int8", instructions=instructions)
        outputs = net.run(TEXTS, with_states=True, with_slot_logits=True)
        assert [net.run([text], with_states=True, with_slot_logits=True)[0] for text in TEXTS] == outputs
        first = first or outputs
        for text, output, other in zip(TEXTS, outputs, first, strict=True):
            torch.testing.assert_close(torch.tensor(output.pooled), torch.tensor(other.pooled), rtol=0, atol=0.02)
            expected = computed(model, text)
            error = (torch.tensor(output.slot_states) - expected["slot_states"]).abs()
            assert error.mean() < 0.02 and error.max() < 0.25, (instructions, text)


def test_slots_are_those_of_an_allowed_intent(kernel: Kernel, tmp_path: Path):
    save("slots of intents", tmp_path)
    net = KernelNet(read_checkpoint(tmp_path), kernel, weights="float32")
    for output in net.run(TEXTS, allowed=[1]):  # an intent without slots
        assert set(output.tags) <= {0}
    assert any(set(output.tags) - {0} for output in net.run(TEXTS))
