"""Choosing regularisation: on a validation split, or else by cross-validation over groups of training utterances."""

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.data.splits import group_key

__all__ = ["Fold", "best_of", "cut_folds"]

_NUM_FOLDS = 3
#: From this many utterances on the first fold alone tells enough.
_MANY = 500

Candidate = TypeVar("Candidate")
#: Which utterances to learn from and which to try out, by their places.
Fold = tuple[np.ndarray, np.ndarray]


def cut_folds(utterances: Sequence[Utterance]) -> list[Fold]:
    """Folds for cross-validation, stratified by intent; utterances of one group or text stay together.

    Returns:
        Three folds, one for many utterances, and none where no intent is in as many groups as there are folds: what
        one utterance an intent says about another is chance.
    """
    intents = [utterance.intent or "" for utterance in utterances]
    groups = [group_key(utterance) for utterance in utterances]
    pairs = set(zip(intents, groups, strict=True))
    if max((sum(name == intent for name, _ in pairs) for intent in set(intents)), default=0) < _NUM_FOLDS:
        return []
    splitter = StratifiedGroupKFold(_NUM_FOLDS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)  # rare intents are what we have
        folds = list(splitter.split(np.zeros(len(intents)), intents, groups))
    folds = [(learn, held) for learn, held in folds if len(learn) and len(held)]
    return folds[:1] if len(utterances) >= _MANY else folds


def best_of(
    candidates: Sequence[Candidate], folds: Sequence[Fold], trial: Callable[[Candidate, Fold], float]
) -> Candidate:
    """The candidate with the best mean score over the folds; the first one where there is nothing to tell them apart.

    Args:
        candidates: the preferred one first.
        folds: to try every candidate on.
        trial: learns on one part of a fold and gives the score on the other.
    """
    if len(candidates) == 1 or not folds:
        return candidates[0]
    scores = [float(np.mean([trial(candidate, fold) for fold in folds])) for candidate in candidates]
    return candidates[int(np.argmax(np.round(scores, 9)))]
