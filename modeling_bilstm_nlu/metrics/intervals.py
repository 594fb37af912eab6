"""How sure a score is: 95 % intervals of scores that are computed over many utterances."""

from collections.abc import Sequence

import numpy as np

from bilstm_nlu.inspection.intervals import wilson

from .frames import FrameLike, scorable_frames, semantic_errors

__all__ = ["bootstrap_intervals"]

_QUANTILES = (0.025, 0.975)
#: The columns of the counts of an utterance.
_COUNTS = ("intents", "right_intents", "gold", "predicted", "right", "errors", "parts")


def bootstrap_intervals(
    gold: Sequence[FrameLike], predicted: Sequence[FrameLike], *, draws: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Return 95 % percentile intervals (Efron and Tibshirani 1993) of the scores that are not shares of utterances.

    Utterances are drawn with repeats. If every draw has the same score, such as a slot F1 of 1, the draws say nothing
    about errors that the data has not shown; then the interval is that of a share of as many utterances.

    Args:
        gold: the gold frames, as for `score_frames`.
        predicted: one frame for every gold frame.
        draws: how often utterances are drawn.
        seed: of the draws; the same seed gives the same intervals.

    Returns:
        `slot_precision`, `slot_recall`, `slot_f1`, `combined_error` and `semantic_error_rate` -> lower and upper end;
        a score is left out if the data has no annotation for it.

    Raises:
        DataError: the lists differ in length.
    """
    counts = _counts(gold, predicted)
    rows, repeats = np.unique(counts, axis=0, return_counts=True)  # few rows differ, so the draws are cheap
    if not len(gold):
        return {}
    shares = repeats / len(gold)
    times = np.random.default_rng(seed).multinomial(len(gold), shares, size=draws)  # (draws, rows)
    sums = dict(zip(_COUNTS, (times @ rows).T, strict=True))
    has_intents, has_slots = (any(getattr(f, name) is not None for f in gold) for name in ("intent", "spans"))
    found = _scores(sums, has_intents, has_slots)
    return {name: _interval(values, len(gold)) for name, values in found.items()}


def _counts(gold: Sequence[FrameLike], predicted: Sequence[FrameLike]) -> np.ndarray:
    """Return the counts of every utterance, (utterances, counts)."""
    scored = {id(right) for right, _ in scorable_frames(gold, predicted)}
    counts = np.zeros((len(gold), len(_COUNTS)), dtype=np.int64)
    for row, right, guess in zip(counts, gold, predicted, strict=True):
        if right.intent is not None:
            row[0], row[1] = 1, right.intent == guess.intent
        if right.spans is not None:
            right_spans, guessed_spans = set(right.spans), set(guess.spans or ())
            row[2:5] = len(right_spans), len(guessed_spans), len(right_spans & guessed_spans)
        if id(right) in scored:
            row[5:7] = semantic_errors(right, guess)
    return counts


def _scores(sums: dict[str, np.ndarray], has_intents: bool, has_slots: bool) -> dict[str, np.ndarray]:
    """Return score -> its value in every draw, defined as in `score_frames`."""
    found, errors = {}, []
    if has_intents:
        errors.append(1 - sums["right_intents"] / np.maximum(sums["intents"], 1))
    if has_slots:
        right, gold, predicted = sums["right"], sums["gold"], sums["predicted"]
        is_empty = gold + predicted == 0  # no slots at all: perfect
        for name, divisor in (("precision", predicted), ("recall", gold), ("f1", (gold + predicted) / 2)):
            found[f"slot_{name}"] = np.where(is_empty, 1.0, right / np.maximum(divisor, 0.5))
        errors.append(1 - found["slot_f1"])
    if errors:
        found["combined_error"] = np.mean(errors, axis=0)
        found["semantic_error_rate"] = sums["errors"] / np.maximum(sums["parts"], 1)
    return found


def _interval(values: np.ndarray, num_all: int) -> tuple[float, float]:
    low, high = (float(np.quantile(values, edge)) for edge in _QUANTILES)
    return wilson(min(low, 1.0), num_all) if low == high else (low, high)
