from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.schema import SlotSpan, Utterance
from modeling_bilstm_nlu.metrics.frames import (
    GoldFrame,
    combined_error,
    frame_accuracy,
    frame_error,
    semantic_error_rate,
)

SONG, ROOM = ("song", 5, 9), ("room", 17, 24)


@pytest.mark.parametrize(
    "gold, predicted, is_right",
    [
        (GoldFrame("play", [SONG, ROOM]), GoldFrame("play", [ROOM, SONG]), True),
        (GoldFrame("play", [SONG]), GoldFrame("stop", [SONG]), False),  # wrong intent
        (GoldFrame("play", [SONG]), GoldFrame("play", []), False),  # a slot missed
        (GoldFrame("play", []), GoldFrame("play", [SONG]), False),  # a slot invented
        (GoldFrame("play", [SONG]), GoldFrame("play", [("song", 5, 10)]), False),  # a wrong edge
        (GoldFrame("play", [SONG]), GoldFrame("play", [("room", 5, 9)]), False),  # a wrong type
        (GoldFrame("play", []), GoldFrame("play", []), True),
        (GoldFrame("play", []), GoldFrame("play", None), True),
        (GoldFrame("play", []), GoldFrame(None, []), False),
        # no utterance has both annotations: each is scored on what it has
        (GoldFrame("play", None), GoldFrame("play", [SONG]), True),
        (GoldFrame(None, [SONG]), GoldFrame("play", [SONG]), True),
        (GoldFrame(None, [SONG]), GoldFrame("play", []), False),
    ],
)
def test_frame_accuracy_of_one_utterance(gold, predicted, is_right):
    assert frame_accuracy([gold], [predicted]) == is_right
    assert frame_error([gold], [predicted]) == 1 - is_right


def test_frame_accuracy_runs_over_utterances_with_both_annotations():
    gold = [GoldFrame("play", [SONG]), GoldFrame("play", None), GoldFrame(None, [SONG]), GoldFrame("stop", [])]
    wrong = GoldFrame("other", [ROOM])
    assert frame_accuracy(gold, [gold[0], wrong, wrong, wrong]) == 1 / 2


@pytest.mark.parametrize(
    "gold, predicted, rate",
    [
        (GoldFrame("play", [SONG, ROOM]), GoldFrame("play", [SONG, ROOM]), 0),
        (GoldFrame("play", [SONG, ROOM]), GoldFrame("stop", [SONG, ROOM]), 1 / 3),  # the intent is one slot of three
        (GoldFrame("play", [SONG, ROOM]), GoldFrame("play", [SONG]), 1 / 3),  # a deletion
        (GoldFrame("play", [SONG]), GoldFrame("play", [SONG, ROOM]), 1 / 2),  # an insertion
        (GoldFrame("play", [SONG]), GoldFrame("play", [("artist", 5, 9)]), 1 / 2),  # wrong type: one substitution
        (GoldFrame("play", [SONG]), GoldFrame("play", [("song", 0, 9)]), 1 / 2),  # wrong edge: one substitution
        (GoldFrame("play", [SONG]), GoldFrame("play", [("artist", 7, 12)]), 1 / 2),  # both wrong: still one
        (GoldFrame("play", [SONG]), GoldFrame("play", [("song", 10, 14)]), 2 / 2),  # elsewhere: deletion and insertion
        (GoldFrame("play", [SONG]), GoldFrame("play", [("song", 9, 14)]), 2 / 2),  # touching is not overlapping
        (GoldFrame("play", [SONG]), GoldFrame("play", [("song", 5, 7), ("song", 7, 9)]), 2 / 2),  # cut in two
        (GoldFrame("play", [("a", 0, 4), ("a", 5, 9)]), GoldFrame("play", [("a", 0, 9)]), 2 / 3),  # joined in one
        (
            GoldFrame("play", [("a", 0, 4)]),
            GoldFrame("play", [("a", 0, 4), ("b", 0, 9)]),
            1 / 2,
        ),  # correct comes first
        # the first of two could align with either; the alignment with the most pairs is taken
        (GoldFrame("play", [("a", 0, 9), ("a", 10, 14)]), GoldFrame("play", [("b", 0, 4), ("b", 8, 14)]), 2 / 3),
        (GoldFrame("play", []), GoldFrame("play", []), 0),
        (GoldFrame("play", []), GoldFrame("stop", [SONG, ROOM]), 3),  # insertions let the rate pass 1
        (GoldFrame("play", None), GoldFrame("stop", [SONG]), 1),  # only intents annotated
        (GoldFrame(None, [SONG, ROOM]), GoldFrame("stop", [SONG]), 1 / 2),  # only slots annotated
        (GoldFrame(None, []), GoldFrame("stop", []), 0),
        (GoldFrame(None, []), GoldFrame("stop", [SONG]), 1),
    ],
)
def test_semantic_error_rate_of_one_utterance(gold, predicted, rate):
    assert semantic_error_rate([gold], [predicted]) == pytest.approx(rate)


