"""Near copies of skills: values and case make no difference, other phrases do."""

import pytest

from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance
from research.studies.near_copies import resemblance, sketch_of


def domain(*phrases: str, value: str) -> Domain:
    rows = []
    for phrase in phrases:
        start = phrase.index("{")
        rows.append(Utterance(phrase.replace("{}", value), "ask", (SlotSpan("what", start, start + len(value)),)))
    return Domain.from_utterances("asked", {"train": rows})


def test_values_make_no_difference_and_phrases_do():
    phrases = [f"tell me number {word} of {{}}" for word in ("one", "two", "three", "four")]
    one = sketch_of(domain(*phrases, value="roses"))
    assert len(one) == 4
    assert resemblance(one, sketch_of(domain(*phrases, value="the old oak"))) == 1
    assert resemblance(one, sketch_of(domain(*phrases[:3], "Tell me of {}", value="oak"))) == pytest.approx(3 / 5)
    assert resemblance(one, sketch_of(domain("where is {}", value="oak"))) == 0
    assert resemblance([], []) == 0
