"""Carrier phrases: marks, old notation, broken braces."""

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.skill_spec import CarrierPhrase


@pytest.mark.parametrize(
    "text, clean, slots",
    [
        ("play  {song} in\nthe {room}", "play {song} in the {room}", [("song", None), ("room", None)]),
        ("{a} and {a}", "{a} and {a}", [("a", None), ("a", None)]),
        ("{two hundred|Amount} coins", "{two hundred|Amount} coins", [("Amount", "two hundred")]),
        ("{ |Amount} coins", "{ |Amount} coins", [("Amount", None)]),
        ("{name}'s tea", "{name}'s tea", [("name", None)]),
        ("{name}s tea", "{name} s tea", [("name", None)]),
        ("re{name}{name}", "re {name} {name}", [("name", None), ("name", None)]),
        ("help", "help", []),
    ],
)
def test_marks(text, clean, slots):
    carrier = CarrierPhrase(text)
    assert (carrier.text, carrier.slots) == (clean, slots)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "blank"),
        (" ", "blank"),
        ("play {song", "'play {song'"),
        ("play song}", "'play song}'"),
        ("a {{b}}", "'a {{b}}'"),
        ("a {}", "'a {}'"),
        ("a {x| }", "name"),
    ],
)
def test_broken_carriers(text, message):
    with pytest.raises(DataError, match=message):
        CarrierPhrase(text)


def test_the_key_passes_over_slot_names_and_case():
    assert CarrierPhrase("From {a} to {b}").key("Go") == CarrierPhrase("from {b} to {x|a}").key("Go")
    assert CarrierPhrase("from {a}").key("Go") != CarrierPhrase("from {a}").key("Come")
