"""Recipes: YAML files that say a whole run, read strictly and written down completely."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_type_hints

import torch
import yaml

from bilstm_nlu.errors import DataError, RecipeError
from bilstm_nlu.files import write_text

from ..configuration_bilstm_nlu import LABELS, BiLstmNluConfig
from ..data.formats.options import COMMON_OPTIONS, check_options
from ..data.formats.registry import format_for
from ..data.loading import check_mixture_options, is_mixture
from ..data.split_names import SPLITS
from .arguments import NluTrainingArguments
from .data_recipe import DataRecipe
from .precision import prefers_bf16
from .recipe_values import apply_overrides, check_keys, fit_section, read_yaml

__all__ = [
    "BaseRecipe",
    "DataRecipe",
    "Recipe",
    "TrainRecipe",
    "TransferRecipe",
    "build_recipe",
    "dump_recipe",
    "load_recipe",
    "training_arguments",
]


@dataclass(frozen=True)
class BaseRecipe:
    """The generic checkpoint that a transfer starts from.

    Args:
        checkpoint: a folder or a hub id; `None` leaves it to the command line.
        revision: branch, tag or commit of a hub id.
    """

    checkpoint: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class TrainRecipe:
    """A training from random weights.

    Args:
        data: where the data comes from.
        model: arguments of `BiLstmNluConfig` except the labels, all of them.
        training: fields of `NluTrainingArguments` except those said elsewhere, all of them.
        seed: of weights, batches and dropout.
        threads: compute threads; `None` takes the default of `limit_threads`.
        output_dir: where checkpoint, card, scores and this recipe are written.
    """

    data: DataRecipe
    model: dict[str, Any]
    training: dict[str, Any]
    seed: int = 0
    threads: int | None = None
    output_dir: str = "runs/out"


@dataclass(frozen=True)
class TransferRecipe:
    """A training from a generic checkpoint.

    Args:
        data: where the target domain comes from.
        base: the generic checkpoint.
        model: arguments of `BiLstmNluConfig` that may differ from the generic checkpoint's: `ADJUSTABLE`.
        training: as in `TrainRecipe`.
        seed: of new layers, batches and dropout.
        threads: as in `TrainRecipe`.
        output_dir: as in `TrainRecipe`.
    """

    data: DataRecipe
    base: BaseRecipe
    model: dict[str, Any]
    training: dict[str, Any]
    seed: int = 0
    threads: int | None = None
    output_dir: str = "runs/out"


Recipe = Union[TrainRecipe, TransferRecipe]  # noqa: UP007 - a name for mypy and readers alike

#: What a model may change about the checkpoint that it starts from: no weight has another shape for it.
ADJUSTABLE = (
    "dropout",
    "label_smoothing",
    "recurrent_dropout",
    "slot_loss_weight",
    "variational_dropout",
    "word_dropout",
)

#: Labels and catalogs come from the data, the version from the code.
_NOT_IN_MODEL = ("format_version", *LABELS)

#: Said elsewhere in the recipe, or no part of one: secrets, uploads, what belongs to one process of a cluster.
_NOT_IN_TRAINING = (
    "disable_tqdm",
    "do_eval",
    "do_predict",
    "do_train",
    "label_names",
    "local_rank",
    "output_dir",
    "parallelism_config",
    "push_to_hub",
    "resume_from_checkpoint",
    "seed",
)
_NOT_IN_TRAINING_PREFIXES = ("ddp_", "fsdp", "hub_", "trackio_")


def _model_arguments() -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(BiLstmNluConfig).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD and name not in _NOT_IN_MODEL
    }


def _training_kinds() -> dict[str, Any]:
    hints = get_type_hints(NluTrainingArguments)
    names = [item.name for item in fields(NluTrainingArguments) if item.init]
    return {
        name: hints[name]
        for name in names
        if name not in _NOT_IN_TRAINING and not name.startswith(_NOT_IN_TRAINING_PREFIXES)
    }


def _training_defaults() -> dict[str, Any]:
    """Every default of the training section; those that depend on the machine are decided here."""
    defaults: dict[str, Any] = {}
    for item in fields(NluTrainingArguments):
        value = item.default if item.default_factory is MISSING else item.default_factory()
        defaults[item.name] = value.value if isinstance(value, Enum) else value
    has_gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    defaults |= {"bf16": prefers_bf16(), "use_cpu": not has_gpu}
    return {name: defaults[name] for name in _training_kinds()}


def build_recipe(document: Mapping[str, Any], where: str = "recipe") -> Recipe:
    """The recipe of a document, with every default written down; a section `base` makes it a `TransferRecipe`.

    Args:
        document: sections and top-level keys, as in a YAML file.
        where: the file, for messages.

    Raises:
        RecipeError: an unknown section or key, a value of the wrong kind or out of range.
    """
    kind = TransferRecipe if "base" in document else TrainRecipe
    sections = {"data": DataRecipe, "base": BaseRecipe}
    hints = get_type_hints(kind)
    check_keys(document, [item.name for item in fields(kind)] + ["base"] * (kind is TrainRecipe), where)
    top = [item.name for item in fields(kind) if item.name not in (*sections, "model", "training")]
    found: dict[str, Any] = fit_section(
        {key: document[key] for key in top if key in document}, {key: hints[key] for key in top}, where
    )
    for name, section_class in sections.items():
        if name in hints:
            place = f"{where} [{name}]"
            found[name] = section_class(**fit_section(document.get(name), get_type_hints(section_class), place))
    _check_data(found["data"], f"{where} [data]")
    found["model"] = _build_model_section(document.get("model"), kind, f"{where} [model]")
    given = fit_section(document.get("training"), _training_kinds(), f"{where} [training]")
    defaults = _training_defaults()
    defaults["bf16"] = defaults["bf16"] and not given.get("fp16")
    found["training"] = {**defaults, **given}
    return kind(**found)


def _check_data(data: DataRecipe, where: str) -> None:
    if data.split not in SPLITS:
        raise RecipeError(f"{where}: split must be one of {', '.join(SPLITS)}, got {data.split!r}")
    if misplaced := sorted(data.options.keys() & {item.name for item in fields(DataRecipe)}):
        raise RecipeError(
            f"{where}: {', '.join(misplaced)} stands among the options; write it beside them, as data.{misplaced[0]}"
        )
    try:
        if is_mixture(data.source):
            check_mixture_options(data.options)
        elif data.format is not None:
            found = format_for(data.source or "", data.format)
            known = {*COMMON_OPTIONS, *found.options, "on_error"}
            check_keys(data.options, list(known), f"{where} options of format {data.format!r}")
            check_options(found.read, data.options, f"format {data.format!r}")
    except DataError as error:
        raise RecipeError(f"{where}: {error}") from error


def _build_model_section(section: Any, kind: type, where: str) -> dict[str, Any]:
    arguments = _model_arguments()
    if kind is TransferRecipe:
        arguments = {name: arguments[name] for name in ADJUSTABLE}
    given = fit_section(section, {name: parameter.annotation for name, parameter in arguments.items()}, where)
    defaults = {} if kind is TransferRecipe else {name: parameter.default for name, parameter in arguments.items()}
    try:
        BiLstmNluConfig(**{**defaults, **given})
    except ValueError as error:
        raise RecipeError(f"{where}: {error}") from error
    return {**defaults, **given}


def load_recipe(path: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read a recipe file.

    Args:
        path: the YAML file.
        overrides: values that go before the file's, such as `training.learning_rate=1e-3`.

    Raises:
        RecipeError: the file cannot be read, an unknown key, a value of the wrong kind or out of range.
    """
    return build_recipe(apply_overrides(read_yaml(Path(path)), overrides, str(path)), str(path))


def dump_recipe(recipe: Recipe, path: str | Path | None = None) -> str:
    """The recipe as YAML with every default; written to `path` if one is given. Reading it gives the same recipe."""
    text = yaml.safe_dump(asdict(recipe), sort_keys=False, allow_unicode=True)
    if path is not None:
        write_text(Path(path), text)
    return text


def training_arguments(recipe: Recipe, output_dir: Path) -> NluTrainingArguments:
    """The arguments of the trainer, which writes into `output_dir`.

    Raises:
        RecipeError: values that do not go together.
    """
    values = {**recipe.training, "seed": recipe.seed, "output_dir": str(output_dir), "disable_tqdm": True}
    try:
        return NluTrainingArguments(**values)
    except ValueError as error:
        raise RecipeError(f"[training]: {error}") from error
