"""Where a text is split, from the numbers of a network."""

import math
import re

import pytest

from modeling_bilstm_nlu.segments_bilstm_nlu import (
    LEAST_START,
    MAX_STARTS,
    Segment,
    best_segments,
    possible_segments,
    possible_starts,
)


def words_of(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


def split(text: str, starts: dict[str, float], wholes: dict[str, float], others: float = -4.0) -> list[str]:
    """The segments of a text; a text that is not in `wholes` has the log-odds `others`."""
    words = words_of(text)
    log_odds = [starts.get(text[start:end], LEAST_START - 1) for start, end in words]
    segments = possible_segments(text, words, possible_starts(log_odds))
    whole = {edges: wholes.get(text[start:end], others) for edges, (start, end) in segments.items()}
    return [text[start:end] for start, end in best_segments(segments, log_odds, whole)]


LAMP, ALARM, JAZZ = "turn off the lamp", "set an alarm for six", "play jazz"


@pytest.mark.parametrize("between", [" and ", " and then ", ", ", " ", ". ", ", and also "])
def test_connectives_belong_to_no_segment(between: str):
    text = LAMP + between + ALARM
    assert split(text, {"set": 3.0, "and": 1.0}, {LAMP: 4.0, ALARM: 4.0}) == [LAMP, ALARM]


def test_three_segments():
    text = f"{LAMP} and {ALARM}, {JAZZ}."
    assert split(text, {"set": 3.0, "play": 3.0}, {LAMP: 4.0, ALARM: 4.0, f"{JAZZ}.": 4.0}) == [
        LAMP,
        ALARM,
        f"{JAZZ}.",
    ], "the full stop at the end of the text belongs to its last segment"


def test_a_conjunction_in_a_value_stays_whole():
    text = "add salt and pepper to the list"
    assert split(text, {"pepper": 3.0, "and": 3.0}, {text: 4.0, "add salt": 3.0}) == [text]


def test_a_text_without_a_likely_start_is_one_piece():
    text = f"{LAMP} and {ALARM}"
    log_odds = [9.0] + [LEAST_START - 1] * 9
    assert possible_starts(log_odds) == [] and possible_starts([]) == []
    segments = possible_segments(text, words_of(text), [])
    assert segments == {(0, 10): Segment(0, len(text))}
    assert best_segments(segments, log_odds, {(0, 10): -99.0}) == [Segment(0, len(text))]


def test_only_the_best_starts_are_tried():
    starts = possible_starts([0.0, *(float(-abs(10 - place)) for place in range(1, 40))])
    assert len(starts) == MAX_STARTS and starts == sorted(starts) and 10 in starts and 1 not in starts


def test_a_piece_of_connectives_is_left_out():
    text = "play jazz and , then stop"
    segments = possible_segments(text, words_of(text), [2, 5])
    assert {text[start:end] for start, end in segments.values()} == {"play jazz", "stop", text}
    whole = dict.fromkeys(segments, 4.0)
    assert best_segments(segments, [0.0] * 6, whole) == [Segment(0, 9), Segment(21, 25)]


def test_white_space_at_the_end_and_extreme_numbers():
    text = "stop  \n"
    assert possible_segments(text, [(0, 4)], []) == {(0, 1): Segment(0, 4)}
    text = "a b"
    segments = possible_segments(text, words_of(text), [1])
    for big in (1e9, -1e9):
        assert all(
            math.isfinite(edge) for edge in best_segments(segments, [0.0, big], dict.fromkeys(segments, big))[0]
        )
