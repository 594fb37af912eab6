"""Values as they are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.data.values.spoken import plain_name, spoken_form


@pytest.mark.parametrize(
    "written, said",
    [
        ("jazz", "jazz"),
        ("Taylor Swift", "Taylor Swift"),
        ("  white   tea ", "white tea"),
        ("rock 'n' roll", "rock n roll"),
        ("O'Brien's", "O'Brien's"),
        ("Goldwardens' Gambit", "Goldwardens' Gambit"),
        ("don\u2019t", "don't"),
        ("5-star (deluxe)", "five star"),
        ("Coca-Cola (The)", "Coca Cola"),
        ("Ireland {Republic}", "Ireland"),
        ("(The)", "The"),
        ("Turks & Caicos", "Turks and Caicos"),
        ("S&P 500", "S and P five hundred"),
        ("T.V.", "T. V."),
        ("Arsenal F.C.", "Arsenal F. C."),
        ("t. v.", "t. v."),
        ("Dr. Dre", "Dr Dre"),
        ("Amazon.com", "Amazon dot com"),
        ("50%", "fifty percent"),
        ("$1,200.50", "one thousand two hundred point five zero dollars"),
        ("€20", "twenty euros"),
        ("18+", "eighteen plus"),
        ("1984", "nineteen eighty four"),
        ("1980s", "nineteen eighties"),
        ("2,000", "two thousand"),
        ("21st", "twenty first"),
        ("007", "zero zero seven"),
        ("5551234", "five five five one two three four"),
        ("98.3 Music", "ninety eight point three Music"),
        ("10:30", "ten thirty"),
        ("27B", "twenty seven B"),
        ("Fear, Fire, Foes!", "Fear Fire Foes"),
        ("Day // Night", "Day Night"),
        ("all_access", "all access"),
        ("Café Zoë", "Café Zoë"),
        ("हिन्दी 5", "हिन्दी five"),
        ("Coast®", "Coast"),
        ("9" * 40, " ".join(["nine"] * 40)),
        # nothing would be left
        ("_____", "_____"),
        ("?!", "?!"),
    ],
)
def test_spoken_form(written, said):
    assert spoken_form(written) == said


@given(st.text(min_size=1).filter(str.strip) | st.text("aS1,. '&%$()[]{}-_+/’é05٣", min_size=1).filter(str.strip))
def test_what_holds_for_any_value(written):
    said = spoken_form(written)
    assert said and said == " ".join(said.split())
    assert spoken_form(said) == said
    if any(char.isascii() and char.isalnum() for char in written):
        assert not any(char in "0123456789&%()[]{}" for char in said)


@pytest.mark.parametrize(
    "written, said",
    [("São Tomé & Príncipe", "sao tome and principe"), ("St. Louis", "st louis"), ("Łódź", "lodz"), ("Køge", "koge")],
)
def test_names_of_libraries_lose_case_and_accents(written, said):
    assert plain_name(written) == said
