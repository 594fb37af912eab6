"""Segments: where a text with several intents is split.

A network gives two kinds of numbers: the log-odds that a segment starts at a word, and the log-odds that a piece of
text is a whole utterance. These functions choose the best split from the numbers. This file loads no torch, so every
engine can use it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

#: Words between segments; they belong to no segment.
CONNECTIVES = frozenset(("&", ",", ".", ";", "also", "and", "plus", "then"))

#: Largest number of words of a text where segments may start; the number of pieces to read grows with its square.
MAX_STARTS = 8
#: Smallest log-odds of a word where a segment may start.
LEAST_START = -8.0
#: Added to the log-odds of every start. This number and the next one were chosen on validation data.
START_BONUS = 3.0
#: Weight of the log-probability that a segment is a whole utterance.
WHOLE_WEIGHT = 3.0

#: What is said about a checkpoint without the heads that split texts.
CANNOT_SPLIT = (
    "multi=True: the checkpoint has no heads that split texts; train it again with this version, and without "
    "fit_segments=false"
)

#: Two edges: the numbers of the first word of a piece and of the first word after it.
Edges = tuple[int, int]


class Segment(NamedTuple):
    """A part of a text with one intent: its start and end in characters, end exclusive."""

    start: int
    end: int


class SpacedText(NamedTuple):
    """A text with its words.

    Attributes:
        text: the text.
        words: character offsets of its words.
        log_odds: the log-odds that a segment starts at each word.
    """

    text: str
    words: Sequence[tuple[int, int]]
    log_odds: Sequence[float]


def split_texts(texts: Sequence[SpacedText], wholes: Callable[[list[str]], Sequence[float]]) -> list[list[Segment]]:
    """Return the segments of each text, in order; a text with one intent is one segment.

    Args:
        texts: the texts; one without words is one segment.
        wholes: function from texts to the log-odds that each is one whole utterance.
    """
    pieces = [
        possible_segments(text, words, starts) if len(words) > 1 and (starts := possible_starts(log_odds)) else {}
        for text, words, log_odds in texts
    ]
    parts = [
        given.text[segment.start : segment.end]
        for given, found in zip(texts, pieces, strict=True)
        for segment in found.values()
    ]
    odds = iter(wholes(parts))
    splits = []
    for given, found in zip(texts, pieces, strict=True):
        segments = best_segments(found, given.log_odds, {edges: next(odds) for edges in found}) if found else []
        splits.append(segments if len(segments) > 1 else [Segment(0, len(given.text))])
    return splits


def possible_starts(log_odds: Sequence[float]) -> list[int]:
    """Return the numbers of the words where a segment may start, in order; never the first word of the text.

    Args:
        log_odds: the log-odds that a segment starts at each word.
    """
    likely = [place for place in range(1, len(log_odds)) if log_odds[place] >= LEAST_START]
    return sorted(sorted(likely, key=lambda place: -log_odds[place])[:MAX_STARTS])


def possible_segments(text: str, words: Sequence[tuple[int, int]], starts: Sequence[int]) -> dict[Edges, Segment]:
    """Return the pieces of a text between all pairs of edges: its start, the possible starts, its end.

    Connectives at the edges are left out, and so are pieces that have only connectives.

    Args:
        text: the text.
        words: character offsets of its words, at least one.
        starts: result of `possible_starts`.
    """
    edges = [0, *starts, len(words)]
    found = {}
    for place, first in enumerate(edges):
        for last in edges[place + 1 :]:
            left, right = first, last
            while first and left < right and _is_connective(text, words[left]):
                left += 1
            while last < len(words) and left < right and _is_connective(text, words[right - 1]):
                right -= 1
            if left < right:
                end = words[right - 1][1] if last < len(words) else max(words[-1][1], len(text.rstrip()))
                found[first, last] = Segment(words[left][0], end)
    return found


def best_segments(
    segments: Mapping[Edges, Segment], log_odds: Sequence[float], whole: Mapping[Edges, float]
) -> list[Segment]:
    """Return the segments of the best split, in order; a single one if the text should not be split.

    The score of a split is the sum of the log-odds of its starts, with a bonus for each, and of the weighted
    log-probabilities that its segments are whole utterances. The text itself is one of the splits.

    Args:
        segments: result of `possible_segments`.
        log_odds: the log-odds that a segment starts at each word.
        whole: the log-odds that each of `segments` is a whole utterance.
    """
    best: dict[int, tuple[float, list[Segment]]] = {0: (0.0, [])}  # edge -> the best split of the text before it
    for first, last in sorted(segments, key=lambda edges: (edges[1], edges[0])):
        if first not in best:
            continue
        score, before = best[first]
        score += WHOLE_WEIGHT * _log_sigmoid(whole[first, last])
        score += log_odds[first] + START_BONUS if first else 0.0
        if last not in best or score > best[last][0]:
            best[last] = (score, [*before, segments[first, last]])
    return best[max(last for _, last in segments)][1]


def _is_connective(text: str, word: tuple[int, int]) -> bool:
    return text[word[0] : word[1]].lower() in CONNECTIVES


def _log_sigmoid(value: float) -> float:
    return min(value, 0.0) - math.log1p(math.exp(-abs(value)))
