"""prepare_for_domain: five steps in order, in train() and not before, and not again in a run that goes on."""

from collections import Counter

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, NluError
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import (
    NluTrainingArguments,
    TransferArguments,
    TransferTrainer,
    build_model,
    prepare_for_domain,
)
from modeling_bilstm_nlu.training.transfer import prepare as prepare_module

STEPS = ("warm_start_labels", "reset_for_domain", "grow_vocabulary", "take_catalogs", "fit_heads")
OPTIONS = {"max_steps": 6, "per_device_train_batch_size": 8, "use_cpu": True, "disable_tqdm": True}


@pytest.fixture
def garden() -> Domain:
    plants = ("tulips", "roses", "basil", "mint")
    rows = [
        Utterance(f"{verb} the {plant}", intent, (SlotSpan("plant", len(verb) + 5, len(verb) + 5 + len(plant)),))
        for verb, intent in (("water", "water"), ("cut", "prune"), ("move", "move"))
        for plant in plants
    ]
    catalogs = {"plant": SlotCatalog("plant", dict.fromkeys(plants, ()))}
    return Domain.from_utterances("garden", {"train": rows, "validation": rows}, catalogs=catalogs)


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The names of the steps, in the order in which they are called."""
    seen: list[str] = []

    def watched(name: str):
        step = getattr(prepare_module, name)
        return lambda *args, **kwargs: seen.append(name) or step(*args, **kwargs)

    for name in STEPS:
        monkeypatch.setattr(prepare_module, name, watched(name))
    return seen


def generic() -> BiLstmNluForIntentAndSlots:
    return build_model(toy_domain(), **SMALL)


def state_of(model: BiLstmNluForIntentAndSlots) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_steps_run_in_train_and_once(tmp_path, garden, calls):
    model = generic()
    before, intents = state_of(model), list(model.config.intents)
    trainer = TransferTrainer(model, TransferArguments(str(tmp_path), **OPTIONS), garden)
    assert not calls and same(state_of(model), before) and model.config.intents == intents
    assert trainer.preparation is None and trainer.num_new_words is None
    trainer.train()
    assert calls == list(STEPS) and model.config.intents == ["move", "prune", "water"]
    trainer.train()
    trainer.evaluate()
    assert calls == list(STEPS)


def test_what_is_turned_off_is_left_out(tmp_path, garden, calls):
    args = TransferArguments(str(tmp_path), label_name_warm_start=False, fit_heads=False, **OPTIONS)
    model = generic()
    found = prepare_for_domain(model, garden, args, build_tokenizer())
    assert calls == list(STEPS[1:4]) and found.seconds == 0 and found.num_known_labels == 0
    assert len(found.rows) >= len(garden.splits["train"]) and found.num_new_words > 0
    assert model.config.gazetteers == ["plant"]


@pytest.mark.parametrize("use", ["evaluate", "predict", "card_data", "get_train_dataloader"])
def test_nothing_is_asked_of_a_model_that_is_not_prepared(tmp_path, garden, use):
    trainer = TransferTrainer(generic(), TransferArguments(str(tmp_path), **OPTIONS), garden)
    given = {"predict": [garden.splits["validation"]], "card_data": ["garden"]}.get(use, [])
    with pytest.raises(NluError, match=r"garden.*train\(\).*prepare_for_domain"):
        getattr(trainer, use)(*given)


def test_a_model_that_is_prepared_already_is_not_prepared_again(tmp_path, garden, calls):
    args, tokenizer = TransferArguments(str(tmp_path), **OPTIONS), build_tokenizer()
    model, other = generic(), generic()
    preparation = prepare_for_domain(model, garden, args, tokenizer)
    trainer = TransferTrainer(model, args, garden, preparation=preparation)
    calls.clear()
    assert 0 <= trainer.evaluate()["eval_combined_error"] <= 1
    trainer = TransferTrainer(model, args, garden, preparation=preparation)
    trainer.train()
    assert not calls and trainer.num_new_words == preparation.num_new_words
    TransferTrainer(other, args, garden).train()
    assert same(state_of(model), state_of(other))


def test_plain_arguments_train_as_the_defaults_of_transfer(tmp_path, garden):
    states = []
    for kind in (NluTrainingArguments, TransferArguments):
        model = generic()
        TransferTrainer(model, kind(str(tmp_path), **OPTIONS), garden).train()
        states.append(state_of(model))
    assert same(*states)


@pytest.mark.parametrize("freeze_steps", [0, 4])
def test_a_run_that_goes_on_takes_its_checkpoint_and_fits_nothing(tmp_path, garden, calls, freeze_steps):
    args = TransferArguments(
        str(tmp_path),
        save_strategy="steps",
        save_steps=3,
        save_total_limit=5,
        freeze_steps=freeze_steps,
        **OPTIONS,
    )
    whole = generic()
    TransferTrainer(whole, args, garden).train()
    assert Counter(calls) == Counter(STEPS)
    calls.clear()
    model = generic()
    trainer = TransferTrainer(model, args, garden)
    trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))
    assert not calls and trainer.preparation is None
    assert model.config.intents == ["move", "prune", "water"] and model.config.gazetteers == ["plant"]
    assert model.config.intent_slots == whole.config.intent_slots
    assert model.slot_catalogs.to_json() == whole.slot_catalogs.to_json()
    assert same(state_of(model), state_of(whole))
    trainer.evaluate()


def test_an_optimizer_that_misses_the_new_layers_is_refused(tmp_path, garden):
    model = generic()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    args = TransferArguments(str(tmp_path), **OPTIONS)
    trainer = TransferTrainer(model, args, garden, optimizers=(optimizer, None))
    with pytest.raises(NluError, match="optimizer_cls_and_kwargs"):
        trainer.train()
    preparation = prepare_for_domain(model, garden, args, build_tokenizer())
    optimizers = (torch.optim.SGD(model.parameters(), 0.1), None)
    TransferTrainer(model, args, garden, preparation=preparation, optimizers=optimizers).train()
