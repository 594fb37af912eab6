"""Text in, frame out: whatever the text, the frame is valid or the error says what is wrong."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pytest
import torch
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast, pipeline
from transformers.pipelines.pt_utils import KeyDataset

from bilstm_nlu.normalisation import is_installed
from modeling_bilstm_nlu import (
    TASK,
    BiLstmNluConfig,
    BiLstmNluForIntentAndSlots,
    BiLstmNluPipeline,
    Frame,
    build_tokenizer,
)
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs
from modeling_bilstm_nlu.format_bilstm_nlu import MAX_BYTES, MAX_CHARACTERS
from modeling_bilstm_nlu.hashing_bilstm_nlu import lay_out_words
from modeling_bilstm_nlu.pipeline_bilstm_nlu import BATCH_SIZE, LONE_SURROGATE, LONG_TEXT
from modeling_bilstm_nlu.tokenization_bilstm_nlu import count_word_keys

INTENTS = ["ask", "none", "play"]
SLOT_TYPES = ["genre", "room-name"]
TEXTS = {
    "empty": "",
    "blank": " \t\n\u00a0\u3000 ",
    "one long word": "a" * 10_000,
    "many words": "ab cd " * 1_000,
    "emoji": "play \U0001f600\U0001f44d\U0001f3fd\U0001f468\u200d\U0001f469\u200d\U0001f467 now",
    "flag": "\U0001f1e9\U0001f1ea",
    "high surrogate": "half \ud83d pair",
    "low surrogate": "\udc00",
    "swapped surrogates": "\ude00\ud83d x",
    "punctuation": "?!... --- ,;: ()[]{}",
    "right to left": "שלום עולם مرحبا",
    "direction marks": "a\u202eb\u200f c",
    "combining": "e\u0301\u0327\u0308 n\u0303o\u0308 \u0301",
    "zalgo": "h" + "\u0336\u0321" * 200 + "i",
    "NUL": "play\x00jazz \x00",
    "control": "\x1b[31m \x07\x08 \x7f",
    "line breaks": "one\r\ntwo\n\nthree\u2028four",
    "no spaces": "天気を教えて ภาษาไทย",
    "ligatures": "\ufb01ne \u1e9e \u0130stanbul \u01c5",  # lower-casing and NFC change their lengths
    "hangul": "\u1112\u1161\u11ab 한글",
    "apostrophes": "what\u2019s '' 's 't don't",
    "one character, two words": "\U0001d15e",
    "digits": "4:30pm 1,000.50 ٤٢ ½ \u2460",
    "private": "\ue000\U000f0000 \uffff \ufffe",
    "template": "{{ x }} %s {0} <b> [PAD] [UNK] ##a",
}


@pytest.fixture(scope="module")
def nlu() -> BiLstmNluPipeline:
    """A pipeline whose weights are odd enough to tag many words with every slot type."""
    sizes = {"vocabulary_size": 64, "ngram_buckets": 512, "word_dim": 6, "ngram_dim": 10}
    hidden = {"shared_hidden": 8, "slot_hidden": 8, "intent_hidden": 8}
    torch.manual_seed(3)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(INTENTS, SLOT_TYPES, **sizes, **hidden))
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(-1, 1)
    assert model.training, "a pipeline must switch dropout off by itself"
    return pipeline(TASK, model=model, tokenizer=build_tokenizer(), device="cpu")


def assert_valid(frame: Frame, text: str) -> None:
    assert set(frame) - {"truncated_at"} == {"text", "accepted", "intent", "score", "slots"}
    assert 0 < frame.get("truncated_at", 1) <= max(len(text) - 1, 1)
    assert frame["text"] == text
    assert frame["intent"] in INTENTS if frame["intent"] is not None else not frame["slots"]
    assert isinstance(frame["score"], float) and 0 <= frame["score"] <= 1
    last = 0
    for slot in frame["slots"]:
        assert set(slot) == {"slot_type", "value", "start", "end"}
        assert slot["slot_type"] in SLOT_TYPES
        assert last <= slot["start"] < slot["end"] <= len(text)
        assert slot["value"] == text[slot["start"] : slot["end"]]
        last = slot["end"]
    assert json.loads(json.dumps(frame)) == frame


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_gives_a_valid_frame(text: str, nlu: BiLstmNluPipeline):
    assert_valid(nlu(text), text)


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(codec=None), max_size=40))
def test_truly_any_text_gives_a_valid_frame(nlu: BiLstmNluPipeline, text: str):
    assert_valid(nlu(text), text)


def test_the_weights_of_this_test_find_slots(nlu: BiLstmNluPipeline):
    found = {slot["slot_type"] for text in TEXTS.values() for slot in nlu(text)["slots"]}
    assert found == set(SLOT_TYPES)
    values = [slot["value"] for text in TEXTS.values() for slot in nlu(text)["slots"]]
    assert any(" " in value for value in values), "and slots of several words"


@pytest.mark.parametrize("name", ["empty", "blank"])
def test_no_words_no_intent(name: str, nlu: BiLstmNluPipeline):
    assert nlu(TEXTS[name]) == {"text": TEXTS[name], "accepted": False, "intent": None, "score": 0.0, "slots": []}


def test_a_text_past_the_limit_is_read_up_to_it(nlu: BiLstmNluPipeline):
    text = "play jazz " * 2_000
    frame = nlu(text)
    assert_valid(frame, text)
    assert frame["intent"] == nlu(text[: MAX_BYTES * 2])["intent"]
    assert all(slot["end"] <= MAX_BYTES * 1.5 for slot in frame["slots"])


class CountedCalls:
    """Counts the characters that a tokenizer gets, and the calls of a network."""

    def __init__(self, nlu: BiLstmNluPipeline, monkeypatch: pytest.MonkeyPatch):
        self.characters, self.networks = 0, 0
        tokenize, forward = type(nlu.tokenizer)._encode_plus, type(nlu.model).forward

        def counted(tokenizer, text, *args, **kwargs):
            self.characters += sum(map(len, [text] if isinstance(text, str) else text))
            return tokenize(tokenizer, text, *args, **kwargs)

        def called(*args, **kwargs):
            self.networks += 1
            return forward(*args, **kwargs)

        monkeypatch.setattr(type(nlu.tokenizer), "_encode_plus", counted)
        monkeypatch.setattr(type(nlu.model), "forward", called)


def test_a_long_text_is_cut_before_it_is_tokenized(nlu: BiLstmNluPipeline, monkeypatch: pytest.MonkeyPatch):
    text = "play jazz " * 100_000
    calls = CountedCalls(nlu, monkeypatch)
    assert nlu(text)["intent"] == nlu([text])[0]["intent"] == nlu(text[:MAX_CHARACTERS])["intent"]
    count_word_keys([text], nlu.tokenizer)
    assert calls.characters == 4 * MAX_CHARACTERS


@pytest.mark.parametrize(
    "text, end",
    [
        ("a" * MAX_BYTES, None),
        ("a" * MAX_BYTES + " \n", None),
        ("a" * MAX_BYTES + "b", MAX_BYTES),
        ("ab " * MAX_BYTES, MAX_BYTES // 2 * 3 - 1),
        ("\u00e9" * MAX_BYTES, MAX_BYTES // 2),
        ("\u00e9" * (MAX_BYTES // 2) + "!", MAX_BYTES // 2),
        (" " * MAX_CHARACTERS + "play", MAX_CHARACTERS),
        ("play" + " " * MAX_CHARACTERS, None),
        ("play" + " " * MAX_CHARACTERS + "jazz", MAX_CHARACTERS),
    ],
)
def test_a_frame_says_where_reading_stopped(text: str, end: int | None, nlu: BiLstmNluPipeline):
    for frame in (nlu(text), nlu([text, "play"])[0], nlu(text, top_k=2)):
        assert frame.get("truncated_at") == end
        assert frame["intent"] is not None or text.startswith(" ")


def test_blank_texts_do_not_run_the_network(nlu: BiLstmNluPipeline, monkeypatch: pytest.MonkeyPatch):
    calls = CountedCalls(nlu, monkeypatch)
    assert [frame["intent"] for frame in [nlu(""), *nlu([" ", "\n"])]] == [None] * 3
    assert nlu(" ", top_k=2)["intents"] == [] and calls.networks == 0
    assert nlu(["", "play"])[1]["intent"] in INTENTS and calls.networks == 1


def test_half_a_surrogate_pair_reads_like_any_unreadable_character(nlu: BiLstmNluPipeline):
    broken, replaced = nlu("half \ud83d pair"), nlu("half \ufffd pair")
    assert {**replaced, "text": broken["text"]} | {"slots": []} == broken | {"slots": []}
    assert [slot["start"] for slot in broken["slots"]] == [slot["start"] for slot in replaced["slots"]]


@pytest.mark.parametrize("thing", [None, 42, b"play", {"text": "play"}, 1.5])
def test_what_is_no_text_is_refused(thing: object, nlu: BiLstmNluPipeline):
    with pytest.raises(TypeError, match=f"{type(thing).__name__}"):
        nlu(thing)


def test_what_is_no_text_is_refused_inside_a_list(nlu: BiLstmNluPipeline):
    with pytest.raises(TypeError, match="int: 3"):
        nlu(["play", 3])


def assert_same_frames(found: Sequence[Frame], expected: Sequence[Frame]) -> None:
    """Equal but for the last digits of scores, which depend on how many texts are multiplied at a time."""
    assert [{**frame, "score": 0} for frame in found] == [{**frame, "score": 0} for frame in expected]
    assert [frame["score"] for frame in found] == pytest.approx([frame["score"] for frame in expected], abs=1e-5)


SERIES = {
    "list": list,
    "tuple": tuple,
    "pandas": pd.Series,
    "pandas with an index": lambda texts: pd.Series(texts, index=range(len(texts), 0, -1)),
    "numpy strings": np.array,
    "numpy objects": lambda texts: np.array(texts, dtype=object),
    "dataset column": lambda texts: Dataset.from_dict({"text": texts})["text"],
    "generator": lambda texts: (text for text in texts),
    "iterator": iter,
    "streamed column": lambda texts: iter(Dataset.from_dict({"text": texts}).to_iterable_dataset()["text"]),
    "torch dataset": lambda texts: KeyDataset(Dataset.from_dict({"text": texts}), "text"),
}
#: Arrow cannot hold half a surrogate pair, nor NumPy a NUL at the end.
SERIES_TEXTS = [text for text in TEXTS.values() if not LONE_SURROGATE.search(text) and not text.endswith("\0")]


@pytest.fixture
def batch_sizes(nlu: BiLstmNluPipeline, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts the network was given at a time."""
    sizes: list[int] = []
    decode = nlu.model.decode

    def counted(intent_logits: torch.Tensor, *rest: torch.Tensor) -> object:
        sizes.append(len(intent_logits))
        return decode(intent_logits, *rest)

    monkeypatch.setattr(nlu.model, "decode", counted)
    return sizes


