"""Variants of utterances with other values in their slots and fewer words around them."""

import random

from modeling_bilstm_nlu.data import SlotCatalog, SlotSpan, Utterance
from modeling_bilstm_nlu.data.substitution import slot_values, with_fewer_words, with_other_values

PLAY = Utterance(
    "play jude in the hall, now", "play", (SlotSpan("song", 5, 9), SlotSpan("room", 17, 21)), "g", "music"
)


def texts(utterance: Utterance) -> list[tuple[str, str]]:
    return [(slot_type, utterance.text[start:end]) for slot_type, start, end in utterance.spans]


def test_spans_follow_their_new_values():
    values = {"song": [" yellow submarine "], "room": ["attic"]}
    found = with_other_values(PLAY, values, 1.0, random.Random(0))
    assert found.text == "play yellow submarine in the attic, now"
    assert texts(found) == [("song", "yellow submarine"), ("room", "attic")]
    assert (found.intent, found.group, found.domain) == ("play", "g", "music")


def test_share_is_the_chance_of_each_slot():
    rng = random.Random(0)
    drawn = [with_other_values(PLAY, {"song": ["x"], "room": ["y"]}, 0.3, rng).text for _ in range(2000)]
    assert 0.27 < sum("play x" in text for text in drawn) / 2000 < 0.33
    assert 0.07 < sum("play x in the y" in text for text in drawn) / 2000 < 0.11


def test_nothing_changes_without_slots_or_values():
    for utterance in (Utterance("stop", "stop"), Utterance("stop", "stop", None), PLAY):
        assert with_other_values(utterance, {}, 1.0, random.Random(0)) == utterance


def test_values_come_from_the_catalogs_without_the_longest():
    catalogs = {"room": SlotCatalog("room", {"den": ("snug",), "a b c d e f g h i": ()}), "song": SlotCatalog("song")}
    assert slot_values(catalogs) == {"room": ["den", "snug"]}


def test_words_outside_slots_go_and_slots_keep_their_values():
    found = with_fewer_words(PLAY, 1.0, random.Random(0))
    assert found.text.split() == ["jude", "hall"]
    assert texts(found) == [("song", "jude"), ("room", "hall")]
    assert (found.intent, found.group, found.domain) == (None, "g", "music")


def test_share_is_the_chance_of_each_word_outside_slots():
    rng = random.Random(0)
    drawn = [with_fewer_words(PLAY, 0.3, rng) for _ in range(2000)]
    assert all(texts(utterance) == texts(PLAY) for utterance in drawn)
    for word in ("play", "in", "the"):
        assert 0.67 < sum(word in utterance.text.split() for utterance in drawn) / 2000 < 0.73
    assert with_fewer_words(PLAY, 0.0, rng).text == PLAY.text


def test_values_never_run_into_one_another():
    pair = Utterance("from bath/york", "go", (SlotSpan("from", 5, 9), SlotSpan("to", 10, 14)))
    found = with_fewer_words(pair, 1.0, random.Random(0))
    assert found.text.strip() == "bath/york" and texts(found) == [("from", "bath"), ("to", "york")]


def test_an_utterance_without_slots_loses_nothing():
    for utterance in (Utterance("stop it now", "stop"), Utterance("stop it now", "stop", None)):
        assert with_fewer_words(utterance, 1.0, random.Random(0)) == utterance
