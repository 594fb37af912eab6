"""The scores of a model card: a few with 95 % intervals, then all of them."""

import math
from collections.abc import Mapping
from statistics import fmean

from bilstm_nlu.escaping import as_markdown
from bilstm_nlu.inspection.intervals import wilson

from .card_data import CardData

__all__ = ["METRICS", "all_score_rows", "finite_scores", "main_score_rows", "ranked_intents", "rejections", "warnings"]

#: Metric -> (description, the hub's name for the kind of metric, or None if the metric is not in the metadata).
METRICS: dict[str, tuple[str, str | None]] = {
    "intent_accuracy": ("share of utterances with the right intent", "accuracy"),
    "slot_precision": ("share of predicted slots that are right", None),
    "slot_recall": ("share of gold slots that are found", None),
    "slot_f1": ("harmonic mean of slot precision and recall, over all slots", "f1"),
    "frame_accuracy": ("share of utterances with the intent and all slots right", "exact_match"),
    "combined_error": ("mean of intent error and slot error (1 - slot F1); lower is better", "combined_error"),
    "semantic_error_rate": (
        "substituted, deleted and inserted slots and intents, divided by gold ones; lower is better",
        None,
    ),
    "calibration_error": ("how far the scores of accepted frames are from probabilities; lower is better", None),
    "out_of_scope_recall": ("share of the utterances without an intent of this model that is rejected", None),
    "out_of_scope_auroc": ("how well the score separates them from the other utterances; 0.5 is chance", None),
}

_COUNTS = {
    "num_utterances": "utterances scored",
    "num_intent_annotated": "utterances scored that have a gold intent",
    "num_slot_annotated": "utterances scored that have gold slots",
    "num_out_of_scope": "utterances scored that are out of scope: none of the intents of this model is right",
    "num_accepted": "frames accepted",
    "num_rejected": "frames rejected",
    "num_wrongly_accepted": "frames accepted although another intent is right, or none",
    "num_wrongly_rejected": "frames rejected although the intent is right",
}

#: The scores that everyone reads first, and what they mean.
_MAIN = {
    "frame_accuracy": "intent and all slots right",
    "intent_accuracy": "intent right",
    "slot_f1": "slot F1",
}
#: Share -> the counts that may be its number of utterances; the first that is known is taken.
_SHARES = {
    "intent_accuracy": ("num_intent_annotated", "num_utterances"),
    "frame_accuracy": ("num_frame_annotated", "num_slot_annotated", "num_intent_annotated", "num_utterances"),
    "out_of_scope_recall": ("num_out_of_scope",),
}
_FEW = 100  # utterances; with fewer, the interval of a share of 90 % is more than ten points wide


def finite_scores(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The metrics of a card that are finite numbers; splits without such a metric are left out."""
    scores = {
        split: {name: value for name, value in values.items() if math.isfinite(value)}
        for split, values in metrics.items()
    }
    return {split: values for split, values in scores.items() if any(name in METRICS for name in values)}


def main_score_rows(card_data: CardData, scores: Mapping[str, Mapping[str, float]]) -> list[tuple[str, list[str]]]:
    """Rows of (what is scored, its value on every split with the 95 % interval).

    Args:
        card_data: of the card.
        scores: the result of `finite_scores`.
    """
    return [
        (meaning, [_with_interval(card_data, scores, split, name) for split in scores])
        for name, meaning in _MAIN.items()
        if any(name in values for values in scores.values())
    ]


def warnings(scores: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What to know about scores on few utterances, one sentence for each split."""
    few = {split: int(values.get("num_utterances", _FEW)) for split, values in scores.items()}
    return [
        f"The scores of {as_markdown(split)} are from only {count:,} utterance{'s' * (count != 1)}, so they may be "
        "far off: read the intervals, and score the model on utterances of your own."
        for split, count in few.items()
        if count < _FEW
    ]


def _with_interval(card_data: CardData, scores: Mapping[str, Mapping[str, float]], split: str, name: str) -> str:
    if name not in scores[split]:
        return ""
    interval = _interval(card_data, scores[split], split, name)
    value = f"{scores[split][name]:.1%}"
    return value if interval is None else f"{value} ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _interval(card_data: CardData, values: Mapping[str, float], split: str, name: str) -> tuple[float, float] | None:
    """The interval that the card data has, or that of a share; `None` if there is not enough known for one."""
    if (known := card_data.intervals.get(split, {}).get(name)) is not None:
        low, high = known
        return low, high
    count = next((int(values[key]) for key in _SHARES.get(name, ()) if values.get(key)), 0)
    share = values[name]
    return wilson(share, count) if count and 0 <= share <= 1 else None


def rejections(card_data: CardData, scores: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Sentences that say what the checkpoint rejects, and how well it did on each split."""
    if not card_data.config.get("decision_dims"):
        return _accepts_all(card_data)
    threshold = card_data.config["threshold"]
    lines = [
        f"It rejects a text if the score is below {threshold:.3f}; `nlu(text, threshold=...)` sets another threshold. "
        "This threshold was fitted to lose few of the utterances that it should accept, so it also accepts some that "
        "it should reject."
    ]
    measured = False
    for split, values in scores.items():
        if {"num_wrongly_rejected", "num_intent_annotated"} <= values.keys():
            lost, count = (int(values[name]) for name in ("num_wrongly_rejected", "num_intent_annotated"))
            lines.append(f"On {as_markdown(split)} it rejected {lost:,} of {count:,} utterances by mistake.")
        if "out_of_scope_recall" in values:
            measured = True
            share = _with_interval(card_data, scores, split, "out_of_scope_recall")
            lines.append(
                f"On {as_markdown(split)} it rejected {share} of the {int(values['num_out_of_scope']):,} utterances "
                "that are out of scope."
            )
    if not measured:
        lines.append("How many texts of other subjects it rejects was not measured, as its data has none.")
    return lines


def _accepts_all(card_data: CardData) -> list[str]:
    if len(card_data.intents) > 1:
        return [
            f"Nothing: it answers every utterance with one of its {len(card_data.intents):,} intents, even if none "
            "fits. To reject utterances that are out of scope, compare `score` with a threshold of your own."
        ]
    return ["Nothing: it has only one intent, so it answers every utterance with it."] if card_data.intents else []


def all_score_rows(scores: Mapping[str, Mapping[str, float]]) -> list[tuple[str, list[str], str]]:
    """Rows of (metric, its value on every split, description), followed by rows with the counts of utterances."""
    rows = []
    for name, (meaning, _) in METRICS.items():
        if any(name in values for values in scores.values()):
            rows.append((name, [f"{v[name]:.4f}" if name in v else "" for v in scores.values()], meaning))
    for name, meaning in _COUNTS.items():
        if any(name in values for values in scores.values()):
            rows.append((name, [f"{int(v[name]):,}" if name in v else "" for v in scores.values()], meaning))
    return rows


def ranked_intents(card_data: CardData) -> tuple[str, float, list[tuple[str, float, int]]] | None:
    """The split that was scored last, the mean F1 of its intents, and (intent, F1, utterances), weakest first."""
    for split, scored in reversed(list(card_data.intent_scores.items())):
        scores = [(name, f1, count) for name, (f1, count) in scored.items() if count]
        if len(scores) > 1:
            return split, fmean(f1 for _, f1, _ in scores), sorted(scores, key=lambda item: (item[1], item[0]))
    return None
