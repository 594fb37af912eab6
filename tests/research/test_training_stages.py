"""The stages of a training: they exist, and the time of an inner stage is not counted twice."""

import time

import pytest

from research import training_stages
from research.training_stages import STAGES, place_of


@pytest.mark.parametrize("stage", STAGES)
def test_the_functions_of_a_stage_exist(stage: str):
    for function in STAGES[stage]:
        owner, name = place_of(*function)
        assert callable(getattr(owner, name))


def test_an_inner_stage_counts_for_itself(monkeypatch: pytest.MonkeyPatch):
    moments = iter(range(100))
    monkeypatch.setattr(time, "process_time", lambda: next(moments))
    clock = training_stages._Clock()
    inner = clock.counted("evaluate", lambda: None)
    clock.counted("steps", inner)()  # a tick before, in and after the inner stage
    assert (clock.seconds["steps"], clock.seconds["evaluate"], clock.seconds["rest"]) == (2, 1, 1)
