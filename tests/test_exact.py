"""The exact layer: which texts it answers, with which characters as slots, and how its file is stored and checked."""

import json
import shutil
from pathlib import Path

import pytest
from steps import steps_of

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, NluError
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs
from modeling_bilstm_nlu.exact_bilstm_nlu import EXACT_FILE, MAX_BYTES, ExactPhrases
from modeling_bilstm_nlu.forms_bilstm_nlu import FormIndex, Words
from modeling_bilstm_nlu.hub import load_checkpoint
from modeling_bilstm_nlu.resolution_bilstm_nlu import words_of
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer

CATALOGS = SlotCatalogs(
    {
        "city": {"values": {"L.A.": {}, "Z\u00fcrich": {"synonyms": ["Turicum"]}, "New York": {}, "York": {}}},
        "dish": {"values": {"salt and pepper": {}, "salt": {}, "pepper": {}}},
        "shop": {"values": {"McDonald's": {}}},
    }
)
CONTENT = {
    "intents": {
        "go": [["drive to ", ["city"], " now"], ["to ", ["city"]], [["city"]], ["from ", ["city"], " to ", ["city"]]],
        "buy": [["buy ", ["dish"]], ["buy ", ["dish"], " and ", ["dish"]], ["go to ", ["shop"]]],
        "set": [["set it to ", ["level"], "%"], ["say ", ["words"]], [["words"]]],
        "stop": ["Stop!", "don't", "what's \u2026 up?", ":)"],
        "halt": ["stop", ["play ", ["song", "H\u00e9ros"], " again"]],
        "none": ["42", ["5 - ", ["level"]], ["5 ", ["level"]]],
    },
    "values": {"level": ["ten", "10", "-3"], "depth": "level"},
    "examples": {"words": ["the history of rome"]},
}
PHRASES = ExactPhrases(CONTENT)


@pytest.mark.parametrize(
    "text, intent, slots",
    [
        ("drive to Z\u00fcrich now", "go", [("city", "Z\u00fcrich")]),
        ("  DRIVE to, zurich NOW!?", "go", [("city", "zurich")]),
        ("to l.a.", "go", [("city", "l.a.")]),
        ("to l a", "go", [("city", "l a")]),
        ("to Zu\u0308rich", "go", [("city", "Zu\u0308rich")]),
        ("turicum", "go", [("city", "turicum")]),
        ("from york to new york", "go", [("city", "york"), ("city", "new york")]),
        ("new york", "go", [("city", "new york")]),
        ("buy salt and pepper", None, []),
        ("buy salt, and salt", "buy", [("dish", "salt"), ("dish", "salt")]),
        ("go to mcdonalds", "buy", [("shop", "mcdonalds")]),
        ("go to McDonald\u2019s.", "buy", [("shop", "McDonald\u2019s")]),
        ("set it to 10%", "set", [("level", "10")]),
        ("set it to ten %", "set", [("level", "ten")]),
        ("set it to ten", None, []),
        ("set it to eleven %", None, []),
        ("say the history of rome", "set", [("words", "the history of rome")]),
        ("the history of rome", None, []),
        ("dont", "stop", []),
        ("whats up", "stop", []),
        (":)", "stop", []),
        (": )", "stop", []),
        (":(", None, []),
        ("stop", None, []),
        ("play heros again", "halt", [("song", "heros")]),
        ("5 ten", "none", [("level", "ten")]),
        ("5 - 10", "none", [("level", "10")]),
        ("drive to zurich", None, []),
        ("", None, []),
        ("\u3000", None, []),
    ],
)
def test_answers_the_skills_own_sentences(text: str, intent: str | None, slots: list[tuple[str, str]]):
    answer = PHRASES.find(text, CATALOGS)
    found = (None, []) if answer is None else (answer.intent, [(name, text[i:j]) for name, i, j in answer.spans])
    assert found == (intent, slots)


def test_two_intents_are_no_answer_unless_the_call_allows_one_of_them():
    assert [answer.intent for answer in PHRASES.readings("stop", CATALOGS)] == ["stop", "halt"]
    answer = PHRASES.find("stop", CATALOGS, intents=["halt", "go"])
    assert answer is not None and answer.intent == "halt"
    assert PHRASES.find("stop", CATALOGS, intents=["go"]) is None


def test_two_slots_that_may_have_a_value_are_no_answer():
    phrases = ExactPhrases({"intents": {"a": [[["x"]], [["y"]]]}, "values": {"x": ["one"], "y": "x"}})
    assert len(phrases.readings("one", CATALOGS)) == 2 and phrases.find("one", CATALOGS) is None


def test_words_are_those_of_resolution_with_their_places():
    for text in (
        "What's UP, Stra\u00dfe",
        "\u00e6on \ufb01ne \u0130",
        "caf\u00e9 \u0928\u092e\u0938\u094d\u0924\u0947 x",
    ):
        words = Words.of(text)
        assert "".join(words.words) == "".join(words_of(text))
        assert all(text[i:j].strip() == text[i:j] != "" for i, j in zip(words.starts, words.ends, strict=True))
    assert Words.of("10pm 1,5 a-b -5 c++ R&B").words == "10 pm 1 5 a b - 5 c + + r and b".split()
    assert Words.of("10pm \u00b71,5 a\u2013b -5 c++ R&B").words == "10 pm 1 5 a b - 5 c + + r and b".split()
    assert Words.of("\u5929\u6c17\u3092").words == ["\u5929", "\u6c17", "\u3092"]


