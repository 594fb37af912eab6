"""Fill in the settings of a run that are not given, from the data and from what the run starts from."""

from typing import Any

from ..data.domains import Domain
from ..hub.embedded import DEFAULT_BASE, embedded_folder
from .automatic import automatic_model, automatic_training

__all__ = ["choose_base", "choose_packing", "complete_settings"]


def choose_base(document: dict[str, Any], domain: Domain) -> None:
    """Start from the checkpoint of this package if the language of the data is English or not known.

    Args:
        document: a recipe without the sections `base` and `model`; it is changed.
        domain: the data.
    """
    if domain.languages in ((), ("en",)):
        document["base"] = {"checkpoint": DEFAULT_BASE}


def choose_packing(document: dict[str, Any], pack: bool | None) -> None:
    """Set whether to pack the weights: as asked, else yes if training starts from a checkpoint in the package.

    Args:
        document: a recipe; it is changed.
        pack: what the user asks for; `None` if nothing.
    """
    base = (document.get("base") or {}).get("checkpoint")
    if pack is not None:
        document["packed"] = pack
    elif base is not None and embedded_folder(str(base)) is not None:
        document.setdefault("packed", True)


def complete_settings(
    document: dict[str, Any],
    domain: Domain,
    *,
    steps: int | None = None,
    epochs: float | None = None,
    phrases: bool = True,
    is_complete: bool = False,
) -> None:
    """Fill in the settings of training and model that are not given.

    Args:
        document: a recipe; it is changed.
        domain: the data.
        steps: number of training steps; `None` chooses it.
        epochs: number of epochs, instead of steps.
        phrases: whether the checkpoint keeps the phrases and words of the data.
        is_complete: the training section is that of a recipe file, which is used unchanged.
    """
    given = dict(document.get("training") or {})
    if is_complete:
        if steps is not None:
            given["max_steps"] = steps
        if epochs is not None:
            given |= {"max_steps": -1, "num_train_epochs": epochs}
        document["training"] = given
    else:
        _complete(document, domain, given, steps, epochs)
    if not phrases:
        document["training"] |= {"keep_phrases": False, "keep_words": False}


def _complete(
    document: dict[str, Any], domain: Domain, given: dict[str, Any], steps: int | None, epochs: float | None
) -> None:
    has_validation = "validation" in domain.splits
    num_train = len(domain.splits["train"])
    chosen = automatic_training(
        num_train,
        is_transfer="base" in document,
        is_skill=domain.skill is not None,
        has_validation=has_validation,
        steps=steps,
        epochs=epochs or None,
    )
    document["training"] = {**chosen, **given}
    if "base" not in document:
        document["model"] = {**automatic_model(num_train), **(document.get("model") or {})}
    if "test" not in domain.splits and has_validation:
        document["data"] = {"split": "validation", **document["data"]}
