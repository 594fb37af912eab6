"""Make noisy variants of utterances. The slots follow their words; the intent stays."""

import random
from collections.abc import Callable

from ..schema import Utterance
from ..values.numbers import spell_number
from .pieces import OUTSIDE, Piece, pieces_of, utterance_of
from .words import AFTER, BEFORE, FUNCTION_WORDS, INSIDE, KEYS, NUMBERS, SOUNDS, SPELLINGS

__all__ = ["with_noise"]

_FEWEST_LETTERS = 4  # in a word that gets a typing error
_FEWEST_WORDS = 3  # in an utterance that loses a word
_SECOND = 0.3  # chance of a second kind of noise

_Noise = Callable[[list[Piece], random.Random], list[Piece]]


def with_noise(utterance: Utterance, rng: random.Random) -> Utterance:
    """Return an utterance as someone else might say or type it, or as speech recognition might hear it.

    It gets one or two of: a filler or a polite phrase; a typing error; a word that sounds the same; a word split in
    two, or two words joined; a lost function word; a number in digits or in words; other punctuation. The intent and
    the types of the slots stay.

    Args:
        utterance: an utterance; one without words does not change.
        rng: random number generator.
    """
    pieces = pieces_of(utterance)
    if not any(piece.is_word for piece in pieces):
        return utterance
    for _ in range(1 + (rng.random() < _SECOND)):
        pieces = rng.choices(list(_NOISES), list(_NOISES.values()))[0](pieces, rng)
    return utterance_of(pieces, utterance)


def _with_filler(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    where = rng.random()
    if where < 0.5:
        return _spaced(rng.choice(BEFORE)) + [pieces[0]._replace(spaced=True), *pieces[1:]]
    if where < 0.75:
        return pieces + _spaced(rng.choice(AFTER))
    gaps = [
        place
        for place in range(1, len(pieces))
        if pieces[place].spaced
        and (OUTSIDE in (slots := {pieces[place - 1].slot, pieces[place].slot}) or len(slots) > 1)
    ]
    place = rng.choice(gaps) if gaps else 0
    return pieces[:place] + _spaced(rng.choice(INSIDE)) + [pieces[place]._replace(spaced=True), *pieces[place + 1 :]]


def _spaced(phrase: str) -> list[Piece]:
    return [Piece(word) for word in phrase.split()]


def _with_typing_error(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    return _change_word(pieces, rng, lambda word: len(word) >= _FEWEST_LETTERS and word.isalpha(), _mistyped)


def _mistyped(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        near = KEYS.get(word[place].lower())
        return word if near is None else word[:place] + rng.choice(near) + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 2:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place] + word[place:]


def _with_other_sound(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    if rng.random() < 0.6 and any(piece.text.lower() in SOUNDS for piece in pieces):
        return _change_word(pieces, rng, lambda word: word in SOUNDS, lambda word, rng: rng.choice(SOUNDS[word]))
    return _change_word(pieces, rng, lambda word: len(word) >= _FEWEST_LETTERS and word.isalpha(), _misheard)


def _misheard(word: str, rng: random.Random) -> str:
    ways = [way for way in SPELLINGS if way[0] in word[1:]]
    if not ways:
        return word
    old, new = rng.choice(ways)
    return word[0] + word[1:].replace(old, new, 1)


def _with_other_spaces(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Join two words of one slot, or outside slots, or split a word."""
    joints = [
        place
        for place in range(1, len(pieces))
        if pieces[place].spaced
        and pieces[place].slot == pieces[place - 1].slot
        and pieces[place].is_word
        and pieces[place - 1].is_word
    ]
    if joints and rng.random() < 0.5:
        place = rng.choice(joints)
        return [*pieces[:place], pieces[place]._replace(spaced=False), *pieces[place + 1 :]]
    return _change_word(pieces, rng, lambda word: len(word) >= 6 and word.isalpha(), _in_two)


def _in_two(word: str, rng: random.Random) -> str:
    place = rng.randrange(2, len(word) - 1)
    return f"{word[:place]} {word[place:]}"


def _without_function_word(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    lost = [
        place for place, piece in enumerate(pieces) if piece.slot == OUTSIDE and piece.text.lower() in FUNCTION_WORDS
    ]
    if not lost or sum(piece.is_word for piece in pieces) < _FEWEST_WORDS:
        return pieces
    place = rng.choice(lost)
    return pieces[:place] + pieces[place + 1 :]


def _with_other_numbers(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    return [
        piece._replace(text=NUMBERS.get(piece.text.lower()) or _in_words(piece.text)) if piece.is_word else piece
        for piece in pieces
    ]


def _in_words(word: str) -> str:
    return spell_number(int(word)) if word.isascii() and word.isdigit() and len(word) <= 4 and word[0] != "0" else word


def _with_other_punctuation(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    bare = [piece for piece in pieces if piece.is_word or piece.slot != OUTSIDE]
    if len(bare) < len(pieces) and bare:
        return bare
    return [*pieces, Piece(rng.choice(".?!"), spaced=False)]


def _change_word(
    pieces: list[Piece],
    rng: random.Random,
    fits: Callable[[str], bool],
    change: Callable[[str, random.Random], str],
) -> list[Piece]:
    """Change one of the words that fit, in lower case."""
    places = [place for place, piece in enumerate(pieces) if piece.is_word and fits(piece.text.lower())]
    if not places:
        return pieces
    place = rng.choice(places)
    changed = pieces[place]._replace(text=change(pieces[place].text.lower(), rng))
    return [*pieces[:place], changed, *pieces[place + 1 :]]


#: Kind of noise -> its weight.
_NOISES: dict[_Noise, float] = {
    _with_filler: 3,
    _with_typing_error: 2,
    _with_other_sound: 2,
    _with_other_spaces: 1,
    _without_function_word: 1,
    _with_other_numbers: 0.5,
    _with_other_punctuation: 0.5,
}
