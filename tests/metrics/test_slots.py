import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_to_spans
from modeling_bilstm_nlu.metrics.slots import (
    SlotTypeScores,
    slot_f1,
    slot_precision,
    slot_recall,
    slot_scores,
    slot_scores_from_tags,
    slot_scores_per_type,
)


@pytest.mark.parametrize(
    "gold, predicted, precision, recall, f1",
    [
        # one utterance
        ([("song", 5, 9)], [("song", 5, 9)], 1, 1, 1),
        ([("song", 5, 9)], [("song", 0, 9)], 0, 0, 0),  # too wide is wrong
        ([("song", 5, 9)], [("song", 5, 12)], 0, 0, 0),
        ([("song", 5, 9)], [("song", 6, 9)], 0, 0, 0),  # too narrow is wrong
        ([("song", 5, 9)], [("artist", 5, 9)], 0, 0, 0),  # the wrong type is wrong
        ([("song", 5, 9)], [], 0, 0, 0),  # a missed slot counts
        ([], [("song", 5, 9)], 0, 0, 0),  # an invented slot counts
        ([], [], 1, 1, 1),  # nothing there, nothing said: perfect
        ([("song", 5, 9)], [("song", 5, 7), ("song", 7, 9)], 0, 0, 0),  # one slot cut in two is wrong twice
        ([("song", 5, 9), ("room", 17, 24)], [("song", 5, 9)], 1, 1 / 2, 2 / 3),
        ([("song", 5, 9)], [("song", 5, 9), ("room", 17, 24)], 1 / 2, 1, 2 / 3),
        ([("song", 5, 9), ("room", 17, 24)], [("song", 5, 9), ("room", 13, 24)], 1 / 2, 1 / 2, 1 / 2),
        ([("song", 5, 9)], [("song", 5, 9), ("song", 5, 9)], 1, 1, 1),  # said twice counts once
        ([("room", 17, 24), ("song", 5, 9)], [("song", 5, 9), ("room", 17, 24)], 1, 1, 1),  # order does not matter
        ([("song", 5, 9)], None, 0, 0, 0),  # no answer is no slot
    ],
)
def test_one_utterance(gold, predicted, precision, recall, f1):
    assert slot_scores([gold], [predicted]) == pytest.approx((precision, recall, f1))
    assert slot_precision([gold], [predicted]) == pytest.approx(precision)
    assert slot_recall([gold], [predicted]) == pytest.approx(recall)
    assert slot_f1([gold], [predicted]) == pytest.approx(f1)


@pytest.mark.parametrize(
    "gold, predicted, f1",
    [
        ([[("a", 0, 1)], []], [[("a", 0, 1)], []], 1),
        ([[("a", 0, 1)], []], [[], [("a", 0, 1)]], 0),  # the right slot in the wrong utterance
        ([[("a", 0, 1)], None], [[("a", 0, 1)], [("b", 0, 1)]], 1),  # not annotated: left out
        ([[("a", 0, 1)], []], [[("a", 0, 1)], [("b", 0, 1)]], 2 / 3),  # annotated and empty: counts
        # micro, not the mean over utterances: 3 right of 3 gold and 4 predicted
        (
            [[("a", 0, 1), ("a", 2, 3), ("a", 4, 5)], []],
            [[("a", 0, 1), ("a", 2, 3), ("a", 4, 5)], [("a", 0, 1)]],
            6 / 7,
        ),
    ],
)
def test_many_utterances(gold, predicted, f1):
    assert slot_f1(gold, predicted) == pytest.approx(f1)


@pytest.mark.parametrize(
    "gold, predicted, precision, recall, f1",
    [
        ("O B-song I-song", "O B-song I-song", 1, 1, 1),
        ("O B-song I-song", "B-song I-song I-song", 0, 0, 0),  # too wide
        ("O B-song I-song", "O B-song O", 0, 0, 0),  # too narrow
        ("O B-song I-song", "O B-artist I-artist", 0, 0, 0),  # wrong type
        ("O B-song I-song", "O B-song I-artist", 0, 0, 0),  # the type changes inside: a song of one word
        ("O B-song I-song", "O B-song B-song", 0, 0, 0),  # two songs of one word
        ("O B-song I-song", "O I-song I-song", 0, 0, 0),  # I- without B- starts nothing
        ("O B-song I-song", "O O O", 0, 0, 0),
        ("O O O", "O I-song I-song", 1, 1, 1),  # ... and so invents nothing
        ("O O O", "O B-song O", 0, 0, 0),
        ("O O O", "O O O", 1, 1, 1),
        ("", "", 1, 1, 1),
        ("B-song B-song", "B-song B-song", 1, 1, 1),  # neighbours of one type
        ("B-song B-song", "B-song I-song", 0, 0, 0),
        ("B-song O B-room", "B-song O O", 1, 1 / 2, 2 / 3),
        ("B-song O O", "B-song O B-room", 1 / 2, 1, 2 / 3),
        ("B-x O", "B-x- O", 0, 0, 0),  # seqeval alone takes x and x- for one type
        ("B-time-of-day I-time-of-day", "B-time-of-day I-time-of-day", 1, 1, 1),
    ],
)
def test_tags(gold, predicted, precision, recall, f1):
    gold, predicted = gold.split(), predicted.split()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # seqeval warns where a ratio has no denominator; we define it
        scores = slot_scores_from_tags([gold], [predicted])
    assert scores == pytest.approx((precision, recall, f1))
    assert slot_scores([spans_of(gold)], [spans_of(predicted)]) == scores


