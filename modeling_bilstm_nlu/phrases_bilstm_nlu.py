"""Phrases with places for values, as a tree over their words, and the search for the phrases that a text is.

A phrase is a text, or a list of pieces: texts, and either places `[slot type]` for any value of a slot type, or slots
`[slot type, value]` with a value of their own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .forms_bilstm_nlu import FormIndex, Words, edges_of, spellings

#: Characters of the longest text that is looked up.
MAX_CHARACTERS = 2000

#: Words of the longest text that is compared with phrases that have places.
_MOST_WORDS = 100

#: Steps of the search for one text. An ordinary text takes fewer than 50; the limit keeps hostile texts fast.
_MOST_STEPS = 3000


class ExactAnswer(NamedTuple):
    """What a text means: its intent, and its slots as `(slot_type, start, end)`."""

    intent: str
    spans: tuple[tuple[str, int, int], ...]


class KnowsForms(Protocol):
    """Knows the forms of slot types' values, as `SlotCatalogs` does."""

    def forms(self, slot_type: str) -> Sequence[FormIndex]:
        """Return the forms of a slot type's values; empty for an unknown slot type."""
        ...


class Place(NamedTuple):
    """A place for a value in a phrase.

    Attributes:
        slot_type: the slot type of the value.
        is_bare: whether the phrase has only such places, and no words of its own.
    """

    slot_type: str
    is_bare: bool


class _Slot(NamedTuple):
    """A slot of a phrase without places: its first and last word, and the punctuation at the edges of its value."""

    slot_type: str
    first: int
    last: int
    before: str
    behind: str

    def span(self, words: Words) -> tuple[str, int, int]:
        return self.slot_type, *words.with_edges(self.first, self.last, [(self.before, self.behind)])


#: A phrase without places: its intent and its slots.
_Literal = tuple[str, tuple[_Slot, ...]]

_NOTHING: dict[Any, Any] = {}  # most beginnings have no words or no places after them: they share this


