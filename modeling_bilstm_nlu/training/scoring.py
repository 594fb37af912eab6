"""Scores of a finished model on a split, in full precision, and whatever labels the data has."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch.utils.data import DataLoader
from transformers import EvalPrediction, PreTrainedTokenizerFast

from ..data.collator import JointNluCollator
from ..data.domains import Domain
from ..data.encoding import encode_dataset
from ..errors import DataError
from ..hub.load import load_checkpoint
from ..metrics.compute import IGNORED, make_compute_metrics
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = ["evaluate_checkpoint", "score_model"]


def score_model(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    utterances: Dataset,
    *,
    name: str = "data",
    batch_size: int = 256,
) -> dict[str, float]:
    """Every score of a model on utterances with gold labels; a label that the model does not have counts as missed.

    Args:
        model: the model; it is left in evaluation mode.
        tokenizer: its tokenizer.
        utterances: a dataset with the columns of `FEATURES`.
        name: what to call the data in messages.
        batch_size: utterances at a time.

    Returns:
        The dict of `score_frames`.
    """
    intents = _extended(model.config.intents, set(utterances["intent"]) - {None})
    slot_types = _extended(
        model.config.slot_types, {span["slot_type"] for row in utterances["spans"] for span in row or ()}
    )
    encoded = encode_dataset(utterances, tokenizer, intents, slot_types, split=name)
    order = np.argsort(encoded["length"], kind="stable")  # like lengths together: less padding
    encoded = encoded.select(order)
    lengths = torch.as_tensor(encoded["length"][:])  # (utterances,) words
    shape = (len(encoded), int(lengths.max()))
    gold_intents = np.full(len(encoded), IGNORED)  # (utterances,)
    intent_ids = gold_intents.copy()
    gold_slots = np.full(shape, IGNORED)  # (utterances, words)
    slot_ids = gold_slots.copy()
    model.eval()
    start = 0
    collator = JointNluCollator(model.config.pad_token_id, IGNORED)
    with torch.inference_mode():
        for batch in DataLoader(encoded, batch_size=batch_size, collate_fn=collator):
            output = model(input_ids=batch["input_ids"].to(model.device))
            length = output.slot_logits.shape[1]
            end = start + len(batch["intent_labels"])
            mask = torch.arange(length) < lengths[start:end, None]
            gold_intents[start:end] = batch["intent_labels"]
            intent_ids[start:end] = output.intent_logits.argmax(-1).cpu()
            gold_slots[start:end, : batch["slot_labels"].shape[1]] = batch["slot_labels"]
            slot_ids[start:end, :length] = model.decode_slots(output.slot_logits, mask.to(model.device)).cpu()
            start = end
    predictions: Any = (intent_ids, slot_ids)
    label_ids: Any = (gold_intents, gold_slots)
    return make_compute_metrics(intents, slot_types)(EvalPrediction(predictions, label_ids))


def _extended(known: list[str], found: set[str]) -> list[str]:
    """The model's labels in the order of their ids, then those that only the data has."""
    return [*known, *sorted(found - set(known))]


def evaluate_checkpoint(
    checkpoint: str | Path, domain: Domain, split: str = "test", *, revision: str | None = None
) -> dict[str, float]:
    """Score a checkpoint on a split of a domain.

    Args:
        checkpoint: a folder or a hub id.
        domain: the data.
        split: which of its splits.
        revision: branch, tag or commit of a hub id.

    Raises:
        NluError: the checkpoint cannot be opened.
        DataError: the domain has no such split.
    """
    if split not in domain.splits:
        raise DataError(f"domain {domain.name!r} has no {split} split; it has: {', '.join(domain.splits)}")
    model, tokenizer = load_checkpoint(checkpoint, revision)
    return score_model(model, tokenizer, domain.splits[split], name=f"{domain.name}/{split}")
