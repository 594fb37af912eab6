"""Filling carrier phrases: spans equal values, nobody is forgotten, nothing explodes."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.data import SlotCatalog
from modeling_bilstm_nlu.data.skills.spec import CarrierPhrase, SkillSpec
from modeling_bilstm_nlu.data.templates import fill
from modeling_bilstm_nlu.data.text import text_key
from modeling_bilstm_nlu.errors import DataError


def skill(intents, slots=None, **catalogs):
    return SkillSpec(
        "shop",
        {intent: [CarrierPhrase(text) for text in texts] for intent, texts in intents.items()},
        {intent: slots or {} for intent in intents},
        {name: SlotCatalog(name, dict.fromkeys(values, ())) for name, values in catalogs.items()},
    )


values = st.lists(st.text("ab é🎵ש'-.1", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=12)
pieces = st.lists(st.sampled_from(["a ", "{x}", " tea", "{y}", "{old thing|x}", "'s ", "!"]), min_size=1, max_size=6)


@given(values, values, st.lists(pieces.map("".join).filter(str.strip), min_size=1, max_size=5), st.integers(0, 9))
def test_spans_equal_the_values(xs, ys, carriers, seed):
    spec = skill({"order": carriers}, {"x": "X", "y": "Y"}, X=xs, Y=ys)
    raw = fill(spec, seed=seed, max_per_carrier=6)
    forms = {"x": {" ".join(x.split()) for x in xs} | {"old thing"}, "y": {" ".join(y.split()) for y in ys}}
    texts = [utterance.text for utterance in raw.splits["train"]]
    assert len(set(map(text_key, texts))) == len(texts)
    for utterance in raw.splits["train"]:
        assert all(utterance.text[start:end] in forms[slot] for slot, start, end in utterance.spans or ())
    assert fill(spec, seed=seed, max_per_carrier=6).splits == raw.splits


def test_every_value_is_used_before_any_is_used_again():
    raw = fill(
        skill({"order": ["a {x}", "b {x}", "c {x}"]}, {"x": "X"}, X=[f"v{i}" for i in range(30)]), max_per_carrier=10
    )
    used = Counter(u.text[s.start : s.end] for u in raw.splits["train"] for s in u.spans or ())
    assert len(used) == 30 and set(used.values()) == {1}


def test_own_values_come_before_those_of_a_built_in_type():
    spec = skill({"name": ["call me {x}"]}, {"x": "AMAZON.FirstName"}, **{"AMAZON.FirstName": ["zebulon", "yorick"]})
    assert {u.text for u in fill(spec, max_per_carrier=2).splits["train"]} == {"call me zebulon", "call me yorick"}


def test_two_slots_of_one_type_differ_and_a_repeated_slot_works():
    raw = fill(skill({"go": ["from {a} to {b}", "{a} and {a}"]}, {"a": "X", "b": "X"}, X=["one", "two", "three"]))
    for utterance in raw.splits["train"]:
        first, second = (utterance.text[start:end] for _, start, end in utterance.spans or ())
        assert first != second or utterance.text.startswith(f"{first} and")
    assert {tuple(s.slot_type for s in u.spans or ()) for u in raw.splits["train"]} == {("a", "b"), ("a", "a")}


def test_caps_and_balance():
    many = {"big": [f"carrier {n} {{x}}" for n in range(30)], "small": ["only {x}"], "plain": ["stop", "halt"]}
    spec = skill(many, {"x": "AMAZON.NUMBER"})
    raw = fill(spec, max_per_carrier=5)
    assert Counter(u.intent for u in raw.splits["train"]) == {"big": 150, "small": 5, "plain": 2}
    assert set(Counter(u.group for u in raw.splits["train"]).values()) == {5, 1}
    capped = Counter(u.intent for u in fill(spec, max_per_carrier=50, max_utterances=60).splits["train"])
    assert capped == {"big": 29, "small": 29, "plain": 2}


def test_a_text_of_two_intents_goes_to_one_and_is_counted():
    raw = fill(skill({"yes": ["sure", "{x}"], "no": ["sure", "{x}"]}, {"x": "X"}, X=["fine"]))
    assert [(u.intent, u.text) for u in raw.splits["train"]] == [("yes", "sure"), ("no", "fine")]
    assert raw.dropped["fillings that another intent has made already"] >= 2
    assert raw.dropped["carrier phrases without a filling of their own"] == 2


def test_types_without_values_get_open_phrases_and_are_counted():
    raw = fill(skill({"say": ["say {x}"]}, {"x": "NOBODY_KNOWS"}), max_per_carrier=8)
    assert len(raw.splits["train"]) == 8 and raw.catalogs == {}
    assert raw.dropped == {"slot types without values, filled with open phrases": 1}


def test_one_name_for_two_types_gets_the_values_of_both():
    spec = skill({"a": ["a {x}"], "b": ["b {x}"]}, X=["one"], Y=["two"])
    spec.slots = {"a": {"x": "X"}, "b": {"x": "Y"}}
    raw = fill(spec)
    assert sorted(u.text for u in raw.splits["train"]) == ["a one", "b two"]
    assert set(raw.catalogs["x"].values) == {"one", "two"}


@pytest.mark.parametrize(
    "spec, options, message",
    [
        (skill({"a": ["{y}"]}, {"x": "X"}), {}, r"'\{y\}': slots \['y'\] are not declared; known: \['x'\]"),
        (skill({}), {}, "no carrier phrase that can be filled"),
        (skill({"a": ["b"]}), {"max_per_carrier": 0}, "must be at least 1"),
    ],
)
def test_what_cannot_be_filled(spec, options, message):
    with pytest.raises(DataError, match=message):
        fill(spec, **options)
