"""The network as ONNX gives the scores of the model."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, build_tokenizer
from modeling_bilstm_nlu.hub.onnx_file import _Network, export_onnx, onnx_inputs
from modeling_bilstm_nlu.tokenization_bilstm_nlu import count_word_keys, phrase_word_keys

TEXTS = [
    "play some jazz in the living room",
    "hip hop",
    "a",
    "Set the KITCHEN lights to 7:30, don't stop",
    "na\u00efve caf\u00e9 \u00e0 Z\u00fcrich \u5929\u6c17 ?!",
    "jazz jazz hip hop " * 8,
]
SIZES = {"vocabulary_size": 64, "ngram_buckets": 96, "word_dim": 6, "ngram_dim": 10}
HIDDEN = {"shared_hidden": 8, "slot_hidden": 12, "intent_hidden": 7}


def odd_model(**given: object) -> BiLstmNluForIntentAndSlots:
    torch.manual_seed(3)
    model = BiLstmNluForIntentAndSlots(
        BiLstmNluConfig(["ask", "play"], ["genre", "room"], **{**SIZES, **HIDDEN, **given})
    )
    tokenizer = build_tokenizer()
    if given.get("shared_layers"):
        model.set_gazetteers({"genre": phrase_word_keys(["jazz", "hip hop"], tokenizer)})
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(-1, 1)
    model.encoder.add_words(count_word_keys(TEXTS[:4], tokenizer))
    return model.eval()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "given",
    [
        {"shared_layers": 2},
        {"intent_pooling": "max", "skip_connections": False},
        {"intent_pooling": "last", "word_dim": 0},
        {"intent_pooling": "mean", "ngram_dim": 0, "wide_intent": False},
    ],
    ids=lambda given: given.get("intent_pooling", "catalogs"),
)
def test_the_scores_are_those_of_the_model(given: dict, tmp_path: Path):
    pytest.importorskip("onnx", reason="the extra onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    model, tokenizer = odd_model(**given), build_tokenizer()
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    export_onnx(tmp_path, tmp_path / "m.onnx")
    session = runtime.InferenceSession(str(tmp_path / "m.onnx"))
    names = {one.name for one in session.get_inputs()}
    for text in TEXTS:
        inputs = {name: array for name, array in onnx_inputs(model, text).items() if name in names}
        intents, slots = session.run(None, inputs)
        with torch.inference_mode():
            expected = model(input_ids=torch.tensor([tokenizer(text)["input_ids"]]))
        np.testing.assert_allclose(intents, expected.intent_logits[0], atol=1e-4)
        np.testing.assert_allclose(slots, expected.slot_logits[0], atol=1e-4)
    assert session.get_modelmeta().custom_metadata_map["intents"] == '["ask", "play"]'


def test_the_network_of_the_file_is_that_of_the_model():
    model, tokenizer = odd_model(shared_layers=2), build_tokenizer()
    for text in TEXTS:
        with torch.inference_mode():
            found = _Network(model)(*map(torch.from_numpy, onnx_inputs(model, text).values()))
            expected = model(input_ids=torch.tensor([tokenizer(text)["input_ids"]]))
        torch.testing.assert_close(found[0], expected.intent_logits[0])
        torch.testing.assert_close(found[1], expected.slot_logits[0])


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(NluError, match=r"bilstm-nlu\[onnx\]"):
        export_onnx(tmp_path, tmp_path / "m.onnx")


@pytest.mark.parametrize("text", ["", " \t"])
def test_a_text_without_words_is_refused(text: str):
    with pytest.raises(ValueError, match="no words"):
        onnx_inputs(odd_model(), text)
