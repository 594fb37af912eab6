"""A trained model knows which texts are meant for it, and the decision follows its weights."""

import json
import logging
from pathlib import Path

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, BiLstmNluPipeline, build_tokenizer
from modeling_bilstm_nlu.data import Domain, Utterance
from modeling_bilstm_nlu.data.skill_spec import CarrierPhrase, SkillSpec
from modeling_bilstm_nlu.decision_bilstm_nlu import SIGNALS
from modeling_bilstm_nlu.format_bilstm_nlu import FORMAT_VERSION
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments, TransferTrainer, build_model
from modeling_bilstm_nlu.training.decision.fitting import default_prior, fit_decision, refresh_decision
from modeling_bilstm_nlu.training.decision.samples import measured_samples
from modeling_bilstm_nlu.training.scoring import score_model

FOREIGN = [
    "how tall is the eiffel tower",
    "what is the capital of france",
    "book a table for two tonight",
    "send an email to my boss about the meeting",
    "will it rain tomorrow in berlin",
    "thanks for your help",
    "transfer fifty dollars to my savings account",
    "tell me a joke",
]


def arguments(folder: Path, **changes) -> NluTrainingArguments:
    settings = {"max_steps": 100, "per_device_train_batch_size": 16, "learning_rate": 2e-2, "use_cpu": True}
    settings |= {"disable_tqdm": True, "logging_strategy": "no", "save_strategy": "no"}
    return NluTrainingArguments(output_dir=str(folder), **{**settings, **changes})


def trained(folder: Path, domain: Domain, **changes) -> NluTrainer:
    trainer = NluTrainer(build_model(domain, **SMALL), arguments(folder, **changes), domain)
    trainer.train()
    return trainer


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> NluTrainer:
    return trained(tmp_path_factory.mktemp("decision"), toy_domain())


@pytest.fixture(scope="module")
def model(trainer: NluTrainer) -> BiLstmNluForIntentAndSlots:
    return trainer.bare_model.eval()


def pipeline_of(model: BiLstmNluForIntentAndSlots) -> BiLstmNluPipeline:
    return BiLstmNluPipeline(model=model, tokenizer=build_tokenizer(), device="cpu")


def own_texts() -> list[str]:
    return sorted(set(toy_domain().splits["test"]["text"]))


def test_training_declares_the_decision(model: BiLstmNluForIntentAndSlots):
    config = model.config
    assert config.format_version == FORMAT_VERSION
    assert config.decision_dims > 0 and config.decision_words > 0 and 0 < config.threshold < 1
    assert config.fallback_intent is None


def test_texts_of_the_skill_are_accepted_and_others_rejected(model: BiLstmNluForIntentAndSlots):
    nlu = pipeline_of(model)
    own, foreign = nlu(own_texts()), nlu(FOREIGN)
    assert sum(frame["accepted"] for frame in own) >= 0.9 * len(own)
    assert sum(not frame["accepted"] for frame in foreign) >= len(foreign) - 1
    for frame in foreign:
        if not frame["accepted"]:
            assert frame["intent"] is None and frame["slots"] == [] and frame["score"] < model.config.threshold
    assert all(frame["slots"] for frame in own if frame["accepted"])


def test_a_frame_does_not_depend_on_its_batch(model: BiLstmNluForIntentAndSlots):
    nlu = pipeline_of(model)
    texts = [*own_texts(), *FOREIGN, "", "42"]
    for text, frame in zip(texts, nlu(texts, batch_size=8), strict=True):
        alone = nlu(text)
        assert alone["score"] == pytest.approx(frame["score"], abs=1e-4)
        assert alone["accepted"] == frame["accepted"]


@pytest.mark.parametrize(("threshold", "accepts"), [(0, True), (0.0, True), (1, False)])
def test_a_call_may_move_the_threshold(model: BiLstmNluForIntentAndSlots, threshold, accepts):
    nlu = pipeline_of(model)
    for text in FOREIGN:
        frame = nlu(text, threshold=threshold, top_k=2)
        assert frame["accepted"] is accepts
        assert [choice["intent"] for choice in frame["intents"]] in (["play", "light"], ["light", "play"])
        assert frame["intent"] == (frame["intents"][0]["intent"] if accepts else None)


@pytest.mark.parametrize("packed", [False, True])
def test_a_saved_checkpoint_decides_the_same(tmp_path: Path, model: BiLstmNluForIntentAndSlots, packed: bool):
    texts = [*own_texts(), *FOREIGN]
    frames = pipeline_of(model)(texts)
    model.save_pretrained(tmp_path, packed=packed)
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
    again = pipeline_of(loaded)(texts)
    for one, other in zip(frames, again, strict=True):
        assert one["accepted"] == other["accepted"]
        assert one["score"] == pytest.approx(other["score"], abs=0.02 if packed else 1e-6)
    assert loaded.config.threshold == model.config.threshold


