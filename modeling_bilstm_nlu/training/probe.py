"""Fit freshly drawn heads to the frozen network before all layers train."""

import logging

import torch

from ..data.collator import JointNluCollator
from ..data.encoded import EncodedUtterances
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["fit_heads"]

logger = logging.getLogger(__name__)


def fit_heads(
    model: BiLstmNluForIntentAndSlots,
    dataset: EncodedUtterances,
    *,
    decay: float = 1e-2,
    max_iterations: int = 50,
    max_utterances: int = 2000,
) -> float:
    """Fit both heads (and the transitions) to the features of the network as it stands, by L-BFGS.

    Random heads send random gradients through a pretrained network and distort what it knows; heads that fit it first
    keep it (linear probing before fine-tuning: Kumar et al. 2022, arXiv:2202.10054). Features are computed once.

    Args:
        model: its heads are changed in place, all else stays.
        dataset: encoded training data.
        decay: weight of the squared norm of the heads' weights, beside the mean loss of an utterance.
        max_iterations: of L-BFGS; each is one or two passes over the cached features.
        max_utterances: rows that are used, from the start.

    Returns:
        The loss reached, in nats an utterance.
    """
    rows = [dataset[i] for i in range(min(len(dataset), max_utterances))]
    batch = {name: value.to(model.device) for name, value in JointNluCollator(model.config.pad_token_id)(rows).items()}
    was_training = model.training
    model.eval()
    with torch.no_grad():
        pooled, slot_states = model.features(batch["input_ids"])
    heads = [model.intent_head, model.slot_head] + ([model.crf] if model.crf is not None else [])
    weights = [weight for head in heads for weight in head.parameters()]
    optimizer = torch.optim.LBFGS(weights, max_iter=max_iterations, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = model.joint_loss(
            model.intent_head(pooled), model.slot_head(slot_states), batch["intent_labels"], batch["slot_labels"]
        )
        value = value + decay * sum((weight**2).sum() for weight in weights)
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
        reached = float(loss().detach())
    model.zero_grad()
    model.train(was_training)
    logger.info("heads fitted to %d utterances: loss %.3f", len(rows), reached)
    return reached
