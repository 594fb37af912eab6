"""The utterances whose answer changed, worst first, and the files that they are written to."""

import csv
import json
from pathlib import Path

import pytest
from labelled import case

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.reports.changes import changes_of, write_changes

A = [case("one"), case("two"), case("three", answer="stop"), case("four", answer="stop"), case("five"), case("six")]
B = [
    case("one"),
    case("two", answer="stop", score=0.6),
    case("three"),
    case("four", answer="none", accepted=False),
    case("five", answer="stop", score=0.9),
    case("six", score=0.7),
]


def test_what_got_worse_is_first_with_the_surest_wrong_answer():
    found = [(change.kind, change.a.text) for change in changes_of(A, B)]
    assert found == [("worse", "five"), ("worse", "two"), ("other", "four"), ("better", "three")]


def test_one_utterance_of_each_carrier_phrase_is_before_the_second_of_any():
    a = [case(f"play {i}", group="play") for i in range(3)] + [case("halt", "stop", group="halt")]
    b = [case(f"play {i}", answer="stop", score=0.9, group="play") for i in range(3)]
    b.append(case("halt", "stop", answer="play", score=0.1, group="halt"))
    assert [change.a.text for change in changes_of(a, b)] == ["play 0", "halt", "play 1", "play 2"]


def test_two_rejections_are_no_change():
    a, b = case("x", answer="stop", accepted=False), case("x", answer="play", accepted=False)
    assert not changes_of([a], [b])


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_all_changes_are_written(tmp_path: Path, suffix: str):
    path = tmp_path / f"changes{suffix}"
    write_changes(path, changes_of(A, B))
    text = path.read_text(encoding="utf-8")
    if suffix == ".jsonl":
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["text"] for line in lines] == ["five", "two", "four", "three"]
        assert lines[0]["b"] == {"intent": "stop", "text": "five", "score": 0.9, "accepted": True, "right": False}
    else:
        lines = list(csv.DictReader(text.splitlines()))
        assert [line["text"] for line in lines] == ["five", "two", "four", "three"] and lines[0]["b intent"] == "stop"


def test_slots_are_marked_in_the_text():
    (change,) = changes_of([case("play [jazz](genre)")], [case("play [jazz](genre)", slots="play jazz")])
    line = change.to_dict()
    assert (line["gold"]["text"], line["a"]["text"], line["b"]["text"]) == (
        "play [jazz](genre)",
        "play [jazz](genre)",
        "play jazz",
    )


def test_another_name_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="changes.txt"):
        write_changes(tmp_path / "changes.txt", [])
