"""How sure a share is: the interval that it may be in, from the number of cases."""

import math

__all__ = ["FEW", "wilson"]

#: With fewer utterances, one answer more or less changes a score by more than 3 points.
FEW = 30
#: The 97.5 % quantile of the normal distribution, for intervals of 95 %.
_QUANTILE = 1.959963984540054


def wilson(share: float, total: float) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's score method (1927). It holds for few cases, too.

    Args:
        share: share of the cases, from 0 to 1.
        total: number of cases, or of as many independent cases as they are worth; with 0, the interval is all.
    """
    if total <= 0:
        return 0.0, 1.0
    square = _QUANTILE**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    width = _QUANTILE / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return max(0.0, middle - width), min(1.0, middle + width)
