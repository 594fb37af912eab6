"""Values of built-in slot types, as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.data.catalogs import (
    builtin_forms,
    is_builtin,
    is_open_type,
    open_phrases,
    spell_number,
    spell_ordinal,
)

COMMON = """
    NUMBER SearchQuery DATE FirstName US_FIRST_NAME TIME DURATION City US_CITY FOUR_DIGIT_NUMBER Ordinal US_STATE
    Country Color Food GB_FIRST_NAME PostalAddress MusicGroup MusicAlbum FictionalCharacter Genre Movie TVSeries
    VideoGame Room Person LITERAL PhoneNumber StreetAddress MusicRecording MusicPlaylist DayOfWeek Month""".split()


@pytest.mark.parametrize("name", COMMON)
def test_common_types_have_values_in_any_case(name):
    forms = builtin_forms(f"AMAZON.{name}")
    assert len(forms) >= 7 and len(set(forms)) == len(forms)
    assert forms == builtin_forms(f"amazon.{name.lower()}") == builtin_forms(name)
    assert all(form == " ".join(form.split()) and form for form in forms)


def test_names_of_the_same_notion_share_their_values():
    assert builtin_forms("AMAZON.US_CITY") == builtin_forms("AMAZON.EUROPE_CITY") == builtin_forms("AMAZON.City")
    assert builtin_forms("AMAZON.US_FIRST_NAME") == builtin_forms("AMAZON.FirstName")
    assert builtin_forms("AMAZON.DATE") == builtin_forms("AMAZON.Date")


def test_what_is_not_known():
    assert builtin_forms("AMAZON.Spaceship") == () == builtin_forms("PLANET")
    assert is_builtin("amazon.Spaceship") and not is_builtin("PLANET")
    assert is_open_type("AMAZON.SearchQuery") and not is_open_type("AMAZON.DATE")
    assert len(open_phrases()) > 150


@pytest.mark.parametrize(
    "number, words, ordinal",
    [
        (0, "zero", "zeroth"),
        (2, "two", "second"),
        (12, "twelve", "twelfth"),
        (19, "nineteen", "nineteenth"),
        (20, "twenty", "twentieth"),
        (45, "forty five", "forty fifth"),
        (100, "one hundred", "one hundredth"),
        (342, "three hundred forty two", "three hundred forty second"),
        (12_003, "twelve thousand three", "twelve thousand third"),
    ],
)
def test_spelling(number, words, ordinal):
    assert (spell_number(number), spell_ordinal(number)) == (words, ordinal)


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_two_numbers_are_never_spelled_alike(one, other):
    assert (spell_number(one) == spell_number(other)) == (one == other)


@pytest.mark.parametrize("number", [-1, 1_000_000])
def test_numbers_out_of_range(number):
    with pytest.raises(ValueError, match="only 0 to 999,999"):
        spell_number(number)
