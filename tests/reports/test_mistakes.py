"""Confusions, slot errors, wrong decisions, calibration, and the advice that follows from them."""

from labelled import case, utterance

from modeling_bilstm_nlu.reports.advice import advise, count_sentences
from modeling_bilstm_nlu.reports.mistakes import calibration_bins, confusions, slot_errors, wrong_decisions


def test_confusions_are_counted_the_most_frequent_first():
    cases = [case(f"a{i}", answer="stop") for i in range(3)] + [case("b", "stop", "play"), case("c")]
    first, second = confusions(cases)
    assert (first.gold, first.predicted, len(first.cases), first.total) == ("play", "stop", 3, 4)
    assert (second.gold, second.predicted, second.total) == ("stop", "play", 1)
    assert not confusions([case("a"), case("b", None, "stop")])


def test_an_intent_that_the_model_does_not_have():
    (one,) = confusions([case("sing", intent="sing", answer="play")])
    assert not one.is_known


def test_the_kinds_of_slot_errors():
    cases = [
        case("play [hip hop](genre)", slots="play hip [hop](genre)"),
        case("play [jazz](genre)", slots="play [jazz](room)"),
        case("play [rock](genre)", slots="play rock"),
        case("play it", slots="[play](genre) it"),
        case("play [folk](genre)"),
    ]
    (genre,) = slot_errors(cases)
    assert genre.kinds == {"wrong edges": 1, "read as room": 1, "missed": 1, "invented": 1}
    assert genre.num_gold == 4 and len(genre.cases) == 4
    assert not slot_errors([case("play it")])


def test_wrong_decisions():
    foreign = case("who are you", intent="chat", answer="play", score=0.5)
    wrong, lost = case("halt", "stop", "play", score=0.9), case("play", score=0.1, accepted=False)
    accepted, rejected = wrong_decisions([wrong, foreign, lost, case("x"), case("y", "stop", "play", accepted=False)])
    assert [one.text for one in accepted] == ["who are you", "halt"] and [one.text for one in rejected] == ["play"]


def test_bins_of_equal_counts():
    cases = [case(f"t{i}", answer="play" if i % 2 else "stop", score=i / 100) for i in range(100)]
    bins = calibration_bins(cases)
    assert [one.count for one in bins] == [10] * 10 and all(one.share == 0.5 for one in bins)
    assert [one.score for one in bins] == sorted(one.score for one in bins)
    assert [one.count for one in calibration_bins(cases[:3])] == [1, 1, 1] and not calibration_bins([])


def advice_for(cases: list, training: list) -> str:
    return "\n".join(advise(confusions(cases), slot_errors(cases), wrong_decisions(cases), training))


def test_a_small_intent_gets_more_sentences():
    training = [utterance(f"play {i}", group="play {n}") for i in range(20)] + [utterance("halt", "stop")]
    assert count_sentences(training) == {"play": 1, "stop": 1}
    told = advice_for([case("go ahead", answer="stop"), case("go ahead now", answer="stop")], training)
    assert "play has 1 sentence and is confused with stop (2 of 2 utterances)" in told and "go ahead" in told


def test_a_large_intent_is_looked_at():
    training = [utterance(f"play {i}") for i in range(30)]
    assert "30 sentences" in (told := advice_for([case("go", answer="stop")] * 2, training)) and "join" in told


def test_slots_rejections_and_foreign_texts():
    cases = [
        case("play [jazz](genre)", slots="play jazz"),
        case("play [rock](genre)", slots="play rock", accepted=False),
        case("who are you", intent="chat", answer="play"),
    ]
    told = advice_for(cases, [utterance("play [jazz](genre)")])
    assert "Slot type genre" in told and "1 value" in told
    assert "1 right answer is rejected" in told and "who are you" in told


def test_a_perfect_model_needs_nothing():
    assert advice_for([case("play [jazz](genre)"), case("stop", "stop")], []) == ""
