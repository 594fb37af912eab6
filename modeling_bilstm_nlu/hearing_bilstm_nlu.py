"""Hear a text again: what a skill's user may have said, if speech recognition or a keyboard changed it on the way.

A noisy channel: the words that were said are likely after each other in the skill's own texts, and sound or look like
the words of the text. This file loads no torch, so all engines share it.
"""

import heapq
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from .forms_bilstm_nlu import Words
from .frames_bilstm_nlu import Reading
from .phonetics_bilstm_nlu import sound_key
from .resolution_bilstm_nlu import num_edits

#: Marks the start and the end of a text in a list of words.
EDGE = ""

#: Minus log-probabilities that a word is changed in such a way; fitted on validation splits of skills.
_SAME_SOUND, _NEAR_SOUND, _SOUND_STEP, _SHORT_SOUND = 2.0, 3.0, 2.0, 1.0
_EDITED, _JOINED, _SPLIT, _SAID_TWICE, _FILLER = 3.0, 3.0, 3.0, 1.0, 2.0
#: More for a word that the skill's texts have, because it is probably right.
_KNOWN = 6.0
#: A sound of at most this many letters is easily confused with others.
_SHORT = 3
_FEWEST_LETTERS = 4  # in a word that may have a typing error
_FEWEST_IN_TWO = 5  # in a word that may be two
_MOST_LETTERS = 40  # in a word that is compared with others; the memory grows with the square

_MOST_CHARACTERS = 300
_MOST_WORDS = 40
_MOST_STATES = 8  # beginnings that are kept for each number of words
_MOST_LEADING, _MOST_TRAILING = 6, 3  # words of polite phrases that may be left out
#: Sounds that people make while they think; they may be anywhere.
_SOUNDS = frozenset("ah eh er erm hm hmm mhm mm oh uh uhm um".split())
#: Words of polite phrases before a request and after it ("could you please", "thank you").
_POLITE = _SOUNDS | frozenset(
    "ahead alright can could d for go hello hey hi i if like mind ok okay please so thank thanks to want well "
    "will would yeah you me and".split()
)

#: Words that turn the meaning round: they are never taken for others.
_CERTAIN = frozenset("on off up down in out no not yes don dont never".split())
#: Those that are so like each other that another word is taken for them only if it sounds the same.
_ALIKE_AND_CERTAIN = frozenset("on off up in".split())

#: How much the log-odds of the scores count for the choice between two readings, and how much better the second one
#: must be; fitted on validation splits of skills.
_WORTH_OF_SCORE, _MARGIN = 2.0, 4.0
#: What every place with other words takes from the log-odds of the score, so that no more foreign texts are accepted.
_DOUBT = 1.25
_SMALLEST = 1e-6

_VOWELS = frozenset("aeiouyAEIOUYXQW")
_ALIKE = {
    frozenset((first, second))
    for group in "td pb kg fv sz mn SC CJ lr Tf TS Td ie Ii Ie Ee oO uU ae aA Xo XW oW Yi uo Ea EI wv hk".split()
    for first, second in [(group[0], group[1])]
}


class KnowsWords(Protocol):
    """Knows the words of a skill's texts, as `OwnWords` does."""

    @property
    def words(self) -> Sequence[str]:
        """The words."""
        ...

    def __contains__(self, word: object) -> bool: ...

    def follows(self, word: str, before: str) -> bool:
        """Whether a word comes after another one in the texts."""
        ...

    def log_probability(self, word: str, before: str) -> float:
        """Return the logarithm of the probability of a word after another one."""
        ...


class _Piece(NamedTuple):
    """Words of the text, and what they are heard as.

    Attributes:
        first: number of the first word.
        end: number of the word after the last one.
        heard: the words that are heard instead; none for words that are left out.
        joins: whether the words belong to the ones before, because they were said twice.
    """

    first: int
    end: int
    heard: tuple[str, ...]
    joins: bool = False


