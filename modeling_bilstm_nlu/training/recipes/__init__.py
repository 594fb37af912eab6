"""Recipes: YAML files that describe a whole run. They are checked strictly, and written next to the checkpoint."""

from .data import DataRecipe
from .model import ADJUSTABLE
from .reading import build_recipe, load_recipe
from .schema import BaseRecipe, Recipe, TrainRecipe, TransferRecipe
from .training import training_arguments
from .values import apply_overrides, read_yaml
from .writing import dump_recipe, recipe_document

__all__ = [
    "ADJUSTABLE",
    "BaseRecipe",
    "DataRecipe",
    "Recipe",
    "TrainRecipe",
    "TransferRecipe",
    "apply_overrides",
    "build_recipe",
    "dump_recipe",
    "load_recipe",
    "read_yaml",
    "recipe_document",
    "training_arguments",
]
