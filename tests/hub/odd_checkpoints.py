"""A tiny model with odd weights, and what the tests of the hub expect of its files."""

from pathlib import Path

import torch

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, build_tokenizer
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs
from modeling_bilstm_nlu.decision_bilstm_nlu import Decision
from modeling_bilstm_nlu.tokenization_bilstm_nlu import count_word_keys, phrase_word_keys

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "modeling_bilstm_nlu"
#: The files that travel with a checkpoint, as they stand in the package.
HUB_FILES = {path.name: path for path in PACKAGE.glob("*_bilstm_nlu.py") if not path.name.startswith("tokenization")}
TEXTS = [
    "play some jazz in the living room",
    "What's 42 + 1?",
    "Zürich\u2019s 天気 \U0001f600!",
    "",
    "half \ud83d pair",
]

#: What the odd model's slots are resolved with: by the text itself, by a synonym, and without an accent.
CATALOGS = {
    "genre": {"type_name": "GENRE", "values": {"jazz": {"id": "JAZZ", "synonyms": ["jazz music"]}, "hard rock": {}}},
    "room": {
        "values": {
            "lounge": {"id": "LR", "synonyms": ["living room"]},
            "forty two": {"synonyms": ["42"]},
            "Zurich": {},
        }
    },
}


def odd_model(**config: object) -> BiLstmNluForIntentAndSlots:
    """A tiny model with known words and catalogs, every weight drawn from uniform(-1, 1), in evaluation mode."""
    sizes: dict = dict.fromkeys(("vocabulary_size", "ngram_buckets"), 64) | dict.fromkeys(("word_dim", "ngram_dim"), 6)
    sizes |= dict.fromkeys(("shared_hidden", "slot_hidden", "intent_hidden"), 5) | config
    torch.manual_seed(7)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(["ask", "play_music", "none"], ["genre", "room"], **sizes))
    tokenizer = build_tokenizer()
    model.encoder.add_words(count_word_keys(["play some jazz", "in the living room"], tokenizer))
    model.set_gazetteers(
        {
            "genre": phrase_word_keys(["jazz", "hard rock"], tokenizer),
            "room": phrase_word_keys(["living room", "kitchen"], tokenizer),
        }
    )
    with torch.no_grad():
        for _, weight in sorted(model.named_parameters(), key=lambda item: "any_catalog" in item[0]):
            weight.uniform_(-1, 1)
    model.set_segment_heads(3)
    with torch.no_grad():
        for weight in model.segment_heads.parameters():
            weight.uniform_(-1, 1)
    model.slot_catalogs = SlotCatalogs(CATALOGS)
    model.set_decision(odd_decision(model), threshold=0.0)  # so that frames have slots, whatever the weights say
    return model.eval()


def odd_decision(model: BiLstmNluForIntentAndSlots) -> dict[str, torch.Tensor]:
    """The buffers of a decision with numbers drawn from uniform(0.1, 1.1), and no word."""
    generator = torch.Generator().manual_seed(7)
    empty = Decision(model.intent_head.in_features, model.config.num_intents, dims=3, word_rows=16)
    buffers = dict(empty.named_buffers())
    return {
        name: torch.rand(tensor.shape, generator=generator) + 0.1 if tensor.is_floating_point() else tensor
        for name, tensor in buffers.items()
    }
