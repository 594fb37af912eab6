"""Tools of language models: functions to intents, arguments to slots, and frames back to calls."""

import json
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import read, tool_call
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[3] / "samples" / "tools_tiny"
TOOLS = json.loads((TINY / "tools.json").read_text(encoding="utf-8"))


def found(rows):
    return [
        (u.intent, u.text, None if u.spans is None else [(s.slot_type, u.text[s.start : s.end]) for s in u.spans])
        for u in rows
    ]


def test_the_tiny_tools():
    assert format_for(TINY).name == format_for(TINY / "train.jsonl").name == "tools"
    raw = read(TINY)
    assert found(raw.splits["train"]) == [
        (
            "book_table",
            "a table for four at Luigi's in the old town",
            [("people", "four"), ("restaurant", "Luigi's"), ("area", "old town")],
        ),
        ("book_table", "book Roma tomorrow", None),  # the date is not in the text as it is in the call
        ("set_timer", "timer for 5 minutes", [("minutes", "5")]),
        (
            "book_table",
            "Roma for Anna with a view and a cake",
            [("restaurant", "Roma"), ("guest.name", "Anna"), ("wishes", "view"), ("wishes", "cake")],
        ),
    ]
    assert found(raw.splits["test"]) == [("stop", "stop", [])]
    assert raw.dropped == {
        "utterances that are answered without a function call": 1,
        "utterances with an argument that is not found in the text, kept for their intent": 1,
        "enumerations and numbers of calls that are not in the text": 1,
        DropReason.UTTERANCES_WITH_SEVERAL_INTENTS: 1,
    }
    assert set(raw.catalogs["area"].values) == {"old_town", "harbour"}
    assert raw.catalogs["people"].type_name == raw.catalogs["minutes"].type_name == "builtin.number"
    assert raw.catalogs["day"].type_name == "builtin.date"


def test_files_in_other_places(tmp_path):
    (tmp_path / "mine.json").write_text((TINY / "tools.json").read_text())
    lines = (TINY / "train.jsonl").read_text()
    (tmp_path / "chats.jsonl").write_text(lines)
    expected = read(TINY).splits["train"]

    def same(raw):
        assert found(raw.splits["train"]) == found(expected)
        assert set(raw.catalogs) == {"area", "people", "minutes", "day"}

    same(read(tmp_path / "chats.jsonl", tools=str(tmp_path / "mine.json")))
    same(read(tmp_path / "mine.json", "tools", sentences=str(tmp_path / "chats.jsonl")))
    same(read(tmp_path / "mine.json", "tools"))
    raw = read(tmp_path / "chats.jsonl")  # without the functions
    assert [u.intent for u in raw.splits["train"]] == [u.intent for u in expected] and raw.catalogs == {}
    (tmp_path / "chats.jsonl").unlink()
    with pytest.raises(DataError, match=r"mine\.json.*sentences"):
        read(tmp_path / "mine.json", "tools")


@pytest.mark.parametrize("indent", [None, 2])
def test_records_in_one_list(tmp_path, indent):
    for split in ("train", "test"):
        records = [json.loads(line) for line in (TINY / f"{split}.jsonl").read_text().splitlines() if line.strip()]
        (tmp_path / f"{split}.json").write_text(json.dumps(records, indent=indent))
    path = tmp_path / "train.json"
    assert format_for(path).name == "tools"
    assert found(read(path, tools=str(TINY / "tools.json")).splits["train"]) == found(read(TINY).splits["train"])
    (tmp_path / "tools.json").write_text(json.dumps(TOOLS, indent=indent))
    assert format_for(tmp_path).name == "tools"
    assert {split: found(rows) for split, rows in read(tmp_path).splits.items()} == {
        split: found(rows) for split, rows in read(TINY).splits.items()
    }
    assert read(path).catalogs == read(TINY).catalogs  # the functions are next to it


@pytest.mark.parametrize(
    "content, culprit",
    [
        ('[{"text": "hi", "function": "stop", "arguments": {}}, 3]', r"train\.json, record 2.*object"),
        ('[{"text": "hi", "function": "stop", "arguments": {}}', r"train\.json.*JSON"),
        ('[{"messages": [{"role": "user", ', r"train\.json.*JSON"),
    ],
)
def test_broken_lists(tmp_path, content, culprit):
    (tmp_path / "train.json").write_text(content)
    with pytest.raises(DataError, match=culprit):
        read(tmp_path / "train.json", on_error="raise")


def test_functions_in_the_records(tmp_path):
    record = json.loads((TINY / "train.jsonl").read_text().splitlines()[0]) | {"tools": TOOLS}
    path = tmp_path / "chats.jsonl"
    path.write_text(json.dumps(record))
    assert read(path).catalogs["people"].type_name == "builtin.number"


