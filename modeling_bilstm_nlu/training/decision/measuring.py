"""Measure texts: what a network computes of them and a decision needs."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ...decision_bilstm_nlu import Decision
from ...format_bilstm_nlu import MAX_CHARACTERS
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["Measured", "measure"]


class Measured(NamedTuple):
    """What a network computes of texts; the arguments of `Decision.signals`, on the CPU."""

    pooled: Tensor
    intent_logits: Tensor
    scores: Tensor
    word_keys: Tensor
    tags: Tensor
    tag_costs: Tensor

    def rows(self, places: Tensor) -> "Measured":
        """The texts at these places."""
        return Measured(*(tensor[places] for tensor in self))

    @classmethod
    def joined(cls, parts: Sequence["Measured"]) -> "Measured":
        """All texts of several parts."""
        return cls(*(_joined(tensors) for tensors in zip(*parts, strict=True)))

    def best(self, fallback: int | None = None) -> Tensor:
        """The (texts,) ids of the best intents that are not the fallback intent."""
        scores = self.scores.clone()
        if fallback is not None:
            scores[:, fallback] = -torch.inf
        return scores.argmax(1)

    def signals(self, decision: Decision, fallback: int | None = None) -> Tensor:
        """The (texts, signals) of a decision."""
        return decision.signals(*self, fallback=fallback)


@torch.no_grad()
def measure(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    texts: Sequence[str],
    *,
    batch_size: int = 128,
) -> Measured:
    """Measure texts with a model; the model keeps its mode (training or evaluation).

    Args:
        model: the model.
        tokenizer: tokenizer of the model.
        texts: the texts, at least one.
        batch_size: number of texts in a batch.
    """
    was_training = model.training
    model.eval()
    encoded = tokenizer([text[:MAX_CHARACTERS] for text in texts], truncation=True)["input_ids"]
    encoded = [ids or [model.config.pad_token_id] for ids in encoded]
    order = sorted(range(len(texts)), key=lambda place: len(encoded[place]))  # for little padding
    parts = []
    for start in range(0, len(order), batch_size):
        rows = [torch.tensor(encoded[place]) for place in order[start : start + batch_size]]
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=model.config.pad_token_id)
        parts.append(
            [tensor.float().cpu() if tensor.is_floating_point() else tensor.cpu() for tensor in _read(model, ids)]
        )
    model.train(was_training)
    back = torch.tensor(order).argsort()
    return Measured(*(_joined(tensors)[back] for tensors in zip(*parts, strict=True)))


def _read(model: BiLstmNluForIntentAndSlots, ids: Tensor) -> list[Tensor]:
    output = model(ids.to(model.device), output_hidden_states=True)
    decoded = model.decode_with_costs(output.intent_logits, output.slot_logits, output.word_keys != 0)
    scores, tags, costs = decoded
    return [output.hidden_states[0], output.intent_logits, scores, output.word_keys, tags, costs]


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    """Join batches; those with fewer words are padded with 0."""
    if tensors[0].dim() < 2:
        return torch.cat(list(tensors))
    widest = max(tensor.shape[1] for tensor in tensors)
    return torch.cat([torch.nn.functional.pad(tensor, (0, widest - tensor.shape[1])) for tensor in tensors])
