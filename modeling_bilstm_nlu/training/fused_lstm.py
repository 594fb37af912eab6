"""Bidirectional LSTMs in one call of the kernel: the same numbers as torch's, in a third of the time of a step.

What does not depend on the word before is a large matrix product, for all words together and without padding. The rest
is computed by the kernel of the runtime. A processor or an installation without the kernel uses torch's LSTMs.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from bilstm_nlu.runtime.native import INSTRUCTIONS, VERSION, Kernel, LstmCall, load_kernel

from ..layers_bilstm_nlu import BiLstmLayer

__all__ = ["fuse_lstms", "run_both_ways"]

_CELLS = 16  # the kernel takes multiples of this number


def fuse_lstms(model: nn.Module) -> bool:
    """Let the bi-LSTM layers of a model use the kernel for float32 on a CPU; a second call does no harm.

    Returns:
        Whether there is a kernel; without one, nothing changes.
    """
    if load_kernel() is None:
        return False
    for layer in model.modules():
        if isinstance(layer, BiLstmLayer) and layer.forward_lstm.hidden_size % _CELLS == 0:
            layer.fused = run_both_ways
    return True


def run_both_ways(states: Tensor, lengths: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Compute both directions of an LSTM.

    Args:
        states: (batch, words, inputs) float32 on a CPU.
        lengths: (batch,) number of words of each row.
        weights: weights of the inputs and of the states, and both biases, of the direction ahead; then those of the
            direction back.

    Returns:
        (batch, words, 2 * hidden) states; 0 where there is no word.
    """
    return _BothWays.apply(states, lengths, *weights)


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
    def forward(ctx: Any, states: Tensor, lengths: Tensor, *weights: Tensor) -> Tensor:  # type: ignore[override]
        batch, words, _ = states.shape
        places, active = _packed(lengths, words)
        hidden = weights[1].shape[1]
        flat = states.reshape(batch * words, -1).index_select(0, places)
        gates = flat.new_empty(2, len(flat), 4 * hidden)
        for direction in (0, 1):
            of_inputs, _, *biases = weights[4 * direction : 4 * direction + 4]
            torch.addmm(biases[0] + biases[1], flat, of_inputs.T, out=gates[direction])
        outputs, memory = flat.new_empty(2, len(flat), 2 * hidden)
        of_states = [weights[1].contiguous(), weights[5].contiguous()]
        if len(flat):
            _call(active, of_states, gates, outputs, memory)
        ctx.save_for_backward(places, active, flat, gates, outputs, memory, *weights)
        return states.new_zeros(batch * words, 2 * hidden).index_copy_(0, places, outputs).view(batch, words, -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        places, active, flat, gates, outputs, memory, *weights = ctx.saved_tensors
        batch, words, _ = gradient.shape
        of_states = [weights[1].contiguous(), weights[5].contiguous()]
        of_outputs = gradient.reshape(batch * words, -1).index_select(0, places)
        gates, before = gates.clone(), torch.empty_like(outputs)  # a second way back needs the gates again
        if len(flat):
            _call(active, of_states, gates, outputs, memory, of_outputs, before)
        found: list[Tensor | None] = []
        hidden = outputs.shape[1] // 2
        for direction in (0, 1):
            own, needed = gates[direction], ctx.needs_input_grad[2 + 4 * direction : 6 + 4 * direction]
            found.append(own.T @ flat if needed[0] else None)
            found.append(own.T @ before[:, direction * hidden : (direction + 1) * hidden] if needed[1] else None)
            bias = own.sum(0) if needed[2] or needed[3] else None
            found += [bias if needed[2] else None, bias if needed[3] else None]
        of_flat = None
        if ctx.needs_input_grad[0]:
            summed = torch.addmm(gates[0] @ weights[0], gates[1], weights[4])
            of_flat = flat.new_zeros(batch * words, flat.shape[1]).index_copy_(0, places, summed)
            of_flat = of_flat.view(batch, words, -1)
        return of_flat, None, *found


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