@pytest.mark.parametrize("kind", SERIES)
def test_series_of_texts_are_read_in_batches_and_answered_in_order(
    kind: str, nlu: BiLstmNluPipeline, batch_sizes: list[int]
):
    texts = SERIES_TEXTS * 3
    alone = [nlu(text) for text in SERIES_TEXTS] * 3
    batch_sizes.clear()
    found = nlu(SERIES[kind](texts))
    assert isinstance(found, list) == (kind not in ("generator", "iterator", "streamed column", "torch dataset"))
    found = list(found)
    assert_same_frames(found, alone)
    assert all(type(frame["text"]) is str for frame in found)
    assert max(batch_sizes) == BATCH_SIZE and sum(batch_sizes) == len(texts)


@pytest.mark.parametrize("kind", ["list", "tuple", "pandas", "numpy objects", "dataset column", "generator"])
def test_a_series_of_no_texts_has_no_frames(kind: str, nlu: BiLstmNluPipeline):
    assert list(nlu(SERIES[kind]([]))) == []


def test_a_text_with_half_a_surrogate_pair_is_read_in_a_batch(nlu: BiLstmNluPipeline):
    texts = list(TEXTS.values())
    assert_same_frames(nlu(texts), [nlu(text) for text in texts])


def test_long_texts_make_no_others_long(nlu: BiLstmNluPipeline, batch_sizes: list[int]):
    texts = ["play jazz", "ask " * LONG_TEXT, "ask", "play " * LONG_TEXT]
    expected = [nlu(text) for text in texts]
    batch_sizes.clear()
    assert_same_frames(nlu(texts), expected)
    assert batch_sizes == [2, 1, 1]
    batch_sizes.clear()
    assert_same_frames(nlu(texts, batch_size=4), expected)
    assert batch_sizes == [4], "what is asked for is done"


