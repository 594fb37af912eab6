"""Hearing again: which texts are read a second time, as what, and which reading counts; the file of own words."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from steps import steps_of

from bilstm_nlu.runtime.checkpoint import read_folder
from bilstm_nlu.runtime.nlu import load
from bilstm_nlu.runtime.packed_file import read_packed, write_packed
from modeling_bilstm_nlu import (
    BiLstmNluConfig,
    BiLstmNluForIntentAndSlots,
    BiLstmNluPipeline,
    NluError,
    build_tokenizer,
)
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance
from modeling_bilstm_nlu.frames_bilstm_nlu import Reading
from modeling_bilstm_nlu.hearing_bilstm_nlu import Heard, better_reading
from modeling_bilstm_nlu.hub import load_checkpoint
from modeling_bilstm_nlu.own_words_bilstm_nlu import MAX_BYTES, MAX_PAIRS, MAX_WORDS, OWN_WORDS_FILE, OwnWords
from modeling_bilstm_nlu.training.transfer.own_words import take_words

PHRASES = [
    "turn off the kitchen light",
    "turn on the bedroom light",
    "play some music",
    "remind me to water the roses",
    "what is the weather in paris",
    "set the alarm clock to seven",
]
WORDS = OwnWords.of(3 * PHRASES, ["living room", "kitchen"])


@pytest.mark.parametrize(
    "text, heard",
    [
        ("turn off the kitchin light", "turn off the kitchen light"),
        ("Turn of the kitchen lite!", "Turn off the kitchen light!"),
        ("play sum music", "play some music"),
        ("what is the whether in Paris", "what is the weather in Paris"),
        ("remind me too water the roses", "remind me to water the roses"),
        ("turn on the bed room light", "turn on the bedroom light"),
        ("playsome music", "play some music"),
        ("play play some music", "play some music"),
        ("um um music", "music"),
        ("um could you please play some music", "play some music"),
        ("play uh some music thank you", "play some music"),
        ("turn off the lighf, kitchen", "turn off the light, kitchen"),
    ],
)
def test_what_is_misheard_or_mistyped_is_heard_again(text: str, heard: str):
    found = WORDS.hear(text)
    assert found is not None and found.text == heard and found.gain > 0


@pytest.mark.parametrize(
    "text", [*PHRASES, "", "?!", "play some beethoven", "never play jazz", "x" * 1_000, "a b " * 60]
)
def test_other_texts_stay_as_they_are(text: str):
    assert WORDS.hear(text) is None


@pytest.mark.parametrize(
    "text", ["switch the radio on", "switch the radio up", "do not switch the radio", "om the radio", "no radio"]
)
def test_words_that_turn_the_meaning_round_are_neither_lost_nor_heard(text: str):
    own = OwnWords.of(10 * ["switch the radio off", "off the radio", "down the radio", "now radio", "on air"])
    found = own.hear(text)
    certain = {"on", "off", "up", "down", "not", "no"}
    assert certain.intersection(text.split()) == certain.intersection((found.text if found else text).split())


def test_places_are_those_of_the_original_text():
    text = "um, turn on the bed room lite lite now"
    found = WORDS.hear(text)
    assert found is not None and found.text == "turn on the bedroom light now"
    words = found.text.split()
    starts = [found.text.index(word) for word in words]
    spans = [found.original(start, start + len(word)) for start, word in zip(starts, words, strict=True)]
    assert [text[slice(*span)] for span in spans] == ["turn", "on", "the", "bed room", "lite lite", "now"]


def test_the_second_reading_must_be_much_better_and_loses_score():
    heard = Heard("play jazz", ((0, 4, 0, 3), (5, 9, 4, 8)), 1.0, 1)
    first = Reading("ply jazz", [(0, 3), (4, 8)], [0.6, 0.4], [0, 0], 0.5)
    again = Reading("play jazz", [(0, 4), (5, 9)], [0.1, 0.9], [0, 1], 0.9)
    found = better_reading(first, again, heard)
    assert found[:4] == ("ply jazz", [(0, 3), (4, 8)], [0.1, 0.9], [0, 1]) and found.heard == "play jazz"
    assert found.score is not None and 0.5 < found.score < 0.9
    assert better_reading(first, again._replace(score=0.5), heard) is first
    assert better_reading(first, again, heard._replace(gain=-9.0)) is first
    unfitted = better_reading(first._replace(score=None), again._replace(score=None), heard._replace(gain=9.0))
    assert unfitted.score is None and unfitted.tags == [0, 1]


def test_hostile_texts_take_few_steps():
    WORDS.hear("ligt")  # builds the index
    texts = ["lite " * 40, "zzzzz " * 40, "um " * 40, "lite " * 5_000]
    assert max(steps_of(WORDS.hear, text) for text in texts) < 300_000


def test_own_words_are_counted_and_limited():
    own = OwnWords.of(["Play jazz", "play!"], ["jazz", "acid jazz"])
    assert own.to_dict()["words"] == {"play": 2, "jazz": 1, "acid": 1}
    assert own.follows("play", "") and own.follows("", "play") and own.follows("jazz", "acid")
    assert own.log_probability("jazz", "play") > own.log_probability("acid", "play") > own.log_probability("x", "play")
    texts = (" ".join(f"w{'ab' * (i % 9)}{i}" for i in range(start, start + 50)) for start in range(0, 90_000, 50))
    many = OwnWords.of(texts)
    pairs = many.to_dict()["pairs"]
    assert len(many.words) <= MAX_WORDS and sum(map(len, pairs.values())) <= MAX_PAIRS
    assert len(many.to_json().encode()) <= MAX_BYTES


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with unusual weights and the words above."""
    folder = tmp_path_factory.mktemp("hearing") / "checkpoint"
    sizes = {"vocabulary_size": 64, "ngram_buckets": 512, "word_dim": 6, "ngram_dim": 10}
    hidden = {"shared_hidden": 8, "slot_hidden": 8, "intent_hidden": 8}
    torch.manual_seed(1)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(["off", "on", "play"], ["room", "genre"], **sizes, **hidden))
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(-1, 1)
    model.own_words = WORDS
    model.save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    return folder


