"""What is known only at a call: the intents that are possible and more values, for that call alone."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, BiLstmNluPipeline, build_tokenizer
from modeling_bilstm_nlu.calls_bilstm_nlu import MAX_LENGTH, MAX_VALUES, CatalogsOfCall, call_values, possible_intents
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs
from modeling_bilstm_nlu.exact_bilstm_nlu import ExactPhrases
from modeling_bilstm_nlu.gazetteer_bilstm_nlu import PhraseTable, match_more, value_keys, without_last
from modeling_bilstm_nlu.hashing_bilstm_nlu import lay_out_words, word_keys
from modeling_bilstm_nlu.more_phrases_bilstm_nlu import more_phrases
from modeling_bilstm_nlu.tokenization_bilstm_nlu import phrase_word_keys

INTENTS, SLOT_TYPES = ["ask", "play", "stop"], ["device", "song"]
CPU = torch.device("cpu")


def odd_pipeline(*, gazetteers: bool) -> BiLstmNluPipeline:
    sizes = {"vocabulary_size": 64, "ngram_buckets": 512, "word_dim": 6, "ngram_dim": 10}
    hidden = {"shared_hidden": 8, "slot_hidden": 8, "intent_hidden": 8}
    torch.manual_seed(3)
    tokenizer = build_tokenizer()
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(INTENTS, SLOT_TYPES, **sizes, **hidden))
    if gazetteers:
        model.set_gazetteers({"song": phrase_word_keys(["imagine", "hey jude"], tokenizer)})
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(-1, 1)
    model.slot_catalogs = SlotCatalogs({"song": {"values": {"Imagine": {"id": "S1"}}}})
    return BiLstmNluPipeline(model=model.eval(), tokenizer=tokenizer, device="cpu")


@pytest.fixture(params=[True, False], ids=["gazetteers", "none"])
def nlu(request: pytest.FixtureRequest) -> Iterator[BiLstmNluPipeline]:
    yield odd_pipeline(gazetteers=request.param)


@pytest.mark.parametrize(
    "given, culprit",
    [
        ("play", "'play'.*ask, play, stop"),
        ([], "empty"),
        (["play", "sing"], "'sing'.*ask, play, stop"),
        ([3], "3.*ask"),
        ({"play": 1}, "play"),
        (7, "7"),
    ],
)
def test_intents_of_a_call_must_be_a_list_of_known_intents(given: Any, culprit: str):
    with pytest.raises(ValueError, match=f"intents.*{culprit}"):
        possible_intents(given, INTENTS)


@pytest.mark.parametrize(
    "given, culprit",
    [
        (["lamp"], "lamp"),
        ({}, "empty"),
        ({"room": ["hall"]}, "'room'.*device, song"),
        ({"device": "lamp"}, "'device'.*'lamp'"),
        ({"device": []}, "'device'"),
        ({"device": ["lamp", " "]}, "'device'.*' '"),
        ({"device": ["lamp", 3]}, "'device'.*3"),
        ({"device": {"lamp": "light"}}, "'device'.*'lamp'.*'light'"),
        ({"device": {"lamp": [""]}}, "'device'.*'lamp'"),
        ({"device": ["x" * (MAX_LENGTH + 1)]}, f"'device'.*{MAX_LENGTH}"),
        ({"device": ["\ud83d"]}, "'device'.*surrogate"),
        ({"device": [str(i) for i in range(MAX_VALUES)], "song": ["a"]}, f"{MAX_VALUES + 1:,}.*{MAX_VALUES:,}"),
    ],
)
def test_catalogs_of_a_call_must_have_values_of_known_slot_types(given: Any, culprit: str):
    with pytest.raises(ValueError, match=f"(?s)catalogs.*{culprit}"):
        call_values(given, SLOT_TYPES)


def test_the_same_values_are_kept():
    given = {"device": np.array(["lamp"]).tolist(), "song": {"hey jude": ["jude"]}}
    assert call_values(given, SLOT_TYPES) is call_values({**given}, SLOT_TYPES)
    assert call_values(given, SLOT_TYPES) is not call_values({"device": ["lamp"]}, SLOT_TYPES)
    assert call_values(None, SLOT_TYPES) is None and possible_intents(None, INTENTS) is None
    assert possible_intents(("play", "ask", "play"), INTENTS) == ("play", "ask")


def test_wrong_arguments_of_a_call_are_errors_before_the_first_text(nlu: BiLstmNluPipeline):
    for wrong in ({"intents": ["sing"]}, {"catalogs": {"room": ["hall"]}}):
        with pytest.raises(ValueError, match="sing|room"):
            nlu("play", **wrong)
        with pytest.raises(ValueError, match="sing|room"):
            nlu(iter(["play"]), **wrong)


def test_only_the_possible_intents_are_scored(nlu: BiLstmNluPipeline):
    texts = ["play some jazz", "what is that", "stop it now", "imagine"]
    free = [{c["intent"]: c["score"] for c in frame["intents"]} for frame in nlu(texts, top_k=None)]
    for possible in (["stop"], ["ask", "stop"], INTENTS):
        for text, scores, frame in zip(texts, free, nlu(texts, top_k=None, intents=possible), strict=True):
            assert [c["intent"] for c in frame["intents"]] == sorted(possible, key=lambda name: -scores[name])
            assert sum(c["score"] for c in frame["intents"]) == pytest.approx(1)
            total = sum(scores[name] for name in possible)
            for choice in frame["intents"]:
                assert choice["score"] == pytest.approx(scores[choice["intent"]] / total, abs=1e-4)
            assert nlu(text, intents=possible)["intent"] == frame["intents"][0]["intent"]


def test_the_slots_are_those_of_the_best_possible_intent():
    nlu = odd_pipeline(gazetteers=False)
    nlu.model.config.intent_slots = {"ask": ["device"], "play": ["song"], "stop": []}
    texts = [f"play {word} now {word} x" for word in ("imagine", "lamp", "jazz", "a", "qqq", "hey jude")]
    for possible, slot_types in ((["ask"], {"device"}), (["play"], {"song"}), (["stop"], set())):
        for frame in nlu(texts, intents=possible):
            assert frame["intent"] == possible[0] and {slot["slot_type"] for slot in frame["slots"]} <= slot_types


def test_values_of_a_call_are_catalog_matches(nlu: BiLstmNluPipeline):
    model, tokenizer = nlu.model, nlu.tokenizer
    names = tuple(model.config.gazetteers)
    ids = tokenizer("the desk lamp and hey jude", return_tensors="pt")["input_ids"]
    values = call_values({"device": ["desk lamp", "desk"], "song": {"hey": ["jude and"]}}, SLOT_TYPES)
    more = more_phrases(values, tokenizer, names, 6, CPU)
    keys = word_keys(ids, lay_out_words(ids))
    if names:
        matches = model.gazetteer.phrases.match(keys, more=more)  # (1, 6, 4): song, others; starts, then inside
        assert matches[0].int().tolist() == [
            [0, 0, 0, 0],
            [0, 1, 0, 0],
            [0, 0, 0, 1],
            [0, 0, 0, 0],
            [1, 0, 0, 0],
            [0, 0, 1, 0],
        ]
        assert torch.equal(without_last(matches), model.gazetteer.phrases.match(keys))
    else:
        expected = [[0, 0], [1, 0], [0, 1], [0, 0], [1, 0], [0, 0]]
        assert match_more(more, keys, 6)[0].int().tolist() == expected
    plain, marked = model(input_ids=ids), model(input_ids=ids, more_phrases=more)
    assert not torch.equal(plain.slot_logits, marked.slot_logits)


def test_values_of_a_call_count_as_those_of_the_gazetteers():
    nlu = odd_pipeline(gazetteers=True)
    ids = nlu.tokenizer("play hey jude twice", return_tensors="pt")["input_ids"]
    expected = nlu.model(input_ids=ids)
    with_call = odd_pipeline(gazetteers=True)
    with_call.model.gazetteer.phrases.table.zero_()
    with_call.model.gazetteer.phrases.catalogs.zero_()
    more = more_phrases(call_values({"song": ["hey jude"]}, SLOT_TYPES), nlu.tokenizer, ("song",), 6, CPU)
    assert not torch.equal(with_call.model(input_ids=ids).slot_logits, expected.slot_logits)
    assert torch.equal(with_call.model(input_ids=ids, more_phrases=more).slot_logits, expected.slot_logits)


def test_keys_of_values_are_those_of_the_gazetteers():
    rng, tokenizer = random.Random(1), build_tokenizer()
    letters = "abcXYZ 019'-.,!%&[]\t\u00e9\u5929\u6c17\u00f1\u2019\u00df\u0130\u093c\u0915"
    values = ["".join(rng.choice(letters) for _ in range(rng.randint(1, 14))) for _ in range(500)]
    values = [value for value in dict.fromkeys(values) if value.strip()]
    values += ["it's john's don't 10pm", "[PAD]", "a\x00b", "one two three four five six seven"]
    more = more_phrases(call_values({"a": values}, ["a"]), tokenizer, ("a",), 6, CPU)
    assert set(more.keys.tolist()) - {0} == set(value_keys(phrase_word_keys(values, tokenizer), 6))
    table = PhraseTable(1, 64, 6)
    assert table.match(torch.tensor([[0, 0]]), more=more).sum() == 0, "padding matches nothing"


def test_values_of_a_call_resolve_slots_and_fill_phrases(nlu: BiLstmNluPipeline):
    nlu.model.exact_phrases = ExactPhrases({"intents": {"play": [["play ", ["song"], " on the ", ["device"]]]}})
    catalogs = {"device": {"Desk lamp": ["desk light"]}, "song": ["Imagine 2", "Let it be"]}
    text = "play imagine on the desk light!"
    assert nlu(text)["score"] < 1
    frame = nlu(text, catalogs=catalogs)
    assert (frame["intent"], frame["score"], frame["accepted"]) == ("play", 1, True)
    assert [(slot["value"], slot["resolved"]) for slot in frame["slots"]] == [
        ("imagine", {"value": "Imagine", "id": "S1"}),
        ("desk light", {"value": "Desk lamp"}),
    ]
    assert nlu(text, catalogs=catalogs, exact=False)["score"] < 1
    assert nlu(text, catalogs=catalogs, intents=["ask"])["intent"] == "ask"
    assert nlu(text)["score"] < 1, "what one call is given does not stay"


def test_of_two_similar_values_the_more_similar_one_counts():
    own = SlotCatalogs({"song": {"type_name": "SONG", "values": {"Imagine": {"id": "S1"}, "let it be me": {}}}})
    values = call_values({"song": {"imagines": ["John"], "let it be": []}}, SLOT_TYPES)
    catalogs = CatalogsOfCall(own, values)
    assert catalogs.resolve("song", "imagine") == {"value": "Imagine", "id": "S1"}
    assert catalogs.resolve("song", "john") == {"value": "imagines"}
    assert catalogs.resolve("song", "the let it be") == {"value": "let it be", "score": 0.95}
    assert catalogs.resolve("song", "other") is None and catalogs.resolve("device", "john") is None
    assert catalogs.type_name("song") == "SONG" and len(catalogs.forms("song")) == 2


def test_every_kind_of_input_uses_the_exact_layer(nlu: BiLstmNluPipeline):
    nlu.model.exact_phrases = ExactPhrases({"intents": {"stop": ["Stop it"], "ask": [["what is ", ["song", "this"]]]}})
    texts = ["stop it", "what is this", "", "another text", "x" * 600, "STOP IT!"]
    frames = nlu(texts)
    assert [frame["score"] == 1 for frame in frames] == [True, True, False, False, False, True]
    assert frames[1]["slots"][0] == {"slot_type": "song", "value": "this", "start": 8, "end": 12}
    for again in ([nlu(text) for text in texts], list(nlu(iter(texts), batch_size=3))):
        assert [{**frame, "score": None} for frame in again] == [{**frame, "score": None} for frame in frames]
        assert [frame["score"] for frame in again] == pytest.approx([frame["score"] for frame in frames])
    ranked = nlu("stop it", top_k=None)["intents"]
    assert ranked == [{"intent": "stop", "score": 1}, {"intent": "ask", "score": 0}, {"intent": "play", "score": 0}]
    assert nlu("stop it", top_k=2, intents=["play", "stop"])["intents"][1] == {"intent": "play", "score": 0}


def test_threads_with_other_values_do_not_disturb_each_other():
    nlu = odd_pipeline(gazetteers=True)
    nlu.model.exact_phrases = ExactPhrases({"intents": {"play": [["play on ", ["device"]]]}})
    calls = [{"device": [f"lamp {i}", "lamp"]} for i in range(24)]

    def ask(number: int) -> list[bool]:
        catalogs = calls[number % len(calls)]
        return [nlu(f"play on lamp {i}", catalogs=catalogs)["score"] == 1 for i in (number % 24, (number + 1) % 24)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(72))) == [[True, False]] * 72
