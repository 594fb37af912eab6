"""Split a text into words and their bytes, exactly as the tokenizer of the checkpoints does.

A text is composed (NFC), lower-cased and split into words; a word is spelled in bytes. This module does it in Python.
The kernel splits a text itself, after `normalise`, which changes nothing in a text of ASCII characters.

Python composes characters of the Unicode version that it was built with. Only texts with decomposed characters of
scripts that are newer can have other words here than in the tokenizer.
"""

import re
import unicodedata
from functools import cache
from typing import Any, NamedTuple

from ..hubfiles.format_bilstm_nlu import FIRST_INNER_ID, FIRST_START_ID, MAX_CHARACTERS
from .word_tables import LETTER, MARK, NUMBER, SINGLE, SPACE, class_of, lower_cases

__all__ = ["BYTE_RANKS", "Normalised", "Words", "end_of_reading", "normalise", "split_words", "tokenizer_parts"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CLITIC = re.compile("'(?:s|t|re|ve|ll|d|m)")
_DOTTED_I = "\u0130"  # its lower case has two characters

_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_BYTES = [*_PRINTABLE, *(byte for byte in range(256) if byte not in _PRINTABLE)]
#: Byte -> its place in the alphabet of a byte-level tokenizer, which has the printable bytes first.
BYTE_RANKS = bytes(_BYTES.index(byte) for byte in range(256))

#: Letter for a class in the pattern of a word.
_LETTERS = {
    LETTER: "l",
    MARK: "m",
    NUMBER: "n",
    LETTER | SINGLE: "s",
    MARK | SINGLE: "t",
    NUMBER | SINGLE: "u",
    SINGLE: "x",
    SPACE: " ",
    0: ".",
}
_WORD = re.compile("[stux][mt]*|[lmst]+|[nu]+|[^ ]")
_AFTER_CLITIC = frozenset("lnsu")


class Normalised(NamedTuple):
    """A text as its words are spelled.

    Attributes:
        text: the text, composed and, if it has characters beyond ASCII, in lower case.
        starts: where each character of `text` starts in the original text; `None` if nothing moved.
        ends: where it ends there.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original text that the characters from `start` to `end` were."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


class Words(NamedTuple):
    """The words of a text.

    Attributes:
        ids: id of every byte, as in `format_bilstm_nlu`.
        spans: first character of every word, and the character after its last one.
        end: number of characters that were read; `None` if no word was left out.
    """

    ids: list[int]
    spans: list[tuple[int, int]]
    end: int | None


def normalise(text: str) -> Normalised:
    """Compose the characters of a text and lower-case them; a text of ASCII characters stays as it is."""
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return Normalised(text)
    text = _LONE_SURROGATE.sub("\ufffd", text)
    starts = ends = None
    if not unicodedata.is_normalized("NFC", text):
        text, starts, ends = _composed(text)
    lower = text.translate(_small_letters())
    if _DOTTED_I in text:
        places = [place for place, char in enumerate(text) for _ in range(1 + (char == _DOTTED_I))]
        starts = [place if starts is None else starts[place] for place in places]
        ends = [place + 1 if ends is None else ends[place] for place in places]
    return Normalised(lower, starts, ends)


@cache
def _small_letters() -> dict[int, Any]:
    return {**lower_cases(), ord(_DOTTED_I): "i\u0307", ord("\u2019"): "'"}


def _composed(text: str) -> tuple[str, list[int], list[int]]:
    """Compose a text (NFC), and return where each of its characters starts and ends in the original text.

    The places are those that the tokenizer gives. It counts how many characters each composed one replaces: a new
    character has the place of the one before, and one that replaces several has the place of the first of them.
    """
    parts: list[tuple[str, int]] = []  # (character, 1 if it is new), decomposed and in canonical order
    for char in text:
        decomposed = unicodedata.normalize("NFD", char)
        parts += [(decomposed[0], 0), *((other, 1) for other in decomposed[1:])]
    _sort_marks(parts)
    found: list[tuple[str, int]] = []  # (character, 1 if it is new, or minus the number of characters that it joins)
    starter = -1  # index in `found` of the character that marks are composed with
    last_class = 0
    for part, change in parts:
        order = unicodedata.combining(part)
        if starter >= 0 and (last_class < order or starter == len(found) - 1):
            both = unicodedata.normalize("NFC", found[starter][0] + part)
            if len(both) == 1:
                found[starter] = (both, found[starter][1] + change - 1)
                continue
        if order == 0:
            starter = len(found)
        last_class = order
        found.append((part, change))
    starts, ends, place = [], [], 0
    for _, change in found:
        starts.append(max(place - 1, 0) if change > 0 else place)
        ends.append(place if change > 0 else place + 1)
        place += 1 - change if change <= 0 else 0
    return "".join(char for char, _ in found), starts, ends


def _sort_marks(parts: list[tuple[str, int]]) -> None:
    """Put the marks after each character into canonical order."""
    start = 0
    for end in range(1, len(parts) + 1):
        if end == len(parts) or unicodedata.combining(parts[end][0]) == 0:
            parts[start:end] = sorted(parts[start:end], key=lambda part: unicodedata.combining(part[0]))
            start = end


def split_words(text: str, max_bytes: int) -> Words:
    """Split a text into words.

    Args:
        text: the text; only its first `MAX_CHARACTERS` characters are read.
        max_bytes: number of bytes in words that are read.
    """
    normalised = normalise(text)
    lower = normalised.text.lower() if normalised.text.isascii() else normalised.text
    classes = "".join(_LETTERS[class_of(char)] for char in lower)
    ids: list[int] = []
    spans: list[tuple[int, int]] = []
    place = 0
    while (match := _WORD.search(classes, place)) is not None and len(ids) < max_bytes:
        start, place = match.span()
        if lower[start] == "'" and (clitic := _CLITIC.match(lower, start)) is not None:
            if classes[clitic.end() : clitic.end() + 1] not in _AFTER_CLITIC:
                place = clitic.end()
        first = FIRST_START_ID
        for end in range(start + 1, place + 1):
            for byte in lower[end - 1].encode()[: max_bytes - len(ids)]:
                ids.append(first + BYTE_RANKS[byte])
                first = FIRST_INNER_ID
            if len(ids) >= max_bytes:
                place = end
                break
        spans.append(normalised.span(start, place))
    return Words(ids, spans, end_of_reading(text, spans, is_full=len(ids) >= max_bytes))


def end_of_reading(text: str, spans: list[tuple[int, int]], *, is_full: bool) -> int | None:
    """Return the number of characters that were read; `None` if only white space was left out.

    Args:
        text: the text.
        spans: its words, with places in the text.
        is_full: whether as many bytes were read as may be.
    """
    end = spans[-1][1] if is_full else MAX_CHARACTERS if len(text) > MAX_CHARACTERS else None
    return end if end is not None and end < len(text) and not text[end:].isspace() else None


@cache
def tokenizer_parts() -> dict[str, Any]:
    """What a `tokenizer.json` must have, so that this module splits texts as the tokenizer does."""
    pattern = (
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]\p{M}*"
        r"|'(?:s|t|re|ve|ll|d|m)(?![\p{L}\p{N}])|[\p{L}\p{M}]+|\p{N}+|[^\s]"
    )
    printable = "".join(map(chr, (*_PRINTABLE, *range(256, 324))))
    letters = ["[PAD]", "[UNK]", *printable, *(f"##{letter}" for letter in printable)]
    replaced = {"type": "Replace", "pattern": {"String": "\u2019"}, "content": "'"}
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True}
    spelled = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    return {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, replaced, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, spelled]},
        "model": {
            "type": "BPE",
            "continuing_subword_prefix": "##",
            "vocab": {letter: number for number, letter in enumerate(letters)},
            "merges": [],
        },
    }