def test_a_generator_is_read_no_further_than_a_batch(nlu: BiLstmNluPipeline):
    read: list[str] = []

    def speak() -> Iterator[str]:
        for text in ("play jazz", "ask", "play") * 5:
            read.append(text)
            yield text

    frames = nlu(speak(), batch_size=1)
    assert next(iter(frames))["text"] == "play jazz" and len(read) <= 2


@pytest.mark.parametrize("batch_size", [0, -3])
def test_batch_size_must_be_positive(batch_size: int, nlu: BiLstmNluPipeline):
    with pytest.raises(ValueError, match=f"batch_size.* {batch_size}"):
        nlu(["play"], batch_size=batch_size)


def test_a_batch_size_of_the_pipeline_counts(nlu: BiLstmNluPipeline, batch_sizes: list[int]):
    own = BiLstmNluPipeline(model=nlu.model, tokenizer=nlu.tokenizer, device="cpu", batch_size=2)
    assert_same_frames(own(["play", "ask", "play jazz"]), [nlu(text) for text in ("play", "ask", "play jazz")])
    assert batch_sizes[:2] == [2, 1]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"text": ["play"]}),
        np.array([["play"]]),
        np.array("play"),
        {"play"},
        Dataset.from_dict({"text": ["play"]}),
        pd.Series(["play", None]),
        np.array([1, 2]),
    ],
    ids=["data frame", "matrix", "scalar", "set", "whole dataset", "missing value", "numbers"],
)
def test_what_is_no_series_of_texts_is_refused(table: object, nlu: BiLstmNluPipeline):
    with pytest.raises(TypeError, match="str"):
        nlu(table)


