"""From utterances to ids: spans that do not fit are fitted and counted, labels that do not exist are named."""

import logging
from typing import Any

import pytest
import torch

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan, Utterance, to_dataset
from modeling_bilstm_nlu.data.encoding import IGNORED, encode_dataset
from modeling_bilstm_nlu.format_bilstm_nlu import MAX_BYTES
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_for
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer, phrase_word_keys

TOKENIZER = build_tokenizer()
INTENTS = ("play", "stop")
SLOT_TYPES = ("room", "song")
OUT, B_ROOM, I_ROOM, B_SONG, I_SONG = range(5)


def encode(*utterances: Utterance, split: str = "data") -> list[dict[str, Any]]:
    return list(encode_dataset(to_dataset(utterances), TOKENIZER, INTENTS, SLOT_TYPES, split=split))


def tags_of(text: str, *spans: tuple[str, int, int]) -> list[int]:
    (row,) = encode(Utterance(text, "play", tuple(SlotSpan(*span) for span in spans)))
    return row["slot_labels"].tolist()


def test_the_ids_are_in_the_order_of_the_labels():
    assert tags_for(SLOT_TYPES) == ["O", "B-room", "I-room", "B-song", "I-song"]
    text = "play hey jude in the kitchen"
    (row,) = encode(Utterance(text, "stop", (SlotSpan("song", 5, 13), SlotSpan("room", 21, 28))))
    assert row["input_ids"].tolist() == TOKENIZER(text)["input_ids"]
    assert row["intent_labels"] == 1 and row["length"] == 6
    assert row["slot_labels"].tolist() == [OUT, B_SONG, I_SONG, OUT, OUT, B_ROOM]


def test_what_was_not_annotated_is_ignored():
    no_intent, no_slots, nothing, empty = encode(
        Utterance("play imagine", None, (SlotSpan("song", 5, 12),)),
        Utterance("play imagine", "play", None),
        Utterance("play imagine", None, None),
        Utterance("play imagine", "play", ()),
    )
    assert (no_intent["intent_labels"], no_intent["slot_labels"].tolist()) == (IGNORED, [OUT, B_SONG])
    assert (no_slots["intent_labels"], no_slots["slot_labels"].tolist()) == (0, [IGNORED, IGNORED])
    assert (nothing["intent_labels"], nothing["slot_labels"].tolist()) == (IGNORED, [IGNORED, IGNORED])
    assert (empty["intent_labels"], empty["slot_labels"].tolist()) == (0, [OUT, OUT])  # there is no slot, for sure


@pytest.mark.parametrize(
    "text, spans, tags",
    [
        ("play imagine", [("song", 5, 9)], [OUT, B_SONG]),  # ends inside a word
        ("play imagine", [("song", 7, 12)], [OUT, B_SONG]),  # begins inside a word
        ("play hey jude", [("song", 6, 11)], [OUT, B_SONG, I_SONG]),
        ("play imagine ", [("song", 4, 13)], [OUT, B_SONG]),  # spaces at its edges are no words
        ("imagine kitchen", [("song", 0, 7), ("room", 8, 15)], [B_SONG, B_ROOM]),
        ("imagine kitchen", [("song", 0, 9), ("room", 9, 15)], [B_SONG, I_SONG]),  # meets another after widening
        ("imagine", [("song", 0, 3), ("room", 3, 7)], [B_SONG]),  # two slots in one word
        ("play  it", [("song", 4, 6)], [OUT, OUT]),  # white space alone
    ],
)
def test_spans_are_fitted_to_words(text, spans, tags):
    assert tags_of(text, *spans) == tags


def test_widened_and_cut_spans_are_logged_with_their_numbers(caplog):
    utterances = [
        Utterance("play imagine", "play", (SlotSpan("song", 5, 9),)),
        Utterance("imagine kitchen", "play", (SlotSpan("song", 0, 9), SlotSpan("room", 9, 15))),
        Utterance("play imagine", "play", (SlotSpan("song", 5, 12),)),
        Utterance("play imagine", "play", None),
    ]
    with caplog.at_level(logging.WARNING):
        encode(*utterances, split="songs/train")
    widened, cut = (record.getMessage() for record in caplog.records)
    assert "songs/train" in widened and "2 of 4 slots (50.0%)" in widened
    assert "songs/train" in cut and "1 of 4 slots (25.0%)" in cut


def test_nothing_is_logged_where_nothing_was_lost(caplog):
    with caplog.at_level(logging.WARNING):
        encode(Utterance("play imagine", "play", (SlotSpan("song", 5, 12),)))
    assert not caplog.records


def test_a_text_past_the_limit_is_cut_with_its_slots(caplog):
    text = f"play imagine {'la ' * 2500}kitchen"
    spans = (SlotSpan("song", 5, 12), SlotSpan("room", len(text) - 7, len(text)))
    with caplog.at_level(logging.WARNING):
        (row,) = encode(Utterance(text, "play", spans))
    assert len(row["input_ids"]) == MAX_BYTES
    assert len(row["slot_labels"]) == row["length"] < 2503
    assert row["slot_labels"].tolist() == [OUT, B_SONG] + [OUT] * (int(row["length"]) - 2)
    assert "1 of 2 slots (50.0%)" in caplog.text


@pytest.mark.parametrize(
    "utterance, message",
    [
        (Utterance("go away", "leave"), "songs.*'leave'.*'go away'"),
        (Utterance("to rome", "play", (SlotSpan("city", 3, 7),)), "songs.*'B-city'.*'to rome'"),
    ],
)
def test_a_label_that_the_model_lacks_is_named(utterance, message):
    with pytest.raises(DataError, match=message):
        encode(utterance, split="songs")


def test_a_text_without_words_is_named():
    blank = to_dataset([Utterance("play", "play")]).map(lambda row: {"text": " \t"})  # no `Utterance` is blank
    with pytest.raises(DataError, match=r"songs.*' \\t'"):
        encode_dataset(blank, TOKENIZER, INTENTS, SLOT_TYPES, split="songs")


def test_the_values_of_a_catalog_have_one_key_a_word_whatever_the_batches():
    values = ["jazz", "hard rock", "a song of four words", "jazz rock"]
    keys = phrase_word_keys(values, TOKENIZER)
    assert keys.shape == (4, 5) and (keys != 0).sum(1).tolist() == [1, 2, 5, 2]
    assert keys[3, 0] == keys[0, 0] and keys[3, 1] == keys[1, 1]
    for batch_size in (1, 2, 3):
        assert torch.equal(phrase_word_keys(values, TOKENIZER, batch_size=batch_size), keys)
    assert phrase_word_keys([], TOKENIZER).shape == (0, 1)


def test_a_long_value_does_not_widen_the_rows_of_all_others():
    values = [*(f"value {i}" for i in range(500)), "la " * 1000]
    keys = phrase_word_keys(values, TOKENIZER, max_words=3)
    assert keys.shape == (501, 4)  # one more than three words, to tell that it is too long
    assert torch.equal(keys[:500, :2], phrase_word_keys(values[:500], TOKENIZER)) and not keys[:500, 2:].any()
    assert (keys[500] != 0).all()
