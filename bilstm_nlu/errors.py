"""The errors that this package raises on purpose. Every message names the culprit and the cure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["Cure", "DataError", "NluError", "RecipeError"]


@dataclass(frozen=True)
class Cure:
    """What to do about an error. Python and the command `bilstm-nlu` each show it in their own words.

    Args:
        text: what to do; `{}` in it is replaced by the words that the other arguments give.
        option: an argument of the function that was called, such as `data_dir`.
        value: the value to pass for the option; without it, only the option is named.
        call: a call in Python.
        command: a subcommand with its arguments that does the same.
        install: the extra of this package that is missing.
    """

    text: str
    option: str | None = None
    value: object = None
    call: str | None = None
    command: str | None = None
    install: str | None = None

    def in_python(self) -> str | None:
        """The cure in the words of Python; `None` if only the command has one."""
        if self.install is not None:
            return self.filled(f'pip install "bilstm-nlu[{self.install}]"')
        if self.option is not None:
            return self.filled(self.option if self.value is None else f"{self.option}={self.value!r}")
        if self.call is not None:
            return self.filled(f"`{self.call}`")
        return self.text if self.command is None else None

    def filled(self, words: str) -> str:
        """The text, with the words in place of its `{}`."""
        return self.text.replace("{}", words, 1)


class NluError(Exception):
    """Base of every error that the package raises on purpose.

    Args:
        message: what is wrong, and with what; one line. It may contain a cure that reads the same everywhere.
        cure: what to do, one cure or several, if Python and the command have different words for it.
    """

    def __init__(self, message: str = "", *, cure: Cure | Iterable[Cure] = ()):
        super().__init__(message)
        self.message = message
        self.cures = (cure,) if isinstance(cure, Cure) else tuple(dict.fromkeys(cure))

    def __str__(self) -> str:
        return self.told(Cure.in_python)

    def told(self, say: Callable[[Cure], str | None]) -> str:
        """The message with its cures.

        Args:
            say: gives the words for a cure, or `None` to leave the cure out.
        """
        *first, last = [words for cure in self.cures if (words := say(cure))] or [""]
        cures = f"{', '.join(first)}, or {last}" if first else last
        return f"{self.message}; {cures}" if cures else self.message


class DataError(NluError, ValueError):
    """The data cannot be used as it is; the message names the file and the record."""


class RecipeError(NluError, ValueError):
    """A recipe has an unknown key or a value of the wrong type."""
