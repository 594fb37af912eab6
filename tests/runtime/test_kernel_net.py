"""The kernel gives the numbers of torch, for every kind of network, with all instructions of this processor."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from tiny_models import CONFIGS, TEXTS, computed, save

from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import Kernel
from bilstm_nlu.runtime.packed_file import read_checkpoint


def close(found: list, expected: torch.Tensor, tolerance: float) -> None:
    torch.testing.assert_close(torch.tensor(found), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", CONFIGS)
def test_numbers_are_those_of_torch(name: str, kernel: Kernel, tmp_path: Path):
    model = save(name, tmp_path)
    checkpoint = read_checkpoint(tmp_path)
    expected = [computed(model, text) for text in TEXTS]
    for instructions in kernel.instructions():
        net = KernelNet(checkpoint, kernel, weights="float32", instructions=instructions)
        outputs = net.run(TEXTS, with_states=True, with_slot_logits=True)
        for text, output, wanted in zip(TEXTS, outputs, expected, strict=True):
            assert output.tags == wanted["tags"], (instructions, text)
            for field in ("scores", "pooled", "slot_states", "slot_logits"):
                close(getattr(output, field), wanted[field], 1e-4)
            assert output.decision == pytest.approx(wanted["decision"], abs=1e-4)
            assert net.run([text], with_states=True, with_slot_logits=True) == [output], "alone as in a batch"


def test_remembered_words_change_nothing(kernel: Kernel, tmp_path: Path):
    save("packed", tmp_path)
    checkpoint = read_checkpoint(tmp_path)
    words = [f"w{number}" for number in range(1500)]  # more than are remembered
    texts = [" ".join(words[start : start + 7]) for start in range(0, len(words), 7)]
    for weights in ("float16", "int8"):
        net = KernelNet(checkpoint, kernel, weights=weights)
        first = [net.run([text], with_states=True) for text in texts]
        assert [net.run([text], with_states=True) for text in texts] == first
        assert net.run(texts, with_states=True) == [output for outputs in first for output in outputs]
        fresh = KernelNet(checkpoint, kernel, weights=weights)
        assert [fresh.run([text], with_states=True) for text in reversed(texts)] == first[::-1]


def test_threads_can_share_a_net(kernel: Kernel, tmp_path: Path):
    save("catalogs", tmp_path)
    net = KernelNet(read_checkpoint(tmp_path), kernel)
    expected = [net.run([text]) for text in TEXTS]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: [net.run([text]) for text in TEXTS], range(40)))
    assert all(outputs == expected for outputs in found)
