"""Write the tables with which the runtime splits words: `bilstm_nlu/runtime/word_tables.bin`.

They are read off the tokenizer of the checkpoints, one character at a time. The file has, little-endian:

- two numbers of 4 bytes: the number of runs, and the number of lower-case letters,
- for every run of characters of one class, 4 bytes: `first character * 256 + class`, where the class is the sum of
  the bits of `bilstm_nlu.runtime.word_tables`,
- for every character with another lower case of one character, 8 bytes: the character and its lower case.
"""

import struct
import sys
from collections.abc import Iterator

import checkout  # noqa: F401
from tokenizers import Regex
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Split

from bilstm_nlu.runtime.word_tables import LETTER, MARK, NUMBER, SINGLE, SPACE, TABLES

PATTERNS = {
    LETTER: r"\p{L}",
    MARK: r"\p{M}",
    NUMBER: r"\p{N}",
    SINGLE: r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]",
    SPACE: r"\s",
}
CHARACTERS = [number for number in range(sys.maxunicode + 1) if not 0xD800 <= number <= 0xDFFF]


def classes() -> dict[int, int]:
    """Character -> its class."""
    found = dict.fromkeys(CHARACTERS, 0)
    for bit, pattern in PATTERNS.items():
        split = Split(Regex(pattern), "removed", invert=True)
        for start in range(0, len(CHARACTERS), 4096):
            text = "".join(map(chr, CHARACTERS[start : start + 4096]))
            for piece, _ in split.pre_tokenize_str(text):
                for character in piece:
                    found[ord(character)] |= bit
    return found


def runs(classes: dict[int, int]) -> Iterator[int]:
    """Every run of characters of one class; surrogates, which no text has, continue the run before them."""
    last = -1
    for character, kind in classes.items():
        if kind != last:
            yield character * 256 + kind
            last = kind


def lower_cases() -> Iterator[tuple[int, int]]:
    """Every character with another lower case of one character. U+0130, which has one of two, is in the code."""
    lower = Lowercase()
    for character in CHARACTERS:
        changed = lower.normalize_str(chr(character))
        if len(changed) == 1 and chr(character) != changed:
            yield character, ord(changed)


def tables() -> bytes:
    """The content of the file."""
    every_run, lower = list(runs(classes())), list(lower_cases())
    numbers = [len(every_run), len(lower), *every_run, *(number for pair in lower for number in pair)]
    return struct.pack(f"<{len(numbers)}I", *numbers)


if __name__ == "__main__":
    TABLES.write_bytes(tables())
