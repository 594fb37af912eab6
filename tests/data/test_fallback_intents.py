"""Which intent of a skill means none of the others."""

import pytest

from modeling_bilstm_nlu.data import Domain, Utterance
from modeling_bilstm_nlu.data.fallback_intents import fallback_intent, is_fallback
from modeling_bilstm_nlu.data.skill_spec import CarrierPhrase, SkillSpec


@pytest.mark.parametrize(
    "name",
    [
        "AMAZON.FallbackIntent",
        "FallbackIntent",
        "Default Fallback Intent",
        "actions.intent.NO_MATCH",
        "None",
        "nlu_fallback",
        "out_of_scope",
        "oos",
        "OutOfDomain",
        "Unhandled",
    ],
)
def test_names_of_platforms(name):
    assert is_fallback(name)
    domain = Domain.from_utterances("skill", {"train": [Utterance("play it", "play"), Utterance("what", name)]})
    assert fallback_intent(domain) == name


@pytest.mark.parametrize("name", ["play", "AMAZON.HelpIntent", "NoneOfYourBusiness", "nothing", "fall back to radio"])
def test_other_names(name):
    assert not is_fallback(name)


def test_a_fallback_intent_may_have_no_utterance():
    skill = SkillSpec("skill", {"play": [CarrierPhrase("play it")]}, {"play": {}, "AMAZON.FallbackIntent": {}})
    domain = Domain.from_utterances("skill", {"train": [Utterance("play it", "play")]}, skill=skill)
    assert fallback_intent(domain) == "AMAZON.FallbackIntent"


def test_the_name_of_a_platform_wins_over_a_common_word():
    rows = [Utterance("a", "unknown"), Utterance("b", "nlu_fallback"), Utterance("c", "play")]
    assert fallback_intent(Domain.from_utterances("bot", {"train": rows})) == "nlu_fallback"


def test_a_domain_without_a_fallback_intent():
    rows = [Utterance("a", "play"), Utterance("b", "stop")]
    assert fallback_intent(Domain.from_utterances("bot", {"train": rows})) is None


def test_the_only_intent_of_a_domain_is_not_its_fallback():
    assert fallback_intent(Domain.from_utterances("slots", {"train": [Utterance("a", "none")]})) is None
