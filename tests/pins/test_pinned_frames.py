"""What three models say of 200 texts: the checkpoint in the package, and two with weights by a formula.

The formula is arithmetic of whole numbers, not a random generator: it gives the same on every machine.
"""

import math

import pytest
import torch
from pinned import (
    SAMPLES,
    BiLstmNluForIntentAndSlots,
    BiLstmNluPipeline,
    add_gazetteers,
    build_model,
    build_tokenizer,
    committed,
    load_domain,
    load_embedded,
    pinned,
)
from toy_domain import SMALL

TEXTS: list[str] = committed("texts.json")

#: Scores are sums of some thousand products in float32.
TOLERANCE = 1e-3

#: Large enough that texts differ in what is found in them.
SCALES = {"embeddings": 6.0, "head": 12.0, "other": 2.5}


def embedded_model() -> BiLstmNluForIntentAndSlots:
    return load_embedded()


def model_with_catalogs() -> BiLstmNluForIntentAndSlots:
    """Gazetteers, transitions and slot catalogs."""
    domain = load_domain("smart_garden", max_per_carrier=3)
    model = build_model(domain, **{**SMALL, "vocabulary_size": 1024})
    add_gazetteers(model, domain, build_tokenizer())
    return set_by_formula(model, start=100)


def model_of_a_skill() -> BiLstmNluForIntentAndSlots:
    """Independent tags, a wide intent head, and the slots of each intent as a skill declares them."""
    domain = load_domain(SAMPLES / "tea_shop.json", max_per_carrier=3)
    sizes = {
        **SMALL,
        "intents_by_slots": False,
        "use_crf": False,
        "wide_intent": True,
        "intent_pooling": "max",
        "shared_layers": 2,
    }
    return set_by_formula(build_model(domain, **sizes), start=200)


@torch.no_grad()
def set_by_formula(model: BiLstmNluForIntentAndSlots, start: int) -> BiLstmNluForIntentAndSlots:
    """Give every weight a number between -scale and scale that its place alone decides; biases of heads become 0."""
    for number, (name, weight) in enumerate(sorted(model.named_parameters())):
        if "bias" in name:
            weight.zero_()
            continue
        scale = SCALES["embeddings" if "embeddings" in name else "head" if "head" in name else "other"]
        uniform = scrambled(weight.numel(), start + number)
        weight.copy_((scale * uniform / math.sqrt(weight.shape[-1])).reshape(weight.shape))
    return model


def scrambled(count: int, start: int) -> torch.Tensor:
    """(count,) numbers from -1 to 1 out of whole numbers alone: 32 bits, multiplied and shifted."""
    bits = (torch.arange(count, dtype=torch.int64) + 1_000_003 * start) & 0xFFFFFFFF
    for _ in range(2):
        bits = ((bits >> 16) ^ bits) * 0x45D9F3B & 0xFFFFFFFF
    bits = (bits >> 16) ^ bits
    return bits.double() / 2**31 - 1


MODELS = {"embedded": embedded_model, "catalogs": model_with_catalogs, "skill": model_of_a_skill}


@torch.no_grad()
def frames_of(model: BiLstmNluForIntentAndSlots) -> dict[str, list]:
    """Text -> intent, score, and slots as type, start, end and, where catalogs know it, canonical value."""
    nlu = BiLstmNluPipeline(model=model.float().eval(), tokenizer=build_tokenizer(), device="cpu")
    found = {}
    for text in TEXTS:
        frame = nlu(text, normalise=None)
        slots = [[s["slot_type"], s["start"], s["end"], s.get("resolved", {}).get("value")] for s in frame["slots"]]
        found[text] = [frame["intent"], round(frame["score"], 5), slots]
    return found


@pytest.mark.parametrize("name", MODELS)
def test_frames_are_those_of_before_the_move(name: str):
    found = frames_of(MODELS[name]())
    expected = pinned(f"frames_{name}.json", found)
    assert list(found) == list(expected) == TEXTS
    different = {
        text: (found[text], frame)
        for text, frame in expected.items()
        if [found[text][0], found[text][2]] != [frame[0], frame[2]]
        or found[text][1] != pytest.approx(frame[1], abs=TOLERANCE)
    }
    assert different == {}


@pytest.mark.parametrize("name", MODELS)
def test_the_pinned_frames_say_something(name: str):
    frames = committed(f"frames_{name}.json").values()
    assert len({intent for intent, _, _ in frames}) > 4
    assert sum(len(slots) for _, _, slots in frames) >= 50
