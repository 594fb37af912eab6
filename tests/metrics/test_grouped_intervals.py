"""Intervals of scores, where the utterances of one group are not independent."""

import pytest

from bilstm_nlu.inspection.intervals import wilson
from modeling_bilstm_nlu.metrics.frames import GoldFrame
from modeling_bilstm_nlu.metrics.grouped_intervals import score_intervals

GOLD = GoldFrame("play", ())
WRONG = GoldFrame("stop", ())


def interval(num_right: int, num_wrong: int, groups: list) -> tuple[float, float]:
    predicted = [GOLD] * num_right + [WRONG] * num_wrong
    return score_intervals([GOLD] * len(predicted), predicted, groups)["intent_accuracy"]


def test_independent_utterances_give_wilsons_interval():
    low, high = interval(30, 10, list(range(40)))
    assert (low, high) == pytest.approx(wilson(0.75, 40), abs=0.005)


def test_groups_that_are_all_right_or_all_wrong_count_once():
    groups = [number // 10 for number in range(40)]
    low, high = interval(30, 10, groups)
    assert (low, high) == pytest.approx(wilson(0.75, 4), abs=0.08)


def test_groups_that_are_all_half_right():
    predicted = [GOLD, WRONG] * 20
    found = score_intervals([GOLD] * 40, predicted, [number // 2 for number in range(40)])["intent_accuracy"]
    assert found == wilson(0.5, 20), "how far they differ is not known, so each counts once"


def test_a_perfect_score_on_few_groups_is_not_sure():
    low, high = interval(100, 0, [number % 3 for number in range(100)])
    assert (low, high) == wilson(1.0, 3) and low < 0.5
    assert interval(1, 0, ["one"]) == wilson(1.0, 1)


def test_slots_and_frames():
    gold = [GoldFrame("play", [("genre", 1, 2)]), GoldFrame("play", None), GoldFrame(None, [])]
    predicted = [GoldFrame("play", [("genre", 1, 3)]), GoldFrame("play", []), GoldFrame("stop", [])]
    found = score_intervals(gold, predicted, [0, 1, 2])
    assert set(found) == {"intent_accuracy", "slot_f1", "frame_accuracy"}
    assert found["slot_f1"][0] == 0.0 and found["intent_accuracy"][1] == 1.0


def test_scores_without_labels_have_none():
    bare = [GoldFrame(None, None)]
    assert score_intervals(bare, [GOLD], [0]) == {}
    assert "slot_f1" not in score_intervals([GoldFrame("play", [])], [GOLD], [0]), "there are no slots"