class _Node:
    """A beginning that several phrases share.

    Attributes:
        words: next word -> the beginning with this word.
        places: next place -> the beginning with this place.
        intents: the intents of the phrases that end here.
    """

    __slots__ = ("intents", "places", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = _NOTHING
        self.places: dict[Place, _Node] = _NOTHING
        self.intents: tuple[str, ...] = ()

    def after(self, word: str) -> "_Node":
        """The beginning that goes on with a word; a new one where it is missing."""
        if self.words is _NOTHING:
            self.words = {}
        return self.words.setdefault(word, _Node())

    def at(self, place: "Place") -> "_Node":
        """The beginning that goes on with a place; a new one where it is missing."""
        if self.places is _NOTHING:
            self.places = {}
        return self.places.setdefault(place, _Node())


class PhraseTree:
    """Finds the phrases that a text is.

    Args:
        phrases: intent -> its phrases.
    """

    def __init__(self, phrases: Mapping[str, Iterable[Any]]):
        self._root = _Node()
        self._literals: dict[str, tuple[_Literal, ...]] = {}  # words -> phrases without places
        self._verbatim: dict[str, list[ExactAnswer]] = {}  # text -> phrases that must be equal to the last character
        shared: dict[_Literal, _Literal] = {}
        for intent, own in phrases.items():
            for phrase in own:
                pieces = [phrase] if isinstance(phrase, str) else phrase
                if any(not isinstance(piece, str) and len(piece) == 1 for piece in pieces):
                    self._enter_places(pieces, intent)
                else:
                    self._enter_literal(pieces, intent, shared)

    def _enter_places(self, pieces: Sequence[Any], intent: str) -> None:
        is_bare = not any(isinstance(piece, str) and Words.of(piece).words for piece in pieces)
        for spelled in _spelled(pieces):
            node = self._root
            for piece, words in zip(pieces, spelled, strict=True):
                if isinstance(piece, str):
                    for word in words:
                        node = node.after(word)
                else:
                    node = node.at(Place(piece[0], is_bare))
            if intent not in node.intents:
                node.intents = (*node.intents, intent)

    def _enter_literal(self, pieces: Sequence[Any], intent: str, shared: dict[_Literal, _Literal]) -> None:
        """Enter a phrase without places. Equal ones with other words are one object."""
        if cuts_a_word(pieces):
            text, spans = "", []
            for piece in pieces:
                start, text = len(text), text + (piece if isinstance(piece, str) else piece[1])
                if not isinstance(piece, str):
                    spans.append((piece[0], start, len(text)))
            self._verbatim.setdefault(text, []).append(ExactAnswer(intent, tuple(spans)))
            return
        for spelled in _spelled(pieces):
            slots, length = [], 0
            for piece, words in zip(pieces, spelled, strict=True):
                if not isinstance(piece, str):
                    slots.append(_Slot(piece[0], length, length + len(words) - 1, *edges_of(piece[1])))
                length += len(words)
            entry = (intent, tuple(slots))
            key = _key([word for words in spelled for word in words], pieces[0])
            known = self._literals.get(key, ())
            if entry not in known:
                self._literals[key] = (*known, shared.setdefault(entry, entry))

    def readings(
        self,
        text: str,
        own_forms: Mapping[Place, Sequence[FormIndex]],
        catalogs: KnowsForms,
        intents: Collection[str] | None = None,
    ) -> list[ExactAnswer]:
        """Return the meanings of a text as a phrase with values; of several meanings only two.

        Args:
            text: any text.
            own_forms: place -> forms of the values that fit.
            catalogs: gives more forms of the values of a slot type.
            intents: the intents that are possible; `None` allows all.

        Returns:
            The meanings; empty if the text is not a phrase, or if the search takes too long.
        """
        if len(text) > MAX_CHARACTERS:
            return []
        words = Words.of(text)
        found = [
            ExactAnswer(intent, tuple(slot.span(words) for slot in slots))
            for intent, slots in self._literals.get(_key(words.words, text), ())
            if intents is None or intent in intents
        ]
        found += [answer for answer in self._verbatim.get(text, ()) if intents is None or answer.intent in intents]
        if len(words.words) > _MOST_WORDS:
            return _two(found)
        try:
            found += _Search(words, own_forms, catalogs, intents).readings(self._root, 0)
        except _TooManyStepsError:
            return []
        return _two(found)


def _two(found: Iterable[ExactAnswer]) -> list[ExactAnswer]:
    """Return the first two distinct meanings."""
    return list(dict.fromkeys(found))[:2]


class _TooManyStepsError(Exception):
    """The search for a text takes too long."""


class _Search:
    """The search for the meanings of one text. How a beginning of phrases goes on at a word is looked at once."""

    def __init__(
        self,
        words: Words,
        own_forms: Mapping[Place, Sequence[FormIndex]],
        catalogs: KnowsForms,
        intents: Collection[str] | None,
    ):
        self.words = words
        self.own_forms = own_forms
        self.catalogs = catalogs
        self.intents = intents
        self.steps = 0
        self.known: dict[tuple[int, int], list[ExactAnswer]] = {}

    def readings(self, node: _Node, at: int) -> list[ExactAnswer]:
        """Return at most two meanings of the words from one on, after a beginning of phrases."""
        if at == len(self.words.words):
            possible = [name for name in node.intents if self.intents is None or name in self.intents]
            return [ExactAnswer(intent, ()) for intent in possible[:2]]
        if (known := self.known.get((id(node), at))) is not None:
            return known
        self._step()
        found: list[ExactAnswer] = []
        if (longer := node.words.get(self.words.words[at])) is not None:
            found += self.readings(longer, at + 1)
        for place, longer in node.places.items():
            for forms in (*self.own_forms.get(place, ()), *self.catalogs.forms(place.slot_type)):
                for form in forms.at(self.words, at):
                    self._step()
                    span = (place.slot_type, form.start, form.end)
                    for intent, spans in self.readings(longer, form.next):
                        found.append(ExactAnswer(intent, (span, *spans)))
        self.known[id(node), at] = _two(found)
        return self.known[id(node), at]

    def _step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise _TooManyStepsError


def cuts_a_word(pieces: Sequence[Any]) -> bool:
    """Whether a phrase without places has a slot that starts or ends inside a word, or has no words."""
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return False
    texts = [piece if isinstance(piece, str) else piece[1] for piece in pieces]
    words = [Words.of(text).words for text in texts]
    are_empty = (not own for piece, own in zip(pieces, words, strict=True) if not isinstance(piece, str))
    return any(are_empty) or sum(words, []) != Words.of("".join(texts)).words


def _key(words: Sequence[str], text: str) -> str:
    """Return the key of a text: its words, or all of a text that has no words, such as ":)"."""
    return " ".join(words) or "".join(text.split())


def _spelled(pieces: Sequence[Any]) -> Iterator[list[list[str]]]:
    """Yield the words of every piece; once more without apostrophes, if there are any. A place has no words."""
    options = [spellings(piece if isinstance(piece, str) else "".join(piece[1:])) for piece in pieces]
    for variant in range(max(map(len, options))):
        yield [option[min(variant, len(option) - 1)] for option in options]
