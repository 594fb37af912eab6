"""Numbers that are not finite: training stops, names the step, and no file has them."""

import json
import math
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch
from full_disk import full_disk
from hub.odd_checkpoints import odd_model
from test_runs import recipe_for
from toy_domain import SMALL, toy_domain
from transformers import TrainerCallback
from typer.testing import CliRunner

from bilstm_nlu.cli.console import to_json
from bilstm_nlu.cli.main import app
from bilstm_nlu.errors import DataError, NluError
from bilstm_nlu.files import write_json
from modeling_bilstm_nlu import BiLstmNluPipeline, build_tokenizer
from modeling_bilstm_nlu.hub.card_data import CardData
from modeling_bilstm_nlu.hub.card_data_file import write_card_data
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments, build_model
from modeling_bilstm_nlu.training.resumable import ResumableRun
from modeling_bilstm_nlu.training.runs import run

SKILL = Path(__file__).resolve().parents[1] / "samples" / "tea_shop.json"


class SpoilAt(TrainerCallback):
    """Makes a weight infinite after a step."""

    def __init__(self, step: int, weight: str = "crf.start"):
        self.step, self.weight = step, weight

    def on_step_end(self, args, state, control, model=None, **kwargs):
        if state.global_step == self.step:
            with torch.no_grad():
                model.get_parameter(self.weight).fill_(math.inf)


def arguments(folder: Path, **changes) -> NluTrainingArguments:
    settings = {"max_steps": 6, "save_strategy": "steps", "save_steps": 2, "use_cpu": True, "disable_tqdm": True}
    return NluTrainingArguments(output_dir=str(folder), **{**settings, **changes})


def test_a_loss_that_is_not_finite_stops_at_its_batch(tmp_path: Path):
    domain = toy_domain()
    args = arguments(tmp_path, save_strategy="no", learning_rate=1e30, warmup_steps=0, gradient_accumulation_steps=2)
    with pytest.raises(NluError, match=r"step \d, batch [12] .*1e\+30"):
        NluTrainer(build_model(domain, **SMALL), args, domain).train()


def test_a_weight_that_is_not_finite_is_not_saved_and_the_last_checkpoint_stays(tmp_path: Path):
    domain = toy_domain()
    trainer = NluTrainer(
        build_model(domain, **SMALL), arguments(tmp_path, save_steps=3), domain, callbacks=[SpoilAt(6)]
    )
    with pytest.raises(NluError, match="step 6.*crf.start.*checkpoint-3"):
        trainer.train()
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-3"]
    trainer = NluTrainer(
        build_model(domain, **SMALL), arguments(tmp_path / "b", save_strategy="no"), domain, callbacks=[SpoilAt(6)]
    )
    with pytest.raises(NluError, match="step 6.*crf.start"):
        trainer.train()


def test_an_evaluation_loss_that_is_not_finite_stops_before_it_is_written(tmp_path: Path):
    domain = toy_domain()
    args = arguments(tmp_path, eval_strategy="steps", eval_steps=2, save_strategy="no")
    trainer = NluTrainer(build_model(domain, **SMALL), args, domain, callbacks=[SpoilAt(2, "intent_head.bias")])
    with pytest.raises(NluError, match="step 2: eval_loss"):
        trainer.train()
    assert not (tmp_path / "learning_curve.json").exists()


def test_the_trainer_writes_no_norm_that_is_not_finite(tmp_path: Path):
    domain = toy_domain()
    trainer = NluTrainer(build_model(domain, **SMALL), arguments(tmp_path), domain)
    trainer.log({"loss": 1.0, "grad_norm": math.inf})
    assert trainer.state.log_history[-1].keys() >= {"loss"} and "grad_norm" not in trainer.state.log_history[-1]


