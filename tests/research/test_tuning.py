"""How utterances are held out to choose regularisation by, and what is chosen."""

import warnings

import numpy as np

from modeling_bilstm_nlu.data import Utterance
from research.baselines.tuning import best_of, cut_folds


def test_groups_and_repeated_texts_stay_together():
    rows = [Utterance(f"play {i // 2}", "play", group=None if i % 4 < 2 else f"carrier {i // 4}") for i in range(24)]
    folds = cut_folds(rows)
    assert len(folds) == 3
    assert sorted(i for _, held in folds for i in held.tolist()) == list(range(24))
    for learn, held in folds:
        groups = [{rows[i].group or rows[i].text for i in part.tolist()} for part in (learn, held)]
        assert not groups[0] & groups[1]


def test_folds_are_the_same_every_time_and_say_nothing():
    rows = [Utterance(f"{intent} {i}", intent) for intent, count in (("a", 9), ("b", 1)) for i in range(count)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = cut_folds(rows), cut_folds(rows)
    assert [held.tolist() for _, held in first] == [held.tolist() for _, held in second]


def test_one_fold_of_many_utterances_and_none_of_single_ones():
    assert len(cut_folds([Utterance(f"play {i}", "play") for i in range(500)])) == 1
    assert cut_folds([Utterance("play", intent) for intent in "abcde"]) == []
    assert cut_folds([Utterance("play", "a", group="g") for _ in range(9)]) == []


def test_the_best_candidate_and_the_first_of_equals():
    folds = [(np.arange(2), np.arange(1))] * 2
    assert best_of([3, 1, 2], folds, lambda candidate, fold: float(candidate == 2)) == 2
    assert best_of([3, 1, 2], folds, lambda candidate, fold: 0.5) == 3
    assert best_of([3, 1], [], lambda candidate, fold: float(candidate)) == 3
