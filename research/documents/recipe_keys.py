"""The page of the keys of recipes, made from their types and docstrings."""

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from modeling_bilstm_nlu.configuration_bilstm_nlu import BiLstmNluConfig
from modeling_bilstm_nlu.training.arguments import (
    NluTrainingArguments,
    PretrainingArguments,
    RecipeArguments,
    TransferArguments,
)
from modeling_bilstm_nlu.training.recipes import (
    ADJUSTABLE,
    BaseRecipe,
    DataRecipe,
    TrainRecipe,
    TransferRecipe,
    build_recipe,
)

from .tables import as_cell, as_code

__all__ = ["arguments_of", "render_recipe_keys"]

_HEAD = """# The keys of recipes

This page is made from the types by `python scripts/write_reference.py`. [Recipes](../how-to/recipes.md) says how
to use them.

A recipe is a YAML file. `bilstm-nlu train --recipe FILE` reads it, and `--set SECTION.KEY=VALUE` changes one value. An
unknown key is an error. `None` in the texts is `null` in YAML.

"""
#: Keys of transformers that are useful here.
_OF_TRANSFORMERS = (
    "learning_rate",
    "max_steps",
    "num_train_epochs",
    "per_device_train_batch_size",
    "per_device_eval_batch_size",
    "weight_decay",
    "warmup_steps",
    "eval_strategy",
    "eval_steps",
    "save_strategy",
    "save_steps",
    "load_best_model_at_end",
)


def render_recipe_keys() -> str:
    """The page as Markdown: a section for each section of a recipe."""
    return _HEAD + "\n".join(
        f"## {title}\n\n{text}\n\n{_table(rows)}"
        for title, text, rows in (
            (
                "At the top",
                "With a section `base`, training starts from a generic checkpoint. Without it, it starts from random "
                "weights.",
                _of_class(TransferRecipe, leave_out={"data", "base", "model", "training"}),
            ),
            ("data", "Where the data comes from.", _of_class(DataRecipe)),
            ("base", "The generic checkpoint to start from.", _of_class(BaseRecipe)),
            (
                "model",
                "The network. With a section `base`, only these can be set, because the others are those of the "
                f"checkpoint: {', '.join(f'`{name}`' for name in ADJUSTABLE)}.",
                _of_model(),
            ),
            ("training", "Keys of this package, for any training.", _of_training(NluTrainingArguments)),
            ("training, with a base", "", _of_training(TransferArguments)),
            ("training, for a mixture of corpora", "", _of_training(PretrainingArguments)),
            (
                "training, from transformers",
                "All other keys of `TrainingArguments` can be set, too. These are used most. Their defaults here may "
                "differ from those of transformers, and `bilstm-nlu train` chooses some by the size of the data.",
                _of_transformers(),
            ),
        )
    )


def arguments_of(owner: type) -> dict[str, str]:
    """Argument -> what its class says about it, from the part "Args:" of the docstring."""
    text = inspect.cleandoc(owner.__doc__ or "")
    found = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    parts = re.split(r"^    (\w+): ", found[1], flags=re.MULTILINE)[1:] if found else []
    return {name: " ".join(meaning.split()) for name, meaning in zip(parts[::2], parts[1::2], strict=True)}


def _of_class(owner: Any, leave_out: Iterable[str] = ()) -> Iterator[tuple[str, str, str, str]]:
    meanings = arguments_of(owner)
    for item in fields(owner):
        if item.name not in set(leave_out):
            default = _default(item)
            yield item.name, _type(item.type), _value(default), meanings[item.name]


def _of_model() -> Iterator[tuple[str, str, str, str]]:
    meanings = arguments_of(BiLstmNluConfig)
    parameters = inspect.signature(BiLstmNluConfig).parameters
    recipe = build_recipe({})
    assert isinstance(recipe, TrainRecipe)
    for name, value in recipe.model.items():
        yield name, _type(parameters[name].annotation), _value(value), meanings[name]


def _of_training(owner: Any) -> Iterator[tuple[str, str, str, str]]:
    known = {item.name: item for item in fields(owner)}
    for name, meaning in arguments_of(owner).items():
        yield name, _type(known[name].type), _value(_default(known[name])), meaning


def _of_transformers() -> Iterator[tuple[str, str, str, str]]:
    known = {item.name: item for item in fields(RecipeArguments)}
    for name in _OF_TRANSFORMERS:
        default = _default(known[name])
        yield name, _type(known[name].type), _value(default), ""


def _default(item: Field[Any]) -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _type(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return text.replace("typing.", "")


def _value(value: Any) -> str:
    """A default as YAML writes it."""
    value = getattr(value, "value", value)
    return json.dumps(value) if value is None or isinstance(value, bool | int | float) else str(value) or '""'


def _table(rows: Iterable[tuple[str, str, str, str]]) -> str:
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, kind, default, meaning in rows:
        lines.append(f"| `{name}` | {as_code(kind)} | {as_code(default)} | {as_cell(meaning)} |")
    return "\n".join(lines) + "\n"
