"""A domain small enough to learn in seconds, for tests of training."""

import random

from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance

SONGS = ("yellow submarine", "imagine", "hey jude", "bohemian rhapsody", "hotel california", "let it be")
ROOMS = ("kitchen", "bedroom", "living room", "garage")


def _utterance(rng: random.Random) -> Utterance:
    if rng.random() < 0.5:
        value, slot_type, intent = rng.choice(SONGS), "song", "play"
        before, after = rng.choice((("play ", ""), ("put on ", " please"), ("i want to hear ", " now")))
    else:
        value, slot_type, intent = rng.choice(ROOMS), "room", "light"
        before, after = rng.choice((("switch on the light in the ", ""), ("make the ", " brighter")))
    start = len(before)
    return Utterance(before + value + after, intent, (SlotSpan(slot_type, start, start + len(value)),))


def toy_domain(name: str = "toy", num_train: int = 60, seed: int = 0) -> Domain:
    """Two intents, two slot types, a train, validation and test split, and catalogs."""
    rng = random.Random(seed)
    splits = {
        split: [_utterance(rng) for _ in range(size)]
        for split, size in (("train", num_train), ("validation", 20), ("test", 20))
    }
    catalogs = {
        "song": SlotCatalog("song", {song: () for song in SONGS}),
        "room": SlotCatalog("room", {room: () for room in ROOMS}),
    }
    return Domain.from_utterances(name, splits, catalogs=catalogs)


SMALL = {
    "vocabulary_size": 256,
    "ngram_buckets": 512,
    "word_dim": 16,
    "ngram_dim": 16,
    "shared_hidden": 16,
    "slot_hidden": 16,
    "intent_hidden": 16,
    "dropout": 0.1,
}
