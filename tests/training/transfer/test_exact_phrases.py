"""The phrases that a domain gives its model, and that every skill's own sentences are right."""

from pathlib import Path

import pytest
from toy_domain import toy_domain

from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, load_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.mixtures.mixture import Mixture
from modeling_bilstm_nlu.data.skill_spec import CarrierPhrase, SkillSpec
from modeling_bilstm_nlu.training.build import build_model
from modeling_bilstm_nlu.training.transfer.exact_phrases import exact_phrases_of, take_phrases
from modeling_bilstm_nlu.training.transfer.gazetteers import slot_catalogs_of
from research.frames.own_sentences import tally_of
from research.studies.skill_folders import FoundSkill, find_skills

TEA_SHOP = Path(__file__).resolve().parents[2] / "samples" / "tea_shop.json"


def domain_of(*rows: Utterance, **more: list[Utterance]) -> Domain:
    return Domain.from_utterances("d", {"train": list(rows), **more})


def test_annotated_utterances_of_all_splits_are_phrases():
    domain = domain_of(
        Utterance("play jazz!", "play", (SlotSpan("genre", 5, 9),)),
        Utterance("Play JAZZ", "play", (SlotSpan("genre", 5, 9),)),
        Utterance("stop", "stop"),
        validation=[Utterance("play (jazz) now", "play", (SlotSpan("genre", 5, 11),))],
        test=[Utterance("halt", "stop"), Utterance("go", "out_of_scope")],
    )
    phrases, left_out = exact_phrases_of(domain)
    assert phrases.to_dict() == {
        "intents": {
            "play": [["play ", ["genre", "jazz"], "!"], ["play ", ["genre", "(jazz)"], " now"]],
            "stop": ["stop", "halt"],
        }
    }
    assert left_out == {DropReason.UNSEEN_LABELS: 1}
    answer = phrases.find("play (jazz) now", slot_catalogs_of(domain))
    assert answer is not None and answer.spans == (("genre", 5, 11),)


def test_a_slot_that_cuts_a_word_is_right_where_the_text_is_equal():
    spans = (SlotSpan("who", 3, 4), SlotSpan("end", 8, 9))
    domain = domain_of(Utterance("at 2-3pm.", "meet", spans), Utterance("At 2-3pm!", "meet"))
    phrases, left_out = exact_phrases_of(domain)
    assert not left_out and phrases.num_phrases == 2
    answers = [phrases.readings(text, slot_catalogs_of(domain)) for text in ("at 2-3pm.", "at 2-3pm", "at 2-3pm. ")]
    assert [len(found) for found in answers] == [2, 1, 1] and answers[0][1].spans == spans


def test_what_is_not_annotated_is_counted():
    domain = domain_of(
        Utterance("play jazz", "play", (SlotSpan("genre", 5, 9),)),
        Utterance("unknown slots", "play", None),
        Utterance("unknown intent", None),
        Utterance("rewind", "play", (SlotSpan("genre", 2, 6),)),
        Utterance("x" * 3_000, "play"),
    )
    phrases, left_out = exact_phrases_of(domain)
    assert phrases.num_phrases == 2
    assert left_out == {DropReason.UTTERANCES_NOT_ANNOTATED: 2, DropReason.PHRASES_OVER_THE_LIMIT: 1}


def test_data_with_intents_or_slots_alone_gives_phrases_too():
    assert exact_phrases_of(domain_of(Utterance("hi", "greet", None)))[0].to_dict() == {"intents": {"greet": ["hi"]}}
    slots = domain_of(Utterance("to rome", None, (SlotSpan("city", 3, 7),)))
    assert exact_phrases_of(slots)[0].to_dict() == {"intents": {"none": [["to ", ["city", "rome"]]]}}


def test_phrases_that_do_not_fit_are_counted():
    domain = domain_of(*(Utterance(f"number {i}", "count") for i in range(100)))
    phrases, left_out = exact_phrases_of(domain, max_phrases=30)
    assert phrases.num_phrases == 30 and left_out == {DropReason.PHRASES_OVER_THE_LIMIT: 70}
    phrases, left_out = exact_phrases_of(domain, max_bytes=500)
    assert 20 < phrases.num_phrases < 40 and len(phrases.to_json()) <= 500
    assert left_out[DropReason.PHRASES_OVER_THE_LIMIT] == 100 - phrases.num_phrases


def test_carrier_phrases_take_values_of_catalogs_and_of_closed_types():
    domain = load_domain(TEA_SHOP)
    catalogs, (phrases, _) = slot_catalogs_of(domain), exact_phrases_of(domain)
    content = phrases.to_dict()
    assert ["order ", ["cups"], " cups of ", ["tea"]] in content["intents"]["OrderTea"]
    assert "cups" in content["values"] and "tea" not in content["values"] and content["values"]["name"] == ["anna"]
    assert "stop" in content["intents"]["AMAZON.StopIntent"], "also the phrases that built-in intents get"
    for text in ("Order 37 cups of Earl Grey.", "order thirty seven cups of earl grey"):
        answer = phrases.find(text, catalogs)
        assert answer is not None and [name for name, _, _ in answer.spans] == ["cups", "tea"]
    assert phrases.to_json() == exact_phrases_of(load_domain(TEA_SHOP))[0].to_json()


def test_a_slot_is_not_confused_with_a_word_of_its_name():
    skill = SkillSpec("s", {"give": [CarrierPhrase("give {who} points"), CarrierPhrase("give {who} {points}")]})
    skill.slots, skill.catalogs = {"give": {"who": "WHO", "points": "N"}}, {"WHO": SlotCatalog("WHO", {"joe": ()})}
    rows = [Utterance("give joe ten", "give", (SlotSpan("who", 5, 8), SlotSpan("points", 9, 12)), "give: give {} {}")]
    domain = Domain.from_utterances("d", {"train": rows}, skill=skill)
    phrases, _ = exact_phrases_of(domain)
    assert phrases.num_phrases == 2 and phrases.find("give joe ten", slot_catalogs_of(domain)) is not None


def test_a_mixture_gives_no_phrases():
    domain = toy_domain()
    model = build_model(domain, vocabulary_size=8, ngram_buckets=8, shared_hidden=2, slot_hidden=2, intent_hidden=2)
    assert not model.exact_phrases
    take_phrases(model, domain)
    assert model.exact_phrases.num_phrases > 20
    take_phrases(model, domain, keep_phrases=False)
    assert not model.exact_phrases
    mixture = Mixture.__new__(Mixture)
    take_phrases(model, mixture)
    assert not model.exact_phrases


def skills_of(shared_dir: Path) -> list[FoundSkill]:
    return find_skills(shared_dir / "skills")


def assert_all_right(skill: FoundSkill) -> None:
    tally, _, _ = tally_of(load_domain(skill.path))
    assert tally["wrong"] == tally["missed"] == 0 < tally["right"], (skill.name, dict(tally))


def test_own_sentences_of_some_skills_are_right(shared_dir: Path):
    for skill in skills_of(shared_dir)[5::47]:
        assert_all_right(skill)


@pytest.mark.slow
def test_own_sentences_of_all_skills_are_right(shared_dir: Path):
    for skill in skills_of(shared_dir):
        assert_all_right(skill)
