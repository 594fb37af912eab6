"""Broken records: a few are left out and shown, more stop the reading, and ``raise`` stops at the first."""

import json

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import RawDomain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason


def lines(tmp_path, num_good, num_broken):
    path = tmp_path / "a.jsonl"
    good = [json.dumps({"text": f"go {number}", "intent": "go"}) for number in range(num_good)]
    path.write_text("\n".join([*good, *num_broken * ["{"]]))
    return path


@pytest.mark.parametrize("num_good, num_broken", [(1, 3), (96, 4), (95, 5), (190, 10)])
def test_a_few_broken_records_are_left_out_and_shown(tmp_path, caplog, num_good, num_broken):
    path = lines(tmp_path, num_good, num_broken)
    raw = read(path, "jsonl")
    assert len(raw.splits["train"]) == num_good and raw.dropped == {DropReason.BROKEN_RECORDS: num_broken}
    assert f"{num_broken} of {num_good + num_broken}" in caplog.text
    for number in (1, 2, 3):
        assert f"{path}, line {num_good + number}: " in caplog.text
    assert f"line {num_good + 4}" not in caplog.text


@pytest.mark.parametrize("num_good, num_broken", [(0, 1), (0, 3), (1, 4), (75, 4), (189, 10)])
def test_more_broken_records_stop_the_reading(tmp_path, num_good, num_broken):
    path = lines(tmp_path, num_good, num_broken)
    with pytest.raises(DataError) as caught:
        read(path, "jsonl")
    message = str(caught.value)
    assert f"{num_broken} of {num_good + num_broken}" in message and "on_error='drop'" in message
    assert f"{path}, line {num_good + 1}: " in message
    assert len(read(path, "jsonl", on_error="drop").splits.get("train", ())) == num_good


def test_strict_reading_stops_at_the_first(tmp_path):
    path = lines(tmp_path, 200, 1)
    with pytest.raises(DataError, match=f"{path}, line 201: .*on_error='drop'"):
        read(path, on_error="raise")


def test_a_record_that_is_handled_twice_counts_once():
    raw = RawDomain("a")
    for _ in range(100):
        with raw.record("line 1"):
            pass
    for number in range(4):
        with raw.record(f"line {number}"):
            raise DataError("is broken")
    with pytest.raises(DataError, match="4 of 4"):
        raw.broken.check("a", is_empty=False)


#: File name -> how to write 4 records of which the last is broken.
SOURCES = {
    "a.csv": "text,intent\ngo,x\nstop,y\nwait,x\nhalt\n",
    "a.conll": "go O\n\nstop O\n\nwait O\n\nhalt\n",
    "a.lu": "# x\n- go\n- stop\n- wait\n- {@a=\n",
    "a.json": json.dumps({"rasa_nlu_data": {"common_examples": [*({"text": f"go {n}"} for n in range(3)), 4]}}),
    "go.intent": "go\nstop\nwait\n(halt\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_reader_leaves_out_a_few(tmp_path, name):
    path = tmp_path / name
    path.write_text(SOURCES[name])
    path = tmp_path if name.endswith(".intent") else path
    raw = read(path)
    assert len(raw.splits["train"]) == 3 and raw.dropped[DropReason.BROKEN_RECORDS] == 1
    with pytest.raises(DataError, match=name):
        read(path, on_error="raise")
