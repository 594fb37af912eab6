"""Utterances out of the names of labels."""

import pytest

from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance
from modeling_bilstm_nlu.data.label_names import label_name_utterances, name_words


@pytest.mark.parametrize(
    "label, words",
    [
        ("PlayMusicIntent", "play music"),
        ("alarm_set", "alarm set"),
        ("AMAZON.HelpIntent", "help"),
        ("@sys.geo-city", "geo city"),
        ("smalltalk.agent.FAQ", "smalltalk agent faq"),
        ("HTTPStatus2", "http status 2"),
        ("Größe_ändern", "größe ändern"),
        ("Intent", "intent"),
        ("天気", "天気"),
        ("123", ""),
        ("_", ""),
    ],
)
def test_name_words(label: str, words: str):
    assert name_words(label) == words


def domain() -> Domain:
    rows = [
        Utterance("put on jude", "PlayIntent", (SlotSpan("song", 7, 11),)),
        Utterance("halt", "StopIntent"),
        Utterance("in the den", "StopIntent", (SlotSpan("room", 7, 10),)),
    ]
    found = Domain.from_utterances("d", {"train": rows})
    found.catalogs = {"song": SlotCatalog("song", {"let it be": ()}), "unused": SlotCatalog("unused", {"x": ()})}
    return found


def named(domain: Domain, **options: int) -> list[Utterance]:
    return label_name_utterances(domain, domain.utterances("train"), **options)


def test_intents_and_slot_types_by_name():
    found = named(domain(), per_slot_type=20)
    intents = [(row.text, row.intent) for row in found if row.intent is not None]
    assert intents == [("play", "PlayIntent"), ("stop", "StopIntent")]
    assert all(row.spans is None for row in found if row.intent is not None), "slots of a name are not annotated"
    slots = {(row.text, row.spans) for row in found if row.intent is None}
    assert slots == {
        ("song jude", (SlotSpan("song", 5, 9),)),
        ("song let it be", (SlotSpan("song", 5, 14),)),
        ("room den", (SlotSpan("room", 5, 8),)),
    }


def test_the_draw_repeats_and_a_single_intent_needs_no_name():
    assert named(domain(), seed=3) == named(domain(), seed=3)
    rows = [Utterance("the den", "StopIntent", (SlotSpan("room", 4, 7),))]
    assert [row.intent for row in named(Domain.from_utterances("d", {"train": rows}))] == [None, None]
