"""The background: everyday requests and statements that a skill is compared with."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bilstm_nlu.files import read_lines

from ...data.label_names import name_words
from ...data.text import loose_key

__all__ = ["BACKGROUND_FILE", "BackgroundText", "background_for"]

#: Written by `scripts/make_background.py`; NOTICE.txt names the sources.
BACKGROUND_FILE = Path(__file__).with_name("texts") / "background.tsv.gz"


class BackgroundText(NamedTuple):
    """A text of the background: the corpus that it is from, its intent there, and its words in lower case."""

    corpus: str
    intent: str
    text: str

    @property
    def group(self) -> tuple[str, str]:
        """The texts of a group mean the same."""
        return self.corpus, self.intent


@cache
def _all() -> tuple[BackgroundText, ...]:
    return tuple(BackgroundText(*line.split("\t")) for line in read_lines(BACKGROUND_FILE))


def background_for(texts: Iterable[str], intents: Iterable[str]) -> list[BackgroundText]:
    """Return the background without the texts that a skill has, too, and without intents of the same names.

    Args:
        texts: the texts of the skill.
        intents: the names of its intents; the order of the words of a name does not matter.
    """
    own = {loose_key(text) for text in texts}
    names = {_name_key(intent) for intent in intents} - {frozenset()}
    return [row for row in _all() if loose_key(row.text) not in own and _name_key(row.intent) not in names]


@cache
def _name_key(intent: str) -> frozenset[str]:
    return frozenset(name_words(intent.rpartition(".")[2]).split())