def test_a_damaged_decision_is_an_error(tmp_path: Path, model: BiLstmNluForIntentAndSlots):
    model.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"decision_dims": config["decision_dims"] - 1}))
    with pytest.raises(ValueError, match=r"decision\.class_means"):
        BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config | {"decision_dims": 0, "decision_words": 0}))
    with pytest.raises(ValueError, match=r"decision\.bias"):
        BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)


def test_new_heads_have_no_decision(model: BiLstmNluForIntentAndSlots, tmp_path: Path):
    model.save_pretrained(tmp_path)
    fresh = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
    fresh.reset_heads(["other"], [])
    assert fresh.decision is None and fresh.config.decision_dims == 0 and fresh.config.threshold == 0
    assert not any(name.startswith("decision.") for name in fresh.state_dict())


def test_a_checkpoint_that_is_trained_again_gets_a_decision_of_its_own(tmp_path: Path, model):
    model.save_pretrained(tmp_path / "first")
    rows = [Utterance(f"{verb} the {thing}", verb) for verb in ("open", "close", "lock") for thing in _THINGS]
    domain = Domain.from_utterances("doors", {"train": rows[::2], "validation": rows[1::2]})
    again = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "first")
    trainer = TransferTrainer(again, arguments(tmp_path / "run"), domain)
    trainer.train()
    nlu = pipeline_of(trainer.bare_model.eval())
    assert not torch.equal(again.decision.center, model.decision.center)
    assert len(again.decision.class_means) == 3
    own, old = nlu([row.text for row in rows[1::2]]), nlu(own_texts())
    assert sum(frame["accepted"] for frame in own) > 0.8 * len(own)
    assert max(frame["score"] for frame in old) < sorted(frame["score"] for frame in own)[len(own) // 2]


_THINGS = ("door", "window", "garage", "gate", "front door", "back door", "cellar", "shed", "blinds", "curtains")


def test_the_decision_can_follow_new_weights(model: BiLstmNluForIntentAndSlots, trainer: NluTrainer, tmp_path: Path):
    model.save_pretrained(tmp_path)
    changed = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path).eval()
    domain, texts, fit = toy_domain(), own_texts(), trainer.decision_fit
    assert fit is not None
    with torch.no_grad():
        changed.intent_stack.layers[0].forward_lstm.get_parameter("bias_ih_l0").add_(0.3)
    rows = [row for split in domain.splits for row in domain.utterances(split)]
    refresh_decision(changed, build_tokenizer(), domain, fit, train=rows)
    assert not torch.equal(changed.decision.center, model.decision.center)
    assert torch.equal(changed.decision.weight, model.decision.weight)
    assert torch.equal(changed.decision.bias, model.decision.bias)
    assert changed.config.threshold == model.config.threshold
    nlu = pipeline_of(changed)
    assert sum(frame["accepted"] for frame in nlu(texts)) >= 0.9 * len(texts)
    assert sum(not frame["accepted"] for frame in nlu(FOREIGN)) >= len(FOREIGN) - 2


def test_a_part_of_the_background_is_measured(model: BiLstmNluForIntentAndSlots):
    domain = toy_domain()
    texts = [
        measured_samples(model, build_tokenizer(), domain, train=domain.utterances("train"), seed=seed)
        for seed in (0, 0, 1)
    ]
    keys = [sorted(map(tuple, part.background.word_keys.tolist())) for part in texts]
    assert keys[0] == keys[1] != keys[2]
    assert [len(part.is_new) + part.num_near for part in texts] == [1500] * 3
    assert all(0.2 < part.is_new.double().mean() < 0.5 for part in texts)


def test_a_fit_is_reproducible(model: BiLstmNluForIntentAndSlots, tmp_path: Path):
    model.save_pretrained(tmp_path)
    found = []
    for _ in range(2):
        copy = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
        fit_decision(copy, build_tokenizer(), toy_domain())
        found.append(copy.decision.state_dict())
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_without_validation_the_prior_decides(model: BiLstmNluForIntentAndSlots, tmp_path: Path):
    model.save_pretrained(tmp_path)
    copy, domain = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path), toy_domain()
    del domain.splits["validation"]
    fit = fit_decision(copy, build_tokenizer(), domain)
    prior = default_prior()
    assert fit is not None and fit.num_held_out == 0
    assert torch.allclose(fit.weight, prior.slope * prior.weight)
    frames = pipeline_of(copy.eval())(FOREIGN)
    assert sum(not frame["accepted"] for frame in frames) >= len(frames) - 2


