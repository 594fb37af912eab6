"""LengthBucketSampler: every row once, like lengths together, another order every epoch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.training.sampler import LengthBucketSampler


@given(st.lists(st.integers(1, 40), min_size=1, max_size=200), st.integers(1, 20), st.integers(0, 5))
def test_draws_every_row_once(lengths, batch_size, epoch):
    sampler = LengthBucketSampler(lengths, batch_size)
    sampler.set_epoch(epoch)
    assert sorted(sampler) == list(range(len(lengths))) and len(sampler) == len(lengths)


def test_batches_hold_like_lengths():
    lengths = [i % 20 for i in range(400)]
    rows = list(LengthBucketSampler(lengths, 10))
    spreads = [
        max(lengths[i] for i in rows[start : start + 10]) - min(lengths[i] for i in rows[start : start + 10])
        for start in range(0, 400, 10)
    ]
    assert max(spreads) == 0
    firsts = [lengths[rows[start]] for start in range(0, 400, 10)]
    assert firsts != sorted(firsts) and firsts != sorted(firsts, reverse=True)  # batches in random order


@pytest.mark.parametrize("changed", [{"seed": 1}, {"epoch": 1}])
def test_order_depends_on_seed_and_epoch_alone(changed):
    def draw(seed=0, epoch=0):
        sampler = LengthBucketSampler(range(50), 4, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert draw() == draw()
    assert draw() != draw(**changed)
