"""A split as the checks use it: its utterances, and the keys that compare their texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..domains import Domain
from ..schema import Utterance
from ..text import loose_key, text_key

__all__ = ["Part", "near_key", "parts_of"]

_DIGITS = re.compile(r"\d+")


def near_key(text: str) -> str:
    """Return the key that near duplicates share: case, white space, punctuation and digits are ignored."""
    return _DIGITS.sub("0", loose_key(text))


@dataclass
class Part:
    """The utterances of a split, with the keys of their texts.

    Args:
        name: name of the split.
        rows: utterances of the split.
    """

    name: str
    rows: list[Utterance]

    @cached_property
    def keys(self) -> list[str]:
        """The ``text_key`` of every utterance."""
        return [text_key(row.text) for row in self.rows]

    @cached_property
    def texts(self) -> dict[str, str]:
        """``text_key`` -> the first text that has it."""
        first: dict[str, str] = {}
        for key, row in zip(self.keys, self.rows, strict=True):
            first.setdefault(key, row.text)
        return first

    @cached_property
    def near_keys(self) -> dict[str, str]:
        """``text_key`` -> ``near_key``, for every distinct text."""
        return {key: near_key(text) for key, text in self.texts.items()}


def parts_of(domain: Domain) -> Mapping[str, Part]:
    """Return the splits of a domain by name, in order."""
    return {split: Part(split, domain.utterances(split)) for split in domain.splits}
