"""Tiny checkpoints with random weights, one for every kind of network that a config allows."""

import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, build_tokenizer
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs
from modeling_bilstm_nlu.decision_bilstm_nlu import Decision
from modeling_bilstm_nlu.packing_bilstm_nlu import rows_in_use, with_all_rows
from modeling_bilstm_nlu.tokenization_bilstm_nlu import count_word_keys, phrase_word_keys

WORDS = "encoder.embeddings.words.weight"
TOKENIZER = build_tokenizer()
INTENTS = ["ask", "none", "play", "set"]
SLOT_TYPES = ["genre", "room-name", "time"]
SOME_SLOTS = {"ask": ["genre"], "none": [], "play": ["genre", "room-name"], "set": ["room-name", "time"]}
CATALOGS = {"genre": ["jazz", "hip hop", "hip", "new york jazz", "jazz rock"], "room": ["kitchen", "living room"]}
TEXTS = [
    "play some jazz in the living room",
    "hip hop",
    "new york jazz rock please, don't stop",
    "Set the KITCHEN lights to 7:30",
    "a",
    "naïve café à Zürich 天気を教えて",
    "cafe\u0301 \u0130stanbul what\u2019s up",
    "?!",
    "jazz jazz jazz hip hop hip jazz rock " * 5,
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
]

_SMALL = {
    "vocabulary_size": 64,
    "ngram_buckets": 96,
    "word_dim": 6,
    "ngram_dim": 10,
    "shared_hidden": 8,
    "slot_hidden": 12,
    "intent_hidden": 20,
}
#: Name -> what differs from the small network; `packed`, `dtype` and `catalogs` are not settings of the config.
CONFIGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "catalogs": {"catalogs": True},
    "packed": {"catalogs": True, "packed": True},
    "half": {"dtype": torch.float16},
    "bfloat16": {"dtype": torch.bfloat16},
    "double": {"dtype": torch.float64},
    "slots of intents": {"intent_slots": SOME_SLOTS, "catalogs": True},
    "undeclared slots": {
        "intent_slots": SOME_SLOTS,
        "undeclared_slot_probabilities": {"ask": 0.3, "none": 1.0, "play": 1e-6, "set": 0},
    },
    "few declared": {"intent_slots": {"none": []}, "undeclared_slot_probabilities": {"none": 0.01}},
    "intents alone": {"intent_slots": SOME_SLOTS, "intents_by_slots": False},
    "no CRF": {"use_crf": False, "intent_slots": SOME_SLOTS},
    "no skip connections": {"skip_connections": False, "catalogs": True},
    "not wide": {"wide_intent": False},
    "max pooling": {"intent_pooling": "max"},
    "mean pooling": {"intent_pooling": "mean"},
    "last state": {"intent_pooling": "last"},
    "layers": {"shared_layers": 2, "slot_layers": 3, "intent_layers": 2, "packed": True},
    "no word vectors": {"word_dim": 0},
    "no n-grams": {"ngram_dim": 0},
    "long n-grams": {"ngram_min": 3, "ngram_max": 9},
    "one intent, no slots": {"intents": ["only"], "slot_types": []},
    "many labels": {
        "intents": [f"i{number}" for number in range(40)],
        "slot_types": [f"s{number}" for number in range(70)],
        "intent_slots": {f"i{number}": [f"s{one}" for one in range(number)] for number in range(0, 40, 3)},
    },
    "odd sizes": {"shared_hidden": 7, "slot_hidden": 1, "intent_hidden": 33, "word_dim": 5, "ngram_dim": 3},
    "wide": {"shared_hidden": 72, "slot_hidden": 136, "intent_hidden": 128, "word_dim": 64, "ngram_dim": 64},
    "phrases of one word": {"gazetteer_max_words": 1, "catalogs": True},
    "several intents": {"segment_hidden": 5, "catalogs": True, "shared_layers": 2},
    "several intents of states alone": {"segment_hidden": 70, "skip_connections": False, "intent_slots": SOME_SLOTS},
    "decision": {"decision": True, "intent_slots": SOME_SLOTS, "catalogs": True},
    "decision with a fallback intent": {"decision": True, "fallback": "none", "packed": True},
    "decision of one intent": {"decision": True, "intents": ["only"], "slot_types": [], "wide_intent": False},
}


