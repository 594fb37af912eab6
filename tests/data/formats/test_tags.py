"""IOB variants, read as conlleval reads them."""

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.formats.tags import spans_of_tags
from modeling_bilstm_nlu.labels_bilstm_nlu import spans_to_tags


@pytest.mark.parametrize(
    "tags, expected",
    [
        ("O B-x I-x O", [("x", 1, 2)]),
        ("I-x I-x O I-x", [("x", 0, 1), ("x", 3, 3)]),  # IOB1
        ("B-x B-x I-y I-y", [("x", 0, 0), ("x", 1, 1), ("y", 2, 3)]),
        ("B-x E-x S-x B-x", [("x", 0, 1), ("x", 2, 2), ("x", 3, 3)]),  # IOBES
        ("B-x L-x I-x U-y", [("x", 0, 1), ("x", 2, 2), ("y", 3, 3)]),  # BILOU
        ("B-a-b I-a-b I-a B-a", [("a-b", 0, 1), ("a", 2, 2), ("a", 3, 3)]),  # the type has a hyphen
        ("O O O O", []),
    ],
)
def test_variants(tags, expected):
    tokens = ["one", "🎵", "three", "4"]
    text, spans = spans_of_tags(tokens, tags.split())
    starts = [0, 4, 6, 12]
    assert text == "one 🎵 three 4"
    ends = [start + len(token) for start, token in zip(starts, tokens, strict=True)]
    assert spans == tuple((slot_type, starts[first], ends[last]) for slot_type, first, last in expected)
    words = list(zip(starts, ends, strict=True))
    assert spans_of_tags(tokens, spans_to_tags(words, spans))[1] == spans


@pytest.mark.parametrize("tag", ["x", "B", "B-", "Q-x", "b-x", "o"])
def test_unknown_tags(tag):
    with pytest.raises(DataError, match="unknown tag"):
        spans_of_tags(["word"], [tag])
