"""Expand carrier phrases with alternatives and optional words: ``(turn|switch) on [the] {device}``."""

import random
from dataclasses import dataclass, field

from bilstm_nlu.errors import DataError

__all__ = ["UtteranceTemplate"]

#: The largest count, so that a line with a million alternatives is counted as fast as any other line.
_MANY = 2**62
_DEEPEST = 30
_CLOSING = {"(": ")", "[": "]"}


class _Sequence:
    """Words and choices from left to right, and the number of ways to say them."""

    def __init__(self) -> None:
        self.parts: list[str | _Choice] = []
        self.count = 1

    def add(self, part: "str | _Choice") -> None:
        self.parts.append(part)
        if isinstance(part, _Choice):
            self.count = min(self.count * part.count, _MANY)

    def say(self, number: int) -> str:
        """Write the form with this number; the last choice varies slowest."""
        said = []
        for part in self.parts:
            if isinstance(part, _Choice):
                number, here = divmod(number, part.count)
                said.append(part.say(here))
            else:
                said.append(part)
        return "".join(said)


class _Choice:
    """One of several sequences."""

    def __init__(self, opened_by: str = "") -> None:
        self.opened_by = opened_by
        self.options = [_Sequence()]
        self.count = 1

    def close(self) -> None:
        if self.opened_by == "[":
            self.options.append(_Sequence())
        self.count = min(sum(option.count for option in self.options), _MANY)

    def say(self, number: int) -> str:
        for option in self.options:
            if number < option.count:
                return option.say(number)
            number -= option.count
        raise IndexError(number)


@dataclass(frozen=True)
class UtteranceTemplate:
    """A carrier phrase with alternatives ``(a|b)`` and optional words ``(a|)`` or ``[a]``, nested or not.

    A vertical bar outside brackets also separates alternatives. Text in braces is a slot and does not change.

    Args:
        text: the template.

    Raises:
        DataError: a bracket or brace has no partner, or brackets are nested too deeply.
    """

    text: str
    _root: _Choice = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_root", _parsed(self.text))

    @property
    def num_forms(self) -> int:
        """The number of ways to say it, at most 2**62; a form that can be made in two ways is counted twice."""
        return self._root.count

    def expand(self, *, limit: int, seed: int = 0) -> list[str]:
        """List the ways to say it, with single spaces and without repeats.

        Args:
            limit: the largest number of forms; if there are more, some are chosen at random.
            seed: the seed of the choice, which depends only on the seed and this template.

        Raises:
            DataError: the limit is below 1.
        """
        if limit < 1:
            raise DataError(f"cannot expand a template into {limit} forms; set a limit of at least 1")
        numbers = range(self.num_forms)
        drawn = numbers if len(numbers) <= limit else random.Random(f"{seed} {self.text}").sample(numbers, limit)
        forms = (" ".join(self._root.say(number).split()) for number in drawn)
        return [form for form in dict.fromkeys(forms) if form]


def _parsed(text: str) -> _Choice:
    stack = [_Choice()]
    position = 0
    while position < len(text):
        char = text[position]
        end = position + 1
        if char in _CLOSING:
            if len(stack) > _DEEPEST:
                raise DataError(f"brackets are nested more than {_DEEPEST} deep in {_shown(text)}; use fewer")
            stack.append(_Choice(char))
        elif char in ")]":
            if char != _CLOSING.get(stack[-1].opened_by):
                raise DataError(f"unbalanced {char!r} in {_shown(text)}; close every bracket that you open")
            closed = stack.pop()
            closed.close()
            stack[-1].options[-1].add(closed)
        elif char == "|":
            stack[-1].options.append(_Sequence())
        elif char == "{":
            end = text.find("}", position) + 1
            if not end:
                raise DataError(f"unbalanced '{{' in {_shown(text)}; write slots as {{slot}}")
            stack[-1].options[-1].add(text[position:end])
        else:
            while end < len(text) and text[end] not in "()[]{|":
                end += 1
            stack[-1].options[-1].add(text[position:end])
        position = end
    if len(stack) > 1:
        raise DataError(f"unbalanced {stack[-1].opened_by!r} in {_shown(text)}; close every bracket that you open")
    stack[0].close()
    return stack[0]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 200 else f"{text[:200]}...")
