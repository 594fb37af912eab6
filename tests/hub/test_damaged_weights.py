"""Weights that do not fit the config of their checkpoint: an error by every way to load them, and never an answer."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from odd_checkpoints import odd_model
from safetensors.torch import load_file, save_file
from torch import Tensor
from toy_domain import toy_domain
from transformers import AutoModel, AutoModelForSequenceClassification, PreTrainedTokenizerFast, pipeline
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu import (
    TASK,
    BiLstmNluForIntentAndSlots,
    BiLstmNluModel,
    NluTrainer,
    NluTrainingArguments,
)
from modeling_bilstm_nlu.hub import run_as_stranger
from modeling_bilstm_nlu.hub.load import load_checkpoint

Weights = dict[str, Tensor]

RECURRENT = "encoder.shared.layers.0.forward_lstm.weight_hh_l0"
TABLE = "encoder.embeddings.table"
WORDS = "encoder.embeddings.words.weight"


def without(*ends: str) -> Callable[[Weights], Weights]:
    return lambda weights: {name: tensor for name, tensor in weights.items() if not name.endswith(ends)}


#: What was done to the file, whether it was packed, and what the error must name.
DAMAGES: dict[str, tuple[Callable[[Weights], Weights], bool, str]] = {
    "empty": (lambda weights: {}, False, r"and \d\d more"),
    "missing": (without(RECURRENT), False, RECURRENT),
    "missing buffer": (without(TABLE), False, TABLE),
    "missing in a packed file": (without("crf.start"), True, "crf.start"),
    "renamed": (
        lambda weights: {name.replace("crf.", "crf_layer."): tensor for name, tensor in weights.items()},
        False,
        "crf.start.*crf_layer.start",
    ),
    "added": (lambda weights: {**weights, "other": torch.zeros(1)}, False, "other"),
    "scale of nothing": (lambda weights: {**weights, "other.scale": torch.zeros(1)}, True, "other.scale"),
    "another size": (lambda weights: {**weights, "crf.start": torch.zeros(2)}, False, "crf.start"),
    "another size of a scale": (lambda weights: {**weights, WORDS + ".scale": torch.ones(1)}, True, WORDS),
    "another number of rows": (lambda weights: {**weights, WORDS: weights[WORDS][1:].clone()}, True, WORDS),
    "a key without a row": (lambda weights: {**weights, TABLE: torch.ones_like(weights[TABLE])}, True, WORDS),
    "no scales": (without(".scale"), True, "encoder.embeddings"),
    "one scale missing": (without("words.weight.scale"), True, WORDS),
    "keys as floats": (lambda weights: {name: tensor.half() for name, tensor in weights.items()}, False, TABLE),
    "not finite": (lambda weights: {**weights, "crf.start": weights["crf.start"] / 0}, False, "crf.start"),
}


@pytest.fixture(scope="module")
def damaged(tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("damaged")

    def make(name: str) -> Path:
        folder = root / name
        if not folder.exists():
            change, is_packed, _ = DAMAGES[name]
            odd_model().save_pretrained(folder, packed=is_packed)
            tokenizer.save_pretrained(folder)
            weights = change(load_file(folder / "model.safetensors"))
            save_file(weights, folder / "model.safetensors", {"format": "pt"})
        return folder

    return make


@pytest.mark.parametrize("name", DAMAGES)
def test_a_file_that_does_not_fit_is_an_error_that_names_the_weights(damaged: Callable[[str], Path], name: str):
    folder, culprit = damaged(name), DAMAGES[name][2]
    for load in (BiLstmNluForIntentAndSlots.from_pretrained, AutoModel.from_pretrained, load_checkpoint):
        with pytest.raises(ValueError if load is not load_checkpoint else NluError, match=culprit) as raised:
            load(folder)
        assert folder.name in str(raised.value)
    with pytest.raises(ValueError, match=culprit):
        AutoModelForSequenceClassification.from_pretrained(folder)
    with pytest.raises(ValueError, match=culprit):
        pipeline(TASK, model=str(folder), device="cpu")


def test_the_command_says_it_in_one_line(damaged: Callable[[str], Path]):
    result = CliRunner().invoke(app, ["parse", "play jazz", "--model", str(damaged("missing"))])
    assert result.exit_code == 1 and RECURRENT in result.output and result.output.count("\n") == 1


@pytest.mark.slow
def test_a_stranger_gets_the_same_errors(damaged: Callable[[str], Path]):
    code = """
