"""Labels that start from those with like names in the checkpoint."""

from dataclasses import replace

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, build_tokenizer
from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_for
from modeling_bilstm_nlu.training import TransferArguments, TransferTrainer
from modeling_bilstm_nlu.training.transfer import warm_start_labels

KNOWN_TYPES = ["sgd.city", "topv2.CITY", "sgd.song_name"]


def generic(**config) -> BiLstmNluForIntentAndSlots:
    """Words have vectors that are not alike, so that names are alike only where they share words."""
    torch.manual_seed(0)
    sizes = {**SMALL, "word_dim": 128, "ngram_dim": 128}
    model = BiLstmNluForIntentAndSlots(
        BiLstmNluConfig(["sgd.PlaySong", "topv2.get_weather"], KNOWN_TYPES, **{**sizes, **config})
    )
    for weight in model.parameters():
        torch.nn.init.normal_(weight)
    torch.nn.init.zeros_(model.encoder.embeddings.words.weight[0])  # that of unknown words says little after training
    return model.requires_grad_(False)


def domain_of(intents, slot_types, *utterances: Utterance) -> Domain:
    domain = Domain.from_utterances("new", {"train": utterances})
    return replace(domain, spec=replace(domain.spec, intents=tuple(intents), slot_types=tuple(slot_types)))


def warm_start(model, intents=(), slot_types=(), *utterances):
    return warm_start_labels(
        model, build_tokenizer(), domain_of(intents, slot_types, Utterance("x", None, ()), *utterances)
    )


def test_a_label_gets_the_weights_of_those_with_its_name():
    model, tags, known = generic(), tags_for(["city", "colour"]), tags_for(KNOWN_TYPES)
    found = warm_start(model, ["PlaySongIntent", "Zqx"], ["city", "colour"])
    head, new = model.slot_head.weight, found.weights["slot_head.weight"]
    for part in "BI":
        mean = (head[known.index(f"{part}-sgd.city")] + head[known.index(f"{part}-topv2.CITY")]) / 2
        assert torch.allclose(new[tags.index(f"{part}-city")], mean - head[0], atol=1e-2)  # ahead of O
        assert not new[tags.index(f"{part}-colour")].any()
    assert not new[0].any()
    assert torch.allclose(found.weights["intent_head.weight"][0], model.intent_head.weight[0], atol=1e-2)
    assert not found.weights["intent_head.weight"][1].any() and found.num_labels == 2


def test_steps_within_a_type_are_those_of_each_type_it_is_like():
    model, tags, known = generic(), tags_for(["city", "song_name"]), tags_for(KNOWN_TYPES)
    old, new = model.crf.transitions, warm_start(model, [], ["city", "song_name"]).weights["crf.transitions"]

    def step(matrix, names, one, two):
        return matrix[names.index(one), names.index(two)]

    stay = step(old, known, "O", "O")
    within = [step(old, known, f"B-{name}", f"I-{name}") - stay for name in ("sgd.city", "topv2.CITY")]
    assert torch.isclose(step(new, tags, "B-city", "I-city"), sum(within) / 2, atol=2e-2)
    between = [step(old, known, f"I-{name}", "B-sgd.song_name") - stay for name in ("sgd.city", "topv2.CITY")]
    assert torch.isclose(step(new, tags, "I-city", "B-song_name"), sum(between) / 2, atol=2e-2)
    assert step(new, tags, "O", "O") == 0


def test_what_training_shows_takes_the_place_of_what_a_name_says():
    model = generic()
    rows = [Utterance("x", "PlaySong", (SlotSpan("city", 0, 1),))]
    norms = []
    for times in (0, 1, 25, 1000):
        weights = warm_start(model, ["PlaySong"], ["city"], *rows * times).weights
        norms.append((weights["slot_head.weight"].norm(), weights["intent_head.weight"].norm()))
    for part in range(2):
        full, once, half, little = (norm[part] for norm in norms)
        assert full > once > half > little > 0
        assert torch.isclose(half, full / 2)


@pytest.mark.parametrize("intents, slot_types", [(["Zqx", "1"], ["2"]), (["1"], []), ([], ["colour"])])
def test_labels_that_are_like_none_start_from_zero(intents, slot_types):
    model = generic(use_crf=False)
    found = warm_start(model, intents, slot_types)
    assert found.num_labels == 0 and not any(weight.any() for weight in found.weights.values())
    assert found.weights["slot_head.weight"].shape == (1 + 2 * len(slot_types), model.slot_head.in_features)


def test_transfer_starts_labels_from_like_ones(tmp_path):
    domain = toy_domain(num_train=20)
    weights = {}
    for name, changes in {
        "on": {},
        "off": {"label_name_warm_start": False},
        "stacks": {"reset_policy": "stacks"},
    }.items():
        model = generic()
        expected = warm_start_labels(model, build_tokenizer(), domain).weights
        args = TransferArguments(output_dir=str(tmp_path), fit_heads=False, use_cpu=True, **changes)
        TransferTrainer(model, args, domain).prepare()
        weights[name] = all(torch.equal(model.get_parameter(name), weight) for name, weight in expected.items())
    assert weights == {"on": True, "off": False, "stacks": False}


def test_fitted_heads_stay_near_to_their_warm_start(tmp_path):
    domain = domain_of(["greet"], ["song_name", "city"], Utterance("hello there", "greet", ()))
    model = generic()
    expected = warm_start_labels(model, build_tokenizer(), domain).weights["slot_head.weight"]
    TransferTrainer(model, TransferArguments(output_dir=str(tmp_path), use_cpu=True), domain).prepare()
    assert (model.slot_head.weight - expected).norm() < expected.norm() / 10
