"""The background: everyday requests and statements that a skill is compared with."""

import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bilstm_nlu.files import read_lines

from ...data.domains import Domain
from ...data.label_names import name_words
from ...data.schema import Utterance
from ...data.text import loose_key

__all__ = ["BACKGROUND_FILE", "BackgroundText", "background", "background_for"]

#: Written by `scripts/make_background.py`; NOTICE.txt names the sources.
BACKGROUND_FILE = Path(__file__).with_name("texts") / "background.tsv.gz"

#: Of this number of groups, one never trains a network, so that its texts are new to it.
_HELD_BACK = 3
#: A group whose words are this similar to those of an intent, as a cosine, may be meant for it.
_SIMILAR = 0.4

_Words = dict[str, float]


class BackgroundText(NamedTuple):
    """A text of the background: the corpus that it is from, its intent there, and its words in lower case."""

    corpus: str
    intent: str
    text: str

    @property
    def group(self) -> tuple[str, str]:
        """The texts of a group mean the same."""
        return self.corpus, self.intent

    @property
    def is_held_back(self) -> bool:
        """Whether the text never trains a network; all texts of a group have the same answer, in every run."""
        return zlib.crc32("/".join(self.group).encode()) % _HELD_BACK == 0


@cache
def background() -> tuple[BackgroundText, ...]:
    """Return the whole background."""
    return tuple(BackgroundText(*line.split("\t")) for line in read_lines(BACKGROUND_FILE))


@cache
def _read() -> tuple[tuple[BackgroundText, str, set[str]], ...]:
    """The whole background, with the key that compares each text, and its words."""
    return tuple((row, loose_key(row.text), _words_of(row.text)) for row in background())


def background_for(domain: Domain) -> list[BackgroundText]:
    """Return the background of a domain, without what may be meant for it.

    This leaves out texts that the domain has, too; intents that have the name of one of its intents, whatever the
    order of the words; and intents whose words are similar to those that one of its intents has outside slots. No
    network is needed to decide this.
    """
    own = {loose_key(text) for split in domain.splits.values() for text in split["text"]}
    names = {_name_key(intent) for intent in domain.spec.intents} - {frozenset()}
    rows = [(row, words) for row, key, words in _read() if key not in own and _name_key(row.intent) not in names]
    similar = _similar_groups(rows, domain.utterances("train"))
    return [row for row, _ in rows if row.group not in similar]


def _similar_groups(
    rows: Sequence[tuple[BackgroundText, set[str]]], utterances: Iterable[Utterance]
) -> set[tuple[str, str]]:
    """Return the groups whose words are similar to those of one of the intents of a skill."""
    groups: dict[tuple[str, str], list[set[str]]] = defaultdict(list)
    for row, words in rows:
        groups[row.group].append(words)
    intents: dict[str | None, list[set[str]]] = defaultdict(list)
    for utterance in utterances:
        intents[utterance.intent].append(_words_of(" ".join(utterance.outside_slots())))
    frequency = Counter(word for texts in groups.values() for word in set().union(*texts))
    of_intents = [_weighted(texts, frequency, len(groups)) for texts in intents.values()]
    of_groups = {group: _weighted(texts, frequency, len(groups)) for group, texts in groups.items()}
    return {
        group for group, words in of_groups.items() if any(_cosine(words, other) >= _SIMILAR for other in of_intents)
    }


def _cosine(some: _Words, others: _Words) -> float:
    return sum(some[word] * others[word] for word in some.keys() & others.keys())


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower()))


def _weighted(texts: Sequence[set[str]], frequency: Counter[str], num_groups: int) -> _Words:
    """Return how often the words occur in the texts, less for words of many groups; the squares add up to 1."""
    counts = Counter(word for words in texts for word in words)
    weights = {word: count * math.log((num_groups + 1) / (frequency[word] + 1)) for word, count in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


@cache
def _name_key(intent: str) -> frozenset[str]:
    return frozenset(name_words(intent.rpartition(".")[2]).split())
