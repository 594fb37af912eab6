"""The whole baseline: what it learns, what it makes of data with gaps, and that a saved one says the same."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from toy_domain import toy_domain

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, to_dataset
from modeling_bilstm_nlu.data.skill_spec import SkillSpec
from research.baselines import MaxEntCrf
from research.baselines.maxent_crf import Regularisation


def domain_of(*utterances: Utterance, catalogs: dict[str, SlotCatalog] | None = None) -> Domain:
    return Domain.from_utterances("tiny", {"train": utterances}, catalogs=catalogs)


@pytest.fixture(scope="module")
def baseline() -> MaxEntCrf:
    return MaxEntCrf().fit(toy_domain(), tune=False)


def test_it_learns_a_small_domain(baseline: MaxEntCrf):
    scores = baseline.score(toy_domain().splits["test"])
    assert scores["frame_accuracy"] > 0.9 and scores["intent_accuracy"] == 1.0
    assert scores["num_utterances"] == 20 and 0 <= scores["combined_error"] < 0.1


def test_frames_are_those_of_the_pipeline(baseline: MaxEntCrf):
    text = "Play  Hey Jude"
    (frame,) = baseline.predict([text])
    assert frame["text"] == text and frame["intent"] == "play" and 0.5 < frame["score"] <= 1
    assert frame["slots"] == [{"slot_type": "song", "value": "Hey Jude", "start": 6, "end": 14}]


def test_odd_texts(baseline: MaxEntCrf):
    texts = ["", " \u3000", "\ud800 play imagine", "pl\u0000y", "\U0001f3b5", "播放 imagine", "x" * 5000]
    frames = baseline.predict(texts)
    assert [frame["text"] for frame in frames] == texts
    assert frames[0] == {"text": "", "intent": None, "score": 0.0, "slots": []}
    assert frames[1]["intent"] is None and frames[2]["slots"][0]["value"] == "imagine"
    assert baseline.predict([]) == []


@pytest.mark.parametrize("see_intent", [True, False])
def test_slots_may_see_the_intent(see_intent: bool):
    play = [Utterance(f"jazz {word}", "play", (SlotSpan("genre", 0, 4),)) for word in ("now", "please")]
    buy = [Utterance(f"jazz {word}", "buy", (SlotSpan("perfume", 0, 4),)) for word in ("to buy", "for sale")]
    baseline = MaxEntCrf(slots_see_intent=see_intent).fit(domain_of(*play, *buy), tune=False)
    for frame in baseline.predict(["jazz now", "jazz to buy"]):
        assert [slot["slot_type"] for slot in frame["slots"]] == ["genre" if frame["intent"] == "play" else "perfume"]


def test_slots_keep_to_what_the_skill_declares(tmp_path: Path):
    skill = SkillSpec("home", slots={"play": {"song": "SONG"}, "light": {}})
    baseline = MaxEntCrf(slots_see_intent=False).fit(replace(toy_domain(), skill=skill), tune=False)
    baseline.save(tmp_path / "baseline")
    for fitted in (baseline, MaxEntCrf.load(tmp_path / "baseline")):
        play, light = fitted.predict(["play imagine", "switch on the light in the kitchen"])
        assert (play["intent"], light["intent"]) == ("play", "light")
        assert [slot["slot_type"] for slot in play["slots"]] == ["song"] and light["slots"] == []


def test_catalogs_find_values_that_training_lacks():
    cities = ("paris", "new york", "rome", "san juan")
    rows = [
        Utterance(f"{verb} {city} weather", "weather", (SlotSpan("city", len(verb) + 1, len(verb) + 1 + len(city)),))
        for verb in ("show", "get")
        for city in cities[:2]
    ]
    rows += [Utterance(f"{verb} {word} weather", "weather") for verb in ("show", "get") for word in ("some", "nice")]
    domain = domain_of(*rows, catalogs={"city": SlotCatalog("city", dict.fromkeys(cities, ()))})
    texts = ["show san juan weather", "get san juan weather"]

    def values(gazetteers: bool) -> list[list[str]]:
        frames = MaxEntCrf(gazetteers=gazetteers).fit(domain, tune=False).predict(texts)
        return [[slot["value"] for slot in frame["slots"]] for frame in frames]

    assert values(True) == [["san juan"]] * 2
    assert values(False) != [["san juan"]] * 2


@pytest.mark.parametrize("tune", [True, False])
def test_one_utterance_of_training(tune: bool):
    baseline = MaxEntCrf().fit(domain_of(Utterance("play jazz", "play", (SlotSpan("genre", 5, 9),))), tune=tune)
    assert [frame["intent"] for frame in baseline.predict(["play jazz", "什么"])] == ["play", "play"]
    assert baseline.regularisation == Regularisation(100.0, 0.0, 0.003)


def test_slots_that_nobody_annotated():
    domain = domain_of(Utterance("play jazz", "play", None), Utterance("buy bread", "buy", None))
    baseline = MaxEntCrf().fit(domain)
    assert baseline.predict(["buy bread"])[0]["slots"] == []
    scores = baseline.score(domain.splits["train"])
    assert scores["intent_accuracy"] == 1.0 and "slot_f1" not in scores


def test_intents_that_nobody_annotated():
    domain = domain_of(*(Utterance(f"play {word} now", None, (SlotSpan("genre", 5, 9),)) for word in ("jazz", "rock")))
    baseline = MaxEntCrf().fit(domain)
    assert baseline.predict(["play jazz now"])[0]["intent"] == "none" == domain.spec.intents[0]
    scores = baseline.score(domain.splits["train"])
    assert scores["slot_f1"] == 1.0 and "intent_accuracy" not in scores


def test_a_domain_without_slots():
    baseline = MaxEntCrf().fit(domain_of(*(Utterance(f"{a} {b}", a) for a in ("yes", "no") for b in "abcd")))
    frame = baseline.predict(["no thanks"])[0]
    assert (frame["intent"], frame["slots"]) == ("no", [])


def test_labels_that_training_never_saw_count_as_missed(baseline: MaxEntCrf):
    row = Utterance("play imagine", "sing", (SlotSpan("tune", 5, 12),))
    scores = baseline.score(to_dataset([row]))
    assert scores["intent_error"] == scores["slot_error"] == scores["frame_error"] == 1.0


def test_a_gold_slot_inside_a_word_is_not_moved(baseline: MaxEntCrf):
    scores = baseline.score(to_dataset([Utterance("play imagine", "play", (SlotSpan("song", 5, 9),))]))
    assert scores["intent_accuracy"] == 1.0 and scores["slot_f1"] == 0.0


def test_slots_inside_words_are_widened_for_learning(caplog: pytest.LogCaptureFixture):
    rows = [Utterance(f"play {word}", "play", (SlotSpan("song", 5, 8),)) for word in ("imagine", "yesterday")]
    MaxEntCrf().fit(domain_of(*rows), tune=False)
    assert "2 of 2 slots (100.0%)" in caplog.text


def test_tuning_takes_the_validation_split_or_cross_validates():
    domain = toy_domain(num_train=24)
    by_split = MaxEntCrf().fit(domain)
    by_folds = MaxEntCrf().fit(domain, validation=None)
    assert by_folds.regularisation == MaxEntCrf().fit(domain, validation=None).regularisation  # deterministic
    for fitted in (by_split, by_folds):
        assert fitted.score(domain.splits["test"])["intent_accuracy"] == 1.0


def test_a_split_that_is_not_there():
    with pytest.raises(NluError, match="test"):
        MaxEntCrf().fit(domain_of(Utterance("play jazz", "play")), "test")


@pytest.mark.parametrize(
    "domain",
    [
        toy_domain(num_train=30),
        domain_of(Utterance("stop", "stop")),
        domain_of(Utterance("é", "a"), Utterance("ß", "b")),
    ],
    ids=["two intents", "one intent", "no slots"],
)
def test_saved_and_loaded_says_the_same(domain: Domain, tmp_path: Path):
    fitted = MaxEntCrf().fit(domain, tune=False)
    fitted.save(tmp_path / "baseline")
    loaded = MaxEntCrf.load(tmp_path / "baseline")
    texts = [*domain.splits["train"]["text"], "play something else in the garage"]
    assert loaded.predict(texts) == fitted.predict(texts)
    assert loaded.regularisation == fitted.regularisation


def test_loading_unpickles_nothing(baseline: MaxEntCrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    baseline.save(tmp_path / "baseline")

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("something was unpickled")

    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    assert MaxEntCrf.load(tmp_path / "baseline").predict(["play imagine"])[0]["intent"] == "play"


def test_what_cannot_be_loaded(baseline: MaxEntCrf, tmp_path: Path):
    with pytest.raises(NluError, match="call fit"):
        MaxEntCrf().save(tmp_path / "empty")
    with pytest.raises(NluError, match="call fit"):
        MaxEntCrf().predict(["hi"])
    with pytest.raises(NluError, match="nowhere"):
        MaxEntCrf.load(tmp_path / "nowhere")
    folder = tmp_path / "baseline"
    baseline.save(folder)
    weights = (folder / "intents.safetensors").read_bytes()
    (folder / "intents.safetensors").write_bytes(weights[:50])
    with pytest.raises(NluError, match="damaged"):
        MaxEntCrf.load(folder)
    (folder / "intents.safetensors").write_bytes(weights)
    (folder / "slots.crfsuite").write_bytes(b"no model")
    with pytest.raises(NluError, match="damaged"):
        MaxEntCrf.load(folder)
    facts = json.loads((folder / "baseline.json").read_text("utf-8"))
    (folder / "baseline.json").write_text(json.dumps(facts | {"format_version": 99}), "utf-8")
    with pytest.raises(NluError, match="format 99"):
        MaxEntCrf.load(folder)
