"""JSON Lines with spans: several spellings in, one out."""

import json
from pathlib import Path

import pytest
from domain_strategies import is_visible
from hypothesis import given
from hypothesis import strategies as st

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan, Utterance, read, write_jsonl
from modeling_bilstm_nlu.data.drop_reasons import DropReason

TINY = Path(__file__).parents[2] / "samples" / "jsonl_tiny"


def test_the_tiny_folder():
    raw = read(TINY)
    found = [(u.intent, u.spans and [u.text[s.start : s.end] for s in u.spans]) for u in raw.splits["train"]]
    assert found == [
        ("play", ["jazz"]),
        ("play", ["blues"]),
        ("pause", ()),
        ("volume", None),
        ("play", ["שיר"]),
        (None, ["soul"]),
    ]
    assert list(read(TINY / "dev.jsonl").splits) == ["train"]


characters = st.characters(exclude_categories=["Cs"])


@st.composite
def utterances(draw):
    text = draw(st.text(characters, min_size=1, max_size=12).filter(str.strip))
    edges = sorted(draw(st.lists(st.integers(0, len(text)), unique=True, max_size=6)))
    label = st.text(characters, min_size=1, max_size=4).filter(is_visible)
    names = draw(st.lists(label, min_size=len(edges), max_size=len(edges)))
    spans = tuple(SlotSpan(*span) for span in zip(names[::2], edges[::2], edges[1::2], strict=False))
    name = st.none() | label
    return Utterance(text, draw(name), draw(st.sampled_from([spans, None])), draw(name))


@given(st.lists(utterances(), min_size=1, max_size=4))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("round") / "a.jsonl"
    write_jsonl(path, rows)
    assert read(path).splits["train"] == rows


@pytest.mark.parametrize(
    "record, message",
    [
        ('{"text": "play jaz', "JSON"),
        ('"text"', "JSON"),
        ("{}", "'text'"),
        ('{"text": ""}', "blank"),
        ('{"text": "🎵\\ud83c"}', "surrogate"),
        ('{"text": "hi", "intent": ["a", "b"]}', "intent"),
        ('{"text": "hi", "intent": ""}', "intent.*''"),
        ('{"text": "hi", "group": 4}', "group.*4"),
        ('{"text": "hi", "spans": {"a": 1}}', "spans"),
        ('{"text": "hi", "spans": {"a": "ho"}}', "'ho'.*'hi'"),
        ('{"text": "hi", "spans": [[0, 2]]}', r"\[0, 2\]"),
        ('{"text": "hi", "label": ["a", "b"]}', "label.*'a', 'b'"),
        ('{"text": "hi", "class": "a", "category": "b"}', "'class', 'category'.*intent_column"),
        ('{"text": "hi", "intent": "a", "Intent": "b"}', "'intent', 'Intent'.*intent_column"),
        ('{"text": "hi", "split": "half"}', "'half'.*split_column"),
        ('{"text": "hi", "spans": ["a"]}', "JSON"),
        ('{"text": "hi", "spans": [{"start": 0, "end": 1}]}', r"\bname"),
        ('{"text": "hi", "spans": [{"slot": "a", "start": "0", "end": 1}]}', "numbers"),
        ('{"text": "hi", "spans": [{"slot": "a", "start": 0, "end": true}]}', "numbers"),
        ('{"text": "hi", "spans": [{"slot": "a", "start": 0, "end": 3}]}', "outside"),
        ('{"marked_text": "[](a)"}', "value"),
        ('{"annotated": "[hi](a)", "slots": []}', "slots"),
        ('{"annotated": "[hi](a)", "text": "ho"}', "agree"),
        (
            '{"text": "hi", "spans": [{"slot": "a", "start": 0, "end": 2}, {"slot": "b", "start": 1, "end": 2}]}',
            "over",
        ),
        (
            '{"text": "hi", "spans": [{"slot": "a", "start": 0, "end": 2}, {"slot": "a", "start": 0, "end": 2}]}',
            "over",
        ),
    ],
)
def test_broken_lines_are_named(tmp_path, record, message):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "fine"}\n\n' + record + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        read(path, on_error="raise")
    assert f"{path}, line 3: " in str(caught.value)
    raw = read(path, on_error="drop")
    assert (len(raw.splits["train"]), raw.dropped) == (1, {DropReason.BROKEN_RECORDS: 1})


def test_inline_marks(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"marked_text": "play [jazz](genre)", "intent": "play"}\n'
        '{"annotated": "stop", "text": "stop"}\n'
        '{"text": "see [a](b)", "annotated": true}\n'
    )
    assert read(path).splits["train"] == [
        Utterance("play jazz", "play", (SlotSpan("genre", 5, 9),)),
        Utterance("stop"),
        Utterance("see [a](b)", spans=None),
    ]
    path.write_text('{"text": "play [jazz](genre)"}\n{"text": "stop"}\n')
    found = read(path, marks=True).splits["train"]
    assert found == [Utterance("play jazz", spans=(SlotSpan("genre", 5, 9),)), Utterance("stop")]


