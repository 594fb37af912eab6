"""Schema-Guided Dialogue: user turns with the intents that they state; frames and carried intents by option."""

import json
import shutil
from pathlib import Path

import pytest
from readme_counts import counts_of, readme_counts

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import SlotSpan, available_corpora, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.spans import without_overlaps

TINY = Path(__file__).parents[2] / "samples" / "sgd_tiny"


def labels(rows):
    return [(u.domain, u.intent, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans]) for u in rows]


def test_the_tiny_folder():
    raw = read(TINY)
    assert raw.name == "sgd" and raw.info.family == "sgd" and list(raw.splits) == ["validation", "train"]
    assert labels(raw.splits["train"]) == [
        ("Boats_1", "FindBoat", [("to", "Capri")]),
        ("Boats_1", None, [("date", "Monday")]),
        ("Boats_1", None, []),
        ("Boats_1", None, []),
        ("Boats_1", "BookBoat", [("from", "Port of Capri")]),
        ("Zoos_1", "FindZoo", [("city", "Rome")]),
    ]
    assert [u.group for u in raw.splits["train"]] == ["train/1_00000"] * 4 + ["train/1_00001"] * 2
    assert raw.dropped == {
        DropReason.INTENTS_CARRIED_OVER: 2,
        "active intents NONE, left unlabelled": 1,
        DropReason.OTHER_FRAMES: 1,
        DropReason.SLOTS_OF_OTHER_FRAMES: 1,
        DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE: 1,
    }


def test_intents_that_the_turn_does_not_state():
    intents = [u.intent for u in read(TINY, carried_intents="keep").splits["train"]]
    assert intents == ["FindBoat", "FindBoat", "BookBoat", None, "BookBoat", "FindZoo"]
    raw = read(TINY, carried_intents="drop")
    assert len(raw.splits["train"]) == 4 and raw.dropped[DropReason.USER_TURNS_WITH_AN_INTENT_CARRIED_OVER] == 2
    raw = read(TINY, no_intent="fallback")
    assert raw.splits["train"][3].intent == "out_of_scope"
    assert raw.dropped["active intents NONE, now out_of_scope"] == 1
    raw = read(TINY, no_intent="drop")
    assert len(raw.splits["train"]) == 5 and raw.dropped[DropReason.USER_TURNS_WITHOUT_AN_ACTIVE_INTENT] == 1


def test_turns_with_two_frames():
    turn = read(TINY, frames="first").splits["train"][-1:]
    assert labels(turn) == [("Boats_1", None, [("boat", "Aurora")])]
    turn = read(TINY, frames="merge").splits["train"][-1:]
    assert labels(turn) == [("Zoos_1", "FindZoo", [("boat", "Aurora"), ("city", "Rome")])]
    raw = read(TINY, frames="drop")
    assert len(raw.splits["train"]) == 5 and raw.dropped[DropReason.USER_TURNS_WITH_SEVERAL_FRAMES] == 1


@pytest.mark.parametrize("option", ["frames", "carried_intents", "no_intent"])
def test_unknown_policies(option):
    with pytest.raises(DataError, match=f"{option}='all'"):
        read(TINY, **{option: "all"})


def test_parts_of_the_folder():
    assert list(read(TINY / "dev").splits) == list(read(TINY / "dev" / "dialogues_001.json").splits) == ["validation"]
    assert [u.domain for u in read(TINY, domains="Zoos_1").splits["train"]] == ["Zoos_1"]
    raw = read(TINY, published_splits=False)
    assert list(raw.splits) == ["train"]
    assert {u.group for u in raw.splits["train"]} == {"train/1_00000", "train/1_00001", "validation/1_00000"}


def test_what_is_recognised(tmp_path):
    for path in (TINY, TINY / "dev", TINY / "train" / "dialogues_001.json"):
        assert format_for(path).name == "sgd"
    (tmp_path / "dialogues_001.json").write_text("[]")
    recognises = format_for(TINY, "sgd").sniff
    assert not any(map(recognises, (tmp_path, tmp_path / "dialogues_001.json", TINY / "train" / "schema.json")))
    with pytest.raises(DataError, match="<split>/dialogues_001.json"):
        read(TINY.parent / "seq_tiny", "sgd")


