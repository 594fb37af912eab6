"""Compare two models on the same utterances: how sure is the difference of their scores?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics.grouped_intervals import INTERVAL_SCORES, tally
from .answers import Case

__all__ = ["Difference", "differences"]

_DRAWS = 2000
_DRAWS_AT_ONCE = 100
_LEVEL = 0.05
_SCORES = (*INTERVAL_SCORES, "rejected")


@dataclass(frozen=True)
class Difference:
    """A score of two models on the same utterances.

    Args:
        name: `intent_accuracy`, `slot_f1`, `frame_accuracy` or `rejected` (a share of all utterances).
        a: the score of the first model.
        b: the score of the second model.
        low: lower end of the 95 % interval of `b - a`, from a paired bootstrap.
        high: upper end.
        chance: how often chance alone gives such a difference or a larger one (sign test over groups of utterances).
        num_groups: groups of utterances; the fillings of a carrier phrase are one group.
        num_utterances: utterances that were counted.
    """

    name: str
    a: float
    b: float
    low: float
    high: float
    chance: float
    num_groups: int
    num_utterances: int

    @property
    def better(self) -> str | None:
        """`a` or `b` if one is better beyond chance, else `None`; for `rejected`, the one that rejects more."""
        if self.chance >= _LEVEL or self.low <= 0 <= self.high:
            return None
        return "b" if self.b > self.a else "a"


def differences(a: Sequence[Case], b: Sequence[Case]) -> list[Difference]:
    """Compare the scores of two models. Scores that the data has no labels for are left out.

    Whole groups of utterances are drawn, because the fillings of one carrier phrase are not independent.

    Args:
        a: the cases of the first model.
        b: the cases of the second model, of the same utterances in the same order.
    """
    groups: dict[str, int] = {}
    place = np.array([groups.setdefault(case.group, len(groups)) for case in a], dtype=np.int64)
    found = []
    for name in _SCORES:
        counted = [(_tally(name, one), _tally(name, other)) for one, other in zip(a, b, strict=True)]
        known = [i for i, pair in enumerate(counted) if None not in pair]
        table = np.array([[*(counted[i][0] or ()), *(counted[i][1] or ())] for i in known], np.float64)  # (n, 4)
        if known and table[:, 1::2].any():
            found.append(_difference(name, table, place[known]))
    return found


def _tally(name: str, case: Case) -> tuple[float, float] | None:
    """What an utterance adds to the two sums of a score; `None` if it is not annotated for the score."""
    if name == "rejected":
        return float(not case.answer.is_accepted), 1.0
    return tally(name, case, case.answer)


def _difference(name: str, table: np.ndarray, place: np.ndarray) -> Difference:
    numbers, groups = np.unique(place, return_inverse=True)
    sums = np.zeros((len(numbers), 4))
    np.add.at(sums, groups, table)  # (groups, 4): numerator and denominator of a, of b
    a, b = _scores(sums.sum(0))
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(_DRAWS // _DRAWS_AT_ONCE):
        times = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=_DRAWS_AT_ONCE)
        one, other = _scores((times @ sums).T)
        drawn.append(other - one)
    low, high = np.quantile(np.concatenate(drawn), (0.025, 0.975))
    gains = sums[:, 2] * sums[:, 1] - sums[:, 0] * sums[:, 3]  # the sign of the difference of the two shares
    chance = _sign_test(int((gains > 0).sum()), int((gains < 0).sum()))
    return Difference(name, float(a), float(b), float(low), float(high), chance, len(sums), len(table))


def _scores(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The scores of both models; without gold and predicted slots, nothing is wrong."""
    return tuple(  # type: ignore[return-value]
        np.where(whole > 0, part / np.maximum(whole, 1e-12), 1.0) for part, whole in (sums[:2], sums[2:])
    )


def _sign_test(ups: int, downs: int) -> float:
    """How often a fair coin gives a result as uneven as this, in either direction."""
    total = ups + downs
    if not total:
        return 1.0
    logs = [
        math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) - total * math.log(2)
        for k in range(min(ups, downs) + 1)
    ]
    return min(1.0, 2 * math.fsum(map(math.exp, logs)))
