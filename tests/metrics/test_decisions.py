"""The scores of decisions, by tables of cases."""

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.metrics.decisions import Decided, auroc, calibration_error, decision_scores


@pytest.mark.parametrize(
    ("scores", "is_right", "bins", "error"),
    [
        ([1.0, 1.0], [True, True], 15, 0.0),
        ([0.0, 1.0], [False, True], 15, 0.0),
        ([0.5, 0.5], [True, False], 1, 0.0),  # one bin: half of them are right
        ([0.5, 0.5], [True, False], 15, 0.5),  # a bin for each score
        ([0.9, 0.9, 0.9, 0.9], [True, True, True, False], 1, 0.15),
        ([0.2, 0.4, 0.6, 0.8], [False, False, True, True], 2, 0.3),  # bins (0.2, 0.4) and (0.6, 0.8)
        ([0.8, 0.2, 0.6, 0.4], [True, False, True, False], 2, 0.3),  # in any order
        ([0.1, 0.5, 0.9], [False, True, True], 2, (0.1 + abs(1.4 - 2)) / 3),  # bins of one and of two
    ],
)
def test_calibration_error(scores, is_right, bins, error):
    assert calibration_error(scores, is_right, bins=bins) == pytest.approx(error)


@pytest.mark.parametrize(
    ("scores", "is_positive", "area"),
    [
        ([0.1, 0.9], [False, True], 1.0),
        ([0.9, 0.1], [False, True], 0.0),
        ([0.5, 0.5], [False, True], 0.5),
        ([0.1, 0.2, 0.3, 0.4], [False, True, False, True], 0.75),
        ([1, 1, 2, 2], [False, True, False, True], 0.5),
        ([3, 1, 2], [True, False, False], 1.0),
    ],
)
def test_auroc(scores, is_positive, area):
    assert auroc(scores, is_positive) == pytest.approx(area)


@pytest.mark.parametrize("flags", [[True, True], [False, False], [True]])
def test_auroc_needs_both_kinds_and_a_flag_for_each_score(flags):
    with pytest.raises(DataError, match=r"2 positives|0 positives|2 scores for 1"):
        auroc([0.1, 0.2], flags)


def test_calibration_error_needs_scores():
    with pytest.raises(DataError, match="0 scores"):
        calibration_error([], [])


YES, NO = True, False


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("play", "play", 0.9, YES)], (1, 0, 0, 0)),
        ([("play", "play", 0.1, NO)], (0, 1, 0, 1)),  # it was right
        ([("play", "stop", 0.9, YES)], (1, 0, 1, 0)),  # another intent is right
        ([("play", "stop", 0.1, NO)], (0, 1, 0, 0)),
        ([("oos", "stop", 0.9, YES)], (1, 0, 1, 0)),  # no intent is right
        ([("oos", "stop", 0.1, NO)], (0, 1, 0, 0)),
        ([("oos", "oos", 0.9, YES)], (1, 0, 1, 0)),  # an intent that is out of scope is never right
        ([(None, "play", 0.9, YES), ("play", "play", 0.9, YES)], (1, 0, 0, 0)),  # not annotated
        ([("play", None, 0.0, NO)], (0, 1, 0, 0)),
    ],
)
def test_counts_of_accepted_and_rejected_frames(rows, expected):
    scores = decision_scores([row[0] for row in rows], [Decided(*row[1:]) for row in rows], {"play", "stop"})
    names = ("num_accepted", "num_rejected", "num_wrongly_accepted", "num_wrongly_rejected")
    assert tuple(scores[name] for name in names) == expected


def test_scores_of_texts_out_of_scope():
    gold = ["play", "play", "oos", "other"]
    decided = [Decided("play", score, score > 0.5) for score in (0.9, 0.6, 0.55, 0.2)]
    scores = decision_scores(gold, decided, {"play"})
    assert scores["num_out_of_scope"] == 2
    assert scores["out_of_scope_recall"] == 0.5
    assert scores["out_of_scope_auroc"] == 1.0
    assert scores["calibration_error"] == pytest.approx((0.1 + 0.4 + 0.55) / 3)


def test_scores_that_the_data_does_not_have_are_left_out():
    assert decision_scores([None], [Decided("play", 0.5, True)], {"play"}) == {}
    scores = decision_scores(["play"], [Decided("play", 0.5, False)], {"play"})
    assert not {"calibration_error", "num_out_of_scope", "out_of_scope_auroc"} & set(scores)
    only_foreign = decision_scores(["oos"], [Decided("play", 0.5, False)], {"play"})
    assert only_foreign["out_of_scope_recall"] == 1 and "out_of_scope_auroc" not in only_foreign


def test_every_text_needs_a_decision():
    with pytest.raises(DataError, match="2 gold intents but 1"):
        decision_scores(["play", "play"], [Decided("play", 0.5, True)], {"play"})
