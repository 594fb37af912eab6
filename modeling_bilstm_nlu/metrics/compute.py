"""Compute all scores of a set of frames as one dict, from frames or from the Trainer's ids."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from transformers import EvalPrediction

from bilstm_nlu.errors import DataError

from ..labels_bilstm_nlu import IGNORED, tags_for
from .frames import (
    FrameLike,
    GoldFrame,
    combined_error,
    frame_accuracy,
    scorable_frames,
    semantic_error_rate,
)
from .intents import intent_accuracy
from .slots import Span, slot_scores

__all__ = ["IGNORED", "frames_from_ids", "make_compute_metrics", "score_frames"]


def score_frames(gold: Sequence[FrameLike], predicted: Sequence[FrameLike]) -> dict[str, float]:
    """Compute all scores of predicted frames against gold frames.

    Args:
        gold: ``GoldFrame`` or ``Utterance`` objects; ``None`` means that the intent or the spans were not annotated.
        predicted: one frame for every gold frame.

    Returns:
        A dict with

        - ``num_utterances``, ``num_intent_annotated``, ``num_slot_annotated``, ``num_frame_annotated`` (with both);
        - ``intent_accuracy``, ``intent_error``, if any utterance has a gold intent;
        - ``slot_precision``, ``slot_recall``, ``slot_f1``, ``slot_error``, if any utterance has slot annotation;
        - ``frame_accuracy``, ``frame_error``, ``combined_error``, ``semantic_error_rate``, if anything is annotated.

        A score is left out if the data has no annotation for it.

    Raises:
        DataError: the lists differ in length.
    """
    frames = scorable_frames(gold, predicted)
    num_intent = sum(frame.intent is not None for frame in gold)
    num_slot = sum(frame.spans is not None for frame in gold)
    scores: dict[str, float] = {
        "num_utterances": len(gold),
        "num_intent_annotated": num_intent,
        "num_slot_annotated": num_slot,
        "num_frame_annotated": sum(frame.intent is not None and frame.spans is not None for frame in gold),
    }
    if num_intent:
        accuracy = intent_accuracy([frame.intent for frame in gold], [frame.intent for frame in predicted])
        scores |= {"intent_accuracy": accuracy, "intent_error": 1.0 - accuracy}
    if num_slot:
        slots = slot_scores([frame.spans for frame in gold], [frame.spans for frame in predicted])
        scores |= {"slot_precision": slots.precision, "slot_recall": slots.recall, "slot_f1": slots.f1}
        scores["slot_error"] = 1.0 - slots.f1
    if frames:
        accuracy = frame_accuracy(gold, predicted)
        scores |= {
            "frame_accuracy": accuracy,
            "frame_error": 1.0 - accuracy,
            "combined_error": combined_error(scores.get("intent_error"), scores.get("slot_error")),
            "semantic_error_rate": semantic_error_rate(gold, predicted),
        }
    return scores


def make_compute_metrics(
    intents: Sequence[str], slot_types: Sequence[str]
) -> Callable[[EvalPrediction], dict[str, float]]:
    """Make the Trainer's ``compute_metrics`` for a model with these labels: ``score_frames`` of ``frames_from_ids``.

    Args:
        intents: the intent names in the order of their ids.
        slot_types: the slot types in the order of their tags.
    """
    intents, slot_types = list(intents), list(slot_types)

    def compute_metrics(evaluation: EvalPrediction) -> dict[str, float]:
        return score_frames(*frames_from_ids(evaluation.predictions, evaluation.label_ids, intents, slot_types))

    return compute_metrics


def frames_from_ids(
    predictions: Any, label_ids: Any, intents: Sequence[str], slot_types: Sequence[str]
) -> tuple[list[GoldFrame], list[GoldFrame]]:
    """Return the gold frames and the predicted frames, with spans in words.

    -100 means padding, an intent that was not annotated, or, in a whole row, slots that were not annotated. Words are
    the places with ``slot_labels != -100``, anywhere in a row: the Trainer pads predictions with -100, too.

    Args:
        predictions: ``(intent_ids, slot_ids, ...)`` of shapes ``(utterances,)`` and ``(utterances, words)``: decoded
            ids, not logits; slot ids are in the order of ``tags_for(slot_types)``.
        label_ids: ``(intent_labels, slot_labels)`` of the same shapes.
        intents: the intent names in the order of their ids.
        slot_types: the slot types in the order of their tags.

    Raises:
        DataError: the shapes do not fit, or an id is outside the labels.
    """
    intent_ids, slot_ids = _pair(predictions, "predictions")
    intent_labels, slot_labels = _pair(label_ids, "label_ids")
    if slot_ids.shape != slot_labels.shape or len(intent_ids) != len(intent_labels):
        raise DataError(
            f"predictions of shapes {intent_ids.shape} and {slot_ids.shape} do not fit "
            f"labels of shapes {intent_labels.shape} and {slot_labels.shape}"
        )
    is_word = slot_labels != IGNORED  # (utterances, words)
    has_slots = is_word.any(axis=1)  # (utterances,)
    gold_spans = _spans(slot_labels, is_word, slot_types)
    spans = _spans(np.where(slot_ids == IGNORED, 0, slot_ids), is_word, slot_types)
    gold = [
        GoldFrame(intent, row if is_annotated else None)
        for intent, row, is_annotated in zip(_names(intent_labels, intents), gold_spans, has_slots, strict=True)
    ]
    return gold, [GoldFrame(*frame) for frame in zip(_names(intent_ids, intents), spans, strict=True)]


def _pair(arrays: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the first two arrays of a tuple: intent ids (utterances,) and slot ids (utterances, words)."""
    if not isinstance(arrays, tuple | list) or len(arrays) < 2:
        raise DataError(f"{name} must be a tuple of intent ids and slot ids, got {type(arrays).__name__}")
    intent_ids, slot_ids = np.asarray(arrays[0]), np.asarray(arrays[1])
    if intent_ids.ndim != 1 or slot_ids.ndim != 2:
        raise DataError(
            f"{name} have shapes {intent_ids.shape} and {slot_ids.shape}, expected (utterances,) and "
            f"(utterances, words); take the arg-max of the logits in `preprocess_logits_for_metrics`"
        )
    return intent_ids, slot_ids


