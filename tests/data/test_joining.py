"""Joined utterances: texts with several intents to learn from."""

import random

from modeling_bilstm_nlu.data import SlotSpan, Utterance
from modeling_bilstm_nlu.data.joining import join_utterances, values_by_type, with_conjunctions

TEXTS = ["turn off the lamp", "set an alarm.", "play jazz"]


def test_starts_are_where_the_utterances_start():
    rows = join_utterances(TEXTS, 50, random.Random(0))
    assert len(rows) == 50 and {len(row.starts) for row in rows} == {2, 3}
    assert rows == join_utterances(TEXTS, 50, random.Random(0))
    for text, starts in rows:
        assert starts[0] == 0 and "..," not in text and "..." not in text
        for start in starts:
            assert any(text[start:].startswith(part.rstrip(".")) for part in TEXTS)
            assert start == 0 or text[start - 1] == " "
    assert {len(row.starts) for row in join_utterances(TEXTS[:2], 20, random.Random(0))} == {2}


def test_values_get_a_conjunction():
    salt = Utterance("add salt to the list", "add", (SlotSpan("item", 4, 8),))
    rows = [salt, Utterance("add pepper", "add", (SlotSpan("item", 4, 10),)), Utterance("stop", "stop")]
    values = values_by_type(rows)
    assert values == {"item": ["salt", "pepper"]}
    texts = {with_conjunctions(salt, values, random.Random(seed)) for seed in range(20)}
    assert "add salt and pepper to the list" in texts
    assert all(text and text.startswith("add salt") and text.endswith(" to the list") for text in texts)
    assert with_conjunctions(rows[2], values, random.Random(0)) is None
    assert with_conjunctions(salt, {"item": ["salt"]}, random.Random(0)) is None
