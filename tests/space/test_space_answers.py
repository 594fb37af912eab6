"""What the page shows of a frame: every piece in its place, and nothing that acts."""

import json
from typing import Any

import pytest
from answers import MAX_CHARACTERS, answer, colours_of, describe_labels, printable
from hypothesis import given
from hypothesis import strategies as st


def slot(slot_type: str, text: str, start: int, end: int, **resolved: Any) -> dict:
    found = {"slot_type": slot_type, "value": text[start:end], "start": start, "end": end}
    return found | ({"resolved": resolved} if resolved else {})


def frame(text: str, *slots: dict, **more: Any) -> dict:
    return {"text": text, "intent": "play", "score": 0.75, "slots": list(slots), **more}


def test_scores_pieces_and_rows():
    text = "play jazz in the kitchen"
    found = frame(
        text,
        slot("genre", text, 5, 9, value="Jazz", id="G1"),
        slot("room", text, 17, 24),
        intents=[{"intent": "play", "score": 0.75}, {"intent": "stop", "score": 0.25}],
    )
    asked = []
    result = answer(lambda text, top_k: asked.append((text, top_k)) or found, text)
    assert asked == [(text, 5)]
    assert result.scores == {"play": 0.75, "stop": 0.25}
    assert result.pieces == [("play ", None), ("jazz", "genre"), (" in the ", None), ("kitchen", "room")]
    assert result.rows == [["genre", "jazz", "5\u20139", "Jazz (id G1)"], ["room", "kitchen", "17\u201324", ""]]
    assert result.frame == found and result.seconds >= 0


@pytest.mark.parametrize(
    "resolved, meaning",
    [
        ({"value": "lounge"}, "lounge"),
        ({"value": "lounge", "id": "LR", "score": 0.931}, "lounge (id LR, 93% sure)"),
        ({"value": 7, "kind": "number"}, "7 (kind number)"),
        ({"value": "2026-11-23", "kind": "date", "part_of_day": "noon"}, "2026-11-23 (kind date, part of day noon)"),
        ({"value": ["a", "b"], "later": {"x": 1}}, "['a', 'b'] (later {'x': 1})"),  # of a checkpoint to come
    ],
)
def test_what_a_slot_means(resolved: dict, meaning: str):
    assert answer(lambda *_, **__: frame("x", slot("a", "x", 0, 1, **resolved)), "x").rows[0][3] == meaning


def test_slots_side_by_side_and_at_the_edges():
    text = "ab cd"
    result = answer(lambda *_, **__: frame(text, slot("x", text, 0, 2), slot("x", text, 2, 5)), text)
    assert result.pieces == [("ab", "x"), (" cd", "x")]


@pytest.mark.parametrize("more, scores", [({}, {"play": 0.75}), ({"intent": None, "score": 0.0}, {})])
def test_a_single_intent_and_no_words(more: dict, scores: dict):
    assert answer(lambda *_, **__: frame("") | more, "").scores == scores


def test_a_long_text_is_refused_before_it_is_parsed():
    text = "x" * (MAX_CHARACTERS + 1)
    with pytest.raises(ValueError, match="500.*501"):
        answer(lambda *_, **__: pytest.fail("parsed"), text)
    assert answer(lambda text, top_k: frame(text), text[1:]).pieces == [(text[1:], None)]


@given(st.text(st.characters(), max_size=MAX_CHARACTERS))
def test_any_text_can_be_shown(text: str):
    result = answer(lambda text, top_k: frame(text, *([slot("x", text, 0, 1)] if text else [])), text)
    assert "".join(piece for piece, _ in result.pieces) == printable(text)
    assert len(printable(text)) == len(text)
    json.dumps(result.frame, ensure_ascii=False).encode()
    assert not any(char in printable(text) for char in "\n\r\t\0\u2028\u202e\u2066\ud800\udfff")


@pytest.mark.parametrize("text", ["caf\u00e9 \u5929\u6c17", "\U0001f469\u200d\U0001f33e", "\u0645\u06cc\u200c\u062e"])
def test_what_people_write_stays(text: str):
    assert printable(text) == text


def test_a_frame_is_made_printable_throughout():
    assert printable({"a\n": ["\ud800", {"b": ("\u202e", 1, None)}]}) == {"a ": ["\ufffd", {"b": ["\ufffd", 1, None]}]}


def test_labels_are_escaped():
    attack = "<img src=x onerror=alert(1)>\"'&"
    text = describe_labels([attack], [attack, "room"])
    assert "<img" not in text and text.count("&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;") == 2
    assert "<h4>1 intent</h4>" in text and "<h4>2 slot types</h4>" in text


def test_many_labels_are_cut_and_none_is_said():
    text = describe_labels([f"intent{i}" for i in range(1000)], [])
    assert "intent149<" in text and "intent150" not in text and "and 850 more" in text
    assert "1,000 intents" in text and "0 slot types" in text and "none" in text


def test_colours_are_as_many_as_slot_types_and_come_again():
    colours = colours_of([f"s{i}" for i in range(23)])
    assert len(colours) == 23 and colours["s0"] == colours["s10"] != colours["s1"]
    assert colours_of(["s0", "s1"]) == {"s0": colours["s0"], "s1": colours["s1"]}
