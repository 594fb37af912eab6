"""The classes and the lower case of all characters, as the tokenizer of checkpoints has them, to split words.

`scripts/make_word_tables.py` writes the file. It has, little-endian:

- two numbers of 4 bytes: the number of runs, and the number of characters with another lower case,
- for every run of characters of one class, 4 bytes: `first character * 256 + class`,
- for every character with another lower case of one character, 8 bytes: the character and its lower case.
"""

import struct
from array import array
from bisect import bisect_right
from functools import cache
from pathlib import Path

__all__ = ["LETTER", "MARK", "NUMBER", "SINGLE", "SPACE", "TABLES", "class_of", "lower_cases", "runs"]

TABLES = Path(__file__).with_name("word_tables.bin")

#: Bits of the class of a character. `SINGLE` is a script without spaces, in which a character is a word.
LETTER, MARK, NUMBER, SINGLE, SPACE = 1, 2, 4, 8, 16

_SIZES = struct.Struct("<2I")


@cache
def _numbers() -> tuple[array, array]:
    content = TABLES.read_bytes()
    num_runs, _ = _SIZES.unpack_from(content)
    numbers = array("I", [number for (number,) in struct.iter_unpack("<I", content[_SIZES.size :])])
    return numbers[:num_runs], numbers[num_runs:]


def runs() -> array:
    """The runs of characters of one class, `first character * 256 + class` each, in order."""
    return _numbers()[0]


@cache
def class_of(character: str) -> int:
    """The class of a character: the sum of the bits."""
    return runs()[bisect_right(runs(), ord(character) * 256 + 255) - 1] % 256


@cache
def lower_cases() -> dict[int, int]:
    """Character -> its lower case, for every character with another lower case of one character."""
    pairs = _numbers()[1]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
