"""Label-name warm start: initialise the heads of new labels from a checkpoint's heads of labels with similar names.

A checkpoint that was trained on dates, cities and songs has weights that find them. A new slot type `departure_date`
starts from the weights of the labels with the most similar names (compare the label embeddings of Ma et al. 2016,
https://aclanthology.org/C16-1017), so it needs fewer training utterances.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ...data.domains import Domain
from ...data.label_names import name_words
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["LabelWarmStart", "warm_start_labels"]

_LEAST_LIKE = 0.5  # labels with a lower cosine of names are not used
_WORTH = 25  # number of utterances that say as much about a label as its name
_SHARPNESS = 0.05  # a label whose cosine is lower by this number has an e times smaller weight


@dataclass(frozen=True)
class LabelWarmStart:
    """Weights for the heads of new labels; zero for labels without a similar known label.

    Attributes:
        weights: parameter name in the model -> its value.
        num_labels: number of new labels that are similar to a known label.
    """

    weights: dict[str, Tensor]
    num_labels: int

    @torch.no_grad()
    def copy_to(self, model: BiLstmNluForIntentAndSlots) -> None:
        """Copy these weights into the heads of a model with the new labels."""
        for name, weight in self.weights.items():
            model.get_parameter(name).copy_(weight)


@torch.no_grad()
def warm_start_labels(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    domain: Domain,
) -> LabelWarmStart:
    """Compute head weights for new labels from a checkpoint's heads of labels with similar names.

    The vector of a name is the mean of the vectors of its words. A label gets the weighted mean of the most similar
    labels, scaled down if they are less similar, or if the label has many training utterances. Weights of tags are
    relative to those of `O`, so a tag of a slot type without a similar type is as likely as `O` before training.

    Args:
        model: the checkpoint, with the heads and the word vectors that it was saved with.
        tokenizer: tokenizer of the checkpoint.
        domain: domain with the new labels and a train split.
    """
    config, (intents, slot_types) = model.config, (domain.spec.intents, domain.spec.slot_types)
    num_utterances = _num_utterances(domain)
    of_intents, of_types = (  # (new, old)
        _likeness(model, tokenizer, names, known) * _shrinkage(counts, names).to(model.device)
        for names, known, counts in (
            (intents, config.intents, num_utterances[0]),
            (slot_types, config.slot_types, num_utterances[1]),
        )
    )
    head = model.intent_head
    weights = {"intent_head.weight": of_intents @ head.weight, "intent_head.bias": of_intents @ head.bias}
    of_tags = _of_tags(of_types)
    scores = {f"slot_head.{name}": weight for name, weight in model.slot_head.named_parameters()}
    if model.crf is not None:
        scores |= {"crf.start": model.crf.start, "crf.end": model.crf.end}
        weights["crf.transitions"] = _steps(model.crf.transitions - model.crf.transitions[0, 0], of_types)
    weights |= {name: of_tags @ (weight - weight[0]) for name, weight in scores.items()}
    num_labels = sum(int((rows.sum(1) > 0).sum()) for rows in (of_intents, of_types))
    return LabelWarmStart(weights, num_labels)


def _num_utterances(domain: Domain) -> tuple[Counter[str], Counter[str]]:
    """Count the training utterances of each intent and of each slot type."""
    utterances = domain.utterances("train")
    intents = Counter(row.intent for row in utterances if row.intent is not None)
    return intents, Counter(name for row in utterances for name in {span.slot_type for span in row.spans or ()})


def _shrinkage(counts: Counter[str], labels: Sequence[str]) -> Tensor:
    """Return (labels, 1): the shrinkage of the warm start, smaller for labels with more training utterances."""
    return torch.tensor([_WORTH / (_WORTH + counts[label]) for label in labels])[:, None]


def _likeness(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, names: Sequence[str], known: Sequence[str]
) -> Tensor:
    """Return (names, known): the weight of each known label for each new one; the sum of a row is at most 1."""
    if not names or not known:
        return torch.zeros(len(names), len(known), device=model.device)
    new, old = (_meanings(model, tokenizer, labels) for labels in (names, known))
    cosines = new @ old.T
    most = cosines.amax(1, keepdim=True)
    shares = ((cosines - most) / _SHARPNESS).exp().masked_fill(cosines < _LEAST_LIKE, 0)
    shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-9)
    return shares * ((most - _LEAST_LIKE) / (1 - _LEAST_LIKE)).clamp(0, 1)


def _meanings(model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, labels: Sequence[str]) -> Tensor:
    """Return (labels, size): the normalised mean vector of each name's words; zero for a name without letters."""
    # in a mixture, the name of a label begins with its family: `sgd.city`
    texts = [name_words(label.rpartition(".")[2]) for label in labels]
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(model.device)
    was_training = model.training
    encoded = model.eval().encoder(**batch)
    model.train(was_training)
    mask = encoded.word_mask[..., None]
    return torch.nn.functional.normalize((encoded.word_vectors * mask).sum(1), dim=-1)


def _of_tags(of_types: Tensor) -> Tensor:
    """Return (tags, known tags) in the order of `tags_for`: `B` from `B`, `I` from `I`, `O` from `O`."""
    num_new, num_old = of_types.shape
    shares = of_types.new_zeros(1 + 2 * num_new, 1 + 2 * num_old)
    shares[1::2, 1::2] = shares[2::2, 2::2] = of_types
    shares[0, 0] = 1
    return shares


def _steps(transitions: Tensor, of_types: Tensor) -> Tensor:
    """Return (tags, tags) transitions: between two types, the mean over pairs of known types; within a type, over
    each known type by itself."""
    of_tags = _of_tags(of_types)
    steps = of_tags @ transitions @ of_tags.T
    num_new, num_old = of_types.shape
    known = transitions[1:, 1:].unflatten(1, (num_old, 2)).unflatten(0, (num_old, 2)).diagonal(dim1=0, dim2=2)
    new = steps[1:, 1:].unflatten(1, (num_new, 2)).unflatten(0, (num_new, 2)).diagonal(dim1=0, dim2=2)
    new.copy_(known @ of_types.T)  # (2, 2, types)
    return steps
