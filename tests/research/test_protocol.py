"""What an arm is given: draws by size or by intent, and evaluation on a part."""

from collections import Counter

import pytest
from toy_domain import toy_domain

from bilstm_nlu.errors import DataError
from research.studies.protocol import Protocol, draw, why_too_small


def texts(domain, split="train"):
    return domain.splits[split]["text"][:]


def test_a_draw_keeps_the_labels_and_what_it_is_tested_on():
    domain = toy_domain()
    drawn = draw(domain, 6, 0, Protocol())
    assert len(drawn.splits["train"]) == 6 and drawn.spec == domain.spec
    assert texts(drawn, "test") == texts(domain, "test") and len(domain.splits["train"]) == 60
    assert texts(drawn) == texts(draw(domain, 6, 0, Protocol())) != texts(draw(domain, 6, 1, Protocol()))


def test_up_to_a_size():
    domain, protocol = toy_domain(), Protocol(up_to=True)
    assert why_too_small(domain, 1000, protocol) is None
    assert len(draw(domain, 1000, 0, protocol).splits["train"]) == 60
    assert why_too_small(domain, 1000, Protocol()) == "60 training utterances, fewer than 1000"
    with pytest.raises(DataError, match="1000"):
        draw(domain, 1000, 0, Protocol())


def test_small_draws_get_the_steps_and_large_ones_the_epochs():
    assert Protocol(steps=250).steps_for(10_000) == 250
    protocol = Protocol(steps=250, min_epochs=10, batch_size=16)
    assert [protocol.steps_for(n) for n in (10, 400, 401, 1600)] == [250, 250, 260, 1000]


def test_so_many_of_each_intent():
    domain, protocol = toy_domain(), Protocol(per_intent=True)
    three, five = (draw(domain, size, 0, protocol).splits["train"] for size in (3, 5))
    assert Counter(three["intent"]) == {"play": 3, "light": 3} and Counter(five["intent"]) == {"play": 5, "light": 5}
    assert Counter(three["text"]) <= Counter(five["text"])  # nested
    reason = why_too_small(domain, 50, protocol)
    assert reason is not None and reason.endswith(" 50")


def test_evaluation_on_a_part_is_on_the_same_part():
    domain, protocol = toy_domain(), Protocol(max_validation=5, max_test=7)
    first, second = (draw(domain, size, seed, protocol) for size, seed in ((6, 0), (10, 1)))
    assert len(texts(first, "test")) == 7 and texts(first, "test") == texts(second, "test")
    assert len(texts(first, "validation")) == 5 and texts(first, "validation") == texts(second, "validation")
    assert texts(first, "test") != texts(domain, "test")[:7]
