"""Measure the steps of pretraining: words per second with LSTMs of the kernel and of torch; the products alone."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from statistics import median
from typing import Any

import torch
from torch import Tensor

from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.layers_bilstm_nlu import BiLstmLayer
from modeling_bilstm_nlu.modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training.arguments import NluTrainingArguments
from modeling_bilstm_nlu.training.fused_lstm import fuse_lstms, run_both_ways
from modeling_bilstm_nlu.training.precision import prefers_bf16
from modeling_bilstm_nlu.training.weight_groups import weight_groups

from .timing import machine

__all__ = ["measure_pretraining", "products_of"]

#: Slot types of a corpus, whose tags the slot loss of a batch is computed over.
_SLOT_TYPES = 20
_SIDE = 1024  # of the matrices whose product is the limit of the machine


def products_of(model: BiLstmNluForIntentAndSlots) -> int:
    """Return the floating point operations of a step for each word: the products of all LSTMs, there and back."""
    layers = [layer for layer in model.modules() if isinstance(layer, BiLstmLayer)]
    sizes = [(layer.forward_lstm.input_size, layer.forward_lstm.hidden_size) for layer in layers]
    # two directions, four gates, a multiplication and an addition, and twice as much on the way back
    return sum(2 * 4 * hidden * (inputs + hidden) * 2 * 3 for inputs, hidden in sizes)


def measure_pretraining(texts: Sequence[str], *, batch_size: int = 64, rounds: int = 15) -> dict[str, Any]:
    """Train the embedded checkpoint on batches of texts, in turn with the LSTMs of torch and of the kernel.

    The labels are random: the time of a step does not depend on them.

    Args:
        texts: texts to make batches of; they are sorted by length, as the sampler does.
        batch_size: texts in a batch.
        rounds: number of steps of each kind.

    Returns:
        For float32, and for bfloat16 if this machine trains in it: `words_per_second` (of the CPU), that of torch's
        LSTMs and their ratio, and the share of the rate of one large product that all products of the LSTMs reach.
        `precision` is the one that this machine trains in.
    """
    batches = _batches(texts, batch_size)
    best = "bfloat16" if prefers_bf16() else "float32"
    kinds = dict.fromkeys(("float32", best))
    found: dict[str, Any] = {name: _measured(batches, name == "bfloat16", rounds) for name in kinds}
    return {**found[best], **found, "precision": best, "batch_size": batch_size, "machine": machine()}


def _measured(batches: Sequence[dict[str, Tensor]], half: bool, rounds: int) -> dict[str, float]:
    """Train in one precision, in turn with the LSTMs of torch and of the kernel."""
    model = load_checkpoint(DEFAULT_BASE)[0]
    model.train()
    fuse_lstms(model)
    args = NluTrainingArguments(output_dir=None, use_cpu=True, bf16=False)
    optimizer = torch.optim.AdamW(weight_groups(model, args), lr=1e-4, fused=True)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    rates, words = [], []
    for number in range(rounds + 1):
        batch = batches[number % len(batches)]
        for is_fused in seconds:
            _use(model, is_fused)
            took = _step(model, optimizer, batch, half=half, max_norm=args.max_grad_norm)
            if number:  # the first round warms up
                seconds[is_fused].append(took)
        if number:
            words.append(int((batch["slot_labels"] >= 0).sum()))
            rates.append(_product_rate(half))
    per_second = {
        kind: median(n / took for n, took in zip(words, times, strict=True)) for kind, times in seconds.items()
    }
    ratio = median(old / new for old, new in zip(seconds[False], seconds[True], strict=True))
    rate = median(rates)
    return {
        "words_per_second": round(per_second[True]),
        "words_per_second_of_torch": round(per_second[False]),
        "ratio": round(ratio, 2),
        "share_of_product": round(per_second[True] * products_of(model) / rate, 3),
        "share_of_product_of_torch": round(per_second[False] * products_of(model) / rate, 3),
        "product_gflops": round(rate / 1e9, 1),
    }


def _batches(texts: Sequence[str], batch_size: int) -> list[dict[str, Tensor]]:
    tokenizer = build_tokenizer()
    generator = torch.Generator().manual_seed(0)
    ordered = sorted(texts, key=len)
    batches = []
    for start in range(0, len(ordered) - batch_size + 1, batch_size):
        encoded = tokenizer(ordered[start : start + batch_size], padding=True, return_tensors="pt")
        counts = [len({word for word in encoded.word_ids(row) if word is not None}) for row in range(batch_size)]
        labels = torch.where(torch.arange(max(counts)) < torch.tensor(counts)[:, None], 0, -100)
        intents = torch.randint(50, (batch_size,), generator=generator)
        batches.append({"input_ids": encoded["input_ids"], "intent_labels": intents, "slot_labels": labels})
    order = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[place] for place in order]


def _use(model: BiLstmNluForIntentAndSlots, is_fused: bool) -> None:
    for layer in model.modules():
        if isinstance(layer, BiLstmLayer):
            layer.fused = run_both_ways if is_fused else None


def _step(
    model: BiLstmNluForIntentAndSlots,
    optimizer: torch.optim.Optimizer,
    batch: dict[str, Tensor],
    *,
    half: bool,
    max_norm: float,
) -> float:
    """Make a step, and return its CPU seconds."""
    tags = torch.arange(2 * _SLOT_TYPES + 1)
    started = time.process_time()
    with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
        loss = model(**batch, tag_subset=tags).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    optimizer.zero_grad()
    return time.process_time() - started


def _product_rate(half: bool) -> float:
    """Return the floating point operations per CPU second of one large matrix product."""
    kind = torch.bfloat16 if half else torch.float32
    left, right = (torch.randn(_SIDE, _SIDE).to(kind) for _ in range(2))
    started = time.process_time()
    for _ in range(3):
        left @ right
    return 3 * 2 * _SIDE**3 / (time.process_time() - started)
