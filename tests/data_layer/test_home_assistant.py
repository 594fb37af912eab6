"""The intents of Home Assistant, from their package."""

import pytest

from modeling_bilstm_nlu.data import Domain, load_domain
from modeling_bilstm_nlu.data.corpora import home_assistant
from modeling_bilstm_nlu.errors import DataError


@pytest.fixture(scope="module")
def domain() -> Domain:
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    pytest.importorskip("home_assistant_intents", reason="needs the extra 'demo'")
    return load_domain("home_assistant", max_per_intent=60)


def test_intents_and_slots(domain):
    assert len(domain.spec.intents) >= 35
    assert {"area", "name", "floor", "color", "temperature", "item"} <= set(domain.spec.slot_types)
    assert sum(domain.splits.num_rows.values()) > 1500


def test_sentences_are_clean_and_spans_meet_words(domain):
    for utterance in domain.utterances("train"):
        assert utterance.text == " ".join(utterance.text.split())
        assert not set("[]{}<>()|") & set(utterance.text)
        for _, start, end in utterance.spans:
            assert not (utterance.text[:start][-1:].isalnum() or utterance.text[end:][:1].isalnum()), utterance


def test_templates_stay_in_one_split(domain):
    groups = [set(rows["group"]) for rows in domain.splits.values()]
    assert sum(map(len, groups)) == len(set().union(*groups))


def test_the_draw_is_seeded(domain):
    again = load_domain("home_assistant", max_per_intent=60)
    assert again.utterances("train") == domain.utterances("train")
    assert (
        load_domain("home_assistant", max_per_intent=60, seed=1).splits["train"]["text"]
        != domain.splits["train"]["text"]
    )


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(home_assistant, "_missing", ImportError("No module named 'hassil'"))
    with pytest.raises(DataError, match=r"No module named 'hassil'; run: pip install 'bilstm-nlu\[demo\]'"):
        load_domain("home_assistant")


def test_a_limit_below_one(domain):
    with pytest.raises(DataError, match="at least 1"):
        load_domain("home_assistant", max_per_intent=0)
