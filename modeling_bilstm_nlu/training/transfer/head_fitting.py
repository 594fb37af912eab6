"""Head fitting: fit the new heads to the frozen network before all layers train."""

import logging

import torch

from ...data.collator import JointNluCollator
from ...data.encoded import EncodedUtterances
from ...modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["fit_heads"]

logger = logging.getLogger(__name__)

_BATCH_SIZE = 128
_ROWS_OF_INTENT = 20


def fit_heads(
    model: BiLstmNluForIntentAndSlots,
    dataset: EncodedUtterances,
    *,
    from_start: bool = False,
    decay: float = 1e-2,
    max_iterations: int = 12,
    max_utterances: int = 1000,
) -> float:
    """Fit both heads (and the transitions of the CRF) to the features of the frozen network, with L-BFGS.

    The gradients of random heads would damage a pretrained network; with fitted heads this does not happen (linear
    probing before fine-tuning: Kumar et al. 2022, arXiv:2202.10054). Features are computed once.

    Args:
        model: model whose heads are changed in place; other weights do not change.
        dataset: encoded training data.
        from_start: keep the weights of the heads near to their current values instead of near to zero.
        decay: weight of the squared distance from these values, which is added to the mean loss of an utterance.
        max_iterations: largest number of iterations of L-BFGS; each uses the cached features once or twice.
        max_utterances: largest number of rows: first one of each intent, then random ones. Many intents have up to
            twice as many rows.

    Returns:
        The final loss, in nats per utterance.
    """
    number = min(2 * max_utterances, max(max_utterances, _ROWS_OF_INTENT * model.config.num_intents))
    order = _one_of_each_intent_first(dataset)[:number]
    order.sort(key=lambda i: dataset.lengths[i])  # similar lengths in a batch: less padding
    collate = JointNluCollator(model.config.pad_token_id)
    parts = []
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for start in range(0, len(order), _BATCH_SIZE):
            rows = [dataset[i] for i in order[start : start + _BATCH_SIZE]]
            batch = {name: value.to(model.device) for name, value in collate(rows).items()}
            features = model.features(batch["input_ids"])
            parts.append((len(rows) / len(order), *features, batch["intent_labels"], batch["slot_labels"]))
    heads = [model.intent_head, model.slot_head] + ([model.crf] if model.crf is not None else [])
    weights = [weight for head in heads for weight in head.parameters()]
    starts = [weight.detach().clone() if from_start else torch.zeros_like(weight) for weight in weights]
    optimizer = torch.optim.LBFGS(weights, max_iter=max_iterations, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        moved = [((weight - start) ** 2).sum() for weight, start in zip(weights, starts, strict=True)]
        value = decay * torch.stack(moved).sum()
        for share, pooled, slot_states, intent_labels, slot_labels in parts:
            value = value + share * model.joint_loss(
                model.intent_head(pooled), model.slot_head(slot_states), intent_labels, slot_labels
            )
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
        reached = float(loss().detach())
    model.zero_grad()
    model.train(was_training)
    logger.info("heads fitted to %d utterances: loss %.3f", len(order), reached)
    return reached


def _one_of_each_intent_first(dataset: EncodedUtterances) -> list[int]:
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(0)).tolist()
    firsts = {int(dataset.intents[i]): i for i in reversed(order)}
    taken = set(firsts.values())
    return [*taken, *(i for i in order if i not in taken)]
