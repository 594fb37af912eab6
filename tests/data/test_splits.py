"""Cutting splits: whole groups, every intent, no label that training lacks, and values that training never saw."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import steps_of

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan, Utterance, cut_splits
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import read
from modeling_bilstm_nlu.data.loading import load_domain
from modeling_bilstm_nlu.data.splits import drop_unseen_labels, hold_out_values, labels_of, unseen_labels
from modeling_bilstm_nlu.data.text import text_key
from modeling_bilstm_nlu.training.recipes.data import DataRecipe


@st.composite
def utterances(draw):
    text = draw(st.sampled_from(["one a", "two a", "three a", "Three  A", "four b", "five b", "six", "seven"]))
    slot = draw(st.sampled_from(["x", "y", None, None]))
    spans = (SlotSpan(slot, 0, 3),) if slot else ()
    return Utterance(text, draw(st.sampled_from(["p", "q", None])), spans, draw(st.sampled_from(["g1", "g2", None])))


@given(st.lists(utterances(), min_size=1, max_size=40), st.integers(0, 5))
def test_what_holds_for_any_data(rows, seed):
    splits, kept = cut_splits(rows, seed=seed)
    found = Counter(row for part in splits.values() for row in part)
    lost = kept.get(DropReason.CUT_TEXT_IN_EARLIER_SPLIT, 0)
    assert found <= Counter(rows) and found.total() == len(rows) - lost
    texts = [{text_key(row.text) for row in part} for part in splits.values()]
    assert set().union(*texts) == {text_key(row.text) for row in rows} and sum(map(len, texts)) == len(
        set().union(*texts)
    )
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
    assert kept == ({DropReason.INTENTS_WITH_ONE_GROUP: 1} if count == 1 else {})


def test_an_intent_is_cut_the_same_way_whatever_stands_beside_it():
    alone = cut_splits(carriers("a", 10), seed=3)[0]
    together = cut_splits(carriers("b", 7) + carriers("a", 10), seed=3)[0]
    assert {n: [r for r in rows if r.intent == "a"] for n, rows in together.items()} == alone
    assert cut_splits(carriers("a", 10), seed=4)[0] != alone


def test_splits_can_be_left_out():
    assert set(cut_splits(carriers("a", 10), validation_size=0)[0]) == {"train", "test"}
    assert set(cut_splits(carriers("a", 10), validation_size=0, test_size=0)[0]) == {"train"}
    for validation_size, test_size in ((0.5, 0.5), (0.1, -0.1)):
        with pytest.raises(DataError, match="training"):
            cut_splits(carriers("a", 10), validation_size=validation_size, test_size=test_size)


def test_what_every_dialogue_has_stays_in_train():
    dialogues = [
        Utterance(text, "a", (), f"dialogue {i}") for i in range(20) for text in (f"book {i}", "Yes ", f"pay {i // 2}")
    ]
    splits, kept = cut_splits(dialogues)
    assert {name: len(rows) for name, rows in splits.items()}["train"] == 3 * 14
    assert sum(text_key(row.text) == "yes" for row in splits["train"]) == 14
    assert not any(text_key(row.text) == "yes" for name in ("validation", "test") for row in splits[name])
    lost = len(dialogues) - sum(map(len, splits.values()))
    assert kept == {DropReason.CUT_TEXT_IN_EARLIER_SPLIT: lost} and lost >= 6


def test_twice_the_groups_of_equal_texts_are_cut_in_twice_the_steps():
    def rows(number: int) -> list[Utterance]:
        return [Utterance(f"text {i % (number // 3)}", f"intent {i % 7}", (), f"group {i}") for i in range(number)]

    assert steps_of(cut_splits, rows(10_000)) < 2.2 * steps_of(cut_splits, rows(5_000))


def test_the_only_group_with_a_slot_stays_in_train():
    rows = carriers("a", 9) + [Utterance("a rare one", "a", (SlotSpan("rare", 2, 6),))]
    for seed in range(20):
        splits, kept = cut_splits(rows, seed=seed)
        assert rows[-1] in splits["train"] and kept.get(DropReason.GROUPS_KEPT_IN_TRAIN, 1) == 1


def test_what_is_out_of_scope_stays_in_test():
    rows = {
        "train": [Utterance("play it", "play")],
        "validation": [Utterance("hm", "out_of_scope")],
        "test": [Utterance("well", "out_of_scope"), Utterance("one", "out_of_scope", (SlotSpan("number", 0, 3),))],
    }
    kept, count = drop_unseen_labels(rows)
    assert [row.text for row in kept["test"]] == ["well"] and kept["validation"] == [] and count == 2
    assert unseen_labels(rows)["test"].intents == ("out_of_scope",)


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


def values_of(rows):
    return {text_key(row.text[start:end]) for row in rows for _, start, end in row.spans or ()}


@st.composite
def filled(draw):
    carrier = draw(st.sampled_from(["go to {}", "from {} to {}", "stop", "{}", "to {} please"]))
    text, spans = "", []
    for number, words in enumerate(carrier.split("{}")):
        if number:
            value = draw(st.sampled_from(["rome", "Rome", "paris", "oslo", "new york", "x"]))
            spans.append(SlotSpan(draw(st.sampled_from(["from", "to"])), len(text), len(text) + len(value)))
            text += value
        text += words
    return Utterance(text, draw(st.sampled_from(["go", "stay", None])), tuple(spans), carrier)


@given(st.lists(utterances() | filled(), min_size=1, max_size=60), st.floats(0.01, 0.99), st.integers(0, 5))
def test_what_holds_for_held_out_values(rows, share, seed):
    try:
        splits, dropped = cut_splits(rows, seed=seed, unseen_values=share)
    except DataError as error:
        assert "test" in str(error) and "test" not in cut_splits(rows, seed=seed)[0]
        return
    whole, _ = cut_splits(rows, seed=seed)
    train, test = splits["train"], splits.get("test", [])
    assert not values_of(test) & values_of(train + splits.get("validation", []))
    assert all(not Counter(part) - Counter(whole[name]) for name, part in splits.items())
    assert {row for row in whole["test"] if not row.spans} <= set(test)
    assert {label for row in whole["train"] for label in labels_of(row)} == {
        x for row in train for x in labels_of(row)
    }
    assert not unseen_labels(splits) and all(splits.values())
    lost = sum(count for reason, count in dropped.items() if "utterances" in reason)
    assert lost == len(rows) - sum(map(len, splits.values()))
    assert cut_splits(rows, seed=seed, unseen_values=share) == (splits, dropped)


def one_slot(carrier, values, slot="x"):
    rows = []
    for value in values:
        start = carrier.index("{}")
        text = carrier.replace("{}", value)
        rows.append(Utterance(text, "i", (SlotSpan(slot, start, start + len(value)),), carrier))
    return rows


def test_values_that_cost_training_least_are_held_out():
    splits = {
        "train": one_slot("go to {}", ["a", "b", "c"]) + one_slot("drive to {}", ["a", "b"]),
        "test": one_slot("fly to {}", ["B", "c", "d"]) + [Utterance("stop", "i")],
    }
    kept, dropped = hold_out_values(splits, 0.25)  # one of four
    assert kept["train"] == splits["train"] and [row.text for row in kept["test"]] == ["fly to d", "stop"]
    assert dropped == {DropReason.VALUES_HELD_OUT_FOR_TEST: 1, DropReason.TEST_UTTERANCES_WITH_OTHER_VALUES: 2}
    kept, dropped = hold_out_values(splits, 0.5)
    assert values_of(kept["train"]) == {"a", "b"} and values_of(kept["test"]) == {"c", "d"}
    assert dropped[DropReason.UTTERANCES_WITH_HELD_OUT_VALUES] == 1
    for share in (0.9, 0.01):
        kept, _ = hold_out_values(splits, share)
        assert values_of(kept["train"]) and values_of(kept["test"])


def test_a_value_is_held_out_in_all_slot_types():
    cities = [f"city {n}" for n in range(20)]
    rows = [
        r for c in range(12) for slot in ("from", "to") for r in one_slot(f"carrier {c} {slot} {{}}", cities, slot)
    ]
    splits, dropped = cut_splits(rows, unseen_values=0.2)
    assert dropped[DropReason.VALUES_HELD_OUT_FOR_TEST] == 4 and len(values_of(splits["test"])) == 4
    assert not values_of(splits["test"]) & values_of(splits["train"] + splits["validation"])
    assert {span.slot_type for row in splits["test"] for span in row.spans} == {"from", "to"}


def test_a_value_without_which_a_label_has_no_example_is_given_back():
    splits = {
        "train": one_slot("go {}", ["a", "b"]) + one_slot("only {}", ["c"], slot="rare"),
        "test": one_slot("fly {}", ["c", "b"]),
    }
    kept, dropped = hold_out_values(splits, 0.6)
    assert "rare" in {span.slot_type for row in kept["train"] for span in row.spans}
    assert dropped[DropReason.VALUES_GIVEN_BACK_TO_TRAIN] == 1


@pytest.mark.parametrize(
    "options, message",
    [
        ({"unseen_values": 1.0}, "above 0 and below 1"),
        ({"unseen_values": -0.1}, "above 0 and below 1"),
        ({"unseen_values": 0.2, "test_size": 0}, "test"),
    ],
)
def test_values_that_cannot_be_held_out(options, message):
    with pytest.raises(DataError, match=message):
        cut_splits(carriers("a", 10), **options)


def test_public_skills_with_unseen_values(shared_dir):
    lines = (shared_dir / "skills" / "ask" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    num_test = num_unseen = 0
    for entry in map(json.loads, lines[::3]):
        path = shared_dir / "skills" / "ask" / entry["files"][0]
        rows = read(path, on_error="drop", max_per_carrier=10).splits["train"]
        whole, _ = cut_splits(rows)
        splits, dropped = cut_splits(rows, unseen_values=0.25)
        assert not values_of(splits["test"]) & values_of(splits["train"] + splits.get("validation", []))
        groups = [{row.group for row in part} for part in splits.values()]
        assert sum(map(len, groups)) == len(set().union(*groups))
        assert sum(map(len, splits.values())) == len(rows) - sum(
            n for why, n in dropped.items() if "utterances" in why
        )
        assert len(splits["train"]) > len(whole["train"]) / 3
        num_test += len(whole["test"])
        num_unseen += len(splits["test"])
    assert num_unseen > num_test / 3


def test_the_options_of_load_domain_and_recipes():
    domain = load_domain("smart_garden", unseen_values=0.3)
    assert not values_of(domain.utterances("test")) & values_of(domain.utterances("train"))
    assert domain.dropped[DropReason.VALUES_HELD_OUT_FOR_TEST] > 0 and domain.spec == load_domain("smart_garden").spec
    recipe = DataRecipe("smart_garden", unseen_values=0.3).load()
    assert recipe.utterances("test") == domain.utterances("test")
    with pytest.raises(DataError, match="test"):
        load_domain("smart_garden", unseen_values=0.3, test_size=0)
