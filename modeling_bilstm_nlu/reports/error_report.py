"""The error report of a model: what it gets wrong on data, which utterances are doubtful, and what to add."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bilstm_nlu.errors import DataError

from ..data.schema import Utterance
from ..metrics.grouped_intervals import score_intervals
from .advice import advise
from .answers import Case, scores_of
from .changes import marked
from .mistakes import Bin, Confusion, SlotTypeErrors, calibration_bins, confusions, slot_errors, wrong_decisions
from .suspicions import Suspicion, suspicions_of

__all__ = ["ErrorReport", "report_errors"]


@dataclass(frozen=True)
class ErrorReport:
    """What a model gets wrong on data.

    Args:
        model: name of the model.
        data: name of the data.
        split: the part of the data that was scored.
        threshold: the smallest score that is accepted; `None` if the model accepts every text.
        num_utterances: number of scored utterances.
        num_groups: number of groups of utterances, such as carrier phrases.
        num_checked: number of utterances that were searched for doubtful ones.
        scores: the scores of `eval`.
        intervals: score -> its 95 % interval.
        confusions: intents that are confused, the most frequent first.
        slot_types: slot types with errors, those with the most errors first.
        accepted: utterances whose frame was wrongly accepted.
        rejected: utterances whose frame was wrongly rejected.
        suspicions: utterances that are likely to be mislabelled.
        advice: what to do, in sentences.
        bins: how often answers with similar scores are right.
        notes: what to know about the scores, one sentence each.
    """

    model: str
    data: str
    split: str
    threshold: float | None
    num_utterances: int
    num_groups: int
    num_checked: int
    scores: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    confusions: list[Confusion]
    slot_types: list[SlotTypeErrors]
    accepted: list[Case]
    rejected: list[Case]
    suspicions: list[Suspicion]
    advice: list[str]
    bins: list[Bin]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The whole report as plain values, for JSON."""
        return {
            **{"model": self.model, "data": self.data, "split": self.split, "threshold": self.threshold},
            **{"num_utterances": self.num_utterances, "num_groups": self.num_groups, "num_checked": self.num_checked},
            "scores": self.scores,
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "notes": list(self.notes),
            "advice": self.advice,
            "confusions": [
                {
                    "gold": one.gold,
                    "predicted": one.predicted,
                    "total": one.total,
                    "cases": list(map(_plain, one.cases)),
                }
                for one in self.confusions
            ],
            "slot_types": [
                {
                    **{"slot_type": one.slot_type, "precision": one.precision, "recall": one.recall, "f1": one.f1},
                    **{"num_gold": one.num_gold, "kinds": dict(one.kinds), "cases": list(map(_plain, one.cases))},
                }
                for one in self.slot_types
            ],
            "wrongly_accepted": list(map(_plain, self.accepted)),
            "wrongly_rejected": list(map(_plain, self.rejected)),
            "suspicions": [
                {
                    **{"kind": one.kind, "text": marked(one.text, one.spans), "intent": one.intent},
                    **{"reason": one.reason, "other": one.other, "times": one.times},
                }
                for one in self.suspicions
            ],
            "calibration": [{"score": one.score, "share": one.share, "count": one.count} for one in self.bins],
        }


def _plain(case: Case) -> dict[str, Any]:
    return {
        "text": case.text,
        "gold": {"intent": case.intent, "text": None if case.spans is None else marked(case.text, case.spans)},
        "answer": {
            **{"intent": case.answer.intent, "text": marked(case.text, case.answer.spans)},
            **{"score": round(case.answer.score, 4), "accepted": case.answer.is_accepted},
        },
    }


def report_errors(
    cases: Sequence[Case],
    *,
    model: str,
    data: str,
    split: str,
    threshold: float | None,
    checked: tuple[Sequence[Case], Sequence[Utterance]] = ((), ()),
    training: Sequence[Utterance] = (),
    notes: Sequence[str] = (),
) -> ErrorReport:
    """Make the error report of a model.

    Args:
        cases: what it answers to the utterances that are scored.
        model: name of the model.
        data: name of the data.
        split: the part of the data that is scored.
        threshold: the smallest score that it accepts; `None` if it accepts every text.
        checked: utterances that are searched for doubtful ones, and what it answers to them.
        training: utterances that it was trained on, as far as they are known.
        notes: what to know about the scores.

    Raises:
        DataError: there are no utterances, or none of them has an intent or slots.
    """
    if not any(case.intent is not None or case.spans is not None for case in cases):
        raise DataError(
            f"{data}: no utterance has an intent or slots, so there are no errors to find; add gold labels"
        )
    groups = [case.group for case in cases]
    wrong_intents, wrong_slots, decisions = confusions(cases), slot_errors(cases), wrong_decisions(cases)
    return ErrorReport(
        model=model,
        data=data,
        split=split,
        threshold=threshold,
        num_utterances=len(cases),
        num_groups=len(set(groups)),
        num_checked=len(checked[0]),
        scores=scores_of(cases, decides=threshold is not None),
        intervals=score_intervals(cases, [case.answer for case in cases], groups),
        confusions=wrong_intents,
        slot_types=wrong_slots,
        accepted=decisions[0],
        rejected=decisions[1],
        suspicions=suspicions_of(*checked),
        advice=advise(wrong_intents, wrong_slots, decisions, training),
        bins=calibration_bins(cases),
        notes=tuple(notes),
    )
