"""Write recipes next to the checkpoint that they made."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from bilstm_nlu.files import write_text

from ...hub.card_data import library_versions
from .reading import VERSIONS
from .schema import Recipe
from .training import stored_training

__all__ = ["dump_recipe", "recipe_document"]


def recipe_document(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as a document to write; reading the document gives the same recipe.

    Returns:
        All keys of ours, the keys of `TrainingArguments` whose values are not the defaults, and the versions of the
        libraries.
    """
    return {**asdict(recipe), "training": stored_training(recipe.training), VERSIONS: library_versions()}


def dump_recipe(recipe: Recipe, path: str | Path | None = None) -> str:
    """Return `recipe_document` as YAML, and write it to `path` if given."""
    text = yaml.safe_dump(recipe_document(recipe), sort_keys=False, allow_unicode=True)
    if path is not None:
        write_text(Path(path), text)
    return text