def build(name: str, seed: int = 5) -> BiLstmNluForIntentAndSlots:
    """A model with odd weights, so that it tags many words with every slot type."""
    given = {**_SMALL, "intents": INTENTS, "slot_types": SLOT_TYPES, **CONFIGS[name]}
    with_catalogs = given.pop("catalogs", False)
    with_decision, fallback = given.pop("decision", False), given.pop("fallback", None)
    given.pop("packed", None), given.pop("dtype", None)
    torch.manual_seed(seed)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(**given)).eval()
    if with_catalogs:
        model.set_gazetteers(
            {kind: phrase_word_keys(values, TOKENIZER, max_words=6) for kind, values in CATALOGS.items()}
        )
        genres = {value: ["the jazz"] if value == "jazz" else [] for value in CATALOGS["genre"]}
        model.slot_catalogs = SlotCatalogs(
            {"genre": {"values": {value: {"synonyms": s} for value, s in genres.items()}}}
        )
    with torch.random.fork_rng(devices=[]):
        model.encoder.add_words(count_word_keys(TEXTS[:6], TOKENIZER))
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(-1, 1)
        for part in (model.encoder.shared, model.intent_stack, model.slot_stack, model.intent_head, model.slot_head):
            for weight in part.parameters():
                weight.mul_(min(1.0, 4 * weight.shape[-1] ** -0.5))
    if with_decision:
        decision = Decision(model.intent_head.in_features, model.config.num_intents, 5, 64)
        tensors = {name: torch.rand_like(one.float()) + 0.1 for name, one in decision.state_dict().items()}
        tensors["word_keys"] = model.encoder.embeddings.table.clone()
        model.set_decision(tensors, threshold=0.4, fallback_intent=fallback)
    return model


def save(name: str, folder: Path, seed: int = 5) -> BiLstmNluForIntentAndSlots:
    """Write the checkpoint of a model, and return the model as it was saved, in single precision."""
    model, given = build(name, seed), CONFIGS[name]
    if (dtype := given.get("dtype")) is not None:
        model = model.to(dtype)
    model.save_pretrained(folder, packed=given.get("packed", False))
    TOKENIZER.save_pretrained(folder)
    return BiLstmNluForIntentAndSlots.from_pretrained(folder, dtype=torch.float32).eval()


def in_older_form(folder: Path, out: Path) -> Path:
    """Copy a packed checkpoint with all rows of its word table in the file, as version 0.1.0 wrote it."""
    shutil.copytree(folder, out)
    packed = load_file(folder / "model.safetensors")
    whole, free = with_all_rows(packed), ~rows_in_use(packed, WORDS)  # type: ignore[operator]  there are keys
    generator = torch.Generator().manual_seed(8)
    shape = (int(free.sum()), whole[WORDS].shape[1])
    whole[WORDS][free] = torch.randint(-127, 128, shape, generator=generator).to(torch.int8)
    whole[WORDS + ".scale"][free] = torch.rand((shape[0], 1), generator=generator).half()
    save_file(whole, out / "model.safetensors", {"format": "pt"})
    return out


@torch.inference_mode()
def computed(model: BiLstmNluForIntentAndSlots, text: str) -> dict[str, Any]:
    """What torch says about a text: all that the runtime gives for it, too."""
    ids = torch.tensor([TOKENIZER(text[:1000], truncation=True)["input_ids"]])
    output = model(input_ids=ids, output_hidden_states=True)
    reading = model.read(ids)
    pooled, states = output.hidden_states
    return {
        "scores": reading.scores[0],
        "tags": reading.tags[0].tolist(),
        "decision": None if reading.decision is None else reading.decision[0].item(),
        "pooled": pooled[0],
        "slot_states": states.flatten(),
        "slot_logits": output.slot_logits.flatten(),
    }