@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: {"tools": t}, lambda t: {"result": {"tools": t}}])
def test_forms_of_the_list(tmp_path, wrap):
    (tmp_path / "tools.json").write_text(json.dumps(wrap(TOOLS)))
    (tmp_path / "a.jsonl").write_text('{"text": "stop", "function": "stop", "arguments": {}}')
    assert format_for(tmp_path).name == format_for(tmp_path / "tools.json").name == "tools"
    assert set(read(tmp_path).catalogs) == {"area", "people", "minutes", "day"}


def test_turns_without_a_call():
    raw = read(TINY, no_call_intent="out_of_scope")
    chat = [u for u in raw.splits["train"] if u.group is not None]
    assert found(chat)[1] == ("out_of_scope", "thanks", []) and chat[0].group == chat[1].group


@pytest.mark.parametrize(
    "line, culprit",
    [
        ('{"text": "hi", "function": "fly", "arguments": {}}', "'fly'"),
        ('{"text": 3.5, "function": "stop", "arguments": []}', "arguments"),
        ('{"text": "hi", "function": "stop", "arguments": "{"}', "'stop'"),
        ('{"text": null, "function": "stop", "arguments": {}}', "text"),
        ('{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [1]}]}', "tool_calls"),
        ("[]", "object"),
        ("{", "JSON"),
    ],
)
def test_broken_records(tmp_path, line, culprit):
    (tmp_path / "tools.json").write_text(json.dumps(TOOLS))
    path = tmp_path / "train.jsonl"
    path.write_text('{"text": "stop", "function": "stop", "arguments": {}}\n' + line)
    with pytest.raises(DataError, match=rf"train\.jsonl, line 2.*{culprit}"):
        read(tmp_path, on_error="raise")
    assert read(tmp_path, on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1


@pytest.mark.parametrize(
    "functions, culprit",
    [
        ([*TOOLS, TOOLS[1]], "'stop'"),
        ([*TOOLS, {"name": " "}], "function 4"),
        ([{"name": "a", "parameters": {"properties": {"b": 3}}}], "'b'"),
        ([{"name": "a", "parameters": {"properties": {"b": {"enum": 3}}}}], "'b'"),
        ({"a": 1}, "functions"),
        ([], "functions"),
    ],
)
def test_broken_functions(tmp_path, functions, culprit):
    (tmp_path / "tools.json").write_text(json.dumps(functions))
    (tmp_path / "a.jsonl").write_text('{"text": "stop", "function": "stop", "arguments": {}}')
    with pytest.raises(DataError, match=rf"tools\.json.*{culprit}"):
        read(tmp_path, "tools")
    (tmp_path / "a.jsonl").write_text("")
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path, "tools")


def slot(slot_type, text, **resolved):
    return {"slot_type": slot_type, "value": text, "start": 0, "end": 1} | ({"resolved": resolved} if resolved else {})


@pytest.mark.parametrize(
    "intent, slots, arguments",
    [
        ("stop", [], {}),
        ("book_table", [slot("people", "four", value=4, kind="number"), slot("restaurant", "Roma")],
         {"people": 4, "restaurant": "Roma"}),
        ("book_table", [slot("people", "1,200")], {"people": 1200}),
        ("book_table", [slot("people", "a few"), slot("people", "2.5"), slot("zoo", "x")], {}),
        ("book_table", [slot("area", "Old  Town"), slot("outside", "yes")], {"area": "old_town", "outside": True}),
        ("book_table", [slot("area", "the port", value="harbour")], {"area": "harbour"}),
        ("book_table", [slot("area", "the moon")], {}),
        ("book_table", [slot("guest.name", "Anna"), slot("wishes", "view"), slot("wishes", "cake")],
         {"guest": {"name": "Anna"}, "wishes": ["view", "cake"]}),
        ("set_timer", [slot("minutes", "2.5")], {"minutes": 2.5}),
        ("set_timer", [slot("minutes", "nan")], {}),
    ],
)  # fmt: skip
def test_a_frame_becomes_a_call(intent, slots, arguments):
    frame = {"text": "x", "intent": intent, "score": 0.9, "slots": slots}
    assert tool_call(frame, TOOLS) == {"name": intent, "arguments": arguments}


def test_a_frame_of_no_function_is_not_a_call():
    assert tool_call({"text": "x", "intent": "out_of_scope", "slots": []}, TOOLS) is None
    with pytest.raises(DataError, match="tools"):
        tool_call({"text": "x", "intent": "stop", "slots": []}, [])
