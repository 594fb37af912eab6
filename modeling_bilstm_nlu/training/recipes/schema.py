"""The sections of a recipe, and the two kinds of recipes."""

from dataclasses import dataclass
from typing import Any, Union

from .data import DataRecipe

__all__ = ["BaseRecipe", "Recipe", "TrainRecipe", "TransferRecipe"]


@dataclass(frozen=True)
class BaseRecipe:
    """The generic checkpoint that a transfer starts from.

    Args:
        checkpoint: a folder or a hub id; `None` if the command line gives it.
        revision: branch, tag or commit of a hub id.
    """

    checkpoint: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class TrainRecipe:
    """Training from random weights.

    Args:
        data: where the data comes from.
        model: all arguments of `BiLstmNluConfig` except the labels.
        training: all fields of `RecipeArguments` except those that are elsewhere in the recipe.
        seed: seed of weights, batches and dropout.
        threads: number of compute threads; `None` takes the default of `limit_threads`.
        output_dir: where checkpoint, card, scores and this recipe are written.
        packed: save the weights in less than half the space, rounded; see `save_pretrained`.
        prefer_dates: whether a date without a year is the next one (`future`) or the last one (`past`); `None` takes
            `future`.
        last_fit: when the scores are known, train a little longer on the utterances of all splits; see
            `fit_everything`. Not for a mixture.
    """

    data: DataRecipe
    model: dict[str, Any]
    training: dict[str, Any]
    seed: int = 0
    threads: int | None = None
    output_dir: str = "runs/out"
    packed: bool = False
    prefer_dates: str | None = None
    last_fit: bool = True


@dataclass(frozen=True)
class TransferRecipe:
    """Training from a generic checkpoint.

    Args:
        data: where the target domain comes from.
        base: the generic checkpoint.
        model: overrides in the config of the generic checkpoint: arguments of `BiLstmNluConfig` in `ADJUSTABLE`.
        training: all fields of `RecipeArguments` except those that are elsewhere in the recipe.
        seed: seed of new layers, batches and dropout.
        threads: number of compute threads; `None` takes the default of `limit_threads`.
        output_dir: where checkpoint, card, scores and this recipe are written.
        packed: save the weights in less than half the space, rounded; see `save_pretrained`.
        prefer_dates: whether a date without a year is the next one (`future`) or the last one (`past`); `None` takes
            that of the generic checkpoint.
        last_fit: when the scores are known, train a little longer on the utterances of all splits; see
            `fit_everything`.
    """

    data: DataRecipe
    base: BaseRecipe
    model: dict[str, Any]
    training: dict[str, Any]
    seed: int = 0
    threads: int | None = None
    output_dir: str = "runs/out"
    packed: bool = False
    prefer_dates: str | None = None
    last_fit: bool = True


Recipe = Union[TrainRecipe, TransferRecipe]  # noqa: UP007 - a name for mypy and readers
