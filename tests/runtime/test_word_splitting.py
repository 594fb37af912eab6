"""Words are split as the tokenizer splits them: the same bytes, the same places in the text."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.runtime.word_tables import lower_cases, runs
from bilstm_nlu.runtime.words import split_words, tokenizer_parts
from modeling_bilstm_nlu.format_bilstm_nlu import MAX_CHARACTERS
from modeling_bilstm_nlu.labels_bilstm_nlu import word_offsets
from modeling_bilstm_nlu.pipeline_bilstm_nlu import LONE_SURROGATE
from modeling_bilstm_nlu.tokenization_bilstm_nlu import MAX_BYTES, build_tokenizer

ROOT = Path(__file__).resolve().parents[2]
TOKENIZER = build_tokenizer()
ODD = (
    "abcXYZ 09'’ stredvlm\u00e9e\u0301\u0327\u0308\u0323\u1e69\u212b\u0130\u1e9e\u01c5\ufb01"
    "\U0001d15e\u1112\u1161\u11ab"
    "\u6f22\u3042\u30a2\u3099\u0e01\u0e31\u0e50\u1780\u17d2\u0e81\u1000\u0660\u00bd\u2460\U0001f600\u200d\u0344\u0958"
    "\u0f73\u0f71\u0f74\u09c7\u09be\t\n\u00a0\u3000\u2028\x1c\x00[PAD]#,.!?-\ud800\u0390\u1fd3\u1100\uac00\u11a8"
)


def from_tokenizer(text: str, limit: int) -> tuple[list[int], list[tuple[int, int]], int | None]:
    """What the pipeline makes of a text before it runs the network."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=TOKENIZER.backend_tokenizer, model_max_length=limit)
    readable = LONE_SURROGATE.sub("\ufffd", text[:MAX_CHARACTERS])
    encoded = tokenizer(readable, truncation=True, return_offsets_mapping=True, split_special_tokens=True)
    words = word_offsets(encoded.word_ids(0), encoded["offset_mapping"])
    end = None
    if len(encoded["input_ids"]) >= limit:
        end = words[-1][1]
    elif len(text) > MAX_CHARACTERS:
        end = MAX_CHARACTERS
    is_cut = end is not None and not text[end:].isspace() and end < len(text)
    return encoded["input_ids"], words, end if is_cut else None


@given(st.text(max_size=60) | st.text(alphabet=ODD, max_size=80))
@settings(max_examples=300)
@example("what\u2019s up, don't 'sing 's 't 'll2 'd\u0301 I'm")
@example("\u0130stanbul \u1e9e cafe\u0301 \u1112\u1161\u11ab")
@example("\u0301 \u0344 e\u0323\u0302 e\u0302\u0323")
@example("h" + "\u0336\u0321" * 200 + "i")
@example("a" * 5000)
@example("\u3042" * 2000 + " " * 40000)
def test_words_are_those_of_the_tokenizer(text: str):
    assert tuple(split_words(text, MAX_BYTES)) == from_tokenizer(text, MAX_BYTES)


@given(st.text(alphabet=ODD, max_size=40), st.integers(1, 30))
@settings(max_examples=200)
@example("ab \u6f22\u6f22 cd", 4)
def test_a_long_text_is_cut_where_the_tokenizer_cuts_it(text: str, limit: int):
    assert tuple(split_words(text, limit)) == from_tokenizer(text, limit)


def test_characters_of_every_class_are_split_as_the_tokenizer_does():
    firsts = [run // 256 for run in runs()]
    numbers = {*firsts, *(first - 1 for first in firsts), *lower_cases(), *range(0, sys.maxunicode, 997)}
    text = "".join(f"{chr(number)}a0{chr(number)} " for number in sorted(numbers - {-1}))
    for start in range(0, len(text), 20_000):
        part = text[start : start + 20_000]
        assert tuple(split_words(part, MAX_CHARACTERS)) == from_tokenizer(part, MAX_CHARACTERS)


@pytest.mark.parametrize("folder", sorted((ROOT / "modeling_bilstm_nlu" / "generic").iterdir()), ids=lambda f: f.name)
def test_the_tokenizer_of_a_checkpoint_has_the_expected_parts(folder: Path):
    found = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    for part, own in tokenizer_parts().items():
        assert {key: found[part][key] for key in own} == own