def test_batches_give_the_same_logits_as_single_texts(nlu: BiLstmNluPipeline):
    texts = [text for name, text in TEXTS.items() if "surrogate" not in name and "long" not in name]
    model, tokenizer = nlu.model, nlu.tokenizer
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        together = model(batch)
        for row, text in enumerate(texts):
            ids = torch.tensor([tokenizer(text, truncation=True)["input_ids"] or [0]])
            words = lay_out_words(ids).lengths.item()
            alone = model(ids)
            pairs = (
                (together.intent_logits[row], alone.intent_logits[0]),
                (together.slot_logits[row, :words], alone.slot_logits[0, :words]),
            )
            for found, expected in pairs:  # a small logit may be what is left of the sums behind a large one
                scale = max([1.0, *expected.abs().flatten().tolist()])
                assert torch.allclose(found, expected, atol=1e-6 * scale, rtol=0), text


@pytest.mark.parametrize("batch_size", [2, 5])
def test_a_batch_size_changes_nothing(batch_size: int, nlu: BiLstmNluPipeline):
    texts = ["play jazz", "", "what's on in the living room", "?", "天気"]
    for one, many in zip([nlu(text) for text in texts], nlu(texts, batch_size=batch_size), strict=True):
        assert {**one, "score": 0} == {**many, "score": 0}
        assert one["score"] == pytest.approx(many["score"], abs=1e-6)


@pytest.mark.parametrize("top_k", [2, 3, 100])
def test_top_k_lists_the_best_intents(top_k: int, nlu: BiLstmNluPipeline):
    frame = nlu("play jazz", top_k=top_k)
    ranked = frame.pop("intents")
    assert frame == nlu("play jazz")
    assert len(ranked) == min(top_k, len(INTENTS))
    assert ranked[0] == {"intent": frame["intent"], "score": frame["score"]}
    scores = [entry["score"] for entry in ranked]
    assert scores == sorted(scores, reverse=True) and sum(scores) <= 1 + 1e-6
    assert len({entry["intent"] for entry in ranked}) == len(ranked)


def test_without_top_k_all_intents_are_listed(nlu: BiLstmNluPipeline):
    frame = nlu("play jazz", top_k=None)
    assert frame == nlu("play jazz", top_k=len(INTENTS))
    assert sum(entry["score"] for entry in frame["intents"]) == pytest.approx(1)
    always = BiLstmNluPipeline(model=nlu.model, tokenizer=nlu.tokenizer, device="cpu", top_k=None)
    assert always("play jazz") == frame and "intents" not in always("play jazz", top_k=1)


def test_top_k_of_one_is_the_plain_frame(nlu: BiLstmNluPipeline):
    assert nlu("play jazz", top_k=1) == nlu("play jazz")


