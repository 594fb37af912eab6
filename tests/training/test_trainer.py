"""NluTrainer: it learns, it resumes to the same weights, it treats layers as it was told."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from datasets import concatenate_datasets
from toy_domain import SMALL, toy_domain

from bilstm_nlu.errors import DataError, NluError
from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance, to_dataset
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments, build_model


def arguments(folder: Path, **changes) -> NluTrainingArguments:
    settings = {
        "max_steps": 12,
        "per_device_train_batch_size": 16,
        "learning_rate": 1e-2,
        "use_cpu": True,
        "disable_tqdm": True,
        "logging_strategy": "no",
    }
    return NluTrainingArguments(output_dir=str(folder), **{**settings, **changes})


def test_learns_a_toy_domain(tmp_path):
    domain = toy_domain()
    trainer = NluTrainer(build_model(domain, **SMALL), arguments(tmp_path, max_steps=150, learning_rate=2e-2), domain)
    before = trainer.evaluate()["eval_combined_error"]
    trainer.train()
    scores = trainer.evaluate(trainer.encode(domain.splits["test"]), metric_key_prefix="test")
    assert before > 0.4
    assert scores["test_combined_error"] < 0.05
    assert scores["test_num_utterances"] == 20


def test_records_the_learning_curve(tmp_path):
    domain = toy_domain()
    args = arguments(tmp_path, eval_strategy="steps", eval_steps=4, eval_on_start=True, name_utterances=False)
    args.background_share = 0.0
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
    trainer.train()
    points = json.loads((tmp_path / "learning_curve.json").read_text("utf-8"))
    assert [point["step"] for point in points] == [0, 4, 8, 12]
    assert [point["examples"] for point in points] == [0, 60, 120, 180]
    seconds = [point["seconds"] for point in points]
    assert seconds == sorted(seconds) and seconds[0] == 0 and seconds[-1] > 0
    assert all(0 <= point["combined_error"] <= 1 for point in points)


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path):
    domain = toy_domain()
    options = {"save_strategy": "steps", "save_steps": 6, "eval_strategy": "steps", "eval_steps": 6}
    whole = NluTrainer(build_model(domain, **SMALL), arguments(tmp_path / "whole", **options), domain)
    whole.train()
    cut = arguments(tmp_path / "cut", save_total_limit=5, **options)
    NluTrainer(build_model(domain, **SMALL), cut, domain).train()
    again = NluTrainer(build_model(domain, seed=5, **SMALL), arguments(tmp_path / "cut", **options), domain)
    again.train(resume_from_checkpoint=str(tmp_path / "cut" / "checkpoint-6"))
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name]), name
    assert [point["step"] for point in again.learning_curve.points] == [6, 12]


def test_equal_seeds_give_equal_weights(tmp_path):
    domain = toy_domain()
    states = []
    for run in range(2):
        trainer = NluTrainer(build_model(domain, seed=3, **SMALL), arguments(tmp_path / str(run), seed=3), domain)
        trainer.train()
        states.append(trainer.model.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_learning_rates_by_layer(tmp_path):
    domain = toy_domain()
    args = arguments(tmp_path, encoder_lr_scale=0.5, embedding_lr_scale=0.1, weight_decay=0.3)
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
    groups = trainer.create_optimizer().param_groups
    by_weight = {id(w): group for group in groups for w in group["params"]}
    named = dict(trainer.model.named_parameters())
    assert by_weight.keys() == {id(weight) for weight in named.values()}
    rate = {name: by_weight[id(weight)]["lr"] for name, weight in named.items()}
    decay = {name: by_weight[id(weight)]["weight_decay"] for name, weight in named.items()}
    assert rate["encoder.embeddings.words.weight"] == pytest.approx(1e-3)
    assert rate["encoder.shared.layers.0.forward_lstm.weight_hh_l0"] == pytest.approx(5e-3)
    assert rate["slot_head.weight"] == pytest.approx(1e-2)
    assert decay["encoder.embeddings.words.weight"] == 0 and decay["slot_head.bias"] == 0
    assert decay["crf.transitions"] == 0 and decay["slot_head.weight"] == 0.3


def test_learns_from_partial_annotation(tmp_path):
    """Utterances with an intent alone or slots alone teach what they have."""
    full = toy_domain(num_train=80)
    rows = full.utterances("train")
    partial = [
        Utterance(row.text, row.intent if i % 2 else None, None if i % 2 else row.spans) for i, row in enumerate(rows)
    ]
    domain = Domain.from_utterances("partial", {"train": partial, "test": full.utterances("test")})
    trainer = NluTrainer(build_model(domain, **SMALL), arguments(tmp_path, max_steps=150, learning_rate=2e-2), domain)
    trainer.train()
    scores = trainer.evaluate(trainer.encode(domain.splits["test"]), metric_key_prefix="test")
    assert scores["test_combined_error"] < 0.1


@pytest.mark.parametrize(
    "changes, is_masked",
    [({"carrier_dropout": 1.0}, True), ({"carrier_dropout": 0.0}, False), ({"use_gazetteers": False}, False)],
)
def test_words_outside_slots_are_masked_where_catalogs_can_serve(tmp_path, changes, is_masked):
    domain = toy_domain()
    args = arguments(tmp_path, max_steps=2, eval_strategy="no", fit_decision=False, **changes)
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
    seen = []
    hook = trainer.bare_model.register_forward_pre_hook(lambda model, _, given: seen.append(given), with_kwargs=True)
    trainer.train()
    assert len(seen) == 2
    for given in seen:
        assert ("masked_words" in given) == is_masked
        if is_masked:
            assert torch.equal(given["masked_words"], given["slot_labels"] == 0), "and no word of a slot is"
    trainer.evaluate()
    assert "masked_words" not in seen[-1]
    hook.remove()


def test_every_step_computes_in_mixed_precision(tmp_path):
    domain = toy_domain()
    args = arguments(tmp_path, max_steps=3, eval_strategy="no", bf16=True, fit_decision=False)
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
    seen: list[torch.dtype] = []
    trainer.model.intent_head.register_forward_hook(lambda *call: seen.append(call[-1].dtype))
    trainer.train()
    assert seen == [torch.bfloat16] * 3


@pytest.mark.slow
def test_early_stopping_restores_the_best_checkpoint(tmp_path):
    domain = toy_domain()
    args = arguments(
        tmp_path,
        max_steps=200,
        eval_strategy="steps",
        eval_steps=10,
        save_strategy="steps",
        save_steps=10,
        load_best_model_at_end=True,
        early_stopping_patience=2,
    )
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
    trainer.train()
    assert trainer.state.global_step < 200
    best = min(point["frame_error"] for point in trainer.learning_curve.points)
    assert trainer.evaluate()["eval_frame_error"] == best


def test_a_label_that_the_model_lacks_is_named(tmp_path):
    domain = toy_domain()
    model = build_model(domain, **SMALL)
    more = to_dataset([Utterance("stop it", "stop")])
    trainer = NluTrainer(model, arguments(tmp_path), domain)
    with pytest.raises(DataError, match="'stop'"):
        trainer.encode(concatenate_datasets([domain.splits["test"], more]))
    with pytest.raises(DataError, match="B-city"):
        trainer.encode(to_dataset([Utterance("to rome", "play", (SlotSpan("city", 3, 7),))]))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"early_stopping_patience": 2}, "eval_strategy"),
        ({"early_stopping_patience": 2, "eval_strategy": "epoch", "save_strategy": "no"}, "load_best_model_at_end"),
        ({"push_to_hub": True, "hub_strategy": "every_save"}, "hub_strategy"),
        ({"encoder_lr_scale": -1}, "scale"),
        ({"carrier_dropout": 1.5}, "carrier_dropout"),
    ],
)
def test_refuses_bad_arguments(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        arguments(tmp_path, **changes)


def test_writes_its_own_card_and_a_repository_without_pickles(tmp_path):
    domain = toy_domain()
    args = arguments(tmp_path / "garden-talk", eval_strategy="steps", eval_steps=6)
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
    trainer.train()
    trainer.create_model_card(model_name="passed over")
    card = (tmp_path / "garden-talk" / "README.md").read_text("utf-8")
    assert "# `garden-talk`" in card and "`toy`" in card and "Learning curve" in card
    folder = trainer.write_repository(tmp_path / "repository")
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md", "learning_curve.json"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pkl")) for name in names)


def test_the_card_tells_of_the_weights_that_are_kept(tmp_path):
    domain = toy_domain()
    args = arguments(
        tmp_path / "run",
        max_steps=60,
        eval_strategy="steps",
        eval_steps=10,
        save_strategy="steps",
        save_steps=10,
        load_best_model_at_end=True,
    )
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
    trainer.train()
    steps = [point["step"] for point in trainer.learning_curve.points]
    best = trainer.evaluate()["eval_frame_error"]
    trainer.evaluate(trainer.encode(domain.splits["train"]))  # other data: no point of the curve
    assert [point["step"] for point in trainer.learning_curve.points] == steps
    metrics = trainer.card_data("toy").metrics["validation"]
    assert metrics["frame_error"] == pytest.approx(best) and metrics["num_utterances"] == 20
    scores = trainer.card_data("toy").intent_scores["validation"]
    assert set(scores) == {"play", "light"} and sum(count for _, count in scores.values()) == 20
    assert all(0.5 < f1 <= 1 for f1, _ in scores.values())


def test_saved_models_hold_no_pickle(tmp_path):
    domain = toy_domain()
    trainer = NluTrainer(build_model(domain, **SMALL), arguments(tmp_path / "run"), domain)
    trainer.save_model(str(tmp_path / "saved"))
    assert not any(path.suffix in (".bin", ".pt", ".pkl") for path in (tmp_path / "saved").iterdir())


def test_push_to_hub_pushes_a_checked_repository(tmp_path, monkeypatch):
    domain = toy_domain()
    trainer = NluTrainer(build_model(domain, **SMALL), arguments(tmp_path / "garden-talk"), domain)
    pushed = {}

    def publish(folder, model, tokenizer, card_data, **options):
        pushed.update(options, name=folder.name, model=model, card_data=card_data)
        return SimpleNamespace(url="address of the commit")

    monkeypatch.setattr("modeling_bilstm_nlu.training.publishing_trainer.publish", publish)
    assert trainer.push_to_hub("teach it gardens", create_pr=True) == "address of the commit"
    assert pushed["repo_id"] == pushed["name"] == "garden-talk" and pushed["commit_message"] == "teach it gardens"
    assert pushed["create_pr"] is True and pushed["private"] is None and pushed["model"] is trainer.bare_model
    assert "verify" not in pushed  # on by default
    with pytest.raises(TypeError, match="finetuned_from"):
        trainer.push_to_hub("teach it gardens", finetuned_from="acme/generic")


def test_the_constructor_changes_nothing(tmp_path):
    domain = toy_domain()
    model = build_model(domain, **SMALL)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    trainer = NluTrainer(model, arguments(tmp_path), domain)
    assert trainer.train_dataset is domain.splits["train"] and trainer.eval_dataset is domain.splits["validation"]
    assert model.gazetteer is None and not trainer.is_prepared
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    trainer.evaluate()  # trains nothing, and so prepares the model by itself
    assert trainer.is_prepared and model.config.gazetteers == ["room", "song"]


def test_going_on_from_no_checkpoint_is_an_error(tmp_path):
    domain = toy_domain()
    trainer = NluTrainer(build_model(domain, **SMALL), arguments(tmp_path / "empty"), domain)
    with pytest.raises(NluError, match="empty"):
        trainer.train(resume_from_checkpoint=True)
