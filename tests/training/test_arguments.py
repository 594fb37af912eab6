"""Arguments of both stages: own fields have ranges, and one kind gets the defaults of another."""

import math
from dataclasses import MISSING, fields
from typing import Any

import pytest
from transformers import TrainingArguments

from modeling_bilstm_nlu.training import NluTrainingArguments, PretrainingArguments, TransferArguments
from modeling_bilstm_nlu.training.arguments import RecipeArguments, with_defaults_of

KINDS = {"nlu": NluTrainingArguments, "transfer": TransferArguments, "pretraining": PretrainingArguments}


def build(kind: str, folder: Any, **changes: Any) -> NluTrainingArguments:
    return KINDS[kind](output_dir=str(folder), use_cpu=True, disable_tqdm=True, **changes)


@pytest.mark.parametrize(
    "kind, name, value",
    [
        ("nlu", "encoder_lr_scale", -1),
        ("nlu", "encoder_lr_scale", "half"),
        ("nlu", "embedding_lr_scale", math.inf),
        ("nlu", "carrier_dropout", 1.5),
        ("nlu", "carrier_word_deletion", math.nan),
        ("nlu", "value_substitution", -0.1),
        ("nlu", "num_train_epochs", math.inf),
        ("nlu", "max_steps", 10**20),
        ("nlu", "max_grad_norm", math.inf),
        ("nlu", "warmup_steps", math.inf),
        ("nlu", "save_steps", math.nan),
        ("nlu", "report_to", "nonsense"),
        ("nlu", "early_stopping_patience", -1),
        ("transfer", "freeze_steps", -1),
        ("transfer", "freeze_steps", 1.5),
        ("transfer", "reset_policy", "all"),
        ("pretraining", "corpus_temperature", 0),
        ("pretraining", "distillation_weight", -1.0),
        ("pretraining", "extra_words", -5),
        ("pretraining", "catalog_share", 2),
    ],
)
def test_a_value_out_of_range_is_named(tmp_path, kind, name, value):
    with pytest.raises(ValueError, match=f"{name}.*{value}"):
        build(kind, tmp_path, **{name: value})


def test_limits_are_in_range(tmp_path):
    build("nlu", tmp_path, carrier_dropout=1, value_substitution=0.0, encoder_lr_scale=0)
    build("transfer", tmp_path, freeze_steps=0)
    build("pretraining", tmp_path, corpus_temperature=math.inf, catalog_share=1)


def test_every_number_of_ours_has_a_range(tmp_path):
    theirs = {item.name for item in fields(TrainingArguments)}
    for kind, arguments in KINDS.items():
        for item in fields(arguments):
            if item.name not in theirs and type(item.default) in (int, float):
                with pytest.raises(ValueError, match=item.name):
                    build(kind, tmp_path, **{item.name: -1})


def test_each_kind_has_its_own_fields(tmp_path):
    own = {name: {item.name for item in fields(kind)} for name, kind in KINDS.items()}
    assert "reset_policy" in own["transfer"] - own["pretraining"] and "teacher" in own["pretraining"] - own["transfer"]
    assert own["nlu"] == own["transfer"] & own["pretraining"]
    assert {item.name for item in fields(RecipeArguments)} == own["transfer"] | own["pretraining"]
    with pytest.raises(TypeError, match="freeze_steps"):
        build("nlu", tmp_path, freeze_steps=1)


def test_plain_arguments_count_with_the_defaults_of_a_stage(tmp_path):
    plain = build("nlu", tmp_path, learning_rate=0.25, max_steps=7)
    plain.eval_strategy = "steps"  # set later, as people do
    for kind in (TransferArguments, PretrainingArguments):
        completed = with_defaults_of(kind, plain)
        assert isinstance(completed, kind) and with_defaults_of(kind, completed) is completed
        assert completed.learning_rate == 0.25 and completed.max_steps == 7 and completed.eval_strategy == "steps"
        assert completed.device == plain.device and completed.to_dict().keys() > plain.to_dict().keys()
        for item in fields(kind):
            if item.name not in vars(plain):
                assert item.default is not MISSING and getattr(completed, item.name) == item.default
    assert not hasattr(plain, "reset_policy")
