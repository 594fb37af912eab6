"""Words, shapes, kinds and catalog values, as features are drawn from them."""

from research.baselines.intents import character_terms, word_terms
from research.baselines.reading import TextReader
from research.baselines.slots import word_features

CATALOGS = {"city": ["york", "New York", "new york city hall"], "room": ["hall", "city hall"]}


def cues(text: str, **catalogs: list[str]) -> list[list[str]]:
    return TextReader(catalogs).read([text])[0].cues


def test_words_are_those_of_the_network():
    (reading,) = TextReader({}).read(["Set it for 7:30AM, it\u2019s CAF\u00c9"])
    assert reading.words == ["set", "it", "for", "7", ":", "30", "am", ",", "it", "'s", "caf\u00e9"]
    assert reading.shapes[:4] == ["Xxx", "xx", "xx", "9"]
    assert reading.offsets[0] == (0, 3) and reading.offsets[-1] == (24, 28)


def test_the_longest_value_of_each_catalog_wins():
    assert cues("to New York City Hall", **CATALOGS) == [
        [],
        ["B-city"],
        ["I-city"],
        ["I-city", "B-room"],
        ["I-city", "I-room"],
    ]
    assert cues("york new york", **CATALOGS) == [["B-city"], ["B-city"], ["I-city"]]


def test_long_and_blank_values_are_passed_over():
    assert cues("a b c d e f g", thing=["a b c d e f g", " ", "", "g"])[-1] == ["B-thing"]
    assert not any(cues("a b c d e f g", thing=["a b c d e f g"]))


def test_kinds_of_words():
    found = dict(
        zip("twenty third monday may 2020 pm play".split(), cues("twenty third monday may 2020 pm play"), strict=True)
    )
    assert found == {
        "twenty": ["number", "ordinal"],
        "third": ["ordinal"],
        "monday": ["day"],
        "may": ["month"],
        "2020": ["digits4"],
        "pm": ["clock"],
        "play": [],
    }


def test_terms_of_the_intent_classifier():
    (reading,) = TextReader({"genre": ["jazz"]}).read(["play jazz 90"])
    terms = list(word_terms(reading))
    assert {"play", "jazz 90", "play jazz 90", "<shape 99>", "<B-genre>", "<digits2>"} <= set(terms)
    characters = list(character_terms(reading))
    assert {" p", "play ", "jazz", "90 "} <= set(characters) and not any(len(t) not in range(2, 6) for t in characters)
    assert len(characters) == len(set(characters)) and "y j" not in characters


def test_features_of_the_tagger():
    (reading,) = TextReader({"genre": ["soul jazz"]}).read(["play Soul jazz now"])
    features = word_features(reading, "music")
    assert len(features) == 4
    assert {"word-1=play", "word+0=soul", "word+1=jazz", "word+2=now", "word-2=<s>"} <= set(features[1])
    assert {"shape=Xxx", "prefix=s", "prefix=soul", "suffix=ul", "cue+0=B-genre", "cue+1=I-genre"} <= set(features[1])
    assert {"intent=music", "intent=music word=soul"} <= set(features[1])
    assert not any(feature.startswith("intent") for feature in word_features(reading)[1])
