"""TransferTrainer: new upper layers, new words, layers that wait."""

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance
from modeling_bilstm_nlu.hub.card_data import CardData
from modeling_bilstm_nlu.hub.writing import write_repository
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer, count_word_keys
from modeling_bilstm_nlu.training import (
    NluTrainer,
    TransferArguments,
    TransferTrainer,
    build_model,
)


def arguments(folder, **changes) -> TransferArguments:
    settings = {
        "max_steps": 6,
        "per_device_train_batch_size": 8,
        "learning_rate": 1e-2,
        "warmup_steps": 0,
        "use_cpu": True,
        "disable_tqdm": True,
        "logging_strategy": "no",
    }
    return TransferArguments(output_dir=str(folder), **{**settings, **changes})


@pytest.fixture
def garden() -> Domain:
    """Another domain with as many intents and slot types as the toy one, and words it has not."""
    rows = [
        Utterance(f"{verb} the {plant}", intent, (SlotSpan("plant", len(verb) + 5, len(verb) + 5 + len(plant)),))
        for verb, intent in (("water", "water"), ("cut", "prune"))
        for plant in ("tulips", "roses", "basil", "mint")
    ]
    return Domain.from_utterances("garden", {"train": rows, "validation": rows, "test": rows})


@pytest.fixture(scope="module")
def generic(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("generic")
    domain = toy_domain()
    model = build_model(domain, **SMALL)
    NluTrainer(model, arguments(folder / "run", max_steps=20), domain).train()
    model.save_pretrained(folder / "checkpoint")
    return str(folder / "checkpoint")


def test_resets_heads_and_keeps_the_encoder(tmp_path, generic, garden):
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    trainer = TransferTrainer(model, arguments(tmp_path), garden)
    trainer.prepare()
    assert model.config.intents == ["prune", "water"] and model.config.slot_types == ["plant"]
    assert trainer.source_checkpoint == generic
    after = model.state_dict()
    assert torch.equal(after["encoder.embeddings.words.weight"], before["encoder.embeddings.words.weight"])
    for name in ("encoder.shared.layers.0.forward_lstm.weight_ih_l0", "slot_stack.layers.0.forward_lstm.weight_ih_l0"):
        assert torch.equal(after[name], before[name])
    assert not torch.equal(after["intent_head.weight"], before["intent_head.weight"])  # of equal size, yet drawn anew


def test_the_stacks_policy_draws_the_task_stacks_too(tmp_path, generic, garden):
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    TransferTrainer(model, arguments(tmp_path, reset_policy="stacks"), garden).prepare()
    after = model.state_dict()
    for stack in ("slot_stack", "intent_stack"):
        name = f"{stack}.layers.0.forward_lstm.weight_ih_l0"
        assert not torch.equal(after[name], before[name])
    name = "encoder.shared.layers.0.forward_lstm.weight_ih_l0"
    assert torch.equal(after[name], before[name])


def test_the_encoder_policy_leaves_the_embeddings_alone(tmp_path, generic, garden):
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    trainer = TransferTrainer(model, arguments(tmp_path, reset_policy="encoder"), garden)
    trainer.prepare()
    after = model.state_dict()
    lstm = "forward_lstm.weight_hh_l0"
    for layer in ("encoder.shared", "slot_stack", "intent_stack"):
        assert not torch.equal(after[f"{layer}.layers.0.{lstm}"], before[f"{layer}.layers.0.{lstm}"])
    assert torch.equal(after["encoder.embeddings.ngrams.weight"], before["encoder.embeddings.ngrams.weight"])
    assert trainer.model.encoder.shared.training == trainer.model.training


def test_the_matching_policy_keeps_labels_of_the_same_name(tmp_path, generic):
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    old_tags, old = model.config.slot_tags, {k: v.clone() for k, v in model.state_dict().items()}
    rows = [
        Utterance("play imagine in the garage", "play", (SlotSpan("song", 5, 12), SlotSpan("place", 20, 26))),
        Utterance("stop it", "stop"),
    ]
    TransferTrainer(
        model,
        arguments(tmp_path, reset_policy="matching", fit_heads=False),
        Domain.from_utterances("x", {"train": rows}),
    ).prepare()
    new, tags = model.state_dict(), model.config.slot_tags
    for tag in ("O", "B-song", "I-song"):
        assert torch.equal(new["slot_head.weight"][tags.index(tag)], old["slot_head.weight"][old_tags.index(tag)])
    here, there = (tags.index("B-song"), tags.index("I-song")), (old_tags.index("B-song"), old_tags.index("I-song"))
    assert new["crf.transitions"][here] == old["crf.transitions"][there]
    assert torch.equal(new["intent_head.weight"][0], old["intent_head.weight"][1])  # play was second to light
    assert not torch.equal(new["intent_head.weight"][1], old["intent_head.weight"][0])  # stop is new
    assert new["crf.start"][tags.index("B-place")] == 0


def test_heads_may_be_fitted_before_all_layers_train(tmp_path, generic):
    domain = toy_domain("again", num_train=20)
    errors = {}
    for fit in (False, True):
        model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
        settings = {"fit_heads": fit, "label_name_warm_start": False, "max_steps": 1, "learning_rate": 1e-6}
        args = arguments(tmp_path / str(fit), eval_on_start=True, **settings)
        args.eval_strategy = "steps"
        trainer = TransferTrainer(model, args, domain)
        trainer.train()
        start = trainer.learning_curve.points[0]
        errors[fit] = start["combined_error"]
        assert (start["seconds"] > 0) == fit  # the fitting is on the clock
    assert errors[True] < errors[False]


def test_new_words_get_rows_of_their_own(tmp_path, generic, garden):
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    tokenizer = build_tokenizer()
    known = set(model.encoder.embeddings.table.tolist())
    labels = ["water", "prune", "plant"]
    new = set(count_word_keys([*garden.splits["train"]["text"], *labels], tokenizer)) - known
    trainer = TransferTrainer(model, arguments(tmp_path), garden)
    assert trainer.num_new_words is None
    trainer.prepare()
    assert trainer.num_new_words == len(new) > 0
    assert new <= set(model.encoder.embeddings.table.tolist())


@pytest.mark.parametrize("gradual", [False, True])
def test_frozen_layers_wait_for_their_step(tmp_path, generic, garden, gradual):
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    seen: dict[int, tuple[bool, bool]] = {}

    def watch(module, inputs, output):
        if module.training:
            weight = model.encoder.shared.layers[0].forward_lstm.weight_ih_l0
            seen[len(seen)] = (weight.requires_grad, model.encoder.embeddings.words.weight.requires_grad)

    args = arguments(tmp_path, freeze_steps=2, gradual_unfreezing=gradual)
    trainer = TransferTrainer(model, args, garden)
    trainer.prepare()
    shared = model.encoder.shared.layers[0].forward_lstm.weight_ih_l0.clone()
    model.register_forward_hook(watch)
    trainer.train()
    assert [seen[step][0] for step in range(6)] == [False] * 2 + [True] * 4
    assert [seen[step][1] for step in range(6)] == [False] * (4 if gradual else 2) + [True] * (2 if gradual else 4)
    assert not torch.equal(shared, model.encoder.shared.layers[0].forward_lstm.weight_ih_l0)  # trained once released


def test_gazetteers_travel_in_the_checkpoint(tmp_path, generic):
    domain = toy_domain("again")
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    trainer = TransferTrainer(model, arguments(tmp_path, use_gazetteers=True), domain)
    trainer.train()
    assert model.config.gazetteers == ["room", "song"]
    assert model.gazetteer.marks.slot_weight.abs().sum() > 0  # silent at first, then learnt
    model.save_pretrained(tmp_path / "saved")
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "saved").eval()
    batch = build_tokenizer()(["play hey jude", "make the living room brighter"], padding=True, return_tensors="pt")
    model.eval()
    with torch.no_grad():
        assert torch.equal(model(**batch).slot_logits, loaded(**batch).slot_logits)