def test_tags_without_annotation_are_left_out():
    assert slot_scores_from_tags([["B-a"], None], [["B-a"], ["B-b", "O"]]).f1 == 1


@pytest.mark.parametrize(
    "score, gold, predicted, message",
    [
        (slot_scores, [[]], [[], []], "1 gold.*2"),
        (slot_scores, [None], [[]], "1 utterance"),
        (slot_scores_from_tags, [], [], "0 utterance"),
        (slot_scores_from_tags, [["O"]], [["O", "O"]], "1 gold.*2"),
        (slot_scores_from_tags, [["O"]], [["E-song"]], "'E-song'"),
        (slot_scores_from_tags, [["B-"]], [["O"]], "'B-'"),
    ],
)
def test_what_cannot_be_scored_is_an_error(score, gold, predicted, message):
    with pytest.raises(DataError, match=message):
        score(gold, predicted)


def test_scores_per_type():
    gold = [[("song", 0, 1), ("room", 2, 3)], [("song", 0, 1)], None]
    predicted = [[("song", 0, 1), ("time", 2, 3)], [("song", 0, 2)], [("song", 0, 1)]]
    assert slot_scores_per_type(gold, predicted) == {
        "room": SlotTypeScores(0, 0, 0, num_gold=1, num_predicted=0),
        "song": SlotTypeScores(1 / 2, 1 / 2, 1 / 2, num_gold=2, num_predicted=2),
        "time": SlotTypeScores(0, 0, 0, num_gold=0, num_predicted=1),
    }
    assert list(slot_scores_per_type(gold, predicted)) == ["room", "song", "time"]


def spans_of(tags: list[str]) -> list[tuple[str, int, int]]:
    return tags_to_spans([(i, i + 1) for i in range(len(tags))], tags)


# Any tags at all, also such as no decoder would give: I- after O, a type that changes inside a slot.
TAGS = st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b", "B-time-of-day", "I-time-of-day"])
PAIRS = st.lists(
    st.integers(0, 6).flatmap(
        lambda size: st.tuples(*[st.lists(TAGS, min_size=size, max_size=size) for _ in range(2)])
    ),
    min_size=1,
    max_size=6,
)


@given(PAIRS)
def test_spans_and_seqeval_agree(pairs):
    gold, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    by_spans = slot_scores([spans_of(tags) for tags in gold], [spans_of(tags) for tags in predicted])
    assert by_spans == pytest.approx(slot_scores_from_tags(gold, predicted))
    if any(spans_of(tags) for tags in gold + predicted):
        official = f1_score(gold, predicted, mode="strict", scheme=IOB2, zero_division=0)
        assert by_spans.f1 == pytest.approx(official)


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_utterances_and_spans_does_not_matter(pairs, random):
    frames = [(spans_of(gold), spans_of(predicted)) for gold, predicted in pairs]
    before = slot_scores([gold for gold, _ in frames], [predicted for _, predicted in frames])
    shuffled = [
        (random.sample(gold, len(gold)), random.sample(predicted, len(predicted))) for gold, predicted in frames
    ]
    random.shuffle(shuffled)
    assert slot_scores([gold for gold, _ in shuffled], [predicted for _, predicted in shuffled]) == before


@given(PAIRS)
def test_scores_are_fractions_and_swapping_sides_swaps_precision_and_recall(pairs):
    gold, predicted = [spans_of(pair[0]) for pair in pairs], [spans_of(pair[1]) for pair in pairs]
    scores = slot_scores(gold, predicted)
    assert all(0 <= score <= 1 for score in scores)
    swapped = slot_scores(predicted, gold)
    assert (swapped.precision, swapped.recall) == (scores.recall, scores.precision)
    assert slot_scores(gold, gold) == (1, 1, 1)
