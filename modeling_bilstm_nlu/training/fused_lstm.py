"""Bidirectional LSTMs in one call of the kernel: the same numbers as torch's, in a third of the time of a step.

What does not depend on the word before is a large matrix product, for all words together and without padding. The rest
is computed by the kernel of the runtime. A processor or an installation without the kernel uses torch's LSTMs.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from bilstm_nlu.runtime.native import INSTRUCTIONS, VERSION, Kernel, LstmCall, load_kernel

from ..layers_bilstm_nlu import BiLstmLayer

__all__ = ["fuse_lstms", "fused_lstms", "run_both_ways"]

_CELLS = 16  # the kernel takes multiples of this number


def fuse_lstms(model: nn.Module) -> None:
    """Let the bi-LSTM layers of a model use the kernel on a CPU, if there is a kernel; a second call does no harm."""
    if load_kernel() is None:
        return
    for layer in _layers(model):
        if layer.forward_lstm.hidden_size % _CELLS == 0:
            layer.fused = run_both_ways


@contextmanager
def fused_lstms(model: nn.Module) -> Iterator[None]:
    """Let a model use the kernel for a while (see `fuse_lstms`); then it computes as a model that was loaded."""
    before = {layer: layer.fused for layer in _layers(model)}
    fuse_lstms(model)
    try:
        yield
    finally:
        for layer in _layers(model):
            layer.fused = before.get(layer)


def _layers(model: nn.Module) -> list[BiLstmLayer]:
    return [layer for layer in model.modules() if isinstance(layer, BiLstmLayer)]


def run_both_ways(states: Tensor, lengths: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Compute both directions of an LSTM; with autocast, the large products are in bfloat16.

    Args:
        states: (batch, words, inputs) on a CPU.
        lengths: (batch,) number of words of each row.
        weights: weights of the inputs and of the states, and both biases, of the direction ahead; then those of the
            direction back.

    Returns:
        (batch, words, 2 * hidden) float32 states; 0 after the last word of a row.
    """
    is_half = torch.is_autocast_enabled("cpu")
    with torch.autocast("cpu", enabled=False):
        return _BothWays.apply(states.float(), lengths, torch.bfloat16 if is_half else torch.float32, *weights)


def _packed(lengths: Tensor, words: int) -> tuple[Tensor, Tensor]:
    """Return the places of the words in a flat batch, as torch packs them, and the number of texts in each step."""
    sizes, order = lengths.sort(descending=True, stable=True)
    steps = torch.arange(words)
    has_word = sizes > steps[:, None]  # (words, batch)
    places = (steps[:, None] + order * words)[has_word]
    active = has_word.sum(1)
    return places, active[: int(sizes[0])]


class _BothWays(torch.autograd.Function):
    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, states: Tensor, lengths: Tensor, precision: torch.dtype, *weights: Tensor
    ) -> Tensor:
        batch, words, _ = states.shape
        places, active = _packed(lengths, words)
        hidden, of_states = weights[1].shape[1], [weights[1].contiguous(), weights[5].contiguous()]
        flat = states.reshape(batch * words, -1).index_select(0, places).to(precision)
        of_inputs = [weights[0].to(precision), weights[4].to(precision)]
        gates = weights[0].new_empty(2, len(flat), 4 * hidden)
        for direction, bias in enumerate((weights[2] + weights[3], weights[6] + weights[7])):
            if precision == gates.dtype:
                torch.addmm(bias, flat, of_inputs[direction].T, out=gates[direction])
            else:
                torch.add(flat @ of_inputs[direction].T, bias, out=gates[direction])
        outputs, memory = gates.new_empty(2, len(flat), 2 * hidden)
        if len(flat):
            _call(active, of_states, gates, outputs, memory)
        ctx.save_for_backward(places, active, flat, gates, outputs, memory, *of_inputs, *of_states)
        return outputs.new_zeros(batch * words, 2 * hidden).index_copy_(0, places, outputs).view(batch, words, -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        places, active, flat, gates, outputs, memory, *weights = ctx.saved_tensors
        batch, words, hidden = *gradient.shape[:2], outputs.shape[1] // 2
        of_outputs = gradient.reshape(batch * words, -1).index_select(0, places)
        gates, before = gates.clone(), torch.empty_like(outputs)  # a second way back needs the gates again
        if len(flat):
            _call(active, weights[2:], gates, outputs, memory, of_outputs, before)
        needed, found = ctx.needs_input_grad[3:], list[Tensor | None]()
        own, before = gates.to(flat.dtype), before.to(flat.dtype)
        for direction in (0, 1):
            in_turn, part = own[direction].T, before[:, direction * hidden : (direction + 1) * hidden]
            for is_needed, inputs in zip(needed[4 * direction :], (flat, part), strict=False):
                found.append((in_turn @ inputs).float() if is_needed else None)
            bias = gates[direction].sum(0)
            found += [bias if is_needed else None for is_needed in needed[4 * direction + 2 : 4 * direction + 4]]
        of_states = None
        if ctx.needs_input_grad[0]:
            summed = torch.addmm(own[0] @ weights[0], own[1], weights[1]).float()
            of_states = summed.new_zeros(batch * words, flat.shape[1]).index_copy_(0, places, summed)
            of_states = of_states.view(batch, words, -1)
        return of_states, None, None, *found


def _call(
    active: Tensor,
    weights: Sequence[Tensor],
    gates: Tensor,
    states: Tensor,
    memory: Tensor,
    state_gradients: Tensor | None = None,
    before: Tensor | None = None,
) -> None:
    """Run the kernel on packed words: forward, or with gradients backward; see `kernel/training.c`."""
    kernel = load_kernel()
    assert isinstance(kernel, Kernel)
    call = LstmCall(
        version=VERSION,
        instructions=INSTRUCTIONS[kernel.instructions()[0]],
        hidden=states.shape[1] // 2,
        num_steps=len(active),
        active=active.data_ptr(),
        weights=(weights[0].data_ptr(), weights[1].data_ptr()),
        gates=(gates[0].data_ptr(), gates[1].data_ptr()),
        states=states.data_ptr(),
        memory=memory.data_ptr(),
        state_gradients=None if state_gradients is None else state_gradients.data_ptr(),
        before=None if before is None else before.data_ptr(),
    )
    address, is_backward = ctypes.addressof(call), int(before is not None)
    size = kernel.lstm(address, is_backward, None, 0)
    workspace = torch.empty(max(size, 0), dtype=torch.uint8)
    result = kernel.lstm(address, is_backward, workspace.data_ptr(), size) if size > 0 else size
    if result:
        raise RuntimeError(f"the kernel cannot compute this LSTM: error {result}")
