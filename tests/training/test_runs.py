"""Whole runs on a tiny skill: results, interruption, transfer, scores."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainerCallback
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from bilstm_nlu.errors import DataError, NluError, RecipeError
from modeling_bilstm_nlu.data import Domain, SlotSpan, Utterance
from modeling_bilstm_nlu.hub.card_data_file import read_card_data
from modeling_bilstm_nlu.hub.seen_texts import count_seen
from modeling_bilstm_nlu.training.final_fit import SHARE_OF_STEPS, everything
from modeling_bilstm_nlu.training.recipes import TrainRecipe, TransferRecipe, build_recipe, load_recipe
from modeling_bilstm_nlu.training.resumable import ResumableRun
from modeling_bilstm_nlu.training.runs import RunResult, evaluate_checkpoint, predict, run

SKILL = Path(__file__).resolve().parents[1] / "samples" / "tea_shop.json"
MODEL = {
    "vocabulary_size": 128,
    "ngram_buckets": 256,
    "word_dim": 12,
    "ngram_dim": 12,
    "shared_hidden": 12,
    "slot_hidden": 8,
    "intent_hidden": 8,
    "dropout": 0.2,
}
TRAINING = {
    "max_steps": 12,
    "learning_rate": 1e-2,
    "eval_strategy": "steps",
    "eval_steps": 4,
    "save_strategy": "steps",
    "save_steps": 4,
    "load_best_model_at_end": True,
    "logging_strategy": "no",
}


def recipe_for(output_dir: Path, **training: Any) -> TrainRecipe:
    recipe = build_recipe(
        {
            "data": {"source": str(SKILL), "options": {"max_per_carrier": 3}},
            "model": MODEL,
            "training": {**TRAINING, **training},
            "output_dir": str(output_dir),
            "last_fit": False,
        }
    )
    assert isinstance(recipe, TrainRecipe)
    return recipe


def test_the_last_fit_learns_from_all_splits_after_the_scores(whole: RunResult, tmp_path: Path):
    result = run(replace(recipe_for(tmp_path / "tea"), last_fit=True))
    assert result.scores == whole.scores and result.best_step == whole.best_step
    assert result.last_fit_steps == math.ceil(SHARE_OF_STEPS * result.best_step)
    card = (result.folder / "README.md").read_text()
    assert "before its last fit" in card and "before its last fit" not in (whole.folder / "README.md").read_text()
    before, after = (load_file(folder / "model.safetensors") for folder in (whole.folder, result.folder))
    assert not torch.equal(before["intent_head.weight"], after["intent_head.weight"])
    domain = recipe_for(tmp_path).data.load()
    facts = read_card_data(result.folder / "card.json")
    assert facts is not None and facts.last_fit_steps == result.last_fit_steps
    assert count_seen(domain.splits["test"]["text"], facts.seen_texts) == len(domain.splits["test"])
    assert count_seen(["something new"], facts.seen_texts) == 0
    printed = CliRunner().invoke(app, ["eval", str(SKILL), "--model", str(result.folder)])
    assert "last fit" in printed.output, printed.output


def test_the_last_fit_takes_no_label_that_the_model_lacks():
    row, other = Utterance("a cup of tea", "order"), Utterance("who are you", "other")
    domain = Domain.from_utterances("tea", {"train": [row], "test": [other, Utterance("some tea", "order")]})
    whole = everything(domain)
    assert whole.splits["train"]["text"] == ["a cup of tea", "some tea"] and list(whole.splits) == ["train"]
    assert whole.spec.intents == domain.spec.intents


class InterruptAt(TrainerCallback):
    def __init__(self, step: int):
        self.step = step

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return run(recipe_for(tmp_path_factory.mktemp("whole") / "tea"))


def test_a_run_leaves_one_complete_folder(whole: RunResult):
    names = {path.name for path in whole.folder.iterdir()}
    assert {
        "README.md",
        "config.json",
        "learning_curve.json",
        "metrics.json",
        "model.safetensors",
        "modeling_bilstm_nlu.py",
        "pipeline_bilstm_nlu.py",
        "recipe.yaml",
        "tokenizer.json",
    } <= names
    assert not any(path.suffix in (".bin", ".pt", ".pth") for path in whole.folder.parent.rglob("*"))
    assert [path.name for path in whole.folder.parent.iterdir()] == [whole.folder.name]
    metrics = json.loads((whole.folder / "metrics.json").read_text())
    assert metrics["test"] == whole.scores and set(metrics) == {"validation", "test"}
    facts = json.loads((whole.folder / "card.json").read_text())
    counts = {split: sum(count for _, count in scores.values()) for split, scores in facts["intent_scores"].items()}
    assert counts == {split: whole.num_utterances[split] for split in ("validation", "test")}
    curve = json.loads((whole.folder / "learning_curve.json").read_text())
    assert curve == whole.learning_curve and [point["step"] for point in curve] == [4, 8, 12]
    assert load_recipe(whole.folder / "recipe.yaml") == recipe_for(whole.folder)
    assert whole.steps == 12 and whole.best_step in (4, 8, 12) and whole.resumed_from == 0


def test_the_written_checkpoint_has_the_scores_of_the_run(whole: RunResult):
    domain = recipe_for(whole.folder).data.load()
    assert evaluate_checkpoint(whole.folder, domain) == whole.scores
    with pytest.raises(DataError, match="dev.*train, validation, test"):
        evaluate_checkpoint(whole.folder, domain, "dev")
    with pytest.raises(NluError, match="nowhere"):
        evaluate_checkpoint(whole.folder / "nowhere", domain)


def test_prediction_is_a_stream(whole: RunResult):
    asked = []

    def texts():
        for text in ("a pot of green tea please", "", "42"):
            asked.append(text)
            yield text

    frames = predict(whole.folder, texts())
    assert asked == []
    first = next(frames)
    assert asked == ["a pot of green tea please"] and set(first) == {"text", "accepted", "intent", "score", "slots"}
    assert [frame["text"] for frame in frames] == ["", "42"]
    ranked = next(predict(whole.folder, ["hello"], top_k=2))["intents"]
    assert len(ranked) == 2 and ranked[0]["score"] >= ranked[1]["score"]


def test_an_interrupted_run_ends_as_if_in_one_go(whole: RunResult, tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea")
    state = ResumableRun(recipe.output_dir)
    assert state.step == 0
    with pytest.raises(KeyboardInterrupt):
        run(recipe, callbacks=[InterruptAt(10)])
    assert state.step == 8 and not Path(recipe.output_dir).exists()

    with pytest.raises(RecipeError, match="training.learning_rate.*0.01.*0.02"):
        run(recipe_for(tmp_path / "tea", learning_rate=2e-2))
    with pytest.raises(RecipeError, match="data"):
        run(recipe, domain=_fewer_utterances(recipe.data.load()))
    with pytest.raises(RecipeError, match="slot catalogs"):
        run(recipe, domain=_more_values(recipe.data.load()))

    result = run(replace(recipe, threads=1))  # the number of threads may change
    assert result.resumed_from == 8 and result.steps == 12
    expected, found = (load_file(folder / "model.safetensors") for folder in (whole.folder, result.folder))
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert result.scores == whole.scores and result.best_step == whole.best_step
    bare = [[{**point, "seconds": 0} for point in run.learning_curve] for run in (whole, result)]
    assert bare[0] == bare[1]
    assert not state.folder.exists()


def _more_values(domain: Domain) -> Domain:
    (name, catalog), *_ = domain.catalogs.items()
    return replace(
        domain, catalogs={**domain.catalogs, name: replace(catalog, values={**catalog.values, "nettle": ()})}
    )


def _fewer_utterances(domain: Domain) -> Domain:
    rows = {split: domain.utterances(split) for split in domain.splits}
    return Domain.from_utterances(domain.name, {**rows, "train": rows["train"][:-1]})


def test_starting_over_and_a_checkpoint_that_is_half_written(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea", max_steps=8)
    state = ResumableRun(recipe.output_dir)
    with pytest.raises(KeyboardInterrupt):
        run(recipe, callbacks=[InterruptAt(6)])
    half = state.folder / "checkpoint-6"
    half.mkdir()
    (half / "trainer_state.json").write_text('{"global_step"')
    assert state.step == 4
    other = recipe_for(tmp_path / "tea", max_steps=4, learning_rate=1e-3)
    result = run(other, resume=False)
    assert result.resumed_from == 0 and result.steps == 4 and not state.folder.exists()


def test_a_finished_run_is_replaced_but_nothing_else_is(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea", max_steps=1, eval_strategy="no", load_best_model_at_end=False)
    first = run(recipe)
    again = run(replace(recipe, seed=1))
    assert again.folder == first.folder and load_recipe(first.folder / "recipe.yaml").seed == 1
    (first.folder / "thesis.docx").write_text("mine")
    with pytest.raises(NluError, match="thesis.docx"):
        run(recipe)
    assert (first.folder / "thesis.docx").read_text() == "mine"


def test_fine_tuning_starts_from_the_checkpoint(whole: RunResult, tmp_path: Path):
    lines = [
        {
            "text": f"set an alarm for {n}",
            "intent": "alarm",
            "spans": [{"slot_type": "hour", "start": 17, "end": 17 + len(n)}],
        }
        for n in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    ] + [
        {"text": f"{word} the music", "intent": "music", "spans": []}
        for word in "stop play pause halt start mute".split()
    ]
    (tmp_path / "clock.jsonl").write_text("\n".join(map(json.dumps, lines)))
    recipe = build_recipe(
        {
            "base": {"checkpoint": str(whole.folder)},
            "data": {"source": str(tmp_path / "clock.jsonl")},
            "model": {"dropout": 0.1},
            "training": {"max_steps": 4, "freeze_steps": 2, "logging_strategy": "no"},
            "output_dir": str(tmp_path / "clock"),
            "prefer_dates": "past",
            "packed": True,
        }
    )
    assert isinstance(recipe, TransferRecipe)
    result = run(recipe)
    facts = read_card_data(result.folder / "card.json")
    assert facts is not None and facts.num_parameters == result.num_parameters  # with what the last fit adds
    config = json.loads((result.folder / "config.json").read_text())
    assert config["intents"] == ["alarm", "music"] and config["slot_types"] == ["hour"]
    assert config["dropout"] == 0.1 and config["word_dim"] == MODEL["word_dim"]
    before = json.loads((whole.folder / "config.json").read_text())
    assert [before["prefer_dates"], config["prefer_dates"]] == ["future", "past"]
    assert load_recipe(result.folder / "recipe.yaml").prefer_dates == "past"
    assert "Fine-tuned from `tea`, revision `sha256:" in (result.folder / "README.md").read_text()
    with pytest.raises(RecipeError, match="base.checkpoint"):
        run(replace(recipe, base=replace(recipe.base, checkpoint=None)))


def test_labels_that_the_model_does_not_know_count_as_missed(whole: RunResult):
    known = recipe_for(whole.folder).data.load().utterances("test")
    strange = [Utterance("launch the rocket", "Launch", (SlotSpan("craft", 11, 17),))]
    domain = Domain.from_utterances("mixed", {"train": known[:1], "test": [*known, *strange]})
    scores = evaluate_checkpoint(whole.folder, domain)
    count = len(known)
    assert scores["num_utterances"] == count + 1
    assert scores["intent_accuracy"] == pytest.approx(whole.scores["intent_accuracy"] * count / (count + 1))
    assert scores["slot_recall"] <= whole.scores["slot_recall"]


def test_splits_that_are_missing(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea")
    domain = recipe.data.load()
    del domain.splits["test"]
    with pytest.raises(DataError, match="test.*train, validation"):
        run(recipe, domain=domain)
    del domain.splits["validation"]
    with pytest.raises(DataError, match="validation"):
        run(replace(recipe, data=replace(recipe.data, split="train")), domain=domain)
    with pytest.raises(RecipeError, match="threads"):
        run(replace(recipe, threads=0))


def test_two_runs_do_not_share_an_output_folder(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea")
    with ResumableRun(recipe.output_dir).locked():
        for resume in (True, False):
            with pytest.raises(NluError, match="tea.unfinished.*output_dir"):
                run(recipe, resume=resume)
        result = CliRunner().invoke(app, ["train", str(SKILL), "--steps", "2", "--out", recipe.output_dir])
        assert result.exit_code == 1 and "--out" in result.stderr and result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_run_is_locked_until_its_results_are_written(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea")
    seen: list[set[str]] = []

    class TryAgain(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            if state.global_step == 6:
                unfinished = ResumableRun(recipe.output_dir)
                with pytest.raises(NluError, match="tea.unfinished"), unfinished.locked():
                    pass
                seen.append({path.name for path in unfinished.folder.iterdir()})

    assert run(recipe, callbacks=[TryAgain()]).steps == 12
    assert seen == [{"checkpoint-4", "learning_curve.json", "lock", "run.json"}]
    assert [path.name for path in tmp_path.iterdir()] == ["tea"]


def test_a_lock_without_a_run_is_not_in_the_way(tmp_path: Path):
    recipe = recipe_for(tmp_path / "tea")
    with pytest.raises(KeyboardInterrupt):
        run(recipe, callbacks=[InterruptAt(6)])
    unfinished = ResumableRun(recipe.output_dir)
    (unfinished.folder / "lock").write_text("")  # as a killed process leaves it
    assert run(recipe).resumed_from == 4
    assert not unfinished.folder.exists()
    with unfinished.locked():
        assert unfinished.step == 0
    assert not unfinished.folder.exists()