from transformers import AutoModel, pipeline
answer = {}
for name, folder in given["folders"].items():
    answer[name] = []
    for load in (AutoModel.from_pretrained, lambda folder, **options: pipeline(model=folder, **options)):
        try:
            load(folder, trust_remote_code=True)
        except ValueError as error:
            answer[name].append(" ".join(str(error).split()))
"""
    answer = run_as_stranger(code, {"folders": {name: str(damaged(name)) for name in DAMAGES}})
    for name, errors in answer.items():  # type: ignore[attr-defined]
        assert len(errors) == 2, name
        for error in errors:
            assert pytest.raises(ValueError, match=DAMAGES[name][2]).matches(ValueError(error)), (name, error)


def test_the_encoder_checks_its_own_weights_only(damaged: Callable[[str], Path]):
    with pytest.raises(ValueError, match="weight_hh_l0"):
        BiLstmNluModel.from_pretrained(damaged("missing"))
    assert BiLstmNluModel.from_pretrained(damaged("another size")).embeddings.words is not None


def test_weights_that_are_given_are_checked_too():
    model = odd_model()
    weights = without("crf.start")(model.state_dict())
    with pytest.raises(ValueError, match="crf.start"):
        BiLstmNluForIntentAndSlots.from_pretrained(None, config=model.config, state_dict=weights)


def test_other_sizes_are_initialised_where_this_is_asked_for(damaged: Callable[[str], Path]):
    folder = damaged("another size")
    model, notes = BiLstmNluForIntentAndSlots.from_pretrained(
        folder, ignore_mismatched_sizes=True, output_loading_info=True
    )
    assert not model.crf.start.any() and [key[0] for key in notes["mismatched_keys"]] == ["crf.start"]
    with pytest.raises(ValueError, match=RECURRENT):
        BiLstmNluForIntentAndSlots.from_pretrained(damaged("missing"), ignore_mismatched_sizes=True)


@pytest.mark.parametrize("option", [{"max_shard_size": "1KB"}, {"variant": "small"}])
def test_packed_weights_are_saved_in_one_file_with_the_standard_name(option: dict, tmp_path: Path):
    model = odd_model()
    with pytest.raises(ValueError, match=next(iter(option))):
        model.save_pretrained(tmp_path / "packed", packed=True, **option)
    assert not (tmp_path / "packed").exists() and not model.config.packed_weights
    model.save_pretrained(tmp_path / "whole", **option)
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "whole", variant=option.get("variant"))
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in loaded.state_dict().items())


def test_a_run_is_not_resumed_from_weights_that_do_not_fit(tmp_path: Path):
    domain = toy_domain()
    model = odd_model()
    model.reset_heads(domain.spec.intents, domain.spec.slot_types)
    args = NluTrainingArguments(
        output_dir=str(tmp_path), max_steps=2, save_strategy="steps", save_steps=1, save_total_limit=2, use_cpu=True
    )
    NluTrainer(model, args, domain).train()
    file = tmp_path / "checkpoint-1" / "model.safetensors"
    save_file(without(RECURRENT)(load_file(file)), file, {"format": "pt"})
    with pytest.raises(NluError, match=RECURRENT) as raised:
        NluTrainer(model, args, domain).train(resume_from_checkpoint=str(file.parent))
    assert str(tmp_path) in str(raised.value)
