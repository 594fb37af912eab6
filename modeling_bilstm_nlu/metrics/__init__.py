"""Scores of intents, slots and frames: pure functions, ``compute_metrics`` for a Trainer, an ``evaluate.Metric``."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bilstm_nlu.errors import Cure, NluError

from .compute import frames_from_ids, make_compute_metrics, score_frames
from .frames import FrameLike, GoldFrame, combined_error, frame_accuracy, frame_error, semantic_error_rate
from .intents import IntentScores, intent_accuracy, intent_error, intent_scores_per_intent
from .intervals import bootstrap_intervals
from .slots import (
    SlotScores,
    SlotTypeScores,
    Span,
    slot_f1,
    slot_precision,
    slot_recall,
    slot_scores,
    slot_scores_from_tags,
    slot_scores_per_type,
)

if TYPE_CHECKING:
    from .nlu_metric import NluMetric

__all__ = [
    "FrameLike",
    "GoldFrame",
    "IntentScores",
    "NluMetric",
    "SlotScores",
    "SlotTypeScores",
    "Span",
    "bootstrap_intervals",
    "combined_error",
    "frame_accuracy",
    "frame_error",
    "frames_from_ids",
    "intent_accuracy",
    "intent_error",
    "intent_scores_per_intent",
    "make_compute_metrics",
    "score_frames",
    "semantic_error_rate",
    "slot_f1",
    "slot_precision",
    "slot_recall",
    "slot_scores",
    "slot_scores_from_tags",
    "slot_scores_per_type",
]


def __getattr__(name: str) -> Any:
    # `import evaluate` takes seconds, and only NluMetric needs it.
    if name == "NluMetric":
        try:
            return import_module(".nlu_metric", __name__).NluMetric
        except ModuleNotFoundError as error:
            raise NluError(
                f"NluMetric needs {error.name}, which is not installed", cure=Cure("run {}", install="metrics")
            ) from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
