"""The section `model` of a recipe: arguments of the config."""

import inspect
from typing import Any

from bilstm_nlu.errors import RecipeError

from ...configuration_bilstm_nlu import LABELS, BiLstmNluConfig
from .values import fit_section

__all__ = ["ADJUSTABLE", "PACKED_WEIGHTS", "model_section"]

#: What a model may change about the checkpoint that it starts from: no weight has another shape for it.
ADJUSTABLE = (
    "dropout",
    "label_smoothing",
    "recurrent_dropout",
    "slot_loss_weight",
    "variational_dropout",
    "word_dropout",
)

#: Where recipes used to say what their key `packed` says.
PACKED_WEIGHTS = "packed_weights"

#: Labels and catalogs come from the data, the version from the code.
_NOT_IN_MODEL = ("format_version", PACKED_WEIGHTS, *LABELS)


def model_section(section: Any, where: str, *, is_transfer: bool) -> dict[str, Any]:
    """The arguments of the config: all of them, or for a transfer those that the recipe gives.

    Args:
        section: what the recipe has.
        where: file and section, for messages.
        is_transfer: the weights come from a checkpoint; only `ADJUSTABLE` may be given.

    Raises:
        RecipeError: an unknown key, a value of the wrong kind or out of range.
    """
    arguments = _arguments()
    if is_transfer:
        arguments = {name: arguments[name] for name in ADJUSTABLE}
    given = fit_section(section, {name: parameter.annotation for name, parameter in arguments.items()}, where)
    defaults = {} if is_transfer else {name: parameter.default for name, parameter in arguments.items()}
    try:
        BiLstmNluConfig(**{**defaults, **given})
    except ValueError as error:
        raise RecipeError(f"{where}: {error}") from error
    return {**defaults, **given}


def _arguments() -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(BiLstmNluConfig).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD and name not in _NOT_IN_MODEL
    }
