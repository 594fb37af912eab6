"""Utterances that are likely to be mislabelled, each with its reason; and good ones, which are not."""

import pytest
from labelled import case, utterance

from modeling_bilstm_nlu.reports.suspicions import suspicions_of


def found_for(*rows: tuple) -> list[tuple[str, str]]:
    """Kind and text of each suspicion. A row is (marked text, intent, answer, marked answer, score)."""
    cases, utterances = [], []
    for row in rows:
        marked, intent, answer, slots, score = (*row, *(None, None, None, 0.8)[len(row) - 1 :])
        cases.append(case(marked, intent, answer, slots, score=score))
        utterances.append(utterance(marked, intent))
    return [(one.kind, one.text) for one in suspicions_of(cases, utterances)]


def test_good_data_is_not_suspected():
    rows = [("play [jazz](genre)", "play"), ("play [rock](genre)", "play"), ("stop it", "stop"), ("halt", "stop")]
    assert found_for(*rows) == []


def test_one_text_with_two_intents():
    assert found_for(("Go on", "play"), ("go  on", "play"), ("go on", "stop")) == [("same text", "go on")]


def test_one_carrier_phrase_with_two_intents():
    rows = [("put [jazz](genre) on", "play"), ("put [rock](genre) on", "play"), ("put [it](thing) on", "stop")]
    assert found_for(*rows) == [("same carrier phrase", "put it on")]


def test_a_slot_alone_is_not_a_carrier_phrase():
    assert found_for(("[jazz](genre)", "play"), ("[now](day)", "stop")) == []


@pytest.mark.parametrize("score, found", [(0.97, [("other intent", "cease")]), (0.5, [])])
def test_a_sure_model_that_disagrees(score: float, found: list):
    assert found_for(("cease", "play", "stop", None, score)) == found


def test_near_duplicates_that_the_model_confuses():
    rows = [("turn the music up", "play"), ("turn the music off", "stop", "play", None, 0.5)]
    assert found_for(*rows) == [("near duplicate", "turn the music off")]
    assert found_for(rows[0], ("turn the music off", "stop")) == [], "the model tells them apart"


def test_a_value_that_is_not_annotated_everywhere():
    rows = [("play [jazz](genre)", "play"), ("put on [jazz](genre)", "play")]
    missing = ("more jazz please", "play", "play", "more [jazz](genre) please")
    assert found_for(*rows, missing) == [("missing slot", "more jazz please")]
    assert found_for(*rows, ("more jazz please", "play")) == [], "the model does not find it either"
    elsewhere = ("stop the jazz", "stop", "stop", "stop the [jazz](genre)")
    assert found_for(*rows, elsewhere) == [], "another intent may not need the value"


def test_a_value_that_is_annotated_once_alone():
    rows = [("play the song", "play"), ("play that song now", "play"), ("a song please", "play")]
    doubtful = ("i want a [song](genre)", "play", "play", "i want a song")
    assert found_for(*rows, doubtful) == [("doubtful slot", "i want a song")]


def test_the_fillings_of_a_carrier_phrase_are_one_suspicion():
    cases = [case(f"cease {i}", answer="stop", score=0.99, group="cease {n}") for i in range(5)]
    (one,) = suspicions_of(cases, [utterance(f"cease {i}", group="cease {n}") for i in range(5)])
    assert one.times == 5 and "stop" in one.reason and "play" in one.reason


def test_texts_without_labels_are_not_compared():
    unlabelled = [utterance("go on", None), utterance("go on", "play")]
    assert suspicions_of([case("go on", None, "play"), case("go on")], unlabelled) == []
