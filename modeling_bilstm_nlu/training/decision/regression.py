"""Logistic regression with a prior, by Newton's method."""

import torch
from torch import Tensor

__all__ = ["fit_logistic"]

_ITERATIONS = 30


def fit_logistic(
    rows: Tensor,
    labels: Tensor,
    counts: Tensor,
    *,
    decay: float | Tensor,
    start: Tensor | None = None,
    start_bias: float = 0.0,
    bias_decay: float = 0.0,
) -> tuple[Tensor, float]:
    """Fit the weights and the bias of a logistic regression.

    Args:
        rows: (rows, size) inputs.
        labels: (rows,) targets, from 0 to 1.
        counts: (rows,) how often each row counts.
        decay: weight of the squared distance of the weights from `start`; a number, or one for each weight.
        start: (size,) where the weights start, and what they are kept near to; zeros by default.
        start_bias: the same for the bias.
        bias_decay: the same as `decay`, for the bias.

    Returns:
        The weights (size,) and the bias.
    """
    size = rows.shape[1]
    inputs = torch.cat([rows, rows.new_ones(len(rows), 1)], 1)
    prior = torch.cat([rows.new_zeros(size) if start is None else start.to(rows), rows.new_tensor([start_bias])])
    precision = torch.cat([rows.new_zeros(size) + decay, rows.new_tensor([bias_decay])])
    fitted = prior.clone()

    def loss(weights: Tensor) -> Tensor:
        logits = inputs @ weights
        losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        return (counts * losses).sum() + 0.5 * (precision * (weights - prior).square()).sum()

    reached = loss(fitted)
    for _ in range(_ITERATIONS):
        chances = (inputs @ fitted).sigmoid()
        gradient = inputs.T @ (counts * (chances - labels)) + precision * (fitted - prior)
        curvature = (inputs * (counts * chances * (1 - chances))[:, None]).T @ inputs + precision.diag()
        step = torch.linalg.solve(curvature + 1e-9 * torch.eye(size + 1, dtype=rows.dtype), gradient)
        length, better = 1.0, loss(fitted - step)
        while not better <= reached and length > 1e-4:
            length /= 2
            better = loss(fitted - length * step)
        if not better <= reached:
            break
        fitted, change, reached = fitted - length * step, reached - better, better
        if change < 1e-9 * (1 + abs(float(reached))):
            break
    return fitted[:-1], float(fitted[-1])
