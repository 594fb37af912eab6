"""The section `model` of a recipe, which has arguments of the config."""

import inspect
from typing import Any

from bilstm_nlu.errors import RecipeError

from ...configuration_bilstm_nlu import LABELS, OLD_NAMES, BiLstmNluConfig
from .values import fit_section, in_new_names

__all__ = ["ADJUSTABLE", "PACKED_WEIGHTS", "model_section"]

#: Arguments that a transfer may override in the config of its checkpoint: they do not change the shape of a weight.
ADJUSTABLE = (
    "dropout",
    "label_smoothing",
    "recurrent_dropout",
    "slot_loss_weight",
    "variational_dropout",
    "word_dropout",
)

#: The old name of the key `packed`, in this section.
PACKED_WEIGHTS = "packed_weights"

#: Arguments that recipes cannot set: labels and catalogs come from the data, the version comes from the code.
_NOT_IN_MODEL = ("format_version", PACKED_WEIGHTS, *LABELS)


def model_section(section: Any, where: str, *, is_transfer: bool) -> dict[str, Any]:
    """Check the section `model`, and return all arguments of the config; for a transfer, only the given ones.

    Args:
        section: content of the section.
        where: file and section, for messages.
        is_transfer: whether the weights come from a checkpoint; then only `ADJUSTABLE` may be given.

    Raises:
        RecipeError: an unknown key, a value of the wrong kind or out of range.
    """
    arguments = _arguments()
    if is_transfer:
        arguments = {name: arguments[name] for name in ADJUSTABLE}
    section = in_new_names(section, OLD_NAMES, where)
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
