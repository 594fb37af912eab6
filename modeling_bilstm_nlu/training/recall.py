"""New labels that mean something from the start: what a checkpoint's heads have learnt of labels with such names.

A checkpoint that has seen dates, cities and songs has weights that find them. A new slot type `departure_date` starts
from those of the labels that its name is most like (compare the label embeddings of Ma et al. 2016,
https://aclanthology.org/C16-1017), so that few utterances have to teach less.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ..data.label_names import name_words
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["RecalledHeads", "recall_heads"]

_LEAST_LIKE = 0.5  # cosine of names below which a label is of no help
_SHARPNESS = 0.05  # by how much of a cosine a label must be less alike to count e times less


@dataclass(frozen=True)
class RecalledHeads:
    """Weights for the heads of new labels, zero for those that are like none.

    Attributes:
        weights: parameter name in the model -> its value.
        num_labels: new labels that are like a known one.
    """

    weights: dict[str, Tensor]
    num_labels: int

    @torch.no_grad()
    def copy_to(self, model: BiLstmNluForIntentAndSlots) -> None:
        """Let the heads of a model with the new labels start from these weights."""
        for name, weight in self.weights.items():
            model.get_parameter(name).copy_(weight)


@torch.no_grad()
def recall_heads(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    intents: Sequence[str],
    slot_types: Sequence[str],
) -> RecalledHeads:
    """What the heads of a checkpoint know of labels, by the likeness of their names to those that it has.

    A name is the mean of its words' vectors. A label gets the mean of the labels that it is most like, the less of it
    the less it is like them. `O` and the steps between tags come along, for a slot type is weighed against them.

    Args:
        model: the checkpoint, with the heads and the vectors of words that it was saved with.
        tokenizer: its tokenizer.
        intents: the new ones.
        slot_types: the new ones.
    """
    config = model.config
    of_intents = _likeness(model, tokenizer, intents, config.intents)  # (new, old)
    of_types = _likeness(model, tokenizer, slot_types, config.slot_types)
    head = model.intent_head
    weights = {"intent_head.weight": of_intents @ head.weight, "intent_head.bias": of_intents @ head.bias}
    of_tags = _of_tags(of_types)
    weights |= {f"slot_head.{name}": of_tags @ weight for name, weight in model.slot_head.named_parameters()}
    if model.crf is not None:
        weights |= {f"crf.{name}": of_tags @ getattr(model.crf, name) for name in ("start", "end")}
        weights["crf.transitions"] = _steps(model.crf.transitions, of_types)
    num_labels = sum(int((rows.sum(1) > 0).sum()) for rows in (of_intents, of_types))
    return RecalledHeads(weights, num_labels)


def _likeness(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, names: Sequence[str], known: Sequence[str]
) -> Tensor:
    """(names, known): how much of each known label a new one gets; no row sums to more than 1."""
    if not names or not known:
        return torch.zeros(len(names), len(known), device=model.device)
    new, old = (_meanings(model, tokenizer, labels) for labels in (names, known))
    cosines = new @ old.T
    most = cosines.amax(1, keepdim=True)
    shares = ((cosines - most) / _SHARPNESS).exp().masked_fill(cosines < _LEAST_LIKE, 0)
    shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-9)
    return shares * ((most - _LEAST_LIKE) / (1 - _LEAST_LIKE)).clamp(0, 1)


def _meanings(model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, labels: Sequence[str]) -> Tensor:
    """(labels, size): the direction of the mean vector of each name's words; zero for a name without a letter."""
    # a mixture calls a label after the family it is of: `sgd.city`
    texts = [name_words(label.rpartition(".")[2]) for label in labels]
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(model.device)
    was_training = model.training
    encoded = model.eval().encoder(**batch)
    model.train(was_training)
    mask = encoded.word_mask[..., None]
    return torch.nn.functional.normalize((encoded.word_vectors * mask).sum(1), dim=-1)


def _of_tags(of_types: Tensor) -> Tensor:
    """(tags, known tags), in the order of `tags_for`: `B` of `B`, `I` of `I`, and `O` where any type is known."""
    num_new, num_old = of_types.shape
    shares = of_types.new_zeros(1 + 2 * num_new, 1 + 2 * num_old)
    shares[1::2, 1::2] = shares[2::2, 2::2] = of_types
    shares[0, 0] = float(of_types.sum() > 0)
    return shares


def _steps(transitions: Tensor, of_types: Tensor) -> Tensor:
    """(tags, tags): between two types the mean over pairs of the known ones, within a type over each by itself."""
    of_tags = _of_tags(of_types)
    steps = of_tags @ transitions @ of_tags.T
    num_new, num_old = of_types.shape
    known = transitions[1:, 1:].unflatten(1, (num_old, 2)).unflatten(0, (num_old, 2)).diagonal(dim1=0, dim2=2)
    new = steps[1:, 1:].unflatten(1, (num_new, 2)).unflatten(0, (num_new, 2)).diagonal(dim1=0, dim2=2)
    new.copy_(known @ of_types.T)  # (2, 2, types)
    return steps
