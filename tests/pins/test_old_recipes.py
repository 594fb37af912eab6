"""`recipe.yaml` as runs wrote it before the move: read back, it says the same.

`recipes/pretrained.yaml` and `recipes/transferred.yaml` were written by tiny runs; they hold the defaults too.
"""

from dataclasses import asdict, fields
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import yaml
from pinned import HERE, TrainRecipe, TransferRecipe, dump_recipe, load_recipe, training_arguments

RECIPES = HERE / "recipes"
KINDS = {"pretrained": TrainRecipe, "transferred": TransferRecipe}

#: Training arguments of this package, all of them.
OURS = """
    carrier_dropout carrier_word_deletion catalog_share corpus_temperature distillation_weight early_stopping_patience
    embedding_lr_scale encoder_lr_scale extra_words fit_heads freeze_steps gradual_unfreezing name_utterances
    label_name_warm_start reset_policy teacher use_gazetteers value_substitution
""".split()

#: What transformers decides by itself, whatever it is given.
NOT_OURS = {"accelerator_config", "activation_checkpointing", "dataloader_pin_memory", "gradient_checkpointing"}

#: What `TrainingArguments` makes of one another when nothing is asked for.
NOTHING = (None, "", "no", "none", [], {})


#: Keys of these recipes -> their names of today.
NEW_NAMES = {
    "carrier_thinning": "carrier_word_deletion",
    "ngram_rows": "ngram_buckets",
    "recall_labels": "label_name_warm_start",
    "word_rows": "vocabulary_size",
}


def in_new_names(section: dict[str, Any]) -> dict[str, Any]:
    return {NEW_NAMES.get(key, key): value for key, value in section.items()}


def written(name: str) -> dict[str, Any]:
    """The file, read without the package."""
    return yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))


def arguments_of(recipe: Any, folder: Path) -> dict[str, Any]:
    """Name -> value of all that the recipe tells a trainer. The only place that knows how to come by it."""
    arguments = training_arguments(recipe, folder)
    values = {item.name: getattr(arguments, item.name) for item in fields(arguments)}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


def is_same(found: Any, said: Any) -> bool:
    return found == said or (found in NOTHING and said in NOTHING)


@pytest.mark.parametrize("name", KINDS)
def test_data_model_and_the_rest_are_read_as_they_were_written(name: str):
    recipe = load_recipe(RECIPES / f"{name}.yaml")
    assert isinstance(recipe, KINDS[name])
    said, found = written(name), asdict(recipe)
    said.pop("training")
    said["model"] = in_new_names(said["model"])
    said["packed"] = said["model"].pop("packed_weights", False)  # a key of the recipe itself since
    assert found["data"].pop("more") == []  # new since
    assert {key: found[key] for key in said} == said


@pytest.mark.parametrize("name", KINDS)
def test_training_arguments_are_read_as_they_were_written(name: str, tmp_path: Path):
    found = arguments_of(load_recipe(RECIPES / f"{name}.yaml"), tmp_path)
    said = in_new_names(written(name)["training"])
    known = found.keys() & said.keys() - NOT_OURS  # another version of transformers may lack some of its own
    assert set(OURS) <= known
    assert {key: (found[key], said[key]) for key in known if not is_same(found[key], said[key])} == {}
    assert found["seed"] == written(name)["seed"]


@pytest.mark.parametrize("name", KINDS)
def test_written_again_they_read_as_the_same(name: str, tmp_path: Path):
    recipe = load_recipe(RECIPES / f"{name}.yaml")
    dump_recipe(recipe, tmp_path / "recipe.yaml")
    again = load_recipe(tmp_path / "recipe.yaml")
    assert asdict(again) == asdict(recipe)
    assert arguments_of(again, tmp_path) == arguments_of(recipe, tmp_path)
