"""Sizes as they are typed on the command line."""

from ..errors import NluError

__all__ = ["num_bytes"]

_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}


def num_bytes(text: str) -> int:
    """The number of bytes of a size such as 500M or 5G.

    Raises:
        NluError: it is not a size.
    """
    number, unit = text.rstrip("BbKkMmGgTt"), text.strip("0123456789.").upper().removesuffix("B")
    try:
        size = int(float(number) * _UNITS[unit])
    except (KeyError, ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise NluError(f"{text!r} is not a size; write a number of bytes such as 500M or 5G")
    return size