def test_semantic_error_rate_sums_over_utterances_before_it_divides():
    gold = [GoldFrame("play", [SONG, ROOM]), GoldFrame("stop", [])]
    predicted = [GoldFrame("play", [SONG]), GoldFrame("play", [SONG])]
    assert semantic_error_rate(gold, predicted) == pytest.approx(3 / 4)  # 1 deleted, 1 substituted, 1 inserted


@pytest.mark.parametrize(
    "intent_error, slot_error, combined",
    [(0.1, 0.3, 0.2), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.1, None, 0.1), (None, 0.3, 0.3), (0.0, None, 0.0)],
)
def test_combined_error(intent_error, slot_error, combined):
    assert combined_error(intent_error, slot_error) == pytest.approx(combined)


def test_utterances_are_frames():
    gold = [Utterance("play jazz in the kitchen", "play", (SlotSpan("genre", 5, 9), SlotSpan("room", 17, 24)))]
    assert frame_accuracy(gold, [GoldFrame("play", [("genre", 5, 9), ("room", 17, 24)])]) == 1


@pytest.mark.parametrize("score", [frame_accuracy, semantic_error_rate])
def test_what_cannot_be_scored_is_an_error(score):
    with pytest.raises(DataError, match="1 gold.*0"):
        score([GoldFrame("play")], [])
    with pytest.raises(DataError, match="1 utterance"):
        score([GoldFrame(None, None)], [GoldFrame("play")])


def test_a_combined_error_of_nothing_is_an_error():
    with pytest.raises(DataError):
        combined_error(None, None)


SPANS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 6), st.integers(1, 4)).map(lambda x: (x[0], x[1], x[1] + x[2])),
    max_size=4,
    unique=True,
)
FRAMES = st.builds(GoldFrame, st.sampled_from(["play", "stop"]), SPANS)


@given(SPANS.map(lambda spans: spans[:3]), SPANS.map(lambda spans: spans[:3]))
def test_the_alignment_is_the_one_with_the_fewest_errors(gold, predicted):
    def cost(right, guess):
        """No error for the same slot, one for two slots that overlap, two (deleted, inserted) for others."""
        if right == guess:
            return 0
        return 1 if right and guess and right[1] < guess[2] and guess[1] < right[2] else bool(right) + bool(guess)

    rows = [*gold, *[None] * len(predicted)]
    columns = [*predicted, *[None] * len(gold)]
    fewest = min(sum(map(cost, rows, order)) for order in permutations(columns))
    rate = semantic_error_rate([GoldFrame("play", gold)], [GoldFrame("play", predicted)])
    assert rate == pytest.approx(fewest / (1 + len(set(gold))))


@given(st.lists(st.tuples(FRAMES, FRAMES), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_bounds_and_order(pairs, random):
    gold, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert frame_error(gold, gold) == semantic_error_rate(gold, gold) == 0
    assert 0 <= frame_error(gold, predicted) <= 1
    assert semantic_error_rate(gold, predicted) >= 0
    assert (semantic_error_rate(gold, predicted) == 0) == (frame_error(gold, predicted) == 0)
    shuffled = random.sample(pairs, len(pairs))
    gold_again, predicted_again = [pair[0] for pair in shuffled], [pair[1] for pair in shuffled]
    assert frame_accuracy(gold_again, predicted_again) == frame_accuracy(gold, predicted)
    assert semantic_error_rate(gold_again, predicted_again) == semantic_error_rate(gold, predicted)
