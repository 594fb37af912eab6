"""The quickstart's steps, on tiny nets and the test skill; its figures are those of the real one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bilstm_nlu.errors import RecipeError
from modeling_bilstm_nlu.training.recipes import TrainRecipe, TransferRecipe, build_recipe
from modeling_bilstm_nlu.training.runs import run
from research.quickstart import quickstart

SKILL = Path(__file__).resolve().parents[1] / "samples" / "tea_shop.json"
MODEL = {"vocabulary_size": 64, "ngram_buckets": 64, "shared_hidden": 8, "slot_hidden": 8, "intent_hidden": 8}
TRAINING = {"max_steps": 4, "eval_strategy": "steps", "eval_steps": 2, "learning_rate": 1e-2}


@pytest.fixture(scope="module")
def generic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "generic"
    recipe = build_recipe({"data": {"source": str(SKILL)}, "model": MODEL, "training": TRAINING})
    assert isinstance(recipe, TrainRecipe)
    return run(replace(recipe, output_dir=str(folder))).folder


def recipes(folder: Path, generic: Path) -> tuple[TrainRecipe, TransferRecipe]:
    data = {"source": str(SKILL), "train_size": 12}
    documents = (
        {"data": data, "model": MODEL, "training": TRAINING},
        {
            "data": data,
            "base": {"checkpoint": str(generic)},
            "training": TRAINING,
            "output_dir": str(folder / "hub" / "skill"),
        },
    )
    return tuple(build_recipe(document) for document in documents)  # type: ignore[return-value]


@pytest.mark.slow
def test_quickstart_compares_and_leaves_its_results(tmp_path: Path, generic: Path):
    told: list[str] = []
    summary = quickstart(*recipes(tmp_path, generic), tmp_path, seeds=(0, 1), tell=told.append)
    assert summary == json.loads((tmp_path / "summary.json").read_text())
    for arm in ("scratch", "transfer"):
        tests = [run["test"] for run in summary["runs"] if run["arm"] == arm]
        assert len(tests) == 2
        mean = sum(test["combined_error"] for test in tests) / 2
        assert summary[arm]["combined_error"] == pytest.approx(mean)
    scratch, transfer = (summary[arm]["combined_error"] for arm in ("scratch", "transfer"))
    assert summary["relative_reduction"] == pytest.approx(1 - transfer / scratch)
    assert summary["steps_ratio"] >= 0 and summary["seconds"] > 0
    assert len(summary["frames"]) == 2 and all(frame["text"] for frame in summary["frames"])
    assert (tmp_path / "learning_curve.png").read_bytes().startswith(b"\x89PNG")
    for name in ("generic", "skill"):
        assert (tmp_path / "hub" / name / "model.safetensors").is_file()
    assert len(told) == 6


@pytest.mark.parametrize("lacking", [{"data": {"source": str(SKILL)}}, {"base": {}}])
def test_a_recipe_that_lacks_something(tmp_path: Path, generic: Path, lacking: dict):
    scratch, _ = recipes(tmp_path, generic)
    whole = {"data": {"source": str(SKILL), "train_size": 3}, "base": {"checkpoint": str(generic)}}
    transfer = build_recipe({**whole, **lacking})
    assert isinstance(transfer, TransferRecipe)
    with pytest.raises(RecipeError, match=r"train_size.*base\.checkpoint"):
        quickstart(scratch, transfer, tmp_path)