def test_the_same_seed_draws_the_same_heads(tmp_path, generic, garden):
    heads = []
    for seed in (1, 1, 2):
        model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
        TransferTrainer(model, arguments(tmp_path, seed=seed), garden).prepare()
        heads.append(model.slot_head.weight.detach().clone())
    assert torch.equal(heads[0], heads[1]) and not torch.equal(heads[0], heads[2])


def test_a_licence_that_asks_for_the_same_goes_on_to_what_is_made_from_it(tmp_path, generic, garden):
    model, tokenizer = BiLstmNluForIntentAndSlots.from_pretrained(generic), build_tokenizer()
    write_repository(
        tmp_path / "base", model, tokenizer, CardData.from_model("base", model, tokenizer, licence="cc-by-sa-4.0")
    )
    model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "base")
    trainer = TransferTrainer(model, arguments(tmp_path), garden)
    trainer.prepare()
    card_data = trainer.card_data("garden")
    assert card_data.licence == "cc-by-sa-4.0" and "fine-tuned from" in card_data.data_terms
    assert trainer.card_data("garden", licence="mit").licence == "mit"
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    trainer = TransferTrainer(model, arguments(tmp_path), garden)
    trainer.prepare()
    assert trainer.card_data("garden").licence is None


def test_what_comes_before_the_first_step_is_on_the_clock(tmp_path, generic, garden, monkeypatch):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("modeling_bilstm_nlu.training.transfer.prepare.time.perf_counter", lambda: float(next(clock)))
    model = BiLstmNluForIntentAndSlots.from_pretrained(generic)
    trainer = TransferTrainer(model, arguments(tmp_path), garden)
    trainer.prepare()
    assert trainer.learning_curve.head_start == 20  # the warm start of labels, and fitting heads
