"""The words of a skill's texts, and which word follows which, to hear again what noise has changed.

They are next to the weights, in `own_words.json`: `words` (word -> how often the texts have it) and `pairs` (word ->
next word -> how often). The empty word is the start or the end of a text.
"""

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from .forms_bilstm_nlu import Words
from .hearing_bilstm_nlu import EDGE, Heard, Hearing
from .json_file_bilstm_nlu import limited, read_limited, write_or_remove

#: The file of a checkpoint with its words; a checkpoint without the file hears nothing again.
OWN_WORDS_FILE = "own_words.json"

#: Size of the largest file that is written or read.
MAX_BYTES = 8 * 2**20
#: Words and pairs that are kept, the most frequent ones.
MAX_WORDS, MAX_PAIRS = 20_000, 60_000

_MOST_LETTERS = 24  # of a word that is kept, so that the file stays below its limit
#: The share of the probability of new words that one new word has.
_OF_NEW_WORDS = 1 / 3000


class OwnWords:
    """The words of a checkpoint. Their index is built when the first text is heard again.

    Args:
        content: content of the file.
        where: name of the source in messages.

    Raises:
        ValueError: the content does not have the layout of the file.
    """

    def __init__(self, content: Mapping[str, Any] | None = None, *, where: str = "own words"):
        content = {} if content is None else content
        if not isinstance(content, Mapping) or set(content) - {"words", "pairs"}:
            raise ValueError(f"{where}: expected an object with words and pairs, found {content!r:.80}")
        self._counts = _counts(content.get("words", {}), f"{where}: words")
        pairs = content.get("pairs", {})
        if not isinstance(pairs, Mapping):
            raise ValueError(f"{where}: pairs: expected an object, found {pairs!r:.80}")
        self._pairs = {word: _counts(after, f"{where}: pairs of {word!r:.80}") for word, after in pairs.items()}
        self._totals = {word: sum(after.values()) for word, after in self._pairs.items()}
        self._total = sum(self._counts.values()) + self._totals.get(EDGE, 0)

    def __bool__(self) -> bool:
        return bool(self._counts)

    def __contains__(self, word: object) -> bool:
        return word in self._counts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnWords) and self.to_dict() == other.to_dict()

    def __deepcopy__(self, memo: dict[int, Any]) -> "OwnWords":
        return self  # they never change

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._counts)} words)"

    @property
    def words(self) -> Sequence[str]:
        """The words."""
        return list(self._counts)

    def follows(self, word: str, before: str) -> bool:
        """Whether a word comes after another one in the texts."""
        return word in self._pairs.get(before, ())

    def log_probability(self, word: str, before: str) -> float:
        """Return the logarithm of the probability of a word after another one (Witten and Bell 1991).

        Args:
            word: any word, or `EDGE` for the end.
            before: the word before it, or `EDGE` for the start.
        """
        kinds = len(self._counts)
        count = self._totals.get(EDGE, 0) if word == EDGE else self._counts.get(word, 0)
        alone = (count or kinds * _OF_NEW_WORDS) / (self._total + kinds)
        after = self._pairs.get(before)
        if not after:
            return math.log(alone)
        return math.log((after.get(word, 0) + len(after) * alone) / (self._totals[before] + len(after)))

    @cached_property
    def _hearing(self) -> Hearing:
        return Hearing(self)

    def hear(self, text: str) -> Heard | None:
        """Return what a text may have been; `None` if that is the text itself."""
        return self._hearing.hear(text) if self else None

    @classmethod
    def of(cls, texts: Iterable[str], values: Iterable[str] = ()) -> "OwnWords":
        """Collect the words of texts.

        Args:
            texts: the texts of the skill.
            values: values of its slot catalogs; a word or pair that the texts do not have counts once.
        """
        counts: dict[str, int] = {}
        pairs: dict[tuple[str, str], int] = {}
        for text in texts:
            words = _words(text)
            for word in words:
                counts[word] = counts.get(word, 0) + 1
            for pair in zip([EDGE, *words], [*words, EDGE], strict=True):
                pairs[pair] = pairs.get(pair, 0) + 1
        for value in values:
            words = _words(value)
            for word in words:
                counts.setdefault(word, 1)
            for pair in zip(words, words[1:], strict=False):
                pairs.setdefault(pair, 1)
        kept = dict(sorted(counts.items(), key=lambda item: -item[1])[:MAX_WORDS])
        after: dict[str, dict[str, int]] = {}
        known = {*kept, EDGE}
        for (before, word), number in sorted(pairs.items(), key=lambda item: -item[1])[:MAX_PAIRS]:
            if before in known and word in known:
                after.setdefault(before, {})[word] = number
        return cls({"words": kept, "pairs": after})

    def to_dict(self) -> dict[str, Any]:
        """Return the words in the layout of the file."""
        return {"words": self._counts, "pairs": self._pairs} if self else {}

    def to_json(self) -> str:
        """Return the text of the file.

        Raises:
            ValueError: the text is larger than `MAX_BYTES`.
        """
        text = json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")) + "\n"
        return limited(text, MAX_BYTES, "own words", "keep fewer")

    def save(self, folder: str | os.PathLike) -> None:
        """Write the file into a checkpoint's folder; without words, an old file is removed.

        Raises:
            ValueError: the text is larger than `MAX_BYTES`.
        """
        write_or_remove(Path(folder) / OWN_WORDS_FILE, self.to_json() if self else None)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "OwnWords":
        """Read a file of words.

        Raises:
            ValueError: the file is too large, or is not a file of words.
        """
        content = read_limited(path, MAX_BYTES, "own words")
        return cls({} if content is None else content, where=str(path))


def _words(text: str) -> list[str]:
    return [word for word in Words.of(text).words if len(word) <= _MOST_LETTERS]


def _counts(content: Any, where: str) -> dict[str, int]:
    if not isinstance(content, Mapping):
        raise ValueError(f"{where}: expected an object, found {content!r:.80}")
    for word, number in content.items():
        if type(number) is not int or number < 1:
            raise ValueError(f"{where}: {word!r:.80} must have a number above 0, found {number!r:.80}")
    return dict(content)