@pytest.mark.parametrize("top_k", [0, -1])
def test_top_k_must_be_positive(top_k: int, nlu: BiLstmNluPipeline):
    with pytest.raises(ValueError, match=f"top_k.*{top_k}"):
        nlu("play jazz", top_k=top_k)


def test_a_blank_text_has_no_intents_to_rank(nlu: BiLstmNluPipeline):
    assert nlu("", top_k=2) == {
        "text": "",
        "accepted": False,
        "intent": None,
        "score": 0.0,
        "slots": [],
        "intents": [],
    }


def test_a_model_of_one_intent_and_no_slots(nlu: BiLstmNluPipeline):
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(vocabulary_size=8, ngram_buckets=8, word_dim=2, ngram_dim=2))
    single = BiLstmNluPipeline(model=model, tokenizer=build_tokenizer(), device="cpu")
    assert single("hello there") == {
        "text": "hello there",
        "accepted": True,
        "intent": "none",
        "score": 1.0,
        "slots": [],
    }


def test_frames_stay_the_same_while_the_model_trains(nlu: BiLstmNluPipeline):
    expected = nlu("play jazz in the living room")
    nlu.model.train()
    assert nlu("play jazz in the living room") == expected


def test_words_that_name_special_tokens_are_words(nlu: BiLstmNluPipeline):
    for text in ("[PAD]", "say [PAD] twice", "[UNK][PAD]"):
        ids = nlu.tokenizer(text)["input_ids"]
        assert min(ids) >= 2 and len(ids) == len(text.replace(" ", ""))
        assert_valid(nlu(text), text)


def test_a_word_of_a_million_characters_is_cut_without_trying_all_sub_words(nlu: BiLstmNluPipeline):
    model = json.loads(nlu.tokenizer.backend_tokenizer.to_str())["model"]
    assert model["type"] == "BPE" and model["merges"] == []  # WordPiece gives the same tokens, after hours
    assert_valid(nlu("a" * 1_000_000), "a" * 1_000_000)


def test_the_tokenizer_is_a_stock_one(nlu: BiLstmNluPipeline):
    assert isinstance(nlu.tokenizer, PreTrainedTokenizerFast)
    assert type(nlu.tokenizer).__module__.startswith("transformers.")


@pytest.fixture
def resolving(nlu: BiLstmNluPipeline) -> Iterator[BiLstmNluPipeline]:
    """The pipeline with a checkpoint that knows some of what it tags in the texts below."""
    values = {"jazz": {"id": "JAZZ", "synonyms": ["play jazz", "jazz music", "play", "jazz it"]}}
    nlu.model.slot_catalogs = SlotCatalogs(
        {slot_type: {"type_name": f"TYPE.{slot_type}", "values": values} for slot_type in SLOT_TYPES}
    )
    yield nlu
    nlu.model.slot_catalogs = SlotCatalogs()


def resolved_slots(frame: Frame) -> dict[str, object]:
    return {slot["value"]: slot["resolved"] for slot in frame["slots"] if "resolved" in slot}


def test_slots_of_known_values_are_resolved(resolving: BiLstmNluPipeline):
    frame = resolving("PLAY jazz now tomorrow")
    plain = {**frame, "slots": [{k: v for k, v in slot.items() if k != "resolved"} for slot in frame["slots"]]}
    assert_valid(plain, "PLAY jazz now tomorrow")
    found = resolved_slots(frame)
    assert found and set(map(str, found.values())) == {"{'value': 'jazz', 'id': 'JAZZ'}"}
    assert len(found) < len(frame["slots"]), "and others are not"
    assert json.loads(json.dumps(frame)) == frame


def test_what_the_catalogs_do_not_know_is_normalised(resolving: BiLstmNluPipeline):
    asked = []

    def normalise(type_name: str, text: str) -> dict | None:
        asked.append((type_name, text))
        return {"value": len(text), "kind": "number"} if text.isalpha() else None

    frame = resolving("play jazz 42 now", normalise=normalise)
    assert asked and {type_name for type_name, _ in asked} <= {f"TYPE.{slot_type}" for slot_type in SLOT_TYPES}
    by_catalog = resolved_slots(resolving("play jazz 42 now", normalise=None))
    assert not set(by_catalog) & {text for _, text in asked}
    expected = {text: {"value": len(text), "kind": "number"} for _, text in asked if text.isalpha()}
    assert resolved_slots(frame) == by_catalog | expected
    again = BiLstmNluPipeline(model=resolving.model, tokenizer=resolving.tokenizer, device="cpu", normalise=normalise)
    assert again("play jazz 42 now") == frame
    assert resolving("play jazz 42 now") != frame, "what one call is given does not stay"


