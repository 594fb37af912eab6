"""Inline slots ``[type : value]``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan
from modeling_bilstm_nlu.data.formats.inline import parse_inline

words = st.text(alphabet="abc é🎵ש:", min_size=1).map(lambda s: " ".join(s.split())).filter(lambda s: s.strip(":"))


@given(st.lists(st.tuples(st.sampled_from(["time", "date", None]), words), min_size=1, max_size=6))
def test_inline_annotation_round_trip(pieces):
    annotated = " ".join(value if slot is None else f"[{slot} : {value}]" for slot, value in pieces)
    text, spans = parse_inline(annotated)
    assert text == " ".join(value for _, value in pieces)
    assert [(slot, text[start:end]) for slot, start, end in spans] == [p for p in pieces if p[0] is not None]


def test_white_space_and_colons():
    assert parse_inline("at [ time  :  six : 30  ] sharp") == ("at six : 30 sharp", (SlotSpan("time", 3, 11),))
    assert parse_inline("at [time :: six]") == ("at six", (SlotSpan("time", 3, 6),))
    assert parse_inline("") == ("", ())


@pytest.mark.parametrize(
    "annotated, message",
    [
        ("wake me at [time : nine", r"'\['"),
        ("wake me at time : nine]", r"'\]'.*22"),
        ("wake me [time : [date : today]]", r"'\['"),
        ("wake me [nine]", "' : '"),
        ("wake me [time: nine]", "' : '"),
    ],
)
def test_broken_annotations(annotated, message):
    with pytest.raises(DataError, match=message):
        parse_inline(annotated)