def test_marks_in_texts_are_recognised(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        '{"text": "play [jazz](genre)", "intent": "play"}',
        '{"text": "stop"}',
        '{"text": "see [a](b)", "spans": []}',
        '{"text": "see [a](b)", "slots": null}',
        '{"text": "play [jazz] (genre)"}',
    ]
    path.write_text("\n".join(lines))
    raw = read(path)
    assert raw.splits["train"] == [
        Utterance("play jazz", "play", (SlotSpan("genre", 5, 9),)),
        Utterance("stop", None, ()),
        Utterance("see [a](b)", None, ()),  # its spans are said
        Utterance("see [a](b)", None, None),
        Utterance("play [jazz] (genre)", None, ()),
    ]
    assert raw.dropped == {DropReason.BRACKETS_THAT_ARE_NO_MARKS: 1}
    plain = read(path, marks=False)
    assert plain.splits["train"][:2] == [Utterance("play [jazz](genre)", "play", None), Utterance("stop", None, None)]
    assert plain.dropped == {}
    path.write_text("\n".join(lines[1:4]))
    assert read(path).splits["train"][0] == Utterance("stop", None, None)


def test_a_file_without_utterances_has_no_train_split(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("\n")
    assert read(path).splits == {}
    with pytest.raises(DataError, match="train.jsonl"):
        read(tmp_path, "jsonl")


def test_lines_are_plain_json(tmp_path):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [Utterance("play שיר", "play", (SlotSpan("song", 5, 8),))])
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert "שיר" in line
    assert json.loads(line)["spans"] == [{"slot_type": "song", "start": 5, "end": 8}]


def test_labels_under_other_usual_names(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"Utterance": "hi to bob", "Label": "greet", "labels": [[6, 9, "person"]], "scenario": "talk"}\n'
        '{"sentence": "bye", "CATEGORY": ["leave"], "labels": [], "Partition": "test"}\n'
        '{"query": "bye bob", "intents": "leave", "slots": [{"type": "who", "start_offset": 4, "end_offset": 7}]}\n'
        '{"text": "see bob", "intent": "meet", "label": "x", "slots": {"who": "bob"}}\n'
    )
    raw = read(path)
    assert raw.splits == {
        "train": [
            Utterance("hi to bob", "greet", (SlotSpan("person", 6, 9),), domain="talk"),
            Utterance("bye bob", "leave", (SlotSpan("who", 4, 7),)),
            Utterance("see bob", "meet", (SlotSpan("who", 4, 7),)),
        ],
        "test": [Utterance("bye", "leave", ())],
    }
    assert raw.dropped == {DropReason.VALUES_OF_UNREAD_COLUMNS.of("'label'"): 1}


def test_a_label_may_be_a_list_of_spans(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "to rome", "label": []}\n{"text": "to rome", "label": [[3, 7, "city"]]}\n')
    assert [row.spans for row in read(path).splits["train"]] == [(), (SlotSpan("city", 3, 7),)]
    path.write_text('{"text": "to rome", "label": []}\n{"text": "to rome", "label": ["go"]}\n')
    assert [(row.intent, row.spans) for row in read(path).splits["train"]] == [(None, None), ("go", None)]


def test_keys_that_are_not_read_are_counted_and_named(tmp_path, caplog):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": "hi", "intent": "greet", "entites": [[0, 2, "a"]], "id": 1}\n{"text": "ho", "intent": "greet"}\n'
    )
    unread = {key: count for key, count in read(path).dropped.items() if "is not read" in key}
    assert list(unread.values()) == [1, 1] and "'entites'" in min(unread) and "'id'" in max(unread)
    assert "'entites'" in caplog.text and "'entities'" in caplog.text and "'id'" not in caplog.text
    assert read(path, spans_column="ENTITES").splits["train"][0].spans == (SlotSpan("a", 0, 2),)
    with pytest.raises(DataError, match="'tags'.*'entites'"):
        read(path, spans_column="tags")
    path.write_text(json.dumps({"text": "hi", "intent": "greet"} | {f"key {i}": i for i in range(100)}))
    assert len(read(path).dropped) == 21 and sum(read(path).dropped.values()) == 100


def test_texts_without_a_known_label_next_to_other_keys(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "hi", "goal": "greet", "notes": "x"}\n')
    with pytest.raises(DataError, match="'goal', 'notes'.*intent_column") as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert read(path, intent_column="goal").splits["train"] == [Utterance("hi", "greet", None)]
    assert read(path, intent_column="").splits["train"] == [Utterance("hi", None, None)]
    path.write_text('{"text": "hi"}\n')
    assert read(path).splits["train"] == [Utterance("hi", None, None)]
