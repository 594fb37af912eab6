"""Two models on the same utterances: when is one better?"""

import pytest
from labelled import case

from modeling_bilstm_nlu.reports.paired import differences


def lists(num_both: int, num_only_a: int, num_only_b: int, group: str | None = None):
    """The cases of two models, with so many utterances that both, only A, and only B get right."""
    kinds = [(True, True)] * num_both + [(True, False)] * num_only_a + [(False, True)] * num_only_b
    return [
        [case(f"play number {i}", answer="play" if kind[m] else "stop", group=group) for i, kind in enumerate(kinds)]
        for m in (0, 1)
    ]


def found_for(a, b):
    return {one.name: one for one in differences(a, b)}


def test_a_clear_gain_is_seen():
    found = found_for(*lists(60, 1, 30))["intent_accuracy"]
    assert found.better == "b" and found.low > 0 and found.chance < 0.001
    assert (found.a, found.b) == pytest.approx((61 / 91, 90 / 91))
    assert found_for(*reversed(lists(60, 1, 30)))["frame_accuracy"].better == "a"


@pytest.mark.parametrize("only_a, only_b", [(0, 0), (3, 4), (0, 3)])
def test_a_small_change_is_not(only_a: int, only_b: int):
    assert found_for(*lists(50, only_a, only_b))["intent_accuracy"].better is None


def test_the_fillings_of_one_carrier_phrase_count_once():
    a, b = lists(0, 0, 40, group="play number {n}")
    more = [case(f"stop now {i}", "stop") for i in range(5)]
    found = found_for([*a, *more], [*b, *more])["intent_accuracy"]
    assert (found.num_utterances, found.num_groups, found.better) == (45, 6, None)


def test_slots_and_rejections():
    a = [case("play [jazz](genre)", slots="play jazz", accepted=False) for _ in range(30)]
    b = [case("play [jazz](genre)") for _ in range(30)]
    for place, (one, other) in enumerate(zip(a, b, strict=True)):
        for row in (one, other):
            object.__setattr__(row, "group", str(place))
    found = found_for(a, b)
    assert (found["slot_f1"].a, found["slot_f1"].b, found["slot_f1"].better) == (0, 1, "b")
    assert (found["rejected"].a, found["rejected"].b, found["rejected"].better) == (1, 0, "a")
    assert found["intent_accuracy"].better is None


def test_scores_without_labels_are_left_out():
    cases = [case("play jazz", intent=None, answer="play")]
    object.__setattr__(cases[0], "spans", None)
    assert set(found_for(cases, cases)) == {"rejected"}


def test_the_same_data_gives_the_same_interval():
    assert differences(*lists(20, 3, 9)) == differences(*lists(20, 3, 9))
