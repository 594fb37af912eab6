"""Texts with several intents: a frame for each, as if its part had been said alone."""

import pytest
import torch
from datasets import Dataset
from transformers.pipelines.pt_utils import KeyDataset

from modeling_bilstm_nlu import (
    BiLstmNluConfig,
    BiLstmNluForIntentAndSlots,
    BiLstmNluPipeline,
    Frame,
    build_tokenizer,
)


def small_model() -> BiLstmNluForIntentAndSlots:
    sizes = dict.fromkeys(("vocabulary_size", "ngram_buckets"), 64) | dict.fromkeys(("word_dim", "ngram_dim"), 6)
    sizes |= dict.fromkeys(("shared_hidden", "slot_hidden", "intent_hidden"), 5)
    torch.manual_seed(7)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(["ask", "play"], ["genre", "room"], **sizes))
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(-1, 1)
    return model.eval()


def fitted_pipeline() -> BiLstmNluPipeline:
    """A pipeline that splits texts before the word "stop", and nowhere else."""
    model, tokenizer = small_model(), build_tokenizer()
    model.set_segment_heads(1)
    heads = model.segment_heads
    ids = tokenizer("play stop", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        for weight in heads.parameters():
            weight.zero_()
        states = model.encoder(ids).last_hidden_state[0]
        word = states[1, 2 * model.config.shared_hidden :]  # the vector of "stop"
        heads.hidden.weight[0, -len(word) :] = word / (word @ word)
        heads.hidden.bias[0] = -0.9
        heads.start.weight.fill_(300.0)
        heads.start.bias.fill_(-9.0)
        heads.whole.bias.fill_(5.0)
    return BiLstmNluPipeline(model=model, tokenizer=tokenizer)


SEVERAL = "play jazz in the kitchen and then stop it, stop jazz"


def test_a_text_with_several_intents_gives_a_frame_for_each():
    nlu = fitted_pipeline()
    frames = nlu(SEVERAL, multi=True)
    parts = ["play jazz in the kitchen", "stop it", "stop jazz"]
    assert [SEVERAL[frame["start"] : frame["end"]] for frame in frames] == parts
    for frame, part in zip(frames, parts, strict=True):
        alone, offset = nlu(part), frame["start"]
        assert frame["text"] == SEVERAL and (frame["intent"], frame["score"]) == (
            alone["intent"],
            pytest.approx(alone["score"]),
        )
        assert [slot["value"] for slot in frame["slots"]] == [slot["value"] for slot in alone["slots"]]
        assert [slot["start"] - offset for slot in frame["slots"]] == [slot["start"] for slot in alone["slots"]]
        assert all(SEVERAL[slot["start"] : slot["end"]] == slot["value"] for slot in frame["slots"])
    assert any(frame["slots"] for frame in frames)
    assert nlu(SEVERAL)["text"] == SEVERAL, "it is off by default"


def test_other_texts_give_one_frame():
    nlu = fitted_pipeline()
    for text in ("play jazz", "stop", "", "  ", "ab cd " * 1_000, "\U0001f600 \ud83d"):
        (frame,) = nlu(text, multi=True)
        assert (frame.pop("start"), frame.pop("end")) == (0, len(text)) and frame == nlu(text)


def test_several_texts_are_split_as_each_alone():
    nlu = fitted_pipeline()
    texts = ["play jazz", SEVERAL, "", "stop it and stop jazz"]
    alone = [nlu(text, multi=True, top_k=2) for text in texts]
    ways = [
        nlu(texts, multi=True, top_k=2),
        list(nlu(iter(texts), multi=True, top_k=2, batch_size=2)),
        list(nlu(KeyDataset(Dataset.from_dict({"text": texts}), "text"), multi=True, top_k=2)),
        BiLstmNluPipeline(model=nlu.model, tokenizer=nlu.tokenizer, multi=True, top_k=2)(texts),
    ]
    for way in ways:
        assert [[place(frame) for frame in frames] for frames in way] == [[place(f) for f in fs] for fs in alone]
    assert [len(frames) for frames in alone] == [1, 3, 1, 2]
    assert all(len(frame["intents"]) == 2 for frames in alone[1:2] for frame in frames)


def place(frame: Frame) -> tuple:
    return frame["text"], frame["start"], frame["end"], frame["intent"], str(frame["slots"])


def test_a_checkpoint_that_cannot_split_says_so():
    nlu = BiLstmNluPipeline(model=small_model(), tokenizer=build_tokenizer())
    for texts in ("stop", ["stop"], iter(["stop"])):
        with pytest.raises(ValueError, match=r"multi.*train it again"):
            nlu(texts, multi=True)
    assert nlu("stop", multi=False)["text"] == "stop"
    with pytest.raises(TypeError, match="multi"):
        nlu("stop", multi="yes")