def test_the_package_normalises_unless_told_otherwise(nlu: BiLstmNluPipeline):
    nlu.model.slot_catalogs = SlotCatalogs({name: {"type_name": "AMAZON.NUMBER"} for name in SLOT_TYPES})
    try:
        text = next(text for text in ("two", "play two", "two now", "7") if nlu(text)["slots"])
        frames = [nlu(text), nlu(text, normalise=None)]
    finally:
        nlu.model.slot_catalogs = SlotCatalogs()
    assert resolved_slots(frames[1]) == {}
    if is_installed():
        assert {"kind": "number"}.items() <= next(iter(resolved_slots(frames[0]).values())).items()


@pytest.mark.parametrize("thing", ["today", 3])
def test_normalise_must_be_a_function(thing: object, nlu: BiLstmNluPipeline):
    with pytest.raises(TypeError, match="normalise"):
        nlu("play jazz", normalise=thing)


@pytest.fixture
def directed(nlu: BiLstmNluPipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[BiLstmNluPipeline]:
    """The pipeline with a normaliser of the package that answers with the direction it is given."""
    monkeypatch.setattr(
        BiLstmNluPipeline, "default_normalise", lambda type_name, text, *, prefer: {"value": prefer, "kind": "date"}
    )
    yield nlu
    nlu.model.config.prefer_dates = "future"


def directions(frames: object) -> set[object]:
    """The values of all slots of a frame or of frames."""
    assert isinstance(frames, dict | list)
    slots = [slot for frame in ([frames] if isinstance(frames, dict) else frames) for slot in frame["slots"]]
    assert slots
    return {slot["resolved"]["value"] for slot in slots}


def test_dates_are_in_the_direction_of_the_call_else_in_that_of_the_checkpoint(directed: BiLstmNluPipeline):
    text = "play jazz in the living room"
    assert directions(directed(text)) == {"future"}
    assert directions(directed(text, prefer="past")) == {"past"}
    assert directions(directed([text, "play"], prefer="past")) == {"past"}
    assert directions(directed(text)) == {"future"}, "what one call is given does not stay"
    directed.model.config.prefer_dates = "past"
    assert directions(directed(text)) == directions(directed(text, prefer=None)) == {"past"}
    assert directions(directed(text, prefer="future")) == {"future"}
    always = BiLstmNluPipeline(model=directed.model, tokenizer=directed.tokenizer, device="cpu", prefer="future")
    assert directions(always(text)) == {"future"}


def test_the_package_reads_real_dates_in_both_directions(nlu: BiLstmNluPipeline):
    pytest.importorskip("dateparser")
    days = [day for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday") if nlu(day)["slots"]]
    nlu.model.slot_catalogs = SlotCatalogs({name: {"type_name": "AMAZON.DATE"} for name in SLOT_TYPES})
    try:
        past, future = (directions(nlu(days, prefer=prefer)) for prefer in ("past", "future"))
    finally:
        nlu.model.slot_catalogs = SlotCatalogs()
    assert max(map(str, past)) < min(map(str, future))


@pytest.mark.parametrize("prefer", ["tomorrow", "", 1])
def test_a_direction_that_is_not_known_is_refused(prefer: object, nlu: BiLstmNluPipeline):
    with pytest.raises(ValueError, match=f"prefer.*future.*past.*{prefer!r}"):
        nlu("play jazz", prefer=prefer)


def test_a_function_of_the_user_chooses_its_own_direction(directed: BiLstmNluPipeline):
    def normalise(type_name: str, text: str) -> dict:
        return {"value": "mine", "kind": "date"}

    assert directions(directed("play jazz in the living room", normalise=normalise)) == {"mine"}
    with pytest.raises(ValueError, match=r"prefer.*normalise"):
        directed("play jazz", normalise=normalise, prefer="past")
    assert directed("play jazz", normalise=None, prefer="past") == directed("play jazz", normalise=None)