class Heard(NamedTuple):
    """What a text may have been.

    Attributes:
        text: the text that was heard.
        places: for each piece of it, its start and end there, and in the original text.
        gain: how much likelier it is than the original, as a logarithm.
        num_changes: number of places with other words; what is left out does not count.
    """

    text: str
    places: tuple[tuple[int, int, int, int], ...]
    gain: float
    num_changes: int

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the characters of the original text that a word of this text means."""
        shift = 0
        for new_start, new_end, old_start, old_end in self.places:
            if start < new_end and end > new_start:
                if new_end - new_start != old_end - old_start or start < new_start or end > new_end:
                    return old_start, old_end
                return old_start + start - new_start, old_start + end - new_start
            if new_end <= start:
                shift = old_end - new_end
        return start + shift, end + shift


def better_reading(first: Reading, again: Reading, heard: Heard) -> Reading:
    """Choose between the reading of a text and the reading of what it may have been.

    Args:
        first: what the network reads in the text.
        again: what it reads in the other text.
        heard: the other text.

    Returns:
        One of them, with the places of the original text. The second one has a lower score, because it is a guess.
    """
    more = _log_odds(_score(again)) - _log_odds(_score(first))
    if heard.gain + _WORTH_OF_SCORE * more <= _MARGIN:
        return first
    words = [heard.original(start, end) for start, end in again.words]
    score = again.score
    if score is not None:
        score = 1 / (1 + math.exp(_DOUBT * heard.num_changes - _log_odds(score)))
    return first._replace(
        words=words, probabilities=again.probabilities, tags=again.tags, score=score, heard=heard.text
    )


def _score(reading: Reading) -> float:
    return max(reading.probabilities, default=0.0) if reading.score is None else reading.score


def _log_odds(probability: float) -> float:
    probability = min(max(probability, _SMALLEST), 1 - _SMALLEST)
    return math.log(probability / (1 - probability))


class _NearWords:
    """Finds the words that sound or look like another word, by what is left of them without one letter."""

    def __init__(self, words: Sequence[str]):
        self.by_sound: dict[str, list[str]] = {}
        self._sounds: dict[str, str] = {}
        self._near_sounds: dict[str, list[str]] = {}
        self._near_letters: dict[str, list[str]] = {}
        self._known: dict[str, dict[str, float]] = {}
        for word in words:
            if not word.isalpha() or len(word) > _MOST_LETTERS:
                continue
            if word.isascii():
                sound = self._sounds[word] = sound_key(word)
                self.by_sound.setdefault(sound, []).append(word)
                for rest in _without_one(sound):
                    self._near_sounds.setdefault(rest, []).append(word)
            if len(word) >= _FEWEST_LETTERS:
                for rest in _without_one(word):
                    self._near_letters.setdefault(rest, []).append(word)

    def of(self, word: str) -> dict[str, float]:
        """Return the words that another word may mean, with minus the log-probability of the change."""
        found = self._known.get(word)
        if found is None:
            found = self._find(word) if word.isalpha() and len(word) <= _MOST_LETTERS else {}
            if len(self._known) < 4096:  # limits the memory
                self._known[word] = found
        return found

    def _find(self, word: str) -> dict[str, float]:
        found: dict[str, float] = {}
        if word.isascii():
            sound = sound_key(word)
            # sorted, because the first of equally likely words is taken
            for other in sorted({other for rest in _without_one(sound) for other in self._near_sounds.get(rest, ())}):
                cost = _change_of_sound(sound, self._sounds[other])
                if cost is not None and (other not in _ALIKE_AND_CERTAIN or cost <= _NEAR_SOUND):
                    found[other] = cost
        if len(word) >= _FEWEST_LETTERS - 1:
            for other in sorted({other for rest in _without_one(word) for other in self._near_letters.get(rest, ())}):
                if (
                    other not in _ALIKE_AND_CERTAIN
                    and found.get(other, math.inf) > _EDITED
                    and num_edits(word, other, 1) <= 1
                ):
                    found[other] = _EDITED
        found.pop(word, None)
        return found


def _without_one(letters: str) -> set[str]:
    rests = {letters}
    if len(letters) > 1:
        rests.update(letters[:place] + letters[place + 1 :] for place in range(len(letters)))
    return rests


def _change_of_sound(sound: str, other: str) -> float | None:
    """Return minus the log-probability that one sound is heard as another one; `None` for different sounds."""
    if sound == other:
        return _SAME_SOUND
    if min(len(sound), len(other)) < 2 or num_edits(sound, other, 1) > 1:
        return None
    start = next((place for place, pair in enumerate(zip(sound, other, strict=False)) if pair[0] != pair[1]), None)
    if start is None:  # one is the other with a sound more
        start = min(len(sound), len(other))
    if len(sound) != len(other):
        longer = max(sound, other, key=len)
        if start and longer[start] == longer[start - 1]:  # a letter is doubled, which is not heard
            return _NEAR_SOUND
        step = 0.8 if longer[start] in _VOWELS else 1.0
    elif sound[start + 1 :] != other[start + 1 :]:  # two sounds have changed places
        return None
    else:
        step = _difference(sound[start], other[start])
    if step > 1:
        return None
    short = _SHORT_SOUND if max(len(sound), len(other)) <= _SHORT else 0.0
    return _NEAR_SOUND + _SOUND_STEP * step + short


def _difference(sound: str, other: str) -> float:
    if frozenset((sound, other)) in _ALIKE:
        return 0.5
    if (sound in _VOWELS) != (other in _VOWELS):
        return 1.5
    return 0.8 if sound in _VOWELS else 1.0


#: The log-probability of a beginning, the beginning before it with its last word, and its last piece.
_Path = tuple[float, "tuple[int, str] | None", "_Piece | None"]


class Hearing:
    """Finds what a text may have been.

    Args:
        own: the words of the skill.
    """

    def __init__(self, own: KnowsWords):
        self._own = own

    @cached_property
    def _near(self) -> _NearWords:
        return _NearWords(self._own.words)

    def hear(self, text: str) -> Heard | None:
        """Return the likeliest text that may have been meant; `None` if that is the text itself.

        Args:
            text: any text; a long one is not heard again.
        """
        if len(text) > _MOST_CHARACTERS:
            return None
        words = Words.of(text)
        if not 0 < len(words.words) <= _MOST_WORDS:
            return None
        own, around = self._own, [EDGE, *words.words, EDGE]
        seen = [own.follows(word, before) for before, word in zip(around, around[1:], strict=False)]
        if all(seen):
            return None
        pieces, likely = self._best(words.words, seen)
        if all(piece.heard == (words.words[piece.first],) and not piece.joins for piece in pieces):
            return None
        usual = sum(own.log_probability(word, before) for before, word in zip(around, around[1:], strict=False))
        return _heard(words, pieces, likely - usual)

    def _best(self, words: Sequence[str], seen: Sequence[bool]) -> tuple[list[_Piece], float]:
        """Return the likeliest pieces and their log-probability (Viterbi)."""
        own, num = self._own, len(words)
        paths: list[dict[str, _Path]] = [{} for _ in range(num + 1)]
        paths[0][EDGE] = (0.0, None, None)
        for place in range(num):
            kept = heapq.nlargest(_MOST_STATES, paths[place].items(), key=lambda item: item[1][0])
            options = list(self._options(words, seen, place))
            for before, (likely, *_) in kept:
                for piece, cost in [*options, *self._fillers(words, seen, place, before)]:
                    if piece.joins and before == EDGE:
                        continue
                    value, last = likely - cost, before
                    for word in piece.heard:
                        value += own.log_probability(word, last)
                        last = word
                    old = paths[piece.end].get(last)
                    if old is None or value > old[0]:
                        paths[piece.end][last] = (value, (place, before), piece)
        value, last = max(
            (path[0] + own.log_probability(EDGE, last), last) for last, path in paths[num].items() if last != EDGE
        )
        pieces: list[_Piece] = []
        state: tuple[int, str] | None = (num, last)
        while state is not None:
            _, state, last_piece = paths[state[0]][state[1]]
            pieces += [] if last_piece is None else [last_piece]
        return pieces[::-1], value

    def _options(self, words: Sequence[str], seen: Sequence[bool], place: int) -> Iterator[tuple[_Piece, float]]:
        """Yield what may have been said at a place, with minus its log-probability."""
        own, word = self._own, words[place]
        yield _Piece(place, place + 1, (word,)), 0.0
        if seen[place] and seen[place + 1]:
            return
        known = _KNOWN if word in own else 0.0
        for other, cost in ({} if word in _CERTAIN else self._near.of(word)).items():
            yield _Piece(place, place + 1, (other,)), cost + known
        if place and words[place - 1] == word and not own.follows(word, word):
            yield _Piece(place, place + 1, (), joins=True), _SAID_TWICE
        if place + 1 < len(words):
            whole = word + words[place + 1]
            if whole in own:
                yield _Piece(place, place + 2, (whole,)), _JOINED
            elif whole.isascii() and whole.isalpha():
                for other in self._near.by_sound.get(sound_key(whole), ()):
                    yield _Piece(place, place + 2, (other,)), _JOINED + _SAME_SOUND
        if len(word) >= _FEWEST_IN_TWO and word not in own:
            for cut in range(1, len(word)):
                if own.follows(word[cut:], word[:cut]) and word[:cut] in own:
                    yield _Piece(place, place + 1, (word[:cut], word[cut:])), _SPLIT

    def _fillers(
        self, words: Sequence[str], seen: Sequence[bool], place: int, before: str
    ) -> Iterator[tuple[_Piece, float]]:
        """Yield that words are only fillers."""
        num, word = len(words), words[place]
        if word in _SOUNDS and word not in self._own and num > 1:
            yield _Piece(place, place + 1, ()), _FILLER
        elif before == EDGE:
            if place < min(num - 1, _MOST_LEADING) and not seen[place] and word in _POLITE:
                yield _Piece(place, place + 1, ()), _FILLER
        elif (
            num - place <= _MOST_TRAILING and not self._own.follows(word, before) and _POLITE.issuperset(words[place:])
        ):
            yield _Piece(place, num, ()), _FILLER * (num - place)


def _heard(words: Words, pieces: Sequence[_Piece], gain: float) -> Heard:
    """Put the pieces together; some of them are heard."""
    parts: list[
        tuple[str, int, int, bool]
    ] = []  # what is heard, its place in the text, and whether words are lost before
    changes, is_lost = 0, False
    for piece in pieces:
        start, end = words.starts[piece.first], words.ends[piece.end - 1]
        if piece.joins and not is_lost:
            parts[-1] = (*parts[-1][:2], end, parts[-1][3])
        elif not piece.heard:
            is_lost = True
        else:
            is_same = piece.heard == tuple(words.words[piece.first : piece.end])
            changes += not is_same
            parts.append((words.text[start:end] if is_same else " ".join(piece.heard), start, end, is_lost))
            is_lost = False
    text, last, places = "", parts[0][1], []
    for new, start, end, is_after_lost in parts:
        text += " " if is_after_lost and text else words.text[last:start]
        places.append((len(text), len(text) + len(new), start, end))
        text, last = text + new, end
    return Heard(text if is_lost else text + words.text[last:], tuple(places), gain, changes)
