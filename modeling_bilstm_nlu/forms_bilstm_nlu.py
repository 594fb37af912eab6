"""The words of a text with their places, for comparisons that must be exact, and known forms of values in them.

Case, accents, white space and punctuation do not count, as in `resolution_bilstm_nlu`. Unlike there, letters and
digits are separate words ("10pm" is "10 pm"), and signs that are not punctuation, such as `%`, are words.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from .resolution_bilstm_nlu import ACCENTS, APOSTROPHES, PLAIN_LETTERS

#: A form of more words is not used.
_MOST_WORDS = 32

#: A minus counts as a word only before a number or a space, because a hyphen is punctuation.
_ASCII_WORDS = re.compile(r"[a-z]+|[0-9]+|[&%#@*/$+=<>^|~]|(?<![a-z0-9])-(?=[0-9\s]|$)")
_SIGNS = frozenset("&%#@*/")
_INNER_APOSTROPHE = re.compile(rf"(?<=\w){APOSTROPHES.pattern}(?=\w)")
_MINUS = re.compile(r"(?<![a-zA-Z0-9])-(?=[0-9\s]|$)")


class Words(NamedTuple):
    """The words of a text.

    Attributes:
        text: the text.
        words: the words, in lower case and without accents.
        starts: the place of the first character of each word.
        ends: the place after the last character of each word.
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str) -> "Words":
        """Find the words of a text."""
        if text.isascii():
            found = list(_ASCII_WORDS.finditer(text.lower()))
            words = [match[0] for match in found]
            return cls(text, _spelled_out(words), [m.start() for m in found], [m.end() for m in found])
        words, starts, ends = [], [], []
        last = ""  # kind of the character before
        for place, char in enumerate(text):
            for plain in _plain(char):
                kind = "sign" if plain == "-" and _MINUS.match(text, place) else _kind(plain)
                if kind == "mark":
                    kind = last if last in ("letter", "digit", "alone") else "letter"
                    is_new = last not in ("letter", "digit", "alone")
                else:
                    is_new = kind != last or kind in ("alone", "sign")
                if kind and is_new:
                    words.append(plain)
                    starts.append(place)
                    ends.append(place + 1)
                elif kind:
                    words[-1] += plain
                    ends[-1] = place + 1
                last = kind
            if words and ends[-1] == place and ACCENTS.match(char):
                ends[-1] = place + 1  # an accent of its own after its letter
        return cls(text, _spelled_out(words), starts, ends)

    def with_edges(self, first: int, last: int, edges: Iterable[tuple[str, str]]) -> tuple[int, int]:
        """Return where a value starts and ends.

        Args:
            first: number of its first word.
            last: number of its last word.
            edges: punctuation before and behind the words that belongs to the value if the text has it; the first
                pair that the text has counts.
        """
        start, end = self.starts[first], self.ends[last]
        for before, behind in edges:
            if self.text.startswith(behind, end) and self.text.endswith(before, 0, start):
                return start - len(before), end + len(behind)
        return start, end


def _spelled_out(words: list[str]) -> list[str]:
    return ["and" if word == "&" else word for word in words] if "&" in words else words


def _plain(char: str) -> str:
    """Return a character in lower case, decomposed, without accents."""
    if char.isascii():
        return char.lower()
    bare = ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()))
    return bare.translate(PLAIN_LETTERS)


def _kind(char: str) -> str:
    """Return the kind of a character; it is empty for a character that does not count."""
    if char.isdigit():
        return "digit"
    if APOSTROPHES.match(char):
        return ""
    if char.isalpha():
        return "alone" if _is_unspaced(char) else "letter"
    if char in _SIGNS:
        return "sign"
    return {"M": "mark", "S": "sign", "N": "digit"}.get(unicodedata.category(char)[0], "")


def _is_unspaced(char: str) -> bool:
    """Whether a letter is of a script without spaces between words, so that it is a word of its own."""
    return (
        "\u0e00" <= char <= "\u0eff"  # Thai and Lao
        or "\u1000" <= char <= "\u109f"  # Myanmar
        or "\u1780" <= char <= "\u17ff"  # Khmer
        or "\u3040" <= char <= "\u30ff"  # Hiragana and Katakana
        or "\u3400" <= char <= "\u9fff"  # Han
        or "\uf900" <= char <= "\ufaff"
        or char >= "\U00020000"
    )


def spellings(text: str) -> list[list[str]]:
    """Return the words of a text, and the words without apostrophes inside them: "don't" is also "dont"."""
    if text.isascii() and "'" not in text and "`" not in text:
        return [_spelled_out(_ASCII_WORDS.findall(text.lower()))]  # most texts; half of the time
    found = [Words.of(text).words]
    if _INNER_APOSTROPHE.search(text):
        found.append(Words.of(_INNER_APOSTROPHE.sub("", text)).words)
    return found


class Form(NamedTuple):
    """A known form in a text: the number of the word after it, its first character, and the character after it."""

    next: int
    start: int
    end: int


class FormIndex:
    """Finds known forms of values at the words of a text. The index is built when it is first needed.

    Args:
        forms: the forms, such as the values of a slot catalog and their synonyms.
    """

    def __init__(self, forms: Iterable[str]):
        self._forms = forms

    @cached_property
    def _index(self) -> tuple[dict[str, tuple[int, ...]], dict[str, list[tuple[str, str]] | None]]:
        """Return first word -> numbers of words, most first; words -> punctuation before and after a form, if any."""
        lengths: dict[str, set[int]] = {}
        known: dict[str, list[tuple[str, str]] | None] = {}
        for form in self._forms:
            for words in spellings(form):
                if not 0 < len(words) <= _MOST_WORDS:
                    continue
                key = " ".join(words)
                key = form if key == form else key  # many forms are their own key: one object takes less memory
                lengths.setdefault(words[0], set()).add(len(words))
                known.setdefault(key, None)
                if not (form[0].isalnum() and form[-1].isalnum()) and any(edges := edges_of(form)):
                    known[key] = sorted({*(known[key] or ()), edges}, key=lambda both: (-len(both[0] + both[1]), both))
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        ordered = {first: tuple(sorted(numbers, reverse=True)) for first, numbers in lengths.items()}
        return {first: shared.setdefault(numbers, numbers) for first, numbers in ordered.items()}, known

    def at(self, words: Words, place: int) -> Iterator[Form]:
        """Find all forms that start at a word, the longest first.

        Punctuation at the edges of a form belongs to it if the text has it: "L.A." ends with its period.
        """
        lengths, known = self._index
        for length in lengths.get(words.words[place], ()):
            after = place + length
            key = words.words[place] if length == 1 else " ".join(words.words[place:after])
            if after <= len(words.words) and key in known:
                yield Form(after, *words.with_edges(place, after - 1, known[key] or ()))


def edges_of(form: str) -> tuple[str, str]:
    """Return the punctuation at the start and at the end of a form that has words."""
    words = Words.of(form)
    return form[: words.starts[0]], form[words.ends[-1] :]
