"""What only a call knows, and texts with several intents: the frames of both doors are the same."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from test_nlu import ODD_TEXTS, assert_same
from tiny_models import CONFIGS, TEXTS, TOKENIZER, save
from transformers import pipeline

from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.native import Kernel
from bilstm_nlu.runtime.nlu import Nlu
from bilstm_nlu.runtime.numpy_net import NumpyNet
from bilstm_nlu.runtime.packed_file import read_checkpoint
from modeling_bilstm_nlu import TASK
from modeling_bilstm_nlu.calls_bilstm_nlu import MAX_VALUES
from modeling_bilstm_nlu.exact_bilstm_nlu import ExactPhrases

VALUES: list[dict[str, Any]] = [
    {"genre": ["some jazz", "play", "rock please"]},
    {"room-name": ["caf\u00e9", "kitchen lights", "\u5929\u6c17", "jazz in"], "genre": {"the": ["living room"]}},
    {"time": ["7:30", "don't stop", "ZURICH", "jazz jazz hip", "a", "?", "one two three four five six seven"]},
]
#: What a trained network with random weights would hardly do: texts of several parts.
SEVERAL = ["play jazz and then set the lights to 7:30, hip hop", "set, play. stop and ask also the kitchen"]


def nlu_of(folder: Path, kernel: Kernel | None) -> Nlu:
    checkpoint = read_checkpoint(folder)
    net: Any = NumpyNet(checkpoint) if kernel is None else KernelNet(checkpoint, kernel, weights="float32")
    return Nlu(net, checkpoint.settings, checkpoint.catalogs, checkpoint.phrases)


@pytest.fixture(params=["kernel", "numpy"])
def engine(request: pytest.FixtureRequest) -> Kernel | None:
    return request.getfixturevalue("kernel") if request.param == "kernel" else None


@pytest.mark.parametrize("name", [name for name in CONFIGS if CONFIGS[name].get("slot_types") is None])
def test_frames_with_values_of_a_call_are_those_of_the_pipeline(name: str, engine: Kernel | None, tmp_path: Path):
    torch_nlu = pipeline(TASK, model=save(name, tmp_path), tokenizer=TOKENIZER, device="cpu")
    nlu = nlu_of(tmp_path, engine)
    changed = 0
    for values in VALUES:
        if not values.keys() <= set(nlu.settings.slot_types):
            continue
        expected = torch_nlu(TEXTS, catalogs=values, top_k=None)
        assert_same(nlu(TEXTS, catalogs=values, top_k=None), expected)
        changed += nlu(TEXTS, catalogs=values) != nlu(TEXTS)
    assert changed


@pytest.mark.parametrize("name", ["several intents", "several intents of states alone"])
def test_texts_are_split_as_by_the_pipeline(name: str, engine: Kernel | None, tmp_path: Path):
    model = save(name, tmp_path)
    with torch.no_grad():
        model.segment_heads.start.weight.mul_(3)
        model.segment_heads.whole.bias.add_(2)
    model.save_pretrained(tmp_path)
    torch_nlu, nlu = pipeline(TASK, model=model, tokenizer=TOKENIZER, device="cpu"), nlu_of(tmp_path, engine)
    texts = [*TEXTS, *SEVERAL, *ODD_TEXTS[:6]]
    for options in ({}, {"top_k": 2, "intents": ["play", "set"]}, {"catalogs": VALUES[0], "threshold": 0.2}):
        expected = torch_nlu(texts, multi=True, **options)
        found = nlu(texts, multi=True, **options)
        for frames, others in zip(found, expected, strict=True):
            assert_same(frames, others)
    assert max(len(frames) for frames in found) > 1
    assert nlu(iter(texts), multi=True, batch_size=3).__next__() == nlu(texts[0], multi=True)


def test_the_own_sentences_are_not_split_and_may_have_values_of_the_call(engine: Kernel | None, tmp_path: Path):
    model = save("several intents", tmp_path)
    model.exact_phrases = ExactPhrases(
        {"intents": {"set": ["stop, play and set"], "play": [["put on ", ["genre"], " and play"]]}}
    )
    model.save_pretrained(tmp_path)
    torch_nlu, nlu = pipeline(TASK, model=model, tokenizer=TOKENIZER, device="cpu"), nlu_of(tmp_path, engine)
    values = {"genre": {"Polka": ["polca music"]}}
    for text in ("Stop, play and set!", "put on polca music and play"):
        for options in ({"multi": True}, {"multi": True, "exact": False}, {}):
            found, expected = (one(text, catalogs=values, **options) for one in (nlu, torch_nlu))
            assert_same(*((x,) if isinstance(x, dict) else x for x in (found, expected)))
        ((frame,),) = nlu([text], catalogs=values, multi=True)
        assert frame["score"] == 1
    assert frame["slots"][0]["resolved"] == {"value": "Polka"}


@pytest.mark.parametrize(
    "given, culprit",
    [
        ({"catalogs": {}}, "empty"),
        ({"catalogs": {"roof": ["x"]}}, "'roof'"),
        ({"catalogs": {"genre": []}}, "'genre'"),
        ({"catalogs": {"genre": [" "]}}, "'genre'.*' '"),
        ({"catalogs": ["jazz"]}, "jazz"),
        ({"catalogs": {"genre": [str(i) for i in range(MAX_VALUES + 1)]}}, "10,000"),
        ({"multi": True}, "multi.*train it again"),
    ],
)
def test_wrong_values_are_the_same_errors_as_in_the_pipeline(kernel: Kernel, tmp_path: Path, given: Any, culprit: str):
    torch_nlu = pipeline(TASK, model=save("catalogs", tmp_path), tokenizer=TOKENIZER, device="cpu")
    nlu = nlu_of(tmp_path, kernel)
    messages = set()
    for one in (nlu, torch_nlu):
        for texts in ("play", ["play"], iter(["play"])):
            with pytest.raises(ValueError, match=culprit) as caught:
                one(texts, **given)
            messages.add(str(caught.value))
    assert len(messages) == 1
    with pytest.raises(TypeError, match="multi"):
        nlu("play", multi="yes")


def test_threads_with_other_values_do_not_disturb_each_other(engine: Kernel | None, tmp_path: Path):
    save("several intents", tmp_path)
    nlu = nlu_of(tmp_path, engine)
    calls = [
        (text, {"catalogs": {"genre": [f"jazz {i}", "play"] if i % 3 else [text]}, "multi": i % 2 == 0})
        for i, text in enumerate([*TEXTS, *SEVERAL] * 3)
    ]
    expected = [nlu(text, **options) for text, options in calls]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda call: nlu(call[0], **call[1]), calls)) == expected
