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
        read(path, on_error="raise")
    raw = read(path, on_error="drop")
    assert (len(raw.splits["train"]), raw.dropped) == (1, {DropReason.BROKEN_RECORDS: 1})


def test_an_index_of_tokens_comes_first(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("# intent: book\n1\tbook\tO\n2\trome\tB-city\n\n1\thi\tO\n")
    assert [(u.text, u.intent, values(u)) for u in read(path).splits["train"]] == [
        ("book rome", "book", [("city", "rome")]),
        ("hi", None, []),
    ]
    path.write_text("0 to VB O\n1 rome NN B-city\n")
    assert [(u.text, values(u)) for u in read(path).splits["train"]] == [("to rome", [("city", "rome")])]
    for content, text in (("1 B-number\n2 B-number\n", "1 2"), ("5 CD B-number\n6 CD O\n", "5 6")):
        path.write_text(content)  # numbers that are tokens
        assert read(path).splits["train"][0].text == text


def test_nested_tags_of_germeval(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("#\thttp://a.b [2010]\n1\tTSV\tB-ORG\tO\n2\tMainz\tI-ORG\tB-LOC\n3\tgewinnt\tO\tO\n")
    raw = read(path, "conll")
    assert [(u.text, values(u)) for u in raw.splits["train"]] == [("TSV Mainz gewinnt", [("ORG", "TSV Mainz")])]
    assert raw.dropped == {DropReason.SLOTS_INSIDE_ANOTHER_SLOT: 1}
    assert values(read(path, "conll", tag_column=4).splits["train"][0]) == [("LOC", "Mainz")]
    assert read(path, "conll", token_column=3).splits["train"][0].text == "B-ORG I-ORG O"
    with pytest.raises(DataError, match="column 5.*tag_column.*4"):
        read(path, "conll", tag_column=5)


def test_conllu(tmp_path):
    rows = [
        "# text = go to Rome.",
        "1\tgo\tgo\tVERB\t_\t_\t0\troot\t_\tO",
        "2-3\ttoRome\t_\t_\t_\t_\t_\t_\t_\t_",
        "2\tto\tto\tADP\t_\t_\t3\tcase\t_\tO",
        "3\tRome\tRome\tPROPN\t_\t_\t1\tobl\t_\tB-city",
        "3.1\t_\t_\t_\t_\t_\t_\t_\t_\t_",
        "4\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\tO",
    ]
    path = tmp_path / "a.conllu"
    path.write_text("\n".join(rows))
    assert [(u.text, values(u)) for u in read(path).splits["train"]] == [("go to Rome.", [("city", "Rome")])]
    path.write_text("1\tgo\tgo\tVERB\n2\thome\thome\tNOUN\n")
    with pytest.raises(DataError, match="'VERB'.*tag_column"):
        read(path)
