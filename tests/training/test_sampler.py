"""Samplers: every row once, like lengths together, another order every epoch; one corpus a batch."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.training.sampler import CorpusSampler, LengthBucketSampler


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


def corpus_batches(sizes, *, epoch=0, batch_size=4, **options):
    total = sum(sizes.values())
    sampler = CorpusSampler([i % 9 for i in range(total)], sizes, batch_size, **options)
    sampler.set_epoch(epoch)
    rows = list(sampler)
    assert len(rows) == len(sampler) and len(rows) % batch_size == 0
    return [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 60), min_size=1, max_size=4), st.integers(1, 9))
def test_a_batch_is_of_one_corpus(sizes, batch_size):
    edges = [sum(list(sizes.values())[:i]) for i in range(len(sizes) + 1)]
    for batch in corpus_batches(sizes, batch_size=batch_size):
        assert len({next(i for i, end in enumerate(edges[1:]) if row < end) for row in batch}) == 1


def test_a_high_temperature_evens_out_the_corpora():
    sizes = {"large": 900, "small": 100}

    def small(**options):
        batches = corpus_batches(sizes, **options)
        return sum(batch[0] >= 900 for batch in batches) / len(batches)

    assert small() == pytest.approx(0.1, abs=0.01)
    assert small(temperature=1e6) == pytest.approx(0.5, abs=0.01)


def test_epochs_go_through_all_rows_of_a_corpus():
    sizes = {"large": 80, "small": 40}
    seen = Counter(
        row for epoch in range(4) for batch in corpus_batches(sizes, epoch=epoch, temperature=1e6) for row in batch
    )
    assert set(seen) == set(range(120))
    assert {seen[row] for row in range(80)} == {3} and {seen[row] for row in range(80, 120)} == {6}


def test_the_draw_of_corpora_depends_on_seed_and_epoch_alone():
    sizes = {"large": 30, "small": 9}
    assert corpus_batches(sizes) == corpus_batches(sizes)
    assert corpus_batches(sizes) != corpus_batches(sizes, seed=1)
    assert corpus_batches(sizes) != corpus_batches(sizes, epoch=1)


def test_each_epoch_draws_one_variant_of_every_row():
    sampler = LengthBucketSampler([3] * 100, 4, num_variants=5)
    epochs = []
    for epoch in range(30):
        sampler.set_epoch(epoch)
        places = list(sampler)
        assert sorted(place % 20 for place in places) == list(range(20)) and len(sampler) == 20
        assert places == list(sampler), "the same places when it is read again"
        epochs.append(places)
    assert {place // 20 for places in epochs for place in places if place % 20 == 7} == set(range(5))


def test_batches_hold_variants_of_like_lengths():
    lengths = [1 + (row + 7 * variant) % 10 for variant in range(5) for row in range(100)]
    places = list(LengthBucketSampler(lengths, 10, num_variants=5))
    spreads = [
        max(lengths[place] for place in batch) - min(lengths[place] for place in batch)
        for batch in (places[start : start + 10] for start in range(0, 100, 10))
    ]
    assert max(spreads) <= 2