def test_a_run_keeps_the_older_model_and_its_good_checkpoint(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea")
    folder = run(recipe).folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(NluError, match="step 8.*checkpoint-4"):
        run(recipe, callbacks=[SpoilAt(8)])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert ResumableRun(recipe.output_dir).step == 4


class FullAt(TrainerCallback):
    """Lets no file grow beyond a size after a step."""

    def __init__(self, step: int, size: int, stack: ExitStack):
        self.step, self.size, self.stack = step, size, stack

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            self.stack.enter_context(full_disk(self.size))


@pytest.mark.parametrize("share, culprit", [(1.5, "optimizer.pt"), (0.5, "model.safetensors")])
def test_a_full_disk_names_the_file_and_loses_no_checkpoint(share: float, culprit: str, tmp_path: Path):
    domain, model = toy_domain(), build_model(toy_domain(), **SMALL)
    size = int(share * 4 * sum(weight.numel() for weight in model.parameters()))
    with ExitStack() as stack:
        trainer = NluTrainer(model, arguments(tmp_path), domain, callbacks=[FullAt(4, size, stack)])
        with pytest.raises((NluError, OSError), match=rf"checkpoint-4.*{culprit}"):
            trainer.train()
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-2"]
    NluTrainer(model, arguments(tmp_path), domain).train(resume_from_checkpoint=True)
    assert (tmp_path / "checkpoint-6" / "trainer_state.json").exists()


def test_a_run_continues_from_what_was_saved_before_the_disk_was_full(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea")
    with ExitStack() as stack, pytest.raises((NluError, OSError), match="checkpoint-8"):
        run(recipe, callbacks=[FullAt(8, 20_000, stack)])
    assert ResumableRun(recipe.output_dir).step == 4
    assert run(recipe).folder.exists()


@pytest.mark.parametrize("steps", [1, 30])
def test_the_command_ends_with_one_line_and_no_model(steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    rate = ["--set", "training.learning_rate=1e30", "--set", "training.warmup_steps=0"]
    result = CliRunner().invoke(app, ["train", str(SKILL), "--out", "tea", "--steps", str(steps), *rate])
    assert result.exit_code == 1 and "learning_rate" in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "tea").exists() and not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_json_has_a_number_that_is_not_finite(number: float, tmp_path: Path):
    with pytest.raises(DataError, match="scores.json"):
        write_json(tmp_path / "scores.json", {"loss": number})
    with pytest.raises(NluError, match="card.json"):
        write_card_data(tmp_path / "card.json", CardData("m", metrics={"test": {"slot_f1": number}}))
    with pytest.raises(ValueError):
        to_json({"score": number})
    assert not list(tmp_path.iterdir())


def test_an_infinite_setting_is_written_as_text(tmp_path: Path):
    domain = toy_domain()
    recipe = recipe_for(tmp_path / "tea", corpus_temperature=math.inf)
    unfinished = ResumableRun(recipe.output_dir)
    unfinished.begin(recipe, domain)
    text = (unfinished.folder / "run.json").read_text("utf-8")
    assert json.loads(text)["recipe"]["training"]["corpus_temperature"] == "Infinity"
    unfinished.check_same(recipe, domain)


def test_a_model_that_is_not_finite_is_neither_saved_nor_used(tmp_path: Path):
    model = odd_model()
    with torch.no_grad():
        model.intent_head.weight.fill_(3e38)  # finite, but the scores are not
        model.intent_head.bias.fill_(3e38)
    model.save_pretrained(tmp_path / "whole")
    with pytest.raises(ValueError, match="play"):
        BiLstmNluPipeline(model=model, tokenizer=build_tokenizer())("play some jazz")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="intent_head.weight"):
        model.save_pretrained(tmp_path / "packed", packed=True)  # half precision has no such number
    with torch.no_grad():
        model.crf.start.fill_(math.nan)
    with pytest.raises(ValueError, match="crf.start"):
        model.save_pretrained(tmp_path / "nan")
    assert not (tmp_path / "packed").exists() and not (tmp_path / "nan").exists()


def test_an_unknown_metric_for_the_best_model_is_named(tmp_path: Path):
    with pytest.raises(NluError, match="metric_for_best_model='nope'.*frame_error"):
        run(recipe_for(tmp_path / "tea", metric_for_best_model="nope"))


def test_the_epochs_of_the_command_are_bounded():
    for epochs in ("inf", "1e300"):
        result = CliRunner().invoke(app, ["train", str(SKILL), "--epochs", epochs])
        assert result.exit_code == 2 and "--epochs" in result.stderr