NOISY = [
    "turn of the kitchen lite",
    "play some music",
    "um turn on the bed room light",
    "play play sum music",
    "",
    "what is the whether in Z\u00fcrich",
    "half \ud83d pair lite",
]


def frames_of(found: Any) -> list[Any]:
    return [{**frame, "score": round(frame["score"], 4)} for frame in found]


def test_both_doors_hear_the_same(checkpoint: Path):
    model, tokenizer = load_checkpoint(checkpoint)
    nlu, light = BiLstmNluPipeline(model=model, tokenizer=tokenizer, device="cpu"), load(checkpoint, weights="float32")
    found = nlu(NOISY)
    assert frames_of(found) == frames_of(light(NOISY)) == frames_of([nlu(text) for text in NOISY])
    assert sum("heard" in frame for frame in found) >= 2 and "heard" not in found[1]
    for frame in found:
        assert all(frame["text"][slot["start"] : slot["end"]] == slot["value"] for slot in frame["slots"])
    for intents in (["on"], ["off", "play"]):
        assert frames_of(nlu(NOISY, intents=intents)) == frames_of(light(NOISY, intents=intents))


def test_hearing_can_be_turned_off(checkpoint: Path):
    model, tokenizer = load_checkpoint(checkpoint)
    nlu, light = BiLstmNluPipeline(model=model, tokenizer=tokenizer, device="cpu"), load(checkpoint, weights="float32")
    once = nlu(NOISY, hear_again=False)
    assert frames_of(once) == frames_of(light(NOISY, hear_again=False))
    assert not any("heard" in frame for frame in once)
    model.own_words = OwnWords()
    assert nlu(NOISY) == once


def test_the_file_travels_with_the_model(checkpoint: Path, tmp_path: Path):
    model, _ = load_checkpoint(checkpoint)
    assert model.own_words == WORDS and repr(WORDS) == f"OwnWords({len(WORDS.words)} words)"
    write_packed(read_folder(checkpoint), tmp_path / "packed.nlu")
    assert read_packed(tmp_path / "packed.nlu").own_words.to_dict() == WORDS.to_dict()
    model.reset_heads(["go"], [])
    model.save_pretrained(shutil.copytree(checkpoint, tmp_path / "copy"))
    assert not model.own_words and not (tmp_path / "copy" / OWN_WORDS_FILE).exists(), "no old file stays behind"


@pytest.mark.parametrize(
    "content, culprit",
    [
        ("[1]", r"\[1\]"),
        ('{"word": {}}', "word"),
        ('{"words": []}', r"words.*\[\]"),
        ('{"words": {"a": 0}}', "words.*'a'.*0"),
        ('{"pairs": 3}', "pairs.*3"),
        ('{"pairs": {"a": {"b": true}}}', "pairs.*'a'.*'b'.*True"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(checkpoint: Path, tmp_path: Path, content: str, culprit: str):
    folder = shutil.copytree(checkpoint, tmp_path / "copy")
    (folder / OWN_WORDS_FILE).write_text(content)
    with pytest.raises(NluError, match=f"{OWN_WORDS_FILE}.*{culprit}"):
        load_checkpoint(folder)
    with pytest.raises(NluError, match=f"{OWN_WORDS_FILE}.*{culprit}"):
        load(folder)


def test_a_domain_gives_the_words_of_its_training_texts_and_catalogs():
    rows = [Utterance("play jazz", "play", (SlotSpan("genre", 5, 9),))]
    splits = {"train": rows, "test": [Utterance("louder", "play")]}
    domain = Domain.from_utterances("d", splits, catalogs={"genre": SlotCatalog("genre", {"hard rock": ()})})
    model: Any = type("Model", (), {})()
    take_words(model, domain)
    assert model.own_words.words == ["play", "jazz", "hard", "rock"]
    take_words(model, domain, keep_words=False)
    assert not model.own_words


def test_a_giant_word_of_a_file_is_not_compared():
    words = OwnWords({"words": {"a" * 2_000_000: 1, "water": 2}, "pairs": {"": {"water": 1}}})
    heard = words.hear("watar")
    assert heard is not None and heard.text == "water"
