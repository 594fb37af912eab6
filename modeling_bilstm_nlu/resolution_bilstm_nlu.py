"""Find the known value that a phrase means: the same text or words, a spelling error, or the same sound."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from .phonetics_bilstm_nlu import KEPT_LETTERS, sound_key

__all__ = ["ValueIndex", "ValueMatch"]

#: Score of the same words in another grammatical form; a spelling error has a lower score, the same text has 1.
FORM_SCORE = 0.95
#: Score of words that sound the same, as speech recognition may hear them; any spelling error has a higher score.
SOUND_SCORE = 0.75

_MOST_CHARACTERS = 500  # values are shorter; limits the time for long texts
_MOST_WORDS = 12  # in a phrase that may have spelling errors
_MOST_EDITS = 2  # in a whole phrase
_FEWEST_LETTERS = 6  # in a word that may have a spelling error
_FEWEST_HEARD = 5  # letters of a phrase that may be spelled as it sounds, and of the value

_ARTICLES = frozenset({"a", "an", "the"})
#: The last letters of the words that have another base form.
_ENDS = frozenset("es")
#: The accents that do not count; only these, because the marks of Devanagari or Thai are vowels.
ACCENTS = re.compile("[\u0300-\u036f]")
#: Letters that Unicode does not decompose.
PLAIN_LETTERS = str.maketrans(
    {"\u0131": "i", "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00e6": "ae", "\u0153": "oe"}
)
APOSTROPHES = re.compile("['\u2018\u2019`\u00b4\u02bc]")
_ASCII_WORDS = re.compile("[a-z0-9]+")

#: Several values share a key: the key means none of them.
_AMBIGUOUS = -1


class ValueMatch(NamedTuple):
    """A value and its score: 1 for the same text, ignoring case, spaces, punctuation and accents."""

    value: str
    score: float


def plain_key(text: str) -> str:
    """Normalise case, white space and compatible characters of a text."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold().split())


def words_of(text: str) -> list[str]:
    """Return the words of a text: letters, digits and vowel signs in lower case, without accents and apostrophes."""
    if text.isascii():
        if text.replace(" ", "").isalnum():
            return text.lower().split()  # most values; a quarter of the time
        bare = text.lower().replace("'", "").replace("`", "").replace("&", " and ")
    else:
        bare = ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
        bare = APOSTROPHES.sub("", bare).replace("&", " and ").translate(PLAIN_LETTERS)
    if bare.isascii():
        return _ASCII_WORDS.findall(bare)
    kept = (char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in bare)
    return "".join(kept).split()


def base_form(word: str) -> str:
    """Return one form for the singular and the regular plural of an English word."""
    if len(word) < 4 or not word.isascii() or word == "news":
        return word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) < 4:
        return word
    if word.endswith(("xe", "che", "she", "sse", "oe")):
        return word[:-1]  # box and boxes, tomato and tomatoes, shoe and shoes
    return f"{word[:-2]}y" if word.endswith("ie") else word  # berry and berries, movie and movies


def base_forms(words: list[str]) -> list[str]:
    """Return the base form of every word, without an article at the start."""
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return [base_form(word) if word[-1] in _ENDS else word for word in words]


def edits_allowed(length: int) -> int:
    """Return how many spelling errors a word of this length may have; short words are too similar to each other."""
    return 0 if length < _FEWEST_LETTERS else 1 if length < 10 else 2


def num_edits(first: str, second: str, limit: int) -> int:
    """Count the letters that were added, lost, changed or swapped with their neighbour; at most `limit + 1`.

    This is the optimal string alignment distance (Damerau 1964); it stops when the distance must exceed the limit.
    """
    if abs(len(first) - len(second)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(second) + 1))
    for i, char in enumerate(first, start=1):
        row = [i]
        for j, other in enumerate(second, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (char != other))
            if i > 1 and j > 1 and char == second[j - 2] and first[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)


