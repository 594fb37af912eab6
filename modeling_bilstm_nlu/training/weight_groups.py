"""Groups of weights with their own learning rate and weight decay, for an optimizer."""

from typing import Any

from torch import nn

from .arguments import NluTrainingArguments

__all__ = ["weight_groups"]


def weight_groups(model: nn.Module, args: NluTrainingArguments) -> list[dict[str, Any]]:
    """Return the groups of the trainable weights; embeddings, biases and transitions have no weight decay.

    Args:
        model: the model, also in a wrapper.
        args: arguments with the learning rates of the layers and the weight decay.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weight in model.named_parameters():
        if not weight.requires_grad:
            continue
        is_embedding = "encoder.embeddings." in name
        scale = args.embedding_lr_scale if is_embedding else args.encoder_lr_scale if "encoder." in name else 1.0
        decayed = weight.dim() > 1 and not is_embedding and "crf." not in name
        groups.setdefault((scale, args.weight_decay if decayed else 0.0), []).append(weight)
    return [
        {"params": weights, "lr": args.learning_rate * scale, "weight_decay": decay}
        for (scale, decay), weights in groups.items()
    ]
