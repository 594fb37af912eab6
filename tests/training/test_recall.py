"""Labels that start from those with like names in the checkpoint."""

import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, build_tokenizer
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_for
from modeling_bilstm_nlu.training import NluTrainingArguments, TransferTrainer, build_model
from modeling_bilstm_nlu.training.recall import recall_heads

KNOWN_TYPES = ["sgd.city", "topv2.CITY", "sgd.song_name"]


def generic(**config) -> BiLstmNluForIntentAndSlots:
    """Words have vectors that are not alike, so that names are alike only where they share words."""
    torch.manual_seed(0)
    known = BiLstmNluConfig(
        ["sgd.PlaySong", "topv2.get_weather"], KNOWN_TYPES, **{**SMALL, "word_dim": 128, "ngram_dim": 128, **config}
    )
    model = BiLstmNluForIntentAndSlots(known)
    for weight in model.parameters():
        torch.nn.init.normal_(weight)
    torch.nn.init.zeros_(model.encoder.embeddings.words.weight[0])  # that of unknown words says little after training
    return model


def test_a_label_gets_the_weights_of_those_with_its_name():
    model, tags, known = generic(), tags_for(["city", "colour"]), tags_for(KNOWN_TYPES)
    found = recall_heads(model, build_tokenizer(), ["PlaySongIntent", "Zqx"], ["city", "colour"])
    head, new = model.slot_head.weight, found.weights["slot_head.weight"]
    for part in "BI":
        mean = (head[known.index(f"{part}-sgd.city")] + head[known.index(f"{part}-topv2.CITY")]) / 2
        assert torch.allclose(new[tags.index(f"{part}-city")], mean, atol=1e-2)
        assert not new[tags.index(f"{part}-colour")].any()
    assert torch.equal(new[0], head[0])  # O
    assert torch.allclose(found.weights["intent_head.weight"][0], model.intent_head.weight[0], atol=1e-2)
    assert not found.weights["intent_head.weight"][1].any() and found.num_labels == 2


def test_steps_within_a_type_are_those_of_each_type_it_is_like():
    model, tags, known = generic(), tags_for(["city", "song_name"]), tags_for(KNOWN_TYPES)
    old, new = model.crf.transitions, recall_heads(model, build_tokenizer(), [], ["city", "song_name"]).weights
    steps = new["crf.transitions"]

    def of(matrix, names, one, two):
        return matrix[names.index(one), names.index(two)]

    within = [of(old, known, f"B-{name}", f"I-{name}") for name in ("sgd.city", "topv2.CITY")]
    assert torch.isclose(of(steps, tags, "B-city", "I-city"), sum(within) / 2, atol=1e-2)
    between = [of(old, known, f"I-{name}", "B-sgd.song_name") for name in ("sgd.city", "topv2.CITY")]
    assert torch.isclose(of(steps, tags, "I-city", "B-song_name"), sum(between) / 2, atol=1e-2)
    assert torch.isclose(of(steps, tags, "O", "O"), of(old, known, "O", "O"))


def test_labels_that_are_like_none_start_from_zero():
    model = generic(use_crf=False)
    for intents, slot_types in ((["Zqx", "1"], ["2"]), (["1"], []), ([], ["colour"])):
        found = recall_heads(model, build_tokenizer(), intents, slot_types)
        assert found.num_labels == 0 and not any(weight.any() for weight in found.weights.values())
        assert found.weights["slot_head.weight"].shape == (1 + 2 * len(slot_types), model.slot_head.in_features)


def test_transfer_recalls_labels(tmp_path):
    domain = toy_domain(num_train=20)
    starts = {}
    for name, changes in {"on": {}, "off": {"recall_labels": False}, "stacks": {"reset_policy": "stacks"}}.items():
        model = build_model(domain, **SMALL)
        known = model.slot_head.weight.clone()
        args = NluTrainingArguments(output_dir=str(tmp_path), fit_heads=False, use_cpu=True, **changes)
        TransferTrainer(model, args, domain)
        starts[name] = torch.equal(model.slot_head.weight, known)
    assert starts == {"on": True, "off": False, "stacks": False}
