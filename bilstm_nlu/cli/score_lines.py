"""Scores as lines for people."""

from collections.abc import Mapping, Sequence

from .console import print_table

__all__ = ["SHOWN", "print_decisions", "print_scores", "score_row"]

#: Score -> its name.
SHOWN = {
    "intent_accuracy": "intent accuracy",
    "slot_precision": "slot precision",
    "slot_recall": "slot recall",
    "slot_f1": "slot F1",
    "frame_accuracy": "frame accuracy",
    "combined_error": "combined error",
}

#: Scores of the decision whether to accept a frame, see `metrics.decision_scores`.
_COUNTED = {
    "num_accepted": "accepted",
    "num_rejected": "rejected",
    "num_wrongly_accepted": "wrongly accepted",
    "num_wrongly_rejected": "wrongly rejected",
    "num_out_of_scope": "out of scope",
}
_DECIDED = {
    "out_of_scope_recall": "of these rejected",
    "calibration_error": "calibration error",
}


def print_scores(scores: Mapping[str, float], names: Sequence[str] = tuple(SHOWN)) -> None:
    """Print one score per line, in percent. Scores that the data does not have are left out."""
    print_table([(SHOWN[name], f"{100 * scores[name]:.1f} %") for name in names if name in scores])


def score_row(name: str, value: float, low: float | None = None, high: float | None = None) -> tuple[str, str, str]:
    """A row of a table: the name of a score, its value in percent, and its interval if it is known."""
    interval = "" if low is None or high is None else f"({100 * low:.0f} to {100 * high:.0f} %)"
    return SHOWN.get(name, name), f"{100 * value:.1f} %", interval


def print_decisions(scores: Mapping[str, float]) -> None:
    """Print how many frames were accepted and rejected, if the model decides; the threshold is on the last line."""
    if "num_accepted" not in scores:
        return
    counted = [(shown, f"{int(scores[name]):,}") for name, shown in _COUNTED.items() if name in scores]
    shares = [(shown, f"{100 * scores[name]:.1f} %") for name, shown in _DECIDED.items() if name in scores]
    print_table([*counted, *shares, ("threshold", f"{scores['threshold']:.3f}")])
