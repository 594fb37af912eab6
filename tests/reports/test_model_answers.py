"""The reports ask the runtime, and get the scores that `eval` gets from torch."""

from pathlib import Path

import pytest
from labelled import case

from bilstm_nlu.runtime.nlu import load
from modeling_bilstm_nlu.data import load_domain
from modeling_bilstm_nlu.data.schema import SlotSpan, Utterance
from modeling_bilstm_nlu.reports.answers import cases_of, scores_of
from modeling_bilstm_nlu.training.scoring import evaluate_checkpoint


def test_scores_are_those_of_eval(tiny: Path, rows: Path):
    domain = load_domain(rows, validation_size=0, test_size=0)
    cases = cases_of(load(tiny), domain.utterances("train"))
    expected = evaluate_checkpoint(tiny, domain, "train")
    found = scores_of(cases, decides=True)
    assert expected.keys() - {"threshold"} == found.keys()
    for name, value in found.items():
        assert value == pytest.approx(expected[name], abs=1e-3), name


def test_gold_slots_are_widened_to_whole_words(tiny: Path):
    row = Utterance("play some jazzy music", "play", (SlotSpan("genre", 10, 14),))
    (found,) = cases_of(load(tiny), [row])
    assert found.spans == (SlotSpan("genre", 10, 15),)
    assert found.is_in_scope and found.group == row.text


def test_what_users_get():
    assert case("play it").is_served_right
    assert not case("play it", accepted=False).is_served_right
    assert not case("play it", answer="stop").is_served_right
    assert not case("play [jazz](genre)", slots="play jazz").is_served_right
    foreign = case("who are you", intent="smalltalk", answer="play")
    assert not foreign.is_served_right and case("hm", intent="none", accepted=False).is_served_right