def changed(path, **changes):
    """The first user turn of the tiny folder with other values in the turn, its frame, state or slot."""
    dialogues = json.loads((TINY / "train" / "dialogues_001.json").read_text())
    turn = dialogues[0]["turns"][0]
    frame = turn["frames"][0]
    for record in (dialogues[0], turn, frame, frame["state"], frame["slots"][0]):
        record.update({key: value for key, value in changes.items() if key in record})
    path.write_text(json.dumps(dialogues))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"dialogue_id": 7}, "dialogue 1.*'dialogue_id'"),
        ({"turns": {}}, "dialogue 1.*'turns'"),
        ({"turns": [3]}, "dialogue 1.*'turns'"),
        ({"speaker": "Boat"}, "turn 1.*'speaker'"),
        ({"utterance": None}, "turn 1"),
        ({"utterance": " "}, "turn 1.*blank"),
        ({"frames": [None]}, "turn 1.*'frames'"),
        ({"actions": 1}, "turn 1.*'actions'"),
        ({"state": []}, "turn 1.*'state'"),
        ({"service": "\ud800"}, "turn 1.*'service'"),
        ({"active_intent": ""}, "turn 1.*'active_intent'"),
        ({"slot": 5}, "turn 1.*'slot'"),
        ({"start": True}, "turn 1.*slot"),
        ({"exclusive_end": 99}, "turn 1.*outside"),
    ],
)
def test_broken_records_name_the_turn(tmp_path, changes, message):
    path = tmp_path / "dialogues_001.json"
    changed(path, **changes)
    with pytest.raises(DataError, match=message) as caught:
        read(path, on_error="raise")
    assert str(caught.value).startswith(f"{path}, dialogue 1")
    assert read(path, on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1


@pytest.mark.parametrize("content, message", [("", "JSON"), ("{}", "dialogues"), ("[[]]", "JSON")])
def test_broken_files(tmp_path, content, message):
    path = tmp_path / "dialogues_001.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        read(path, "sgd")


def test_a_turn_without_frames(tmp_path):
    path = tmp_path / "dialogues_001.json"
    changed(path, frames=[])
    assert read(path).dropped[DropReason.USER_TURNS_WITHOUT_A_FRAME] == 1


def test_overlapping_spans():
    wide, left, right = SlotSpan("a", 0, 9), SlotSpan("b", 0, 4), SlotSpan("c", 5, 9)
    assert without_overlaps([right, left]) == (left, right)
    assert without_overlaps([left, wide, right]) == (wide,)
    twins = [SlotSpan("date", 2, 4), SlotSpan("time", 2, 4), SlotSpan("x", 0, 2), SlotSpan("y", 4, 6)]
    for order in (twins, twins[::-1]):
        assert [span.slot_type for span in without_overlaps(order)] == ["x", "date", "y"]
        assert [span.slot_type for span in without_overlaps(order, preferred=["time"])] == ["x", "time", "y"]


# --- the published sample


def test_the_published_files_as_their_publisher_counts(shared_dir):
    folder = shared_dir / "data" / "sgd"
    raw = read(folder, frames="merge", carried_intents="keep")
    table = readme_counts(folder / "README.md")
    *most, spans = table["train"]
    assert counts_of(raw.splits["train"]) == (*most, spans - 2)  # two spans lie in longer ones
    assert counts_of(raw.splits["validation"]) == table["dev"]
    assert counts_of(raw.splits["test"]) == table["test"]
    assert sum(u.intent is None for u in raw.splits["train"]) == 3_823  # NONE in all frames
    assert raw.dropped == {
        "active intents NONE, left unlabelled": 5_424,
        DropReason.OTHER_FRAMES: 1_707,
        DropReason.SLOTS_THAT_OVERLAP_A_KEPT_ONE: 2,
    }
    assert set(available_corpora()["sgd"].domains) == {u.domain for rows in raw.splits.values() for u in rows}


def test_the_published_dev_files_by_default(shared_dir):
    raw = read(shared_dir / "data" / "sgd" / "dev")
    assert counts_of(raw.splits["validation"]) == (8_456, 7_252, 17, 27, 38, 3_198)
    assert sum(u.intent is not None for u in raw.splits["validation"]) == 1_845
    assert raw.dropped == {
        DropReason.INTENTS_CARRIED_OVER: 5_999,
        "active intents NONE, left unlabelled": 612,
        DropReason.OTHER_FRAMES: 187,
        DropReason.SLOTS_OF_OTHER_FRAMES: 21,
    }
    assert len(read(shared_dir / "data" / "sgd" / "dev", frames="drop").splits["validation"]) == 8_456 - 187


def test_a_service_that_only_test_has(shared_dir):
    domain = load_domain("sgd/Trains_1", data_dir=shared_dir / "data", published_splits=False)
    assert domain.spec.intents == ("FindTrains", "GetTrainTickets")
    groups = [set(rows["group"]) for rows in domain.splits.values()]
    assert len(groups) == 3 and not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])


def test_a_corpus_in_several_folders(tmp_path):
    tiny = Path(__file__).parents[2] / "samples" / "sgd_tiny"
    whole = read(tiny)
    for split in ("train", "dev"):
        shutil.copytree(tiny / split, tmp_path / split / split)
    raw = read(tmp_path / "train", more=[str(tmp_path / "dev")])
    assert raw.splits == whole.splits and raw.dropped == whole.dropped
    raw = read(tmp_path / "train", more=str(tiny))  # the dialogues of train are in both
    assert raw.splits == whole.splits and raw.dropped["dialogues that another file has already"] > 0
    with pytest.raises(DataError, match="nowhere"):
        read(tmp_path / "train", more=str(tmp_path / "nowhere"))
