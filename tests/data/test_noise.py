"""Noise of training utterances: words change, slots follow, nothing else does."""

import random

import pytest
from toy_domain import toy_domain

from modeling_bilstm_nlu.data import SlotSpan, Utterance
from modeling_bilstm_nlu.data.noise import with_noise
from modeling_bilstm_nlu.data.noise.pieces import pieces_of, utterance_of
from modeling_bilstm_nlu.data.noise.words import KEYS, NUMBERS, SOUNDS
from modeling_bilstm_nlu.training.training_rows import training_rows


def annotated(text: str, *slots: tuple[str, str]) -> Utterance:
    """An utterance with the intent `play`; a slot is a slot type and its value."""
    spans = tuple(SlotSpan(kind, text.index(value), text.index(value) + len(value)) for kind, value in slots)
    return Utterance(text, "play", spans)


ROWS = [
    annotated("play some jazz music in the living room at 7", ("genre", "jazz music"), ("room", "living room")),
    annotated("What's AC/DC, please?", ("artist", "AC/DC")),
    annotated("jazz", ("genre", "jazz")),
    annotated("set it to twenty", ("number", "twenty")),
    annotated("no"),
    annotated("\u6771\u4eac ok"),
    Utterance("play it", "play", None),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text)
def test_pieces_give_the_utterance_again(row: Utterance):
    assert utterance_of(pieces_of(row), row) == row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text)
def test_noisy_utterances_are_valid_and_keep_intent_and_slots(row: Utterance):
    rng = random.Random(0)
    noisy = [with_noise(row, rng) for _ in range(300)]
    assert len({item.text for item in noisy}) > 10
    for item in noisy:  # an utterance checks its own spans
        assert item.intent == row.intent and item.text == " ".join(item.text.split())
        assert [span.slot_type for span in item.spans or ()] == [span.slot_type for span in row.spans or ()]
        assert all(item.text[start:end].strip() == item.text[start:end] for _, start, end in item.spans or ())
    assert noisy == [with_noise(row, rng) for rng in [random.Random(0)] for _ in range(300)]


def test_every_kind_of_noise_occurs():
    rng = random.Random(1)
    texts = {with_noise(ROWS[0], rng).text for _ in range(2000)}
    for part in (
        "um",
        "could you please play",
        "room at seven",
        "inthe",
        "living rom",
        "play sum",
        "music the",
        "7.",
    ):
        assert any(part in text for text in texts), part


def test_a_text_without_words_stays():
    row = Utterance("?!", "play")
    assert with_noise(row, random.Random(0)) is row


def test_lists_are_sane():
    assert KEYS["g"] and set(KEYS["g"]) == set("rtyfhvbnc") - {"c"} | (set(KEYS["g"]) & {"c", "n"})
    assert NUMBERS["twenty"] == "20" and NUMBERS["seven"] == "7"
    assert SOUNDS["two"] == ("to", "too") and SOUNDS["today"] == ("to day",)
    assert all(word not in others for word, others in SOUNDS.items())


def test_training_rows_have_noise_only_if_it_is_asked_for():
    domain = toy_domain()
    settings = {"name_utterances": False, "value_substitution": 0.0, "carrier_word_deletion": 0.0, "seed": 0}
    clean, varied = training_rows(domain, noise=0.0, **settings)
    assert clean["text"] == domain.splits["train"]["text"] and not varied
    first, noisy = training_rows(domain, noise=0.5, **settings)
    assert first["text"] == clean["text"] and len(noisy) == 9 * len(clean)
    changed = sum(row.text != text for row, text in zip(noisy, clean["text"], strict=False))
    assert 0.25 * len(clean) < changed < 0.75 * len(clean)
    assert noisy == training_rows(domain, noise=0.5, **settings)[1]


def test_there_are_no_more_variants_than_are_trained_on():
    domain = toy_domain()
    settings = {"name_utterances": False, "value_substitution": 0.0, "carrier_word_deletion": 0.0, "seed": 0}
    first, noisy = training_rows(domain, noise=0.5, epochs=2, **settings)
    assert len(noisy) == 2 * len(first)
