"""Utterances refuse what no model could learn from, and survive a trip through a dataset."""

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import DomainSpec, SlotCatalog, SlotSpan, Utterance, to_dataset


@pytest.mark.parametrize(
    "text, intent, spans, message",
    [
        ("", "play", (), "blank"),
        (" \t\n", "play", (), "blank"),
        ("play jazz", "", (), "intent.*'play jazz'"),
        ("play jazz", "play", [("genre", 5, 5)], "empty"),
        ("play jazz", "play", [("genre", 5, 10)], "outside"),
        ("play jazz", "play", [("genre", -1, 4)], "outside"),
        ("play jazz", "play", [("", 5, 9)], "slot type.*''"),
        ("play jazz", "play", [("genre", 5, 9), ("genre", 5, 9)], "overlaps"),
        ("play jazz", "play", [("genre", 0, 6), ("mood", 5, 9)], "overlaps"),
        ("play \ud83c jazz", "play", (), "surrogate"),
        ("play jazz", "pl\udc00ay", (), "surrogate"),
        ("play jazz", "play", [("g\ud800", 5, 9)], "surrogate"),
    ],
)
def test_broken_utterances_are_refused_with_a_reason(text, intent, spans, message):
    with pytest.raises(DataError, match=message) as caught:
        Utterance(text, intent, tuple(SlotSpan(*span) for span in spans))
    str(caught.value).encode()  # the message itself can be printed anywhere


@pytest.mark.parametrize("label", ["", " ", "\u00a0", "\u2028", "\x1c\t", "\u200b", "\ufeff\u00ad"])
@pytest.mark.parametrize("kind", ["intent", "slot type", "group", "domain"])
def test_labels_that_nobody_can_see_are_refused_by_name(kind, label):
    with pytest.raises(DataError, match=kind) as caught:
        if kind == "slot type":
            Utterance("play jazz", spans=(SlotSpan(label, 5, 9),))
        else:
            Utterance("play jazz", **{kind: label})
    assert repr(label) in str(caught.value) and "'play jazz'" in str(caught.value)


def test_spans_are_put_in_order():
    utterance = Utterance("jazz in the kitchen", "play", (SlotSpan("room", 12, 19), SlotSpan("genre", 0, 4)))
    assert [span.slot_type for span in utterance.spans or ()] == ["genre", "room"]


def test_rows_keep_the_difference_between_no_slots_and_not_annotated():
    utterances = [
        Utterance("🎵 play שיר", "play", (SlotSpan("song", 7, 10),), "g1"),
        Utterance("pause", "pause", ()),
        Utterance("pause", None, None),
    ]
    assert [Utterance.from_row(row) for row in to_dataset(utterances)] == utterances


def test_a_spec_is_sorted_and_without_repeats():
    spec = DomainSpec.from_utterances(
        "d", [Utterance("b x", "b", (SlotSpan("z", 2, 3),)), Utterance("a", "a"), Utterance("y b", "b")]
    )
    assert (spec.intents, spec.slot_types) == (("a", "b"), ("z",))


def test_surface_forms_of_a_catalog():
    catalog = SlotCatalog("tea", {"green": ("sencha", "green", " "), "mint": ()})
    assert catalog.surface_forms() == ["green", "sencha", "mint"]


def test_merged_catalogs_lose_nothing():
    one = SlotCatalog("genre", {"jazz": ("jazz music",), "rock": ()}, {"jazz": "J"})
    two = SlotCatalog("style", {"pop": (), "jazz": (), "rock": ("rock music",)}, {"jazz": "X", "pop": "P"}, "GENRE")
    merged = one.merged(two)
    assert list(merged.values.items()) == [("jazz", ("jazz music",)), ("rock", ("rock music",)), ("pop", ())]
    assert (merged.slot_type, merged.type_name, merged.ids) == ("genre", "GENRE", {"jazz": "J", "pop": "P"})
    assert two.merged(one).values == {"pop": (), "jazz": ("jazz music",), "rock": ("rock music",)}
    assert one.values == {"jazz": ("jazz music",), "rock": ()} and one.ids == {"jazz": "J"}


def test_the_text_outside_slots_has_one_piece_more_than_there_are_slots():
    spans = (SlotSpan("room", 13, 20), SlotSpan("color", 21, 24))
    assert Utterance("lamps in the kitchen red", "on", spans).outside_slots() == ["lamps in the ", " ", ""]
    assert Utterance("lamps on", "on", None).outside_slots() == ["lamps on"]
