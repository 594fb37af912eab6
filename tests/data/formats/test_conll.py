"""CoNLL columns with intents in comments."""

from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import read
from modeling_bilstm_nlu.data.drop_reasons import DropReason

TINY = Path(__file__).parents[2] / "samples" / "conll_tiny"


def values(utterance):
    return [(slot_type, utterance.text[start:end]) for slot_type, start, end in utterance.spans]


def test_the_tiny_folder():
    raw = read(TINY)
    assert [(u.text, u.intent, values(u)) for u in raw.splits["train"]] == [
        ("book a table at Luigi 's", "book", [("thing", "table"), ("place", "Luigi 's")]),
        ("cancel table # 5", "cancel", [("thing", "table"), ("number", "5")]),
        ("no intent here", None, [("place", "here")]),
    ]
    assert [(u.text, u.intent) for u in raw.splits["validation"]] == [("book Luigi", "book")]


def test_windows_line_ends_a_mark_and_no_last_newline(tmp_path):
    path = tmp_path / "a.bio"
    path.write_bytes(b"\xef\xbb\xbf# intent: book\r\nbook O\r\n\r\n \r\n# a remark\r\n# O\r\nfive B-number")
    assert [(u.text, u.intent) for u in read(path).splits["train"]] == [("book", "book"), ("# five", None)]


@pytest.mark.parametrize(
    "text, message",
    [("book O\ntable\n", "line 3.*'table'"), ("book VB NN\n", "line 3.*'NN'")],
)
def test_broken_utterances_are_named(tmp_path, text, message):
    path = tmp_path / "a.conll"
    path.write_text("hi O\n\n" + text)
    with pytest.raises(DataError, match=message):
        read(path)
    raw = read(path, on_error="drop")
    assert (len(raw.splits["train"]), raw.dropped) == (1, {DropReason.BROKEN_RECORDS: 1})
