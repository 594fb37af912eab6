"""Choose the regularisation: on a validation split, or by cross-validation over groups of training utterances."""

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.data.splits import group_key

__all__ = ["Fold", "best_of", "cut_folds"]

_NUM_FOLDS = 3
#: With at least this many utterances, only the first fold is used.
_MANY = 500

Candidate = TypeVar("Candidate")
#: Indices of the utterances to learn from, and of those to score.
Fold = tuple[np.ndarray, np.ndarray]


def cut_folds(utterances: Sequence[Utterance]) -> list[Fold]:
    """Folds for cross-validation, stratified by intent; utterances of one group or text stay together.

    Returns:
        Three folds; one for many utterances; none if no intent is in as many groups as there are folds, because the
        scores would then be chance.
    """
    intents = [utterance.intent or "" for utterance in utterances]
    groups = [group_key(utterance) for utterance in utterances]
    pairs = set(zip(intents, groups, strict=True))
    if max((sum(name == intent for name, _ in pairs) for intent in set(intents)), default=0) < _NUM_FOLDS:
        return []
    splitter = StratifiedGroupKFold(_NUM_FOLDS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)  # rare intents are expected here
        folds = list(splitter.split(np.zeros(len(intents)), intents, groups))
    folds = [(learn, held) for learn, held in folds if len(learn) and len(held)]
    return folds[:1] if len(utterances) >= _MANY else folds


def best_of(
    candidates: Sequence[Candidate], folds: Sequence[Fold], trial: Callable[[Candidate, Fold], float]
) -> Candidate:
    """The candidate with the best mean score over the folds; the first candidate if there are no folds, or on a tie.

    Args:
        candidates: the preferred one first.
        folds: the folds to try every candidate on.
        trial: fits on one part of a fold and returns the score on the other part.
    """
    if len(candidates) == 1 or not folds:
        return candidates[0]
    scores = [float(np.mean([trial(candidate, fold) for fold in folds])) for candidate in candidates]
    return candidates[int(np.argmax(np.round(scores, 9)))]