class _Vocabulary:
    """The words of all values; finds words with a few edits without a comparison with all words.

    Every word is split into more pieces than the edits can change, so a misspelling of the word still has one of the
    pieces, moved by at most the number of edits (Li, Deng, Wang and Feng 2011, "Pass-Join"). The words of one length
    and first letter are split when a text first needs them: most lists of values are used for a few texts.
    """

    def __init__(self) -> None:
        self._words: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        self._pieces: dict[tuple[int, str], dict[tuple[int, str], list[str]]] = {}

    def add(self, words: Iterable[str]) -> None:
        """Add words."""
        for word in words:
            if len(word) >= _FEWEST_LETTERS - 1:  # shorter ones have no pieces
                self._words[len(word), word[0]].add(word)

    def _split(self, length: int, letter: str) -> dict[tuple[int, str], list[str]]:
        """Return the words of a length and a first letter by the place and the letters of their pieces."""
        found = self._pieces.get((length, letter))
        if found is None:
            found = {}
            for word in self._words.get((length, letter), ()):
                for start, end in self._cuts(length):
                    found.setdefault((start, word[start:end]), []).append(word)
            self._pieces[length, letter] = found
        return found

    @staticmethod
    def _cuts(length: int) -> list[tuple[int, int]]:
        """Return the pieces of a word of this length; empty if the word is too short for spelling errors."""
        edits = edits_allowed(length + 1)
        pieces = 2 * edits + 1 if edits else 0  # an edit changes two pieces if it swaps letters between them
        return [(length * i // pieces, length * (i + 1) // pieces) for i in range(pieces)]

    def near(self, word: str) -> Iterator[tuple[str, int, bool]]:
        """Find other words that may be meant: words with the same first letter and the same digits.

        Yields:
            A word, its edits, and whether it is long enough to be chosen. A word that is too short still makes other
            words ambiguous: a text that may mean either has no match.
        """
        limit = edits_allowed(len(word))
        candidates: set[str] = set()
        for length in range(len(word) - limit, len(word) + limit + 1) if limit else ():
            if pieces := self._split(length, word[0]):
                for start, end in self._cuts(length):
                    for shift in range(-min(limit, start), limit + 1):
                        candidates.update(pieces.get((start, word[start + shift : end + shift]), ()))
        digits = [char for char in word if char.isdigit()]
        for candidate in candidates - {word}:
            edits = num_edits(word, candidate, limit)
            if edits <= limit and [char for char in candidate if char.isdigit()] == digits:
                yield candidate, edits, edits <= edits_allowed(len(candidate))


class _Sounds:
    """How values sound. The sounds of similar values are found when a text first needs them, as in `_Vocabulary`."""

    def __init__(self) -> None:
        # group: what all phrases that sound the same have in common
        self._values: defaultdict[tuple[int, ...], list[tuple[list[str], int]]] = defaultdict(list)
        self._found: dict[tuple[int, ...], dict[str, int]] = {}

    def add(self, bases: list[str], letters: str, place: int) -> None:
        """Add a value: the base forms of its words, also as one word, and its index."""
        self._values[tuple(map(letters.count, KEPT_LETTERS))].append((bases, place))

    def find(self, bases: list[str]) -> int:
        """Return the index of the value that sounds like these words, or ambiguous."""
        group = tuple(map("".join(bases).count, KEPT_LETTERS))
        found = self._found.get(group)
        if found is None:
            found = {}
            for words, place in self._values.get(group, ()):
                _enter(found, _sounds_of(words), place)
            self._found[group] = found
        return found.get(_sounds_of(bases), _AMBIGUOUS)


class ValueIndex:
    """Finds the value that a phrase means. The index is built when the first phrase is looked up.

    Args:
        values: canonical value -> its synonyms. If a text is a form of two values, ignoring case and white space, a
            canonical value wins over a synonym, else the first value.
    """

    def __init__(self, values: Mapping[str, Sequence[str]]):
        self._values = values

    @cached_property
    def _exact(self) -> tuple[list[str], dict[str, int], dict[str, int]]:
        """Return the values; plain key -> index of the value; only letters and digits -> index, or ambiguous."""
        values = list(self._values)
        forms = [(value, place) for place, value in enumerate(values)]
        forms += [(synonym, place) for place, value in enumerate(values) for synonym in self._values[value]]
        plain: dict[str, int] = {}
        for form, place in forms:
            if len(form) <= _MOST_CHARACTERS and (key := plain_key(form)):
                plain.setdefault(key, place)
        loose: dict[str, int] = {}
        for key, place in plain.items():
            _enter(loose, "".join(words_of(key)), place)
        return values, plain, loose

    @cached_property
    def _similar(self) -> tuple[dict[str, int], _Vocabulary, _Sounds]:
        """Return base forms of a whole value -> index of the value, or ambiguous; all base forms; and the sounds."""
        by_base: dict[str, int] = {}
        vocabulary, sounds = _Vocabulary(), _Sounds()
        for key, place in self._exact[1].items():
            bases = base_forms(words_of(key))
            letters = "".join(bases)
            _enter(by_base, letters, place)
            vocabulary.add(bases)
            sounds.add(bases, letters, place)
        return by_base, vocabulary, sounds

    def find(self, text: str) -> ValueMatch | None:
        """Find the value that a phrase means; `None` if no value fits, or if several are equally likely.

        It looks in this order for: the same text, ignoring case and white space; also ignoring punctuation and
        accents; the same words with another article, or singular for plural; words with a small spelling error. An
        error is a letter added, lost, changed or swapped. A word of 6 letters may have one error, a word of 10 letters
        two, and the whole phrase two. The first letter and digits must be right. At last, it looks for words that
        sound the same ("knight" for "night").
        """
        if len(text) > _MOST_CHARACTERS or not (key := plain_key(text)):
            return None
        values, plain, loose = self._exact
        place = plain.get(key)
        if place is not None:
            return ValueMatch(values[place], 1.0)
        words = words_of(key)
        if not words:
            return None
        place = loose.get("".join(words))
        if place is not None:
            return None if place == _AMBIGUOUS else ValueMatch(values[place], 1.0)
        by_base, vocabulary, sounds = self._similar
        bases = base_forms(words)
        place = by_base.get("".join(bases))
        if place is not None:
            return None if place == _AMBIGUOUS else ValueMatch(values[place], FORM_SCORE)
        if len(bases) > _MOST_WORDS:
            return None
        found = _spellings(bases, vocabulary, by_base)
        if not found:
            place = sounds.find(bases)
            return None if place == _AMBIGUOUS else ValueMatch(values[place], SOUND_SCORE)
        fewest = min(found.values())
        best = [place for place, edits in found.items() if edits == fewest]
        if len(best) > 1 or best[0] == _AMBIGUOUS:
            return None
        return ValueMatch(values[best[0]], round(FORM_SCORE * (1 - fewest / sum(map(len, bases))), 4))


def _sounds_of(words: list[str]) -> str:
    """Return how a phrase sounds; empty if it is too short to be sure."""
    return "".join(map(sound_key, words)) if sum(map(len, words)) >= _FEWEST_HEARD else ""


def _enter(table: dict[str, int], key: str, place: int) -> None:
    if key and table.setdefault(key, place) != place:
        table[key] = _AMBIGUOUS


def _spellings(words: list[str], vocabulary: _Vocabulary, by_base: dict[str, int]) -> dict[int, int]:
    """Return the indices of the values that these words may mean, with the smallest number of edits for each."""
    phrases = {("", True): 0}
    for word in words:
        options = [(word, 0, True), *vocabulary.near(word)]
        longer: dict[tuple[str, bool], int] = {}
        for (start, is_sure), edits in phrases.items():
            for option, more, is_long in options:
                if edits + more <= _MOST_EDITS:
                    key = (start + option, is_sure and is_long)
                    longer[key] = min(edits + more, longer.get(key, _MOST_EDITS))
        phrases = longer
    found: dict[int, int] = {}
    for (phrase, is_sure), edits in phrases.items():
        place = by_base.get(phrase)
        if place is not None:
            place = place if is_sure else _AMBIGUOUS
            found[place] = min(edits, found.get(place, edits))
    return found
