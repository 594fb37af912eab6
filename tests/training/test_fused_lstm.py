"""The LSTM of the kernel: the same numbers and gradients as torch's."""

import copy

import pytest
import torch

from bilstm_nlu.runtime.native import Kernel, load_kernel
from modeling_bilstm_nlu.layers_bilstm_nlu import BiLstmLayer
from modeling_bilstm_nlu.training.fused_lstm import fuse_lstms, fused_lstms, run_both_ways

pytestmark = pytest.mark.skipif(load_kernel() is None, reason="the package was installed without the kernel")

#: Inputs, cells, and the number of words of each row.
CASES = {
    "mixed lengths": (20, 16, [3, 7, 1, 7, 2]),
    "one row": (8, 32, [4]),
    "one word each": (8, 16, [1, 1, 1]),
    "a row without words": (40, 64, [2, 0, 5]),
    "more rows than a tile": (12, 48, [9, 8, 8, 7, 6, 5, 5, 4, 3, 3, 2, 1, 1]),
}


def computed(layer, states, lengths, weights):
    """States where there are words, and the gradients of the inputs and of all weights."""
    states = states.clone().requires_grad_()
    has_word = torch.arange(states.shape[1]) < lengths[:, None]
    result = layer(states, lengths) * has_word[..., None]
    (result * weights).sum().backward()
    gradients = {name: weight.grad for name, weight in layer.named_parameters()}
    return {"states": result.detach(), "inputs": states.grad * has_word[..., None], **gradients}


@pytest.mark.parametrize("case", CASES)
def test_states_and_gradients_are_those_of_torch(case):
    inputs, hidden, counts = CASES[case]
    torch.manual_seed(0)
    lengths, width = torch.tensor(counts), max(counts) + 1  # one column of padding
    layer = BiLstmLayer(inputs, hidden)
    fused = copy.deepcopy(layer)
    fuse_lstms(fused)
    assert fused.fused is run_both_ways
    states, weights = torch.randn(len(counts), width, inputs), torch.randn(len(counts), width, 2 * hidden)
    expected, found = (computed(one, states, lengths, weights) for one in (layer, fused))
    for name, value in expected.items():
        torch.testing.assert_close(
            found[name], value, rtol=1e-5, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}"
        )


@pytest.mark.parametrize("instructions", [] if load_kernel() is None else load_kernel().instructions())
def test_all_instructions_compute_the_same(instructions, monkeypatch):
    torch.manual_seed(0)
    layer, lengths = BiLstmLayer(8, 80), torch.tensor([4, 9, 1, 3, 4])
    states, weights = torch.randn(5, 9, 8), torch.randn(5, 9, 160)
    expected = computed(copy.deepcopy(layer), states, lengths, weights)
    fuse_lstms(layer)
    monkeypatch.setattr(Kernel, "instructions", lambda kernel: (instructions,))
    found = computed(layer, states, lengths, weights)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-5)


def test_gradients_are_the_slopes():
    torch.manual_seed(0)
    layer, lengths = BiLstmLayer(3, 16), torch.tensor([3, 1])
    fuse_lstms(layer)
    states, direction = torch.randn(2, 3, 3), torch.randn(2, 3, 3)
    states.requires_grad_()
    layer(states, lengths).square().sum().backward()
    step = 1e-2
    with torch.no_grad():
        up, down = (layer(states + sign * step * direction, lengths).square().sum() for sign in (1, -1))
    assert float((up - down) / (2 * step)) == pytest.approx(float((states.grad * direction).sum()), rel=1e-2)


def test_a_second_way_back_gives_the_same_gradients():
    torch.manual_seed(0)
    layer, lengths = BiLstmLayer(5, 16), torch.tensor([2, 4])
    fuse_lstms(layer)
    loss = layer(torch.randn(2, 4, 5), lengths).square().sum()
    first = torch.autograd.grad(loss, list(layer.parameters()), retain_graph=True)
    second = torch.autograd.grad(loss, list(layer.parameters()))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_other_sizes_and_other_precisions_use_torch():
    odd = BiLstmLayer(8, 20)
    fuse_lstms(odd)
    assert odd.fused is None
    layer, lengths = BiLstmLayer(8, 16).double(), torch.tensor([2, 3])
    fuse_lstms(layer)
    assert layer(torch.randn(2, 3, 8, dtype=torch.double), lengths).dtype == torch.double


def test_with_autocast_the_numbers_are_near():
    torch.manual_seed(0)
    layer, lengths = BiLstmLayer(24, 32), torch.tensor([5, 2, 4])
    fuse_lstms(layer)
    states = torch.randn(3, 5, 24)
    with torch.autocast("cpu", torch.bfloat16):
        half = layer(states, lengths)
    torch.testing.assert_close(half, layer(states, lengths), rtol=0, atol=0.02)


def test_dropout_between_states_is_drawn_by_torch():
    layer, lengths = BiLstmLayer(8, 16, recurrent_dropout=0.5), torch.tensor([6, 6])
    fuse_lstms(layer)
    states = torch.randn(2, 6, 8)
    first, second = layer.train()(states, lengths), layer(states, lengths)
    assert not torch.equal(first, second)
    assert torch.equal(first[:, 0, :16], second[:, 0, :16])  # the first word has no state before it


def test_after_a_training_a_model_computes_as_one_that_is_loaded():
    layer = BiLstmLayer(8, 16)
    with fused_lstms(layer):
        with fused_lstms(layer):
            pass
        assert layer.fused is run_both_ways
    assert layer.fused is None


@pytest.mark.parametrize("instructions", [] if load_kernel() is None else load_kernel().instructions())
@pytest.mark.parametrize("spoiled", ["states", "weight_hh_l0", "bias_ih_l0"])
def test_what_is_not_a_number_is_not_hidden(spoiled, instructions, monkeypatch):
    layer, states = BiLstmLayer(8, 16), torch.randn(2, 3, 8)
    fuse_lstms(layer)
    monkeypatch.setattr(Kernel, "instructions", lambda kernel: (instructions,))
    with torch.no_grad():
        target = states if spoiled == "states" else layer.forward_lstm.get_parameter(spoiled)
        target.view(-1)[0] = float("nan")
        found = layer(states, torch.tensor([3, 2]))
    assert found[0].isnan().any()
