"""Check the options of corpus readers whose values are a few words (policies)."""

from collections.abc import Collection

from bilstm_nlu.errors import DataError

__all__ = ["check_policy"]


def check_policy(option: str, value: object, known: Collection[str]) -> None:
    """Refuse an unknown policy.

    Raises:
        DataError: the value is not one of the known values.
    """
    if value not in known:
        raise DataError(f"unknown policy {option}={value!r}; known values: {', '.join(known)}")
