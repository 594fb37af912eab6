"""The options of corpus readers that take one of a few words."""

from collections.abc import Collection

from bilstm_nlu.errors import DataError

__all__ = ["check_policy"]


def check_policy(option: str, value: object, known: Collection[str]) -> None:
    """Refuse a policy that there is not.

    Raises:
        DataError: the value is not one of the known ones.
    """
    if value not in known:
        raise DataError(f"unknown policy {option}={value!r}; known: {', '.join(known)}")
