"""Intervals of scores by the bootstrap."""

import numpy as np
import pytest

from bilstm_nlu.errors import DataError
from bilstm_nlu.inspection.intervals import wilson
from modeling_bilstm_nlu.metrics.compute import score_frames
from modeling_bilstm_nlu.metrics.frames import GoldFrame
from modeling_bilstm_nlu.metrics.intervals import bootstrap_intervals

RANDOM = np.random.default_rng(3)


def frames(count: int, is_right: float) -> tuple[list[GoldFrame], list[GoldFrame]]:
    """Gold frames, some without annotation, and predicted frames of which a share is right."""
    gold = [GoldFrame("play", [("song", 0, 4), ("room", 5, 9)][: i % 3]) for i in range(count)]
    gold[0] = GoldFrame("play", None)
    gold[1] = GoldFrame(None, [("song", 0, 4)])
    wrong = GoldFrame("stop", [("song", 0, 5), ("room", 20, 22)])
    return gold, [GoldFrame("play", right.spans or []) if RANDOM.random() < is_right else wrong for right in gold]


def test_scores_are_inside_their_intervals_and_more_utterances_make_them_narrower():
    widths = []
    few = frames(40, 0.8)
    for times in (1, 16):
        gold, predicted = few[0] * times, few[1] * times
        scores, found = score_frames(gold, predicted), bootstrap_intervals(gold, predicted)
        assert set(found) == {
            "slot_precision", "slot_recall", "slot_f1", "combined_error", "semantic_error_rate"
        }  # fmt: skip
        for name, (low, high) in found.items():
            assert low < scores[name] < high, name
        assert found == bootstrap_intervals(gold, predicted), "the same draws"
        widths.append(found["slot_f1"][1] - found["slot_f1"][0])
    assert widths[1] < widths[0] / 3  # the root of 16 is 4


def test_no_error_at_all_is_no_proof_of_perfection():
    gold, predicted = frames(12, 1.0)
    found = bootstrap_intervals(gold, predicted)
    assert found["slot_f1"] == wilson(1.0, 12) and found["combined_error"] == wilson(0.0, 12)


def test_what_is_not_annotated_has_no_interval():
    gold = [GoldFrame("play", None), GoldFrame("stop", None)] * 5
    found = bootstrap_intervals(gold, [GoldFrame("play")] * 10)
    assert set(found) == {"combined_error", "semantic_error_rate"}
    assert bootstrap_intervals([], []) == {} and bootstrap_intervals([GoldFrame(None, None)], [GoldFrame()]) == {}
    with pytest.raises(DataError, match="10 gold"):
        bootstrap_intervals(gold, [])
