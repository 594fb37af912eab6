"""Training settings for data of any size, for people who give none."""

import math
from typing import Any

__all__ = ["automatic_model", "automatic_training"]

#: Most evaluations of a run; each costs a pass over the validation split and a checkpoint.
_EVALUATIONS = 12

#: Training utterances from which on the settings are those of a large domain.
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
    """Fields of `NluTrainingArguments` that suit a number of training utterances; of `TransferArguments` for transfer.

    The number of steps grows with the square root of the data, between 300 and 6000; batches grow alike, from 8 to 64.
    What is learned from scratch, or from the few phrases of a skill, takes larger steps than what people have said
    (chosen on validation splits). The weights of the best evaluation are kept. Training ends early when half of the
    evaluations in a row bring nothing, unless somebody has chosen its length.

    Args:
        num_train: utterances to train on.
        is_transfer: whether a generic checkpoint is the start; its new heads are fitted first.
        is_skill: whether the utterances are filled phrases of a skill, with its slots declared.
        has_validation: whether there is a split to choose the best weights by.
        steps: optimisation steps, if somebody has chosen them.
        epochs: passes over the data, if somebody has chosen them.

    Raises:
        ValueError: steps or epochs that are not positive.
    """
    if steps is not None and steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if epochs is not None and not epochs > 0:
        raise ValueError(f"epochs must be positive, got {epochs}")
    is_length_chosen = steps is not None or epochs is not None
    root = math.sqrt(max(num_train, 1))
    batch_size = min(64, max(8, 2 ** round(math.log2(root))))
    if steps is None and epochs is not None:
        steps = math.ceil(epochs * math.ceil(num_train / batch_size))
    if steps is None:
        steps = _EVALUATIONS * round(min(6000, max(300, 30 * root)) / _EVALUATIONS)
    # the last step must be evaluated too, so evaluations divide the run evenly
    evaluations = next(count for count in range(min(_EVALUATIONS, steps), 0, -1) if steps % count == 0)
    settings: dict[str, Any] = {
        "max_steps": steps,
        "per_device_train_batch_size": batch_size,
        "logging_strategy": "no",
        "save_strategy": "steps",
        "save_steps": steps // evaluations,
    }
    if has_validation:
        settings |= {
            "eval_strategy": "steps",
            "eval_steps": steps // evaluations,
            "load_best_model_at_end": True,
            "early_stopping_patience": 0 if is_length_chosen else _EVALUATIONS // 2,
        }
    if is_transfer:
        settings["fit_heads"] = True
    if num_train < _LARGE and (is_skill or not is_transfer):
        settings["learning_rate"] = 5e-3
    return settings


def automatic_model(num_train: int) -> dict[str, Any]:
    """Arguments of `BiLstmNluConfig` that suit a number of training utterances: a small skill has few words."""
    return {"vocabulary_size": 4096} if num_train < _LARGE else {}
