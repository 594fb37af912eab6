"""White space moves, and spans move with it."""

from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.data.schema import SlotSpan
from modeling_bilstm_nlu.data.text import join_parts, loose_key, normalise_spaces, text_key


def test_ragged_white_space_is_collapsed_under_the_spans():
    text = "  give\nthe old cat  some   tuna \n"
    start, end = text.index("old"), text.index("some")  # the span takes the two spaces after it along
    spans = [SlotSpan("pet", start, end), SlotSpan("food", text.index("tuna"), len(text))]
    clean, moved = normalise_spaces(text, spans)
    assert clean == "give the old cat some tuna"
    assert [clean[start:end] for _, start, end in moved] == ["old cat", "tuna"]


@given(st.lists(st.tuples(st.text(alphabet="ab \t\n\u2003é🎵", max_size=6), st.booleans()), max_size=8))
def test_values_keep_their_words_whatever_the_white_space(pieces):
    text, spans = "", []
    for piece, is_slot in pieces:
        if is_slot:
            spans.append(SlotSpan("x", len(text), len(text) + len(piece)))
        text += piece
    clean, moved = normalise_spaces(text, spans)
    assert clean == " ".join(text.split())
    before = [text[start:end].split() for _, start, end in spans]
    assert [clean[start:end].split() for _, start, end in moved] == before
    assert all(clean[start:end] == clean[start:end].strip() for _, start, end in moved)


def test_texts_compare_without_case_and_white_space():
    assert text_key(" Straße \n frei") == text_key("strasse frei") != text_key("strassefrei")


def test_loose_keys_of_other_scripts():
    assert loose_key("caf\u00e9!") == loose_key("Cafe\u0301") != loose_key("cafe")
    assert loose_key("कि") != loose_key("की") and loose_key("ﬁne") == loose_key("fine")
    assert loose_key("?!") == "?!" and text_key("Cafe\u0301") == text_key("caf\u00e9")


def test_parts_are_joined_and_parted_where_a_slot_touches_a_word():
    parts = [
        ("play ", None),
        ("jazz", "genre"),
        ("in", None),
        ("side", None),
        (" the ", None),
        ("red ", "room"),
        ("!", "x"),
    ]
    text, spans, num_parted = join_parts(parts)
    assert (text, num_parted) == ("play jazz inside the red !", 1)
    assert [(span.slot_type, text[span.start : span.end]) for span in spans] == [
        ("genre", "jazz"),
        ("room", "red"),
        ("x", "!"),
    ]
    assert join_parts([]) == ("", (), 0)
