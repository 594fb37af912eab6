"""Templates with alternatives and optional words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import steps_of

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.formats.skills.alternatives import UtteranceTemplate


@pytest.mark.parametrize(
    "text, forms",
    [
        ("stop", ["stop"]),
        ("(stop|halt) now", ["stop now", "halt now"]),
        ("stop [it]", ["stop it", "stop"]),
        ("(the|) tea", ["the tea", "tea"]),
        ("(a|[b] c)", ["a", "b c", "c"]),
        ("((a|b) c|d) e", ["a c e", "b c e", "d e"]),
        ("house(s|)", ["houses", "house"]),
        ("yes | no", ["yes", "no"]),
        (
            "put {two|cups} of {a tea} (on|in) {x}",
            ["put {two|cups} of {a tea} on {x}", "put {two|cups} of {a tea} in {x}"],
        ),
        ("(the|the) tea", ["the tea"]),
        ("(|)", []),
        ("", []),
    ],
)
def test_forms(text, forms):
    assert UtteranceTemplate(text).expand(limit=100) == forms


@pytest.mark.parametrize(
    "text, message",
    [
        ("play (it", r"'\('"),
        ("play it)", r"'\)'"),
        ("play [it)", r"'\)'"),
        ("play {it", r"'\{'"),
        ("(" * 31 + ")" * 31, r"\b30\b"),
        ("(" * 100_000, r"\b30\b"),
    ],
)
def test_broken_brackets(text, message):
    with pytest.raises(DataError, match=message):
        UtteranceTemplate(text)


def test_many_forms_are_drawn_by_seed():
    template = UtteranceTemplate("(a|b|c) (a|b|c) (a|b|c) (a|b|c)")
    assert template.num_forms == 81
    drawn = template.expand(limit=10)
    assert len(set(drawn)) == 10 and drawn == template.expand(limit=10) != template.expand(limit=10, seed=1)
    with pytest.raises(DataError, match="0 forms"):
        template.expand(limit=0)


def test_forms_that_nobody_asks_for_take_no_steps():
    def some_forms(num_choices: int) -> list[str]:  # of 4 to the power of that
        return UtteranceTemplate("(a|b|[c]) " * num_choices).expand(limit=20)

    assert len(some_forms(5_000)) == 20
    assert steps_of(some_forms, 1_000) < 2.2 * steps_of(some_forms, 500)


@given(st.text(alphabet="ab |()[]{}", max_size=30))
def test_any_text_gives_forms_or_an_error(text):
    try:
        forms = UtteranceTemplate(text).expand(limit=8)
    except DataError:
        return
    assert len(forms) == len(set(forms)) <= 8
    assert all(form == " ".join(form.split()) for form in forms)
