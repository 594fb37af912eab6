"""Cutting splits: whole groups, every intent, no label that training lacks."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.data import SlotSpan, Utterance, cut_splits
from modeling_bilstm_nlu.data.splits import drop_unseen_labels, labels_of, unseen_labels
from modeling_bilstm_nlu.data.text import text_key
from modeling_bilstm_nlu.errors import DataError


@st.composite
def utterances(draw):
    text = draw(st.sampled_from(["one a", "two a", "three a", "Three  A", "four b", "five b", "six", "seven"]))
    slot = draw(st.sampled_from(["x", "y", None, None]))
    spans = (SlotSpan(slot, 0, 3),) if slot else ()
    return Utterance(text, draw(st.sampled_from(["p", "q", None])), spans, draw(st.sampled_from(["g1", "g2", None])))


@given(st.lists(utterances(), min_size=1, max_size=40), st.integers(0, 5))
def test_what_holds_for_any_data(rows, seed):
    splits, kept = cut_splits(rows, seed=seed)
    assert Counter(row for part in splits.values() for row in part) == Counter(rows)
    assert not unseen_labels(splits) and all(splits.values()) and "train" in splits
    groups = {name: {row.group or text_key(row.text) for row in part} for name, part in splits.items()}
    assert sum(map(len, groups.values())) == len(set().union(*groups.values()))
    assert cut_splits(rows, seed=seed) == (splits, kept)


def carriers(intent, count, fillings=3):
    return [Utterance(f"{intent} {c} {f}", intent, (), f"{intent} {c}") for c in range(count) for f in range(fillings)]


@pytest.mark.parametrize(
    "count, expected",
    [(1, [1, 0, 0]), (2, [1, 0, 1]), (3, [1, 1, 1]), (10, [6, 2, 2]), (20, [14, 3, 3]), (100, [70, 15, 15])],
)
def test_shares_are_of_groups(count, expected):
    splits, kept = cut_splits(carriers("a", count))
    found = [len({row.group for row in splits.get(name, ())}) for name in ("train", "validation", "test")]
    assert found == expected and sum(len(part) for part in splits.values()) == 3 * count
    assert kept == ({"intents with a single group, all in train": 1} if count == 1 else {})


def test_an_intent_is_cut_the_same_way_whatever_stands_beside_it():
    alone = cut_splits(carriers("a", 10), seed=3)[0]
    together = cut_splits(carriers("b", 7) + carriers("a", 10), seed=3)[0]
    assert {n: [r for r in rows if r.intent == "a"] for n, rows in together.items()} == alone
    assert cut_splits(carriers("a", 10), seed=4)[0] != alone


def test_splits_can_be_left_out():
    assert set(cut_splits(carriers("a", 10), validation_size=0)[0]) == {"train", "test"}
    assert set(cut_splits(carriers("a", 10), validation_size=0, test_size=0)[0]) == {"train"}
    for validation_size, test_size in ((0.5, 0.5), (0.1, -0.1)):
        with pytest.raises(DataError, match="leave nothing for training"):
            cut_splits(carriers("a", 10), validation_size=validation_size, test_size=test_size)


def test_the_only_group_with_a_slot_stays_in_train():
    rows = carriers("a", 9) + [Utterance("a rare one", "a", (SlotSpan("rare", 2, 6),))]
    for seed in range(20):
        splits, kept = cut_splits(rows, seed=seed)
        assert rows[-1] in splits["train"] and kept.get("groups kept in train for their labels", 1) == 1


def test_unseen_labels_are_found_and_dropped():
    splits = {
        "train": [Utterance("a b", "i", (SlotSpan("x", 0, 1),))],
        "test": [Utterance("a", "j"), Utterance("a b", "i", (SlotSpan("y", 0, 1),)), Utterance("c", "i")],
    }
    (unseen,) = unseen_labels(splits).values()
    assert (unseen.name, unseen.intents, unseen.slot_types) == ("test", ("j",), ("y",))
    kept, count = drop_unseen_labels(splits)
    assert (kept["test"], count) == ([splits["test"][2]], 2)
    assert labels_of(splits["test"][1]) == {("intent", "i"), ("slot type", "y")}