def test_forms_are_found_longest_first():
    words = Words.of("new york city")
    assert [form.end for form in FormIndex(["new", "New  York", "york", "?!"]).at(words, 0)] == [8, 3]


def test_hostile_texts_take_few_steps():
    slots = [[f"s{i}"] for i in range(8)]
    content = {
        "intents": {"a": [slots[:i] for i in range(1, 9)] + [[["s0"], " x ", *slots]]},
        "values": {"s0": ["a " * i + "a" for i in range(6)], **{f"s{i}": "s0" for i in range(1, 8)}},
    }
    phrases = ExactPhrases(content)
    phrases.find("a", CATALOGS)  # builds the index
    steps = [steps_of(phrases.find, "a " * length, CATALOGS) for length in (12, 50, 99, 5_000)]
    assert max(steps) < 100_000 and steps[-1] < 100


def test_a_large_catalog_is_indexed_in_steps_of_its_size():
    def find(size: int) -> None:
        catalogs = SlotCatalogs({"x": {"values": {f"value {i} of many": {} for i in range(size)}}})
        phrases = ExactPhrases({"intents": {"a": [["play ", ["x"]]]}})
        assert phrases.find(f"play value {size - 1} of many", catalogs) is not None

    assert steps_of(find, 4_000) < 2.3 * steps_of(find, 2_000)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    sizes = {"vocabulary_size": 8, "ngram_buckets": 8, "word_dim": 2, "ngram_dim": 2}
    hidden = {"shared_hidden": 2, "slot_hidden": 2, "intent_hidden": 2}
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(["go", "stop"], ["city"], **sizes, **hidden))
    model.exact_phrases = PHRASES
    model.save_pretrained(tmp_path / "checkpoint")
    build_tokenizer().save_pretrained(tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def test_the_file_travels_with_the_model(checkpoint: Path):
    path = checkpoint / EXACT_FILE
    assert json.loads(path.read_text()) == CONTENT and PHRASES.num_phrases == 19
    model, _ = load_checkpoint(checkpoint)
    assert model.exact_phrases == PHRASES and model.exact_phrases.to_json() == PHRASES.to_json()
    assert repr(PHRASES).endswith("none: 3)")
    model.save_pretrained(checkpoint.parent / "copy")
    assert (checkpoint.parent / "copy" / EXACT_FILE).read_bytes() == path.read_bytes()
    model.reset_heads(["go"], ["city"])
    assert not model.exact_phrases
    model.save_pretrained(checkpoint.parent / "copy")
    assert not (checkpoint.parent / "copy" / EXACT_FILE).exists(), "no old file stays behind"


def test_a_checkpoint_without_the_file_answers_nothing(checkpoint: Path):
    shutil.move(checkpoint / EXACT_FILE, checkpoint / "other.json")
    model, _ = load_checkpoint(checkpoint)
    assert not model.exact_phrases and model.exact_phrases.find("stop", CATALOGS) is None


@pytest.mark.parametrize(
    "content, culprit",
    [
        (b"[1]", r"\[1\]"),
        (b"[" * 100_000, "nested"),
        (b"{", "JSON"),
        (b"\xff", "JSON"),
        (b'{"phrases": {}}', "'phrases'"),
        (b'{"intents": []}', r"intents.*\[\]"),
        (b'{"intents": {"a": "b"}}', "'a'.*'b'"),
        (b'{"intents": {"a": [" "]}}', "'a'"),
        (b'{"intents": {"a": [[]]}}', "'a'"),
        (b'{"intents": {"a": [["x", []]]}}', "'a'"),
        (b'{"intents": {"a": [["x", ["y", "z", "z"]]]}}', "'a'"),
        (b'{"intents": {"a": [["x", [1]]]}}', "'a'"),
        (b'{"intents": {"a": [[["x"], ["x", "y"]]]}}', "'a'"),
        (b'{"values": {"a": "b"}}', "values.*'a'.*'b'"),
        (b'{"examples": {"a": [1]}}', "examples.*'a'"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(checkpoint: Path, content: bytes, culprit: str):
    path = checkpoint / EXACT_FILE
    path.write_bytes(content)
    with pytest.raises(ValueError, match=culprit) as caught:
        BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)
    assert str(path) in str(caught.value) and len(str(caught.value)) < 500
    with pytest.raises(NluError, match=EXACT_FILE):
        load_checkpoint(checkpoint)


def test_a_file_above_the_limit_is_neither_written_nor_read(checkpoint: Path):
    with pytest.raises(ValueError, match=f"{MAX_BYTES:,}"):
        ExactPhrases({"intents": {"a": ["x" * MAX_BYTES]}}).to_json()
    with (checkpoint / EXACT_FILE).open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ValueError, match=f"{EXACT_FILE}.*{MAX_BYTES:,}"):
        BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)
