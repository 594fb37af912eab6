"""The few kinds of error this package raises on purpose; every message names the culprit and the cure."""

__all__ = ["DataError", "NluError", "RecipeError"]


class NluError(Exception):
    """Base of every error that the package raises on purpose."""


class DataError(NluError, ValueError):
    """The data cannot be used as it is; the message names the file and the record."""


class RecipeError(NluError, ValueError):
    """A recipe holds an unknown key or a value of the wrong kind."""
