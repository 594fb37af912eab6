"""Domains with slots alone, or with intents alone: trained, scored, read back and asked like any other."""

from pathlib import Path

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu.data import Domain, DomainSpec, Utterance, check_domain, load_domain, merge_domains
from modeling_bilstm_nlu.data.schema import NO_INTENT
from modeling_bilstm_nlu.training import TransferArguments, TransferTrainer, build_model
from modeling_bilstm_nlu.training.recipes import TrainRecipe, build_recipe
from modeling_bilstm_nlu.training.runs import RunResult, evaluate_checkpoint, predict, run


def part_of_toy(name: str, *, has_intents: bool = False, has_slots: bool = False) -> Domain:
    full = toy_domain()
    splits = {
        split: [
            Utterance(row.text, row.intent if has_intents else None, row.spans if has_slots else None)
            for row in full.utterances(split)
        ]
        for split in full.splits
    }
    return Domain.from_utterances(name, splits)


@pytest.fixture
def slots_alone() -> Domain:
    return part_of_toy("slots", has_slots=True)


@pytest.fixture
def intents_alone() -> Domain:
    return part_of_toy("intents", has_intents=True)


def trained(domain: Domain, folder: Path) -> RunResult:
    training = {"max_steps": 60, "learning_rate": 2e-2, "eval_strategy": "steps", "eval_steps": 30}
    training |= {"save_strategy": "steps", "save_steps": 30, "load_best_model_at_end": True}
    recipe = build_recipe(
        {
            "data": {"source": "given"},
            "model": SMALL,
            "training": training,
            "output_dir": str(folder),
            "last_fit": False,
        }
    )
    assert isinstance(recipe, TrainRecipe)
    return run(recipe, domain=domain)


def test_a_domain_without_intents_has_a_placeholder(slots_alone, intents_alone):
    assert slots_alone.spec == DomainSpec("slots", (NO_INTENT,), ("room", "song"))
    assert intents_alone.spec == DomainSpec("intents", ("light", "play"), ())
    assert merge_domains("both", [slots_alone, intents_alone]).spec.intents == ("light", "play")
    (finding,) = (finding for finding in check_domain(slots_alone).findings if finding.kind == "single intent")
    assert finding.count == 1 and finding.examples == () and "no training utterance has an intent" in finding.message


def test_slots_alone(slots_alone, tmp_path):
    result = trained(slots_alone, tmp_path / "slots")
    assert result.scores["slot_f1"] > 0.9 and result.scores["frame_error"] < 0.2
    assert not any("intent_accuracy" in scores or "intent_error" in scores for scores in result.learning_curve)
    assert "intent_accuracy" not in result.scores and result.scores["num_intent_annotated"] == 0
    assert evaluate_checkpoint(result.folder, slots_alone) == result.scores
    (frame,) = predict(result.folder, ["play imagine"])
    assert frame["intent"] == NO_INTENT
    assert [(slot["slot_type"], slot["value"]) for slot in frame["slots"]] == [("song", "imagine")]
    scores = evaluate_checkpoint(result.folder, toy_domain())  # intents that it never learnt count as missed
    assert scores["intent_accuracy"] == 0 and scores["slot_f1"] == result.scores["slot_f1"]


def test_intents_alone(intents_alone, tmp_path):
    result = trained(intents_alone, tmp_path / "intents")
    assert result.scores["intent_accuracy"] > 0.9 and result.scores["frame_error"] < 0.1
    assert "slot_f1" not in result.scores and result.scores["num_slot_annotated"] == 0
    assert evaluate_checkpoint(result.folder, intents_alone) == result.scores
    (frame,) = predict(result.folder, ["play imagine"])
    assert frame["intent"] == "play" and frame["slots"] == []


def test_columns_without_intents_are_such_a_domain(tmp_path):
    rows = ["play O\nimagine B-song\n", "switch O\non O\n", "in O\nthe O\nkitchen B-room\n"]
    path = tmp_path / "slots.conll"
    path.write_text("\n".join(f"{row}again{i} O\n" for i in range(4) for row in rows), encoding="utf-8")
    domain = load_domain(path)
    assert domain.spec.intents == (NO_INTENT,) and domain.spec.slot_types == ("room", "song")
    assert set(domain.splits["test"]["intent"]) == {None}
    assert build_model(domain, **SMALL).config.intents == [NO_INTENT]


@pytest.mark.parametrize("policy", ["heads", "stacks", "matching"])
def test_a_generic_checkpoint_is_pointed_at_slots_alone_and_back(slots_alone, policy, tmp_path):
    args = TransferArguments(
        output_dir=str(tmp_path), max_steps=2, reset_policy=policy, fit_heads=True, use_cpu=True, disable_tqdm=True
    )
    model = build_model(toy_domain(), **SMALL)
    for domain in (slots_alone, toy_domain()):
        TransferTrainer(model, args, domain).train()
        assert model.config.intents == list(domain.spec.intents)
        assert all(torch.isfinite(weight).all() for weight in model.parameters())
