"""The fine-tuned encoder, with a tiny one made on the spot: what it learns, where words begin, and data with gaps."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from toy_domain import toy_domain
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance, to_dataset
from modeling_bilstm_nlu.data.skill_spec import SkillSpec
from research.baselines import JointEncoder

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = """play put on please i want to hear now switch the light in make brighter it yellow sub ##marine imagine hey
jude hotel california let be kitchen bedroom living room""".split()
LETTERS = [prefix + letter for prefix in ("", "##") for letter in "abcdefghijklmnopqrstuvwxyz"]


def save_encoder(folder: Path, **options: Any) -> None:
    """A random BERT of two layers whose WordPiece knows some words whole and spells out the others."""
    pieces = list(dict.fromkeys([*SPECIAL, *WORDS, *LETTERS]))
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
    ).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(pieces), max_position_embeddings=64, initializer_range=0.2, **sizes)
    BertModel(config).save_pretrained(folder, **options)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    save_encoder(folder)
    return folder


Fit = Callable[..., JointEncoder]


@pytest.fixture(scope="module")
def fit(encoder: Path) -> Fit:
    """Fine-tunes the tiny encoder on utterances or a domain; being random, it learns at a higher rate."""

    def fitted(*data: Utterance | Domain, max_steps: int = 30, **options: Any) -> JointEncoder:
        domain = data[0] if isinstance(data[0], Domain) else Domain.from_utterances("tiny", {"train": data})
        return JointEncoder(encoder, learning_rate=3e-3).fit(domain, max_steps=max_steps, **options)

    return fitted


@pytest.fixture(scope="module")
def baseline(fit: Fit) -> JointEncoder:
    return fit(toy_domain(), max_steps=120)


def test_it_learns_a_small_domain(baseline: JointEncoder):
    scores = baseline.score(toy_domain().splits["test"])
    assert scores["frame_accuracy"] > 0.8 and scores["intent_accuracy"] == 1.0
    assert scores["num_utterances"] == 20


def test_a_frozen_encoder_stays_as_it_is_and_its_heads_learn(encoder: Path, tmp_path: Path):
    frozen = JointEncoder(encoder, head_learning_rate=2e-2, frozen=True).fit(toy_domain(), max_steps=120)
    assert frozen.score(toy_domain().splits["test"])["intent_accuracy"] > 0.8
    given = BertModel.from_pretrained(encoder).state_dict()
    kept = frozen._learned().encoder.state_dict()
    assert all(torch.equal(kept[name], weight) for name, weight in given.items())
    frozen.save(tmp_path / "saved")
    assert JointEncoder.load(tmp_path / "saved").frozen


def test_frames_are_those_of_the_pipeline(baseline: JointEncoder):
    text = "Play  Yellow Submarine"
    (frame,) = baseline.predict([text])
    assert frame["text"] == text and frame["intent"] == "play" and 0.5 < frame["score"] <= 1
    assert frame["slots"] == [{"slot_type": "song", "value": "Yellow Submarine", "start": 6, "end": 22}]


def test_a_frame_does_not_depend_on_the_others(baseline: JointEncoder):
    texts = ["play let it be", "make the living room brighter", "i want to hear bohemian rhapsody now", "hm"]
    alone = [frame for text in texts for frame in baseline.predict([text])]
    for frame, other in zip(alone, baseline.predict(texts), strict=True):
        assert frame == other | {"score": frame["score"]} and frame["score"] == pytest.approx(other["score"], abs=1e-5)


def test_odd_texts(baseline: JointEncoder):
    texts = [
        "",
        " \u3000",
        "\ud800 play imagine",
        "pl\u0000y",
        "\u0001",
        "\U0001f3b5",
        "播放 imagine",
        "x" * 5000,
        "play " * 100,
    ]
    frames = baseline.predict(texts)
    assert [frame["text"] for frame in frames] == texts
    assert frames[0] == {"text": "", "intent": None, "score": 0.0, "slots": []}
    assert frames[1]["intent"] is None and all(frame["intent"] for frame in frames[2:])
    for frame in frames:
        assert all(slot["value"] == frame["text"][slot["start"] : slot["end"]] for slot in frame["slots"])
    assert baseline.predict([]) == []


def test_words_begin_at_their_first_pieces(baseline: JointEncoder):
    network = baseline._learned()
    words = ["play", "submarine", "\u0001", "播", "it"]  # whole, two pieces, none, one that is unknown, whole
    with torch.inference_mode():
        _, logits = network([words])
        pieces = network.tokenizer("play submarine 播 it", return_tensors="pt")
        assert pieces["input_ids"][0].tolist().count(1) == 1  # [UNK]
        states = network.encoder(**pieces).last_hidden_state[0]
    expected = network.slot_head(states[[1, 2, 0, 4, 5]])
    torch.testing.assert_close(logits[0], expected)


def test_the_same_seed_learns_the_same(fit: Fit):
    def scores(seed: int) -> list[float]:
        return [frame["score"] for frame in fit(toy_domain(), max_steps=5, seed=seed).predict(["play imagine", "hm"])]

    assert scores(1) == scores(1) != scores(2)


def test_word_embeddings_stay(baseline: JointEncoder, encoder: Path):
    before, after = BertModel.from_pretrained(encoder), baseline._learned().encoder
    assert torch.equal(before.get_input_embeddings().weight, after.get_input_embeddings().weight)
    assert not torch.equal(before.encoder.layer[0].output.dense.weight, after.encoder.layer[0].output.dense.weight)


def test_what_nobody_annotated_teaches_nothing(fit: Fit):
    intents = [Utterance(f"{verb} it", verb, None) for verb in ("play", "make")]
    slots = [Utterance("play it", None, (SlotSpan("song", 5, 7),)), Utterance("make it", None, ())]
    play, make = fit(*(intents * 5), *slots, max_steps=60).predict(["play it", "make it"])
    assert (play["intent"], make["intent"]) == ("play", "make")
    assert [slot["value"] for slot in play["slots"]] == ["it"] and make["slots"] == []


def test_data_without_any_annotation_of_a_kind(fit: Fit):
    rows = [Utterance(f"play {word}", None, (SlotSpan("song", 5, 7),)) for word in ("it", "on")]
    only_slots = fit(*rows)
    assert only_slots.predict(["play it"])[0]["intent"] == "none"
    scores = only_slots.score(to_dataset(rows))
    assert scores["slot_f1"] == 1.0 and "intent_accuracy" not in scores
    only_intents = fit(Utterance("play it", "play", None), Utterance("make it", "make", None))
    scores = only_intents.score(to_dataset([Utterance("make it", "make", None)]))
    assert scores["intent_accuracy"] == 1.0 and "slot_f1" not in scores


def test_slots_inside_words_are_widened_for_learning(fit: Fit, caplog: pytest.LogCaptureFixture):
    fitted = fit(Utterance("play submarine", "play", (SlotSpan("song", 5, 8),)))
    assert "1 of 1 slots (100.0%)" in caplog.text
    assert [slot["value"] for slot in fitted.predict(["play submarine"])[0]["slots"]] == ["submarine"]


def test_slots_keep_to_what_the_skill_declares(fit: Fit, tmp_path: Path):
    skill = SkillSpec("home", slots={"play": {}, "light": {"room": "ROOM"}})
    fitted = fit(replace(toy_domain(), skill=skill), max_steps=120)
    fitted.save(tmp_path / "baseline")
    for one in (fitted, JointEncoder.load(tmp_path / "baseline")):
        play, light = one.predict(["play imagine", "switch on the light in the kitchen"])
        assert (play["intent"], light["intent"]) == ("play", "light")
        assert play["slots"] == [] and [slot["value"] for slot in light["slots"]] == ["kitchen"]


def test_saved_and_loaded_says_the_same(baseline: JointEncoder, tmp_path: Path):
    baseline.save(tmp_path / "baseline")
    loaded = JointEncoder.load(tmp_path / "baseline")
    texts = [*toy_domain().splits["train"]["text"], "play something else in the garage"]
    assert loaded.predict(texts) == baseline.predict(texts)
    assert (loaded.encoder, loaded.learning_rate) == (baseline.encoder, baseline.learning_rate)


def test_what_cannot_be_loaded(baseline: JointEncoder, tmp_path: Path):
    with pytest.raises(NluError, match="call fit"):
        JointEncoder("nowhere").predict(["hi"])
    with pytest.raises(NluError, match="call fit"):
        JointEncoder("nowhere").save(tmp_path / "empty")
    with pytest.raises(NluError, match="'nobody/nowhere'"):
        JointEncoder("nobody/nowhere").fit(toy_domain())
    with pytest.raises(NluError, match="test"):
        JointEncoder("nowhere").fit(Domain.from_utterances("tiny", {"train": [Utterance("play", "play")]}), "test")
    with pytest.raises(NluError, match="nowhere"):
        JointEncoder.load(tmp_path / "nowhere")
    folder = tmp_path / "baseline"
    baseline.save(folder)
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:50])
    with pytest.raises(NluError, match="damaged"):
        JointEncoder.load(folder)
    facts = json.loads((folder / "baseline.json").read_text("utf-8"))
    (folder / "baseline.json").write_text(json.dumps(facts | {"format_version": 99}), "utf-8")
    with pytest.raises(NluError, match="format 99"):
        JointEncoder.load(folder)
