"""The decision of the model, computed again in plain Python, and its settings."""

import math

import pytest
import torch

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, BiLstmNluPipeline, build_tokenizer
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs
from modeling_bilstm_nlu.decision_bilstm_nlu import SIGNALS, Decision
from modeling_bilstm_nlu.frames_bilstm_nlu import FrameMaker, Reading
from modeling_bilstm_nlu.hashing_bilstm_nlu import claim_rows
from modeling_bilstm_nlu.hub.predict import predict

NOT_THRESHOLDS = [-0.1, 1.1, float("nan"), float("inf"), True, False, "0.5", [0.5]]


def plain(decision: Decision, text: dict, fallback: int | None) -> list[float]:
    """The signals of one text, as the docstring of `Decision` says, in double precision."""
    numbers = {name: tensor.double().tolist() for name, tensor in decision.named_buffers()}
    x = [value - middle for value, middle in zip(text["pooled"], numbers["center"], strict=True)]
    z = [sum(a * row[i] for a, row in zip(x, numbers["projection"], strict=True)) for i in range(len(numbers["mean"]))]
    own = [i for i in range(len(text["scores"])) if i != fallback]
    best = max(own, key=lambda i: text["scores"][i])
    others = sum(math.exp(score) for i, score in enumerate(text["scores"]) if i != best)
    odds = text["scores"][best] - math.log(others) if others else math.inf
    keys = decision.word_keys.tolist()
    rows = [keys.index(key) if key in keys else 0 for key in text["word_keys"]]
    unknown = [numbers["word_scores"][row][0] for row in rows]
    outside = [value for value, tag in zip(unknown, text["tags"], strict=True) if tag == 0]
    pairs = zip(z, numbers["mean"], numbers["precisions"], strict=True)
    return [
        math.log1p(sum((a - b) ** 2 for a, b in zip(z, numbers["class_means"][best], strict=True))),
        math.log1p(sum((a - b) ** 2 * precision for a, b, precision in pairs)),
        sum(a * b for a, b in zip(z, numbers["direction"], strict=True)),
        -text["intent_logits"][best],
        -min(max(odds, -20), 20),
        text["tag_costs"],
        sum(unknown) / len(rows),
        sum(outside) / len(rows),
        sum(numbers["word_scores"][row][1] for row in rows) / len(rows),
    ]


@pytest.fixture
def decision() -> Decision:
    generator = torch.Generator().manual_seed(0)
    made = Decision(size=6, num_intents=3, dims=4, word_rows=16)
    for name, tensor in made.named_buffers():
        if name != "word_keys":
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.1)
    claim_rows(made.word_keys, [101, 102, 103])
    return made


@pytest.mark.parametrize("fallback", [None, 0, 2])
def test_signals_are_those_of_the_docstring(decision: Decision, fallback: int | None):
    generator = torch.Generator().manual_seed(1)
    lengths = [3, 1, 2]
    pooled, logits = torch.randn(3, 6, generator=generator), torch.randn(3, 3, generator=generator)
    scores, costs = (2 * logits).log_softmax(1), torch.rand(3, generator=generator)
    word_keys = torch.tensor([[101, 7, 103], [8, 0, 0], [102, 102, 0]])
    tags = torch.tensor([[1, 0, 0], [1, 0, 0], [0, 2, 0]])
    found = decision.signals(pooled, logits, scores, word_keys, tags, costs, fallback=fallback)
    for row, length in enumerate(lengths):
        text = {
            "pooled": pooled[row].tolist(),
            "intent_logits": logits[row].tolist(),
            "scores": scores[row].tolist(),
            "word_keys": word_keys[row, :length].tolist(),
            "tags": tags[row, :length].tolist(),
            "tag_costs": float(costs[row]),
        }
        assert found[row].tolist() == pytest.approx(plain(decision, text, fallback), abs=1e-4)
    standard = ((found - decision.location) / decision.spread).clamp(-4, 4)
    assert torch.allclose(decision(found), decision.bias - standard @ decision.weight)


def test_a_text_without_words_and_a_single_intent_are_finite():
    made = Decision(size=6, num_intents=1, dims=4, word_rows=16)
    made.spread.fill_(1)
    nothing = torch.zeros(2, 3, dtype=torch.long)
    signals = made.signals(torch.zeros(2, 6), torch.zeros(2, 1), torch.zeros(2, 1), nothing, nothing, torch.zeros(2))
    assert signals.shape == (2, len(SIGNALS)) and signals.isfinite().all()
    assert made(signals).isfinite().all()


@pytest.mark.parametrize("value", NOT_THRESHOLDS)
def test_a_wrong_threshold_is_an_error_that_names_it(value):
    with pytest.raises(ValueError, match="threshold"):
        BiLstmNluConfig(threshold=value)
    with pytest.raises(ValueError, match="threshold"):
        FrameMaker(["a"], ["O"], SlotCatalogs(), threshold=value)
    sizes = {"vocabulary_size": 64, "ngram_buckets": 64, "word_dim": 4, "ngram_dim": 4}
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(["a", "b"], **sizes))
    nlu = BiLstmNluPipeline(model=model, tokenizer=build_tokenizer(), device="cpu")
    with pytest.raises(ValueError, match="threshold"):
        nlu("play", threshold=value)
    with pytest.raises(ValueError, match="threshold"):
        predict("there is no such checkpoint", ["play"], threshold=value)


@pytest.mark.parametrize(
    ("given", "culprit"),
    [
        ({"decision_dims": 4}, "decision_words"),
        ({"decision_words": 64}, "decision_dims"),
        ({"decision_dims": 4, "decision_words": 4}, "decision_words"),
        ({"decision_dims": -1, "decision_words": 64}, "decision_dims"),
        ({"decision_dims": 4, "decision_words": 2**30}, "decision_words"),
        ({"fallback_intent": ""}, "fallback_intent"),
        ({"fallback_intent": 3}, "fallback_intent"),
    ],
)
def test_wrong_settings_are_errors_that_name_them(given: dict, culprit: str):
    with pytest.raises(ValueError, match=culprit):
        BiLstmNluConfig(**given)


def reading(probabilities: list[float], score: float | None = None) -> Reading:
    return Reading("play jazz", [(0, 4), (5, 9)], probabilities, [0, 1], score)


@pytest.mark.parametrize(
    ("probabilities", "score", "threshold", "expected"),
    [
        ([0.9, 0.1, 0.0], 0.8, 0.5, (True, "play", 0.8)),
        ([0.9, 0.1, 0.0], 0.5, 0.5, (True, "play", 0.5)),  # at least the threshold
        ([0.9, 0.1, 0.0], 0.4, 0.5, (False, "none", 0.4)),
        ([0.2, 0.1, 0.7], 0.8, 0.0, (False, "none", 0.8)),  # the network itself says that no intent fits
        ([0.2, 0.1, 0.7], None, 0.0, (False, "none", 0.2)),  # the best intent is not the fallback intent
        ([0.6, 0.1, 0.3], None, 0.0, (True, "play", 0.6)),
    ],
)
def test_frames_that_are_accepted_or_not(probabilities, score, threshold, expected):
    maker = FrameMaker(
        ["play", "stop", "none"], ["O", "B-x", "I-x"], SlotCatalogs(), threshold=threshold, fallback_intent="none"
    )
    frame = maker.frame(reading(probabilities, score), top_k=3)
    assert (frame["accepted"], frame["intent"], pytest.approx(frame["score"])) == expected
    assert bool(frame["slots"]) == frame["accepted"]
    assert len(frame["intents"]) == 3
