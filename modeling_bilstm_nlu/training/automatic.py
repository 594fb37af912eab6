"""Training settings chosen from the size of the data, for runs without settings of their own."""

import math
from typing import Any, NamedTuple

__all__ = ["automatic_model", "automatic_training"]


class _Length(NamedTuple):
    """How long to train: `least` to `most` steps, `factor` times the square root of the number of utterances.

    Each of the evaluations, at most `evaluations`, runs the model on the validation split, and saves a checkpoint if
    the score is the best so far. After `patience` of them without a better score, training ends.
    """

    factor: int
    least: int
    most: int
    evaluations: int
    patience: int


_LONG = _Length(30, 300, 6000, 12, 6)
#: A generic checkpoint with fitted heads needs fewer steps for what people have annotated.
_ANNOTATED = _Length(15, 200, 6000, 8, 4)
#: It knows most of what a skill says after the first tens of steps.
_PHRASES = _Length(8, 120, 6000, 6, 3)

#: From this number of training utterances on, the settings are those of a large domain.
_LARGE = 5000


def automatic_training(
    num_train: int,
    *,
    is_transfer: bool = False,
    is_skill: bool = False,
    has_validation: bool = True,
    steps: int | None = None,
    epochs: float | None = None,
) -> dict[str, Any]:
    """Choose training arguments for a number of training utterances.

    The number of steps grows with the square root of the data, from 300 to 6000, and so does the batch size, from 8
    to 64. From a generic checkpoint, a small domain takes half of these steps, and the phrases of a skill take a
    quarter, and batches of half the size: the scores are the same. Small domains have a higher learning rate. All
    this was chosen on validation splits. The weights of the best
    evaluation are kept. If neither `steps` nor `epochs` is given, training ends early when several evaluations in a
    row bring no better score.

    Args:
        num_train: number of training utterances.
        is_transfer: whether training starts from a generic checkpoint; the new heads are fitted first.
        is_skill: whether the utterances are filled phrases of a skill, which declares its slots.
        has_validation: whether there is a validation split, to choose the best weights.
        steps: number of optimisation steps; `None` chooses it.
        epochs: number of epochs; `None` chooses it.

    Returns:
        Fields of `NluTrainingArguments`, or of `TransferArguments` for transfer.

    Raises:
        ValueError: steps or epochs are not positive.
    """
    if steps is not None and steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if epochs is not None and not epochs > 0:
        raise ValueError(f"epochs must be positive, got {epochs}")
    is_length_chosen = steps is not None or epochs is not None
    root = math.sqrt(max(num_train, 1))
    length = _LONG
    if is_transfer and num_train < _LARGE:
        length = _PHRASES if is_skill else _ANNOTATED
    batch_size = min(64, max(8, 2 ** round(math.log2(root)) // (2 if length is _PHRASES else 1)))
    if steps is None and epochs is not None:
        steps = math.ceil(epochs * math.ceil(num_train / batch_size))
    most = length.evaluations
    if steps is None:
        steps = most * round(min(length.most, max(length.least, length.factor * root)) / most)
    # the last step must be evaluated, too, so the number of evaluations must divide the number of steps
    evaluations = next(count for count in range(min(most, steps), 0, -1) if steps % count == 0)
    settings: dict[str, Any] = {
        "max_steps": steps,
        "per_device_train_batch_size": batch_size,
        "logging_strategy": "no",
        "save_strategy": "best" if has_validation else "steps",
        "save_steps": steps // evaluations,
    }
    if has_validation:
        settings |= {
            "eval_strategy": "steps",
            "eval_steps": steps // evaluations,
            "load_best_model_at_end": True,
            "early_stopping_patience": 0 if is_length_chosen else length.patience,
        }
    if is_transfer:
        settings["fit_heads"] = True
    if num_train < _LARGE:
        settings["learning_rate"] = 5e-3
    return settings


def automatic_model(num_train: int) -> dict[str, Any]:
    """Choose arguments of `BiLstmNluConfig` for a number of training utterances: a small skill has few words."""
    return {"vocabulary_size": 4096} if num_train < _LARGE else {}