def _names(ids: np.ndarray, names: Sequence[str]) -> list[str | None]:
    """Return the name of every id, ``None`` for -100."""
    _check_range(ids, len(names), "intent")
    return [None if i == IGNORED else names[i] for i in ids.tolist()]


def _check_range(ids: np.ndarray, size: int, kind: str) -> None:
    wrong = ids[(ids != IGNORED) & ((ids < 0) | (ids >= size))]
    if wrong.size:
        raise DataError(
            f"{kind} id {wrong[0]} is outside the model's {size} labels; use the labels of this model (reset_heads "
            f"changes them)"
        )


def _spans(slot_ids: np.ndarray, is_word: np.ndarray, slot_types: Sequence[str]) -> list[list[Span]]:
    """Return the slots of every row, in words, read strictly as in ``tags_to_spans``, without a loop over words.

    Args:
        slot_ids: (utterances, words), ids of ``tags_for(slot_types)`` where ``is_word``.
        is_word: (utterances, words), which ids to read.
        slot_types: the slot types in the order of their tags.
    """
    spans: list[list[Span]] = [[] for _ in range(len(slot_ids))]
    tags = slot_ids[is_word]  # (all words,), row after row
    if not tags.size:
        return spans
    _check_range(tags, len(tags_for(slot_types)), "slot tag")
    rows = np.nonzero(is_word)[0]  # (all words,)
    places = np.cumsum(is_word, axis=1)[is_word] - 1  # (all words,), number of each word in its row
    # tags_for() gives O, B-a, I-a, B-b, I-b, ...: an odd id begins a slot, and (id + 1) // 2 is 0 for O, else a type.
    types = (tags + 1) // 2
    is_begin = tags % 2 == 1
    starts_run = is_begin.copy()  # a run: neighbouring words of one row with one type and no B- after its first word
    starts_run[0] = True
    starts_run[1:] |= (types[1:] != types[:-1]) | (rows[1:] != rows[:-1])
    first = np.flatnonzero(starts_run)  # (runs,)
    lengths = np.diff(np.append(first, tags.size))
    slots = is_begin[first]  # a run that starts with I- does not continue a slot, so it is not a slot
    first, lengths = first[slots], lengths[slots]
    columns = (rows[first], types[first] - 1, places[first], places[first] + lengths)
    for row, slot_type, start, end in zip(*(column.tolist() for column in columns), strict=True):
        spans[row].append((slot_types[slot_type], start, end))
    return spans