@pytest.mark.parametrize("num", [1, 3])
def test_few_held_out_texts_do_not_give_an_odd_threshold(model: BiLstmNluForIntentAndSlots, tmp_path: Path, num: int):
    model.save_pretrained(tmp_path)
    copy, domain = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path), toy_domain()
    domain.splits["validation"] = domain.splits["validation"].select(range(num))
    fit = fit_decision(copy, build_tokenizer(), domain)
    assert fit is not None and 0.02 < fit.threshold < 0.98
    frames = pipeline_of(copy.eval())(own_texts())
    assert sum(frame["accepted"] for frame in frames) >= 0.9 * len(frames)


def test_a_fallback_intent_with_samples_is_trained_and_rejects(tmp_path: Path):
    domain = toy_domain()
    odd = ["who won the game", "sing me a lullaby", "order a pizza", "what is love", "is it going to snow today"]
    rows = {split: domain.utterances(split) for split in domain.splits}
    rows["train"] += [Utterance(f"{word} {text}", "nlu_fallback") for text in odd for word in ("so", "well", "hm")]
    own = domain.with_utterances(rows, {})
    model = trained(tmp_path, own).bare_model.eval()
    assert model.config.fallback_intent == "nlu_fallback" and "nlu_fallback" in model.config.intents
    nlu = pipeline_of(model)
    frame = nlu("so who won the game", top_k=3)
    assert frame["accepted"] is False and frame["intent"] == "nlu_fallback" and frame["slots"] == []
    assert frame["intents"][0]["intent"] == "nlu_fallback"
    assert nlu("so who won the game", threshold=0.0)["accepted"] is False, "the network itself rejects it"
    assert sum(frame["accepted"] for frame in nlu(own_texts())) >= 0.9 * len(own_texts())
    scores = score_model(model, build_tokenizer(), own.splits["train"])
    assert scores["num_out_of_scope"] == 15 and scores["out_of_scope_recall"] > 0.9


def test_a_fallback_intent_without_samples_is_the_intent_of_rejected_frames(tmp_path: Path):
    domain = toy_domain()
    slots = {"play": {"song": "song"}, "light": {"room": "room"}, "AMAZON.FallbackIntent": {}}
    domain.skill = SkillSpec("toy", {"play": [CarrierPhrase("play {song}")]}, slots)
    model = trained(tmp_path, domain).bare_model.eval()
    frames = pipeline_of(model)(FOREIGN)
    assert {frame["intent"] for frame in frames if not frame["accepted"]} == {"AMAZON.FallbackIntent"}


def test_a_domain_without_intents_can_decide(tmp_path: Path):
    domain = toy_domain()
    rows = {
        split: [Utterance(row.text, None, row.spans) for row in domain.utterances(split)] for split in domain.splits
    }
    model = trained(tmp_path, domain.with_utterances(rows, {})).bare_model.eval()
    frames = pipeline_of(model)([*own_texts(), *FOREIGN])
    accepted = [frame["accepted"] for frame in frames]
    assert sum(accepted[: -len(FOREIGN)]) >= 0.9 * (len(accepted) - len(FOREIGN))
    assert sum(accepted[-len(FOREIGN) :]) <= 2


def test_the_fit_can_be_turned_off_and_then_all_is_accepted(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    trainer = trained(tmp_path, toy_domain(), fit_decision=False, max_steps=2)
    model = trainer.bare_model.eval()
    assert trainer.decision_fit is None and model.decision is None
    model.name_or_path = str(tmp_path)
    nlu = pipeline_of(model)
    logging.getLogger("modeling_bilstm_nlu").propagate = True
    with caplog.at_level(logging.WARNING, logger="modeling_bilstm_nlu"):
        frames = [nlu(text) for text in (*FOREIGN, *FOREIGN)]
    assert all(frame["accepted"] for frame in frames)
    assert sum(str(tmp_path) in message for message in caplog.messages) == 1, "said once"


def test_scores_of_a_model_count_its_decisions(model: BiLstmNluForIntentAndSlots):
    scores = score_model(model, build_tokenizer(), toy_domain().splits["test"])
    assert scores["num_accepted"] + scores["num_rejected"] == 20
    assert scores["threshold"] == model.config.threshold
    assert 0 <= scores["calibration_error"] <= 1


def test_the_prior_has_every_signal():
    prior = default_prior()
    assert len(prior.weight) == len(prior.shift) == len(SIGNALS)
    assert prior.slope > 0
