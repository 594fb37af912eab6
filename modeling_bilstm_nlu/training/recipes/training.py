"""The section `training` of a recipe, which has training arguments: ours and those of transformers."""

import logging
from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import torch
import transformers
from transformers import TrainingArguments

from bilstm_nlu.errors import RecipeError

from ..arguments import RecipeArguments
from ..precision import prefers_bf16
from .schema import Recipe
from .values import fit_section, in_new_names

__all__ = ["stored_training", "training_arguments", "training_section"]

logger = logging.getLogger(__name__)

#: Fields that recipes cannot set here: they are elsewhere in the recipe, or about secrets, uploads or one process of a
#: cluster.
_EXCLUDED = (
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
_EXCLUDED_PREFIXES = ("ddp_", "fsdp", "hub_", "trackio_")

#: Fields that only some releases of transformers 5 have. Old recipes have every field.
_OF_SOME_RELEASES = frozenset(
    {
        "activation_checkpointing",
        "activation_checkpointing_kwargs",
        "dataloader_in_order",
        "dataloader_multiprocessing_context",
        "group_by_length",
        "logging_dir",
        "train_sampling_strategy",
        "warmup_ratio",
    }
)
#: Old name of a field of ours -> name now.
_OLD_NAMES = {"carrier_thinning": "carrier_word_deletion", "recall_labels": "label_name_warm_start"}
#: Fields of transformers whose default depends on the machine; it is chosen when the recipe is read.
_OF_THE_MACHINE = frozenset({"bf16", "use_cpu"})


def training_section(section: Any, where: str, *, written_under: str | None = None) -> dict[str, Any]:
    """Check the section `training`, and return all training arguments, with defaults for those not given.

    Args:
        section: content of the section.
        where: file and section, for messages.
        written_under: the version of transformers that the recipe was written with, if the recipe says it. If it
            differs from the installed version, keys that the installed version does not have are left out with a
            warning.

    Raises:
        RecipeError: an unknown key, or a value of the wrong kind.
    """
    kinds = _kinds()
    section = _without_foreign(in_new_names(section, _OLD_NAMES, where), kinds, where, written_under)
    section = {name: value for name, value in section.items() if not _is_unset(name, value, kinds, where)}
    given = fit_section(section, kinds, where)
    defaults = _defaults()
    batch_size = {**defaults, **given}["per_device_train_batch_size"]
    defaults["bf16"] = prefers_bf16(batch_size) and not given.get("fp16")
    return {**defaults, **given}


def stored_training(training: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a training section to write: our own, and those of transformers without default values."""
    defaults = _defaults()
    ours = _own_keys() | _OF_THE_MACHINE
    return {name: value for name, value in training.items() if name in ours or value != defaults[name]}


def training_arguments(recipe: Recipe, output_dir: Path) -> RecipeArguments:
    """Return the arguments of a trainer that writes into `output_dir`.

    Raises:
        RecipeError: values that cannot be combined.
    """
    values = {**recipe.training, "seed": recipe.seed, "output_dir": str(output_dir), "disable_tqdm": True}
    try:
        return RecipeArguments(**values)
    except ValueError as error:
        raise RecipeError(f"[training]: {error}") from error


def _is_excluded(name: str) -> bool:
    return name in _EXCLUDED or name.startswith(_EXCLUDED_PREFIXES)


def _kinds() -> dict[str, Any]:
    hints = get_type_hints(RecipeArguments)
    return {
        item.name: hints[item.name] for item in fields(RecipeArguments) if item.init and not _is_excluded(item.name)
    }


def _own_keys() -> set[str]:
    """Return the fields that our classes define, including those of transformers with another default."""
    classes = RecipeArguments.__mro__
    return {
        name
        for owner in classes[: classes.index(TrainingArguments)]
        for name in vars(owner).get("__annotations__", {})
    }


def _defaults() -> dict[str, Any]:
    """Return all defaults of the section; those that depend on the machine are chosen here."""
    defaults: dict[str, Any] = {}
    for item in fields(RecipeArguments):
        value = item.default if item.default_factory is MISSING else item.default_factory()
        defaults[item.name] = value.value if isinstance(value, Enum) else value
    has_gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    defaults |= {"bf16": prefers_bf16(), "use_cpu": not has_gpu}
    return {name: defaults[name] for name in _kinds()}


def _without_foreign(
    section: Mapping[str, Any], kinds: Mapping[str, Any], where: str, written_under: str | None
) -> dict[str, Any]:
    """Return the section without the keys that only another version of transformers has."""
    is_other = written_under not in (None, transformers.__version__)
    foreign = sorted(
        str(name)
        for name in section
        if name not in kinds and (name in _OF_SOME_RELEASES or is_other and not _is_excluded(str(name)))
    )
    if foreign:
        source = f"transformers {written_under}" if is_other else "other releases of transformers"
        _warn(
            f"{where}: left out {', '.join(foreign)}, which {source} has, but not the installed "
            f"transformers {transformers.__version__}"
        )
    return {name: value for name, value in section.items() if name not in foreign}


def _is_unset(name: str, value: Any, kinds: Mapping[str, Any], where: str) -> bool:
    """Whether a recipe of another release has null for a field of transformers, where it means the default."""
    if value is not None or name not in kinds or name in _own_keys():
        return False
    try:
        fit_section({name: None}, kinds, where)
    except RecipeError:
        return True
    return False


@cache
def _warn(message: str) -> None:
    """Log a warning only once, because a command reads its recipe several times."""
    logger.warning("%s", message)
