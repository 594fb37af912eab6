"""Score a trained model on a split, in full precision. The data may have labels that the model does not have."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from datasets import Dataset
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import DataError, NluError

from ..data.collator import JointNluCollator
from ..data.domains import Domain
from ..data.encoding import encode_dataset
from ..data.schema import Utterance
from ..frames_bilstm_nlu import Frame
from ..hub.card_data import parse_with
from ..hub.load import load_checkpoint
from ..metrics.compute import IGNORED, frames_from_ids, score_frames
from ..metrics.decisions import Decided, decision_scores
from ..metrics.frames import GoldFrame
from ..metrics.grouped_intervals import score_intervals
from ..metrics.intents import intent_scores_per_intent
from ..metrics.intervals import bootstrap_intervals
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots

__all__ = [
    "SplitScores",
    "evaluate_checkpoint",
    "predict_frames",
    "right_example",
    "score_facts",
    "score_model",
    "score_splits",
]


#: Number of utterances of an intent that `right_example` tries.
_TRIED = 3


def score_model(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    utterances: Dataset,
    *,
    name: str = "data",
) -> dict[str, float]:
    """Compute all scores of a model on utterances with gold labels.

    A label that the model does not have counts as missed.

    Args:
        model: the model; it is set to evaluation mode.
        tokenizer: tokenizer of the model.
        utterances: a dataset with the columns of `FEATURES`.
        name: name of the data in messages.

    Returns:
        Score -> value, as from `score_frames`.
    """
    return _scores(model, *_predict(model, tokenizer, utterances, name=name))


def _scores(
    model: BiLstmNluForIntentAndSlots, gold: list[GoldFrame], predicted: list[GoldFrame], decided: list[Decided]
) -> dict[str, float]:
    """The scores of frames, and those of the decisions if the model decides."""
    scores = score_frames(gold, predicted)
    config = model.config
    if model.decision is not None:
        in_scope = {intent for intent in config.intents if intent != config.fallback_intent}
        scores |= decision_scores([frame.intent for frame in gold], decided, in_scope)
        scores["threshold"] = config.threshold
    return scores


class SplitScores(NamedTuple):
    """The scores of a model on splits.

    Attributes:
        card_data: the arguments of `CardData` about them, see `score_facts`.
        intervals: split -> score -> its 95 % interval, with the utterances of a group taken as dependent.
        num_groups: split -> number of groups of utterances, such as carrier phrases.
    """

    card_data: dict[str, Any]
    intervals: dict[str, dict[str, tuple[float, float]]]
    num_groups: dict[str, int]


def score_facts(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, domain: Domain, splits: Iterable[str]
) -> dict[str, Any]:
    """Return the arguments of `CardData` about scores: all scores of `score_model`, their intervals, and the F1 of
    every intent.

    Args:
        model: the model; it is set to evaluation mode.
        tokenizer: tokenizer of the model.
        domain: domain with the data.
        splits: names of the splits to score.
    """
    return score_splits(model, tokenizer, domain, splits).card_data


def score_splits(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, domain: Domain, splits: Iterable[str]
) -> SplitScores:
    """Score a model on splits, and say how sure the scores are; the arguments are those of `score_facts`."""
    metrics, intent_scores = {}, {}
    intervals, num_groups = {}, {}
    for split in splits:
        rows = domain.splits[split]
        gold, predicted, decided = _predict(model, tokenizer, rows, name=f"{domain.name}/{split}")
        metrics[split] = _scores(model, gold, predicted, decided)
        if metrics[split]["num_intent_annotated"]:
            scores = intent_scores_per_intent([f.intent for f in gold], [f.intent for f in predicted])
            intent_scores[split] = {
                name: (score.f1, score.num_gold) for name, score in scores.items() if score.num_gold
            }
        groups = [group or text for group, text in zip(rows["group"], rows["text"], strict=True)]
        intervals[split] = bootstrap_intervals(gold, predicted) | score_intervals(gold, predicted, groups)
        num_groups[split] = len(set(groups))
    return SplitScores(
        {"metrics": metrics, "intervals": intervals, "intent_scores": intent_scores}, intervals, num_groups
    )


def predict_frames(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    utterances: Dataset,
    *,
    name: str = "data",
    batch_size: int = 256,
) -> tuple[list[GoldFrame], list[GoldFrame]]:
    """Return the gold frames and the predicted frames of utterances, in the same order, with spans in words.

    The predicted frames have the best intent and its slots, also where the decision is to reject the frame.

    Args:
        model: the model; it is set to evaluation mode.
        tokenizer: tokenizer of the model.
        utterances: a dataset with the columns of `FEATURES`.
        name: name of the data in messages.
        batch_size: number of utterances in a batch.

    Raises:
        NluError: the scores of the model are not finite.
    """
    return _predict(model, tokenizer, utterances, name=name, batch_size=batch_size)[:2]


def _predict(
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    utterances: Dataset,
    *,
    name: str,
    batch_size: int = 256,
) -> tuple[list[GoldFrame], list[GoldFrame], list[Decided]]:
    """Return the gold frames, the predicted frames and the decisions; without a decision, the last list is empty."""
    intents = _extended(model.config.intents, set(utterances["intent"]) - {None})
    slot_types = _extended(
        model.config.slot_types, {span["slot_type"] for row in utterances["spans"] for span in row or ()}
    )
    encoded = encode_dataset(utterances, tokenizer, intents, slot_types, split=name)
    order = np.argsort(encoded["length"], kind="stable")  # similar lengths in a batch: less padding
    encoded = encoded.select(order)
    lengths = torch.as_tensor(encoded["length"][:])  # (utterances,) words
    shape = (len(encoded), int(lengths.max()))
    gold_intents = np.full(len(encoded), IGNORED)  # (utterances,)
    intent_ids = gold_intents.copy()
    gold_slots = np.full(shape, IGNORED)  # (utterances, words)
    slot_ids = gold_slots.copy()
    decided: list[Decided] = []
    model.eval()
    start = 0
    collator = JointNluCollator(model.config.pad_token_id, IGNORED)
    with torch.inference_mode():
        for batch in DataLoader(encoded, batch_size=batch_size, collate_fn=collator):
            reading = model.read(batch["input_ids"].to(model.device))
            scores, tags = reading.scores, reading.tags
            assert scores is not None and tags is not None
            length = tags.shape[1]
            end = start + len(batch["intent_labels"])
            if scores.isnan().any():
                raise NluError(f"{name}: the scores of the model are not finite; train with a lower learning_rate")
            gold_intents[start:end] = batch["intent_labels"]
            intent_ids[start:end] = scores.argmax(-1).cpu()
            gold_slots[start:end, : batch["slot_labels"].shape[1]] = batch["slot_labels"]
            slot_ids[start:end, :length] = tags.cpu()
            if reading.decision is not None:
                decided += _decisions(model, scores, reading.decision)
            start = end
    gold, predicted = frames_from_ids((intent_ids, slot_ids), (gold_intents, gold_slots), intents, slot_types)
    back = np.argsort(order)
    decided = [decided[i] for i in back] if decided else []
    return [gold[i] for i in back], [predicted[i] for i in back], decided


def _decisions(model: BiLstmNluForIntentAndSlots, scores: torch.Tensor, decision: torch.Tensor) -> Iterator[Decided]:
    """Yield the decision about each text: the most probable intent must not be the fallback intent."""
    config, fallback = model.config, model.fallback_id
    first = scores.argmax(-1).tolist()
    if fallback is not None:
        scores = scores.index_fill(1, torch.tensor([fallback], device=scores.device), -torch.inf)
    for best, own, score in zip(first, scores.argmax(-1).tolist(), decision.tolist(), strict=True):
        yield Decided(config.intents[own], score, best != fallback and score >= config.threshold)


def right_example(
    model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, domain: Domain, split: str
) -> Frame | None:
    """Return the frame of an utterance of a split that the model gets right, with a slot if there is one.

    It is `None` if it finds none.

    Only the first utterances of every intent are tried.
    """
    tried: Counter[str | None] = Counter()
    chosen: list[Utterance] = []
    for utterance in sorted(domain.utterances(split), key=lambda row: not row.spans):
        tried[utterance.intent] += 1
        if tried[utterance.intent] <= _TRIED:
            chosen.append(utterance)
    frames = parse_with(model, tokenizer, [utterance.text for utterance in chosen])
    for utterance, frame in zip(chosen, frames, strict=True):
        found = {(slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"]}
        if (
            frame["accepted"]
            and frame["intent"] == utterance.intent
            and found == set(map(tuple, utterance.spans or ()))
        ):
            return frame
    return None


def _extended(known: list[str], found: set[str]) -> list[str]:
    """Return the model's labels in the order of their ids, then the labels that only the data has."""
    return [*known, *sorted(found - set(known))]


def evaluate_checkpoint(
    checkpoint: str | Path, domain: Domain, split: str = "test", *, revision: str | None = None
) -> dict[str, float]:
    """Score a checkpoint on a split of a domain.

    Args:
        checkpoint: a folder or a hub id.
        domain: domain with the data.
        split: name of the split to score.
        revision: branch, tag or commit of a hub id.

    Raises:
        NluError: the checkpoint cannot be opened.
        DataError: the domain has no such split.
    """
    if split not in domain.splits:
        raise DataError(f"domain {domain.name!r} has no {split} split; it has: {', '.join(domain.splits)}")
    model, tokenizer = load_checkpoint(checkpoint, revision)
    return score_model(model, tokenizer, domain.splits[split], name=f"{domain.name}/{split}")
