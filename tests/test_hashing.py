"""From bytes to words, n-grams and phrases: what must be equal is, what must differ does, padding changes nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling_bilstm_nlu import format_bilstm_nlu
from modeling_bilstm_nlu.format_bilstm_nlu import (
    FIRST_INNER_ID,
    FIRST_START_ID,
    PAD_TOKEN_ID,
    PROBES,
    VOCAB_SIZE,
)
from modeling_bilstm_nlu.hashing_bilstm_nlu import (
    claim_rows,
    lay_out_words,
    look_up,
    ngram_buckets,
    phrase_keys,
    probe,
    sum_by_word,
    word_keys,
)
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer

ROWS = 1_000_003
TOKENIZER = build_tokenizer()
#: A word: its bytes, at least one.
WORDS = st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=6)
FEW_WORDS = st.lists(st.text("ab", min_size=1, max_size=3).map(str.encode), min_size=1, max_size=6)


def ids_of(words: list[bytes], width: int = 0) -> torch.Tensor:
    """(1, bytes) ids of some words, padded to a width."""
    ids = [(FIRST_INNER_ID if place else FIRST_START_ID) + byte for word in words for place, byte in enumerate(word)]
    return torch.tensor([ids + [PAD_TOKEN_ID] * (width - len(ids))])


def keys_of(words: list[bytes]) -> list[int]:
    ids = ids_of(words)
    return word_keys(ids, lay_out_words(ids))[0].tolist()


def ngrams_of(words: list[bytes]) -> list[list[int]]:
    """The rows of all n-grams of 1 to 5 bytes, by word."""
    ids = ids_of(words)
    layout = lay_out_words(ids)
    rows = ngram_buckets(ids, layout, 1, 5, ROWS)[0]
    return [sorted(rows[layout.index[0] == word].flatten().tolist()) for word in range(len(words))]


@given(WORDS)
def test_words_are_found(words: list[bytes]):
    layout = lay_out_words(ids_of(words))
    assert layout.lengths.tolist() == [len(words)] and layout.mask.all() and layout.real.all()
    assert layout.index[0].tolist() == [number for number, word in enumerate(words) for _ in word]
    assert layout.position[0].tolist() == [place for word in words for place in range(len(word))]
    assert layout.is_last[0].tolist() == [place == len(word) - 1 for word in words for place in range(len(word))]


@settings(deadline=None)
@given(WORDS, st.integers(0, 9))
def test_padding_changes_nothing(words: list[bytes], padding: int):
    alone = ids_of(words)
    padded = torch.cat([ids_of(words, alone.shape[1] + padding), ids_of([b"x"] * (alone.shape[1] + padding))])
    one, two = lay_out_words(alone), lay_out_words(padded)
    assert two.lengths.tolist() == [len(words), padded.shape[1]]
    size, count = alone.shape[1], len(words)
    assert torch.equal(word_keys(padded, two)[:1, :count], word_keys(alone, one))
    assert not word_keys(padded, two)[0, count:].any()
    rows = ngram_buckets(padded, two, 1, 5, ROWS)
    assert torch.equal(rows[:1, :size], ngram_buckets(alone, one, 1, 5, ROWS)) and not rows[0, size:].any()
    phrases = phrase_keys(word_keys(padded, two), 3)
    assert torch.equal(phrases[:1, :count], phrase_keys(word_keys(alone, one), 3))
    assert not phrases[0, count:].any()


def test_an_attention_mask_hides_what_padding_would():
    ids = ids_of([b"one", b"two"])
    mask = torch.tensor([[1, 1, 1, 0, 0, 0]])
    assert lay_out_words(ids, mask).lengths.tolist() == [1]
    assert word_keys(ids, lay_out_words(ids, mask)).tolist() == [keys_of([b"one"])]


@pytest.mark.parametrize("ids", [[[PAD_TOKEN_ID]], [[PAD_TOKEN_ID] * 5], [[1, 1]]])
def test_a_row_without_words_has_none(ids: list[list[int]]):
    layout = lay_out_words(torch.tensor(ids))
    assert layout.lengths.tolist() == [0] and layout.mask.tolist() == [[False]] and not layout.real.any()
    assert not word_keys(torch.tensor(ids), layout).any()


@settings(deadline=None)
@given(FEW_WORDS)
def test_a_key_is_the_word_wherever_it_stands(words: list[bytes]):
    keys = keys_of(words)
    assert all(0 < key < 2**62 for key in keys)
    for left, one in zip(words, keys, strict=True):
        for right, two in zip(words, keys, strict=True):
            assert (left == right) == (one == two)


def test_many_words_have_keys_of_their_own():
    words = [f"{first}{second}{third}".encode() for first in "abcdefgh" for second in range(50) for third in "xyzäß"]
    words += [word[::-1] for word in words]
    assert len(set(keys_of(words))) == len(set(words))


@settings(deadline=None)
@given(FEW_WORDS, st.integers(1, 3))
def test_a_phrase_key_is_the_phrase_wherever_it_stands(words: list[bytes], length: int):
    ids = ids_of(words)
    phrases = phrase_keys(word_keys(ids, lay_out_words(ids)), length)[0, :, -1].tolist()
    complete = len(words) - length + 1
    assert all(phrases[:complete]) and not any(phrases[max(complete, 0) :])
    for i in range(complete):
        for j in range(complete):
            assert (words[i : i + length] == words[j : j + length]) == (phrases[i] == phrases[j])


def test_phrases_of_other_lengths_or_orders_have_other_keys():
    def key(*words: bytes) -> int:
        return phrase_keys(torch.tensor([keys_of(list(words))]), len(words))[0, 0, -1].item()

    assert len({key(b"a"), key(b"a", b"a"), key(b"a", b"a", b"a"), key(b"aa"), key(b"a", b"b"), key(b"b", b"a")}) == 6


@settings(deadline=None)
@given(WORDS)
def test_ngrams_never_cross_a_words_edge(words: list[bytes]):
    assert ngrams_of(words) == [ngrams_of([word])[0] for word in words]


def test_ngrams_are_as_many_as_a_word_has():
    ids = ids_of([b"abc", b"d"])
    rows = ngram_buckets(ids, lay_out_words(ids), 1, 5, ROWS)[0]  # (bytes, sizes)
    assert (rows != 0).tolist() == [
        [True, True, True, False, False],
        [True, True, False, False, False],
        [True, False, False, False, False],
        [True, False, False, False, False],
    ]
    assert (ngram_buckets(ids, lay_out_words(ids), 2, 3, ROWS)[0] == rows[:, 1:3]).all()
    assert len(set(rows[rows != 0].tolist())) == 7


def test_ngrams_know_the_edges_of_a_word():
    inner, start, end = ngrams_of([b"xaby"])[0], ngrams_of([b"aby"])[0], ngrams_of([b"xab"])[0]
    whole = ngrams_of([b"ab"])[0]
    assert not (set(inner) & set(whole)) - {0}, "an n-gram inside a word is not the word"
    assert set(start) & set(inner) - {0}, "but words of one ending share n-grams"
    assert set(end) & set(inner) - {0}


@given(st.lists(st.integers(0, 2**62 - 1), min_size=1, max_size=20), st.integers(8, 50))
def test_probes_stay_inside_the_table_and_off_row_zero(keys: list[int], num_rows: int):
    places = probe(torch.tensor(keys), num_rows)
    assert places.shape == (len(keys), PROBES) and places.min() >= 1 and places.max() < num_rows


@settings(deadline=None)
@given(st.lists(st.integers(1, 2**62 - 1), unique=True, max_size=30), st.integers(8, 64))
def test_claimed_rows_are_found_again(keys: list[int], num_rows: int):
    table = torch.zeros(num_rows, dtype=torch.long)
    rows = claim_rows(table, keys)
    held = [row for row in rows if row]
    assert len(held) == len(set(held)) and table[0] == 0
    if keys:
        assert look_up(table, torch.tensor(keys)).tolist() == rows
    before = table.clone()
    assert claim_rows(table, keys) == rows and torch.equal(table, before), "a second claim changes nothing"
    assert claim_rows(table, [*keys, *keys]) == rows * 2


def test_what_is_not_in_the_table_is_row_zero():
    table = torch.zeros(16, dtype=torch.long)
    (row,) = claim_rows(table, [12345])
    assert row and look_up(table, torch.tensor([[12345, 54321, 0]])).tolist() == [[row, 0, 0]]


def test_a_full_table_turns_new_keys_away():
    table = torch.zeros(8, dtype=torch.long)
    rows = claim_rows(table, range(1, 200))
    assert rows.count(0) == 199 - 7 and table.count_nonzero() == 7


def test_sums_by_word_do_not_mix_rows():
    ids = torch.cat([ids_of([b"ab", b"c"], 4), ids_of([b"d", b"efg"])])
    layout = lay_out_words(ids)
    values = torch.tensor([[1.0, 2.0, 4.0, 100.0], [8.0, 16.0, 32.0, 64.0]])
    assert sum_by_word(values, layout).tolist() == [[3.0, 4.0], [8.0, 112.0]]
    wide = sum_by_word(torch.stack([values, -values], dim=-1), layout)
    assert wide[..., 1].tolist() == [[-3.0, -4.0], [-8.0, -112.0]]


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_the_tokenizers_ids_are_words_alike_in_any_batch(texts: list[str]):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    together = TOKENIZER([*texts, "x"], padding=True, return_tensors="pt")["input_ids"]
    assert together.max() < VOCAB_SIZE
    keys = word_keys(together, lay_out_words(together))
    for row, text in enumerate(texts):
        alone = torch.tensor([TOKENIZER(text)["input_ids"] or [PAD_TOKEN_ID]])
        expected = word_keys(alone, lay_out_words(alone))[0]
        assert torch.equal(keys[row][: len(expected)], expected[: keys.shape[1]])


def test_case_spaces_and_apostrophes_do_not_change_a_word():
    def keys(text: str) -> list[int]:
        ids = torch.tensor([TOKENIZER(text)["input_ids"]])
        return word_keys(ids, lay_out_words(ids))[0].tolist()

    assert keys("What's  ON?") == keys("what\u2019s on ?") == [*keys("what"), *keys("'s"), *keys("on"), *keys("?")]
    assert keys("play bitcoin")[1] == keys("sell my bitcoin now")[2] != keys("pikachu")[0]


def test_the_numbers_of_the_format_never_change():
    named = {name: value for name, value in vars(format_bilstm_nlu).items() if name.isupper()}
    assert named == {
        "FORMAT_VERSION": 4,
        "MAX_CHARACTERS": 32_768,
        "PAD_TOKEN_ID": 0,
        "FIRST_START_ID": 2,
        "FIRST_INNER_ID": 258,
        "VOCAB_SIZE": 514,
        "PRIME": 2147483647,
        "PROBES": 4,
        "NGRAM_MULTIPLIER": 1000003,
        "NGRAM_SIZE_STEP": 7919,
        "WORD_MIXERS": ((1000003, 8191), (69069, 131071)),
        "WORD_OFFSET": 12345,
        "WORD_FOLD": 65521,
        "PHRASE_MULTIPLIERS": (1000003, 69069),
        "MAX_BYTES": 4096,
        "PROBE_TEXT": "Go 7\u2019s \u00c9\ud55c",
        "PROBE_IDS": [72, 336, 24, 8, 340, 129, 360, 427, 501, 508],
    }


def test_what_the_format_computes_never_changes():
    ids = TOKENIZER("play jazz", return_tensors="pt")["input_ids"]
    layout = lay_out_words(ids)
    keys = word_keys(ids, layout)
    assert ids[0].tolist() == [81, 333, 322, 346, 75, 322, 347, 347]
    assert keys[0].tolist() == [3797119086624040068, 170088716229148521]
    assert phrase_keys(keys, 2)[0].tolist() == [[3797119086624040069, 2121292462036868892], [170088716229148522, 0]]
    assert ngram_buckets(ids, layout, 1, 5, 16384)[0, 0].tolist() == [8001, 2480, 7965, 15994, 0]
    assert probe(keys, 16384)[0].tolist() == [[11425, 14029, 250, 2854], [8098, 12724, 967, 5593]]


def test_the_formulas_of_the_format_are_those_of_the_code():
    """As the module says them, in plain Python: what another program would write."""
    fmt = format_bilstm_nlu
    word = [FIRST_START_ID + ord("j"), *(FIRST_INNER_ID + ord(letter) for letter in "azz")]
    halves = []
    for multiplier, shift in fmt.WORD_MIXERS:
        total = 0
        for place, byte in enumerate(word):
            mixed = (byte * multiplier + place * shift + fmt.WORD_OFFSET) % fmt.PRIME
            total += mixed * mixed % fmt.PRIME * (mixed % fmt.WORD_FOLD + 1) % fmt.PRIME
        halves.append(total % fmt.PRIME)
    key = halves[0] * fmt.PRIME + halves[1] + 1
    assert key == keys_of([b"jazz"])[0]
    (highs, lows) = zip(*(divmod(word_key, fmt.PRIME) for word_key in (key, 7)), strict=True)
    high = (highs[0] * fmt.PHRASE_MULTIPLIERS[0] + highs[1]) % fmt.PRIME
    low = (lows[0] * fmt.PHRASE_MULTIPLIERS[1] + lows[1]) % fmt.PRIME
    assert phrase_keys(torch.tensor([[key, 7]]), 2)[0, 0, 1].item() == high * fmt.PRIME + low + 1
    step = 1 + key // ROWS % (ROWS - 2)
    assert probe(torch.tensor([key]), ROWS)[0].tolist() == [1 + (key + i * step) % (ROWS - 1) for i in range(PROBES)]
    value = 0
    for place, byte in enumerate(word):
        value = (value * fmt.NGRAM_MULTIPLIER + byte + VOCAB_SIZE * (place == len(word) - 1)) % fmt.PRIME
    assert 1 + (value + len(word) * fmt.NGRAM_SIZE_STEP) % (ROWS - 1) in ngrams_of([b"jazz"])[0]
