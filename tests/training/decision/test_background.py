"""The background: what is in it, and what is left out for a skill."""

from pathlib import Path

import pytest

from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.data.text import loose_key
from modeling_bilstm_nlu.training.decision.background import BACKGROUND_FILE, background, background_for


def test_it_is_small_varied_and_attributed():
    rows = background()
    assert 2000 <= len(rows) <= 4000
    assert len({row.group for row in rows}) > 100
    assert len({loose_key(row.text) for row in rows}) == len(rows), "no text twice"
    assert all(0 < len(row.text.split()) <= 16 and row.text == row.text.lower() for row in rows)
    notice = (BACKGROUND_FILE.parent / "NOTICE.txt").read_text("utf-8").lower().replace("-", "").replace("+", "p")
    for corpus in {row.corpus.partition("/")[0] for row in rows}:
        assert corpus.replace("restaurant8k", "restaurants8k") in notice, corpus


def domain_of(*utterances: Utterance) -> Domain:
    return Domain.from_utterances("skill", {"train": utterances})


def test_texts_and_intents_of_the_skill_are_left_out():
    rows = background()
    text = next(row.text for row in rows if row.corpus == "nlupp").upper() + "!"
    kept = background_for(domain_of(Utterance(text, "Blorp"), Utterance("blorp", "SetAlarmIntent")))
    assert loose_key(text) not in {loose_key(row.text) for row in kept}
    assert "alarm_set" in {row.intent for row in rows}
    assert "alarm_set" not in {row.intent for row in kept}, "the order of the words does not matter"
    assert "alarm_remove" in {row.intent for row in kept}


def test_intents_that_use_the_words_of_the_skill_are_left_out():
    plain = domain_of(Utterance("feed the cat", "Feed"), Utterance("pet the dog", "Pet"))
    weather = domain_of(
        Utterance("feed the cat", "Feed"),
        Utterance("what is the weather forecast in boston", "Sky", (("place", 31, 37),)),
        Utterance("will it rain today", "Sky"),
        Utterance("weather in paris", "Sky", (("place", 11, 16),)),
    )
    kept = [{row.intent for row in background_for(domain)} for domain in (plain, weather)]
    assert "weather_query" in kept[0]
    assert "weather_query" not in kept[1]
    assert len(kept[0] - kept[1]) < 10, "all that is far from the skill stays"


def test_whole_intents_are_held_back():
    by_group: dict[tuple[str, str], set[bool]] = {}
    for row in background():
        by_group.setdefault(row.group, set()).add(row.is_held_back)
    assert all(len(answers) == 1 for answers in by_group.values())
    share = sum(row.is_held_back for row in background()) / len(background())
    assert 0.2 < share < 0.45


@pytest.mark.parametrize(
    "corpus", ["clinc150", "banking77", "hint3/curekart", "hint3/powerplay11", "hint3/sofmattress"]
)
def test_no_text_of_the_corpora_that_measure_rejection(shared_dir: Path, corpus: str):
    domain = load_domain(corpus, data_dir=shared_dir / "data")
    theirs = {loose_key(text) for split in domain.splits for text in domain.splits[split]["text"]}
    assert not theirs & {loose_key(row.text) for row in background()}
