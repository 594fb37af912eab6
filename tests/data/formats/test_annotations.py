"""Inline marks: what is one, what is text, and that what is written is read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan
from modeling_bilstm_nlu.data.formats.annotations import (
    has_annotations,
    num_broken_annotations,
    parse_annotations,
    write_annotations,
)


@pytest.mark.parametrize(
    "marked, text, slots",
    [
        ("play jazz", "play jazz", []),
        (
            "play [jazz](genre) in the [red room]( room )",
            "play jazz in the red room",
            [("genre", "jazz"), ("room", "red room")],
        ),
        ("[a](x)[b](y)", "ab", [("x", "a"), ("y", "b")]),
        ("see [1] and (2), a]b [c [d](e)", "see [1] and (2), a]b [c d", [("e", "d")]),
        ("[a] (b)", "[a] (b)", []),
        (r"see \[1](note)", "see [1](note)", []),
        (r"see [1\](note)", "see [1](note)", []),
        (r"[a \[b\] c](x)", "a [b] c", [("x", "a [b] c")]),
        (r"[a](x \(y\))", "a", [("x (y)", "a")]),
        (r"C:\music\\new \n", r"C:\music\\new \n", []),
        (r"C:\\[a](x)", "C:\\a", [("x", "a")]),
        (r"C:\\\[a](x)", r"C:\[a](x)", []),
        (r"[C:\\](x\\)", "C:\\", [("x\\", "C:\\")]),
        ("[שיר](שם)", "שיר", [("שם", "שיר")]),
    ],
)
def test_reading(marked, text, slots):
    found, spans = parse_annotations(marked)
    assert (found, [(s.slot_type, found[s.start : s.end]) for s in spans]) == (text, slots)
    assert has_annotations(marked) == bool(slots)


@pytest.mark.parametrize(
    "marked, num_broken",
    [
        ("play [jazz](genre", 1),
        ("play [jazz] (genre)", 1),
        ("play [jazz(genre)", 1),
        ("play jazz](genre)", 1),
        ("play [old [jazz](genre)](kind)", 1),
        ("play [jazz](genre) and [blues]\n(genre)", 1),
        ("see [1] and (2), a]b", 0),
        (r"see \[1](note)", 0),
        (r"see [1\](note)", 0),
        (r"C:\\\[a](x)", 0),
        ("[", 1),
    ],
)
def test_marks_that_somebody_wrote_in_a_wrong_way(marked, num_broken):
    assert num_broken_annotations(marked) == num_broken


@pytest.mark.parametrize("marked", ["[](x)", "[a]()", "[ ](x)", "[a]( )"])
def test_a_mark_needs_a_value_and_a_slot_type(marked):
    with pytest.raises(DataError, match=r"\[value\]\(slot\)"):
        parse_annotations(marked)


def test_writing_escapes_no_more_than_it_must():
    assert write_annotations(r"C:\a b] (c)", (SlotSpan("x", 5, 6),)) == r"C:\a [b](x)] (c)"
    assert write_annotations("[a](b)", ()) == r"\[a](b)"


# mostly what the notation is made of
pieces = st.text(st.sampled_from("\\[]()ab ") | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(st.tuples(pieces, st.none() | pieces.filter(str.strip)), min_size=1, max_size=5))
def test_what_is_written_is_read_back(parts):
    text, spans = "", []
    for piece, slot_type in parts:
        if slot_type is not None and piece.strip():
            spans.append(SlotSpan(slot_type.strip(), len(text), len(text) + len(piece)))
        text += piece
    written = write_annotations(text, tuple(spans))
    assert parse_annotations(written) == (text, tuple(spans))
    assert num_broken_annotations(written) <= text.count("](")  # a closing bracket needs no escape
