"""Read a recipe from its file or from a document."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from .data import DataRecipe, check_data
from .model import PACKED_WEIGHTS, model_section
from .schema import BaseRecipe, Recipe, TrainRecipe, TransferRecipe
from .training import training_section
from .values import apply_overrides, check_keys, fit_section, read_yaml

__all__ = ["VERSIONS", "build_recipe", "load_recipe"]

#: The section of a written recipe that has the versions of the libraries.
VERSIONS = "versions"

_SECTIONS = {"data": DataRecipe, "base": BaseRecipe}


def build_recipe(document: Mapping[str, Any], where: str = "recipe") -> Recipe:
    """Build a recipe from a document, with all defaults; with a section `base` it is a `TransferRecipe`.

    Keys of `TrainingArguments` that only another version of transformers has are left out with a warning.

    Args:
        document: sections and top-level keys, as in a YAML file.
        where: name of the file, for messages.

    Raises:
        RecipeError: an unknown section or key, a value of the wrong kind or out of range.
    """
    document = _with_packed(document)
    kind = TransferRecipe if "base" in document else TrainRecipe
    hints = get_type_hints(kind)
    known = [item.name for item in fields(kind)] + ["base"] * (kind is TrainRecipe)
    check_keys(document, [*known, VERSIONS], where)
    top = [item.name for item in fields(kind) if item.name not in (*_SECTIONS, "model", "training")]
    kinds = {key: hints[key] for key in top} | {VERSIONS: dict[str, str]}
    found = fit_section({key: value for key, value in document.items() if key in kinds}, kinds, where)
    versions = found.pop(VERSIONS, {})
    for name, section_class in _SECTIONS.items():
        if name in hints:
            values = fit_section(document.get(name), get_type_hints(section_class), f"{where} [{name}]")
            found[name] = section_class(**values)
    check_data(found["data"], f"{where} [data]")
    found["model"] = model_section(document.get("model"), f"{where} [model]", is_transfer=kind is TransferRecipe)
    found["training"] = training_section(
        document.get("training"), f"{where} [training]", written_under=versions.get("transformers")
    )
    return kind(**found)


def _with_packed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document with the key `packed`, which was `packed_weights` in the section `model` before."""
    model = document.get("model")
    if not isinstance(model, Mapping) or PACKED_WEIGHTS not in model:
        return document
    rest = {key: value for key, value in model.items() if key != PACKED_WEIGHTS}
    return {"packed": model[PACKED_WEIGHTS], **document, "model": rest}


def load_recipe(path: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read a recipe file.

    Args:
        path: path of the YAML file.
        overrides: values that override those in the file, such as `training.learning_rate=1e-3`.

    Raises:
        RecipeError: the file cannot be read, an unknown key, a value of the wrong kind or out of range.
    """
    return build_recipe(apply_overrides(read_yaml(Path(path)), overrides, str(path)), str(path))
