"""Read the tables with which the runtime splits words off the tokenizer: `bilstm_nlu/runtime/word_tables.bin`."""

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


if __name__ == "__main__":
    every_run, lower = list(runs(classes())), list(lower_cases())
    numbers = [len(every_run), len(lower), *every_run, *(number for pair in lower for number in pair)]
    TABLES.write_bytes(struct.pack(f"<{len(numbers)}I", *numbers))
