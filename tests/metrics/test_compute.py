import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import steps_of
from transformers import EvalPrediction

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.schema import Utterance
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_for, tags_to_spans
from modeling_bilstm_nlu.metrics.compute import IGNORED, make_compute_metrics, score_frames
from modeling_bilstm_nlu.metrics.frames import GoldFrame

INTENTS, SLOT_TYPES = ["play", "stop"], ["song", "room"]
TAGS = tags_for(SLOT_TYPES)
OUT, B_SONG, I_SONG, B_ROOM, I_ROOM = range(5)
SCORES = {
    "intent_accuracy",
    "intent_error",
    "slot_precision",
    "slot_recall",
    "slot_f1",
    "slot_error",
    "frame_accuracy",
    "frame_error",
    "combined_error",
    "semantic_error_rate",
}
COUNTS = {"num_utterances", "num_intent_annotated", "num_slot_annotated", "num_frame_annotated"}


def compute(intent_ids, slot_ids, intent_labels, slot_labels):
    arrays = [np.array(x) for x in (intent_ids, slot_ids, intent_labels, slot_labels)]
    return make_compute_metrics(INTENTS, SLOT_TYPES)(EvalPrediction((arrays[0], arrays[1]), (arrays[2], arrays[3])))


def test_score_frames_gives_every_key():
    gold = [GoldFrame("play", [("song", 5, 9)]), GoldFrame("stop", [])]
    scores = score_frames(gold, [GoldFrame("play", [("song", 5, 9), ("room", 0, 4)]), GoldFrame("play", [])])
    assert scores == pytest.approx(
        {
            "num_utterances": 2,
            "num_intent_annotated": 2,
            "num_slot_annotated": 2,
            "num_frame_annotated": 2,
            "intent_accuracy": 1 / 2,
            "intent_error": 1 / 2,
            "slot_precision": 1 / 2,
            "slot_recall": 1,
            "slot_f1": 2 / 3,
            "slot_error": 1 / 3,
            "frame_accuracy": 0,
            "frame_error": 1,
            "combined_error": (1 / 2 + 1 / 3) / 2,
            "semantic_error_rate": 2 / 3,  # 1 inserted, 1 wrong intent; 1 gold slot, 2 gold intents
        }
    )
    assert scores.keys() == SCORES | COUNTS


def test_a_perfect_prediction():
    gold = [Utterance("play jazz", "play", (("song", 5, 9),)), Utterance("stop", "stop", ())]
    scores = score_frames(gold, gold)
    assert {key for key in SCORES if scores[key] == 0} == {key for key in SCORES if "error" in key}
    assert {key for key in SCORES if scores[key] == 1} == {key for key in SCORES if "error" not in key}


@pytest.mark.parametrize(
    "gold, missing, num_intent, num_slot",
    [
        ([GoldFrame("play", None)], {"slot_precision", "slot_recall", "slot_f1", "slot_error"}, 1, 0),
        ([GoldFrame(None, [])], {"intent_accuracy", "intent_error"}, 0, 1),
        ([GoldFrame("play", None), GoldFrame(None, [])], set(), 1, 1),
        ([GoldFrame(None, None)], SCORES, 0, 0),
        ([], SCORES, 0, 0),
    ],
)
def test_scores_that_the_data_cannot_speak_of_are_left_out(gold, missing, num_intent, num_slot):
    scores = score_frames(gold, gold)
    assert scores.keys() == (SCORES | COUNTS) - missing
    assert (scores["num_intent_annotated"], scores["num_slot_annotated"]) == (num_intent, num_slot)
    assert scores["num_frame_annotated"] == 0 and scores["num_utterances"] == len(gold)


def test_the_combined_error_of_one_annotation_is_that_one():
    intents_only = score_frames([GoldFrame("play", None), GoldFrame("stop", None)], [GoldFrame("play")] * 2)
    assert intents_only["combined_error"] == intents_only["intent_error"] == intents_only["frame_error"] == 1 / 2
    slots_only = score_frames([GoldFrame(None, [("song", 0, 1)])], [GoldFrame("play", [])])
    assert slots_only["combined_error"] == slots_only["slot_error"] == slots_only["frame_error"] == 1


@pytest.mark.parametrize(
    "slot_ids, slot_labels, f1, frame_accuracy",
    [
        ([OUT, B_SONG, I_SONG], [OUT, B_SONG, I_SONG], 1, 1),
        ([B_SONG, I_SONG, I_SONG], [OUT, B_SONG, I_SONG], 0, 0),
        ([OUT, I_SONG, I_SONG], [OUT, B_SONG, I_SONG], 0, 0),
        ([OUT, I_SONG, I_SONG], [OUT, OUT, OUT], 1, 1),  # I- without B- is no slot
        ([I_ROOM, B_SONG, I_SONG], [OUT, B_SONG, I_SONG], 1, 1),
        ([B_SONG, B_SONG, I_SONG], [B_SONG, B_SONG, I_SONG], 1, 1),
        ([B_SONG, I_ROOM, I_ROOM], [B_SONG, OUT, OUT], 1, 1),
        ([OUT, OUT, OUT], [OUT, OUT, OUT], 1, 1),
        # padding at the end: whatever the model said there does not count
        ([B_SONG, OUT, B_ROOM], [B_SONG, OUT, IGNORED], 1, 1),
        ([B_SONG, IGNORED, IGNORED], [B_SONG, IGNORED, IGNORED], 1, 1),
        # at the front, as a tokenizer that pads on the left would have it
        ([IGNORED, B_SONG, I_SONG], [IGNORED, B_SONG, I_SONG], 1, 1),
        ([B_SONG, I_SONG, OUT], [IGNORED, B_SONG, OUT], 0, 0),  # the I- that is left continues nothing
        # in the middle, as special tokens or later pieces of a word: the words on both sides are neighbours
        ([B_SONG, IGNORED, I_SONG], [B_SONG, IGNORED, I_SONG], 1, 1),
        ([B_SONG, B_ROOM, I_SONG], [B_SONG, IGNORED, I_SONG], 1, 1),
        ([IGNORED, B_SONG, OUT], [OUT, B_SONG, OUT], 1, 1),  # -100 for a word that has a label is O
    ],
)
def test_slot_ids_of_one_row(slot_ids, slot_labels, f1, frame_accuracy):
    scores = compute([0], [slot_ids], [0], [slot_labels])
    assert (scores["slot_f1"], scores["frame_accuracy"]) == (f1, frame_accuracy)


def test_rows_do_not_run_into_each_other():
    # The last word of the first row and the first of the second are neighbours in memory, not in speech.
    labels = [[OUT, B_SONG], [OUT, OUT]]
    assert compute([0, 0], [[OUT, B_SONG], [I_SONG, OUT]], [0, 0], labels)["slot_f1"] == 1


def test_rows_without_annotation():
    scores = compute(
        intent_ids=[0, 1, 1, 1],
        slot_ids=[[B_SONG, OUT], [B_SONG, OUT], [B_ROOM, I_ROOM], [OUT, OUT]],
        intent_labels=[0, 0, IGNORED, IGNORED],
        slot_labels=[[B_SONG, OUT], [IGNORED, IGNORED], [B_ROOM, OUT], [IGNORED, IGNORED]],
    )
    assert scores["num_utterances"] == 4
    assert (scores["num_intent_annotated"], scores["num_slot_annotated"], scores["num_frame_annotated"]) == (2, 2, 1)
    assert scores["intent_accuracy"] == 1 / 2  # rows 0 and 1
    assert scores["slot_f1"] == 1 / 2  # rows 0 and 2
    assert scores["frame_accuracy"] == 1  # row 0
    assert scores["combined_error"] == 1 / 2


def test_a_row_without_slots_is_not_a_row_without_annotation():
    assert compute([0], [[OUT, OUT]], [0], [[OUT, OUT]])["num_slot_annotated"] == 1


@pytest.mark.parametrize(
    "arrays, message",
    [
        (([0], [[OUT, OUT]], [0], [[OUT, OUT, OUT]]), "shapes"),
        (([0, 0], [[OUT]], [0], [[OUT]]), "shapes"),
        (([[0.1, 0.9]], [[OUT]], [0], [[OUT]]), "arg-max"),
        (([0], [[[0.1, 0.9]]], [0], [[OUT]]), "arg-max"),
        (([2], [[OUT]], [0], [[OUT]]), "intent id 2"),
        (([0], [[5]], [0], [[OUT]]), "slot tag id 5"),
        (([0], [[OUT]], [0], [[-1]]), "slot tag id -1"),
    ],
)
def test_ids_that_do_not_fit_are_errors(arrays, message):
    with pytest.raises(DataError, match=message):
        compute(*arrays)


def test_one_array_is_no_pair():
    with pytest.raises(DataError, match="predictions"):
        make_compute_metrics(INTENTS, SLOT_TYPES)(EvalPrediction(np.zeros(3), (np.zeros(3), np.zeros((3, 2)))))


def test_further_outputs_and_a_domain_without_slots_do_no_harm():
    arrays = np.array([0, 1]), np.array([[0, 0], [0, IGNORED]])
    scores = make_compute_metrics(INTENTS, [])(EvalPrediction((*arrays, np.zeros((2, 9))), arrays))
    assert scores["frame_accuracy"] == scores["slot_f1"] == 1


ROWS = st.integers(0, 5).flatmap(
    lambda size: st.tuples(
        st.integers(0, 1),
        st.integers(-1, 1),
        st.lists(st.integers(0, len(TAGS) - 1), min_size=size, max_size=size),
        st.lists(st.integers(0, len(TAGS) - 1), min_size=size, max_size=size),
    )
)


@given(st.lists(ROWS, min_size=1, max_size=6), st.integers(0, 3))
def test_ids_give_the_scores_of_the_strings(rows, padding):
    """The array code against ``tags_to_spans`` and ``score_frames``, over rows of every length."""
    width = max(len(tags) for _, _, _, tags in rows) + padding
    slot_ids = np.full((len(rows), width), IGNORED)
    slot_labels = slot_ids.copy()
    gold, predicted = [], []
    for row, (intent_id, intent_label, ids, labels) in enumerate(rows):
        slot_ids[row, : len(ids)], slot_labels[row, : len(ids)] = ids, labels
        words = [(i, i + 1) for i in range(len(ids))]
        intent = None if intent_label < 0 else INTENTS[intent_label]
        gold.append(GoldFrame(intent, tags_to_spans(words, [TAGS[i] for i in labels]) if labels else None))
        predicted.append(GoldFrame(INTENTS[intent_id], tags_to_spans(words, [TAGS[i] for i in ids])))
    intent_ids = [intent_id for intent_id, _, _, _ in rows]
    intent_labels = [IGNORED if label < 0 else label for _, label, _, _ in rows]
    scores = compute(intent_ids, slot_ids, intent_labels, slot_labels)
    assert scores == score_frames(gold, predicted)
    assert all(0 <= scores[key] <= 1 for key in scores.keys() & SCORES - {"semantic_error_rate"})


def many_predictions(num_utterances: int) -> EvalPrediction:
    """Of a model with 40 slot types, some of them wrong."""
    random = np.random.default_rng(0)
    slot_labels = random.integers(0, 81, (num_utterances, 12))
    slot_labels[random.random(slot_labels.shape) < 0.6] = OUT
    slot_labels[np.arange(12) >= random.integers(3, 13, (num_utterances, 1))] = IGNORED
    slot_ids = np.where(random.random(slot_labels.shape) < 0.3, 1, slot_labels)
    intents = random.integers(0, 2, num_utterances)
    return EvalPrediction((intents, slot_ids), (intents, slot_labels))


def test_thousands_of_utterances_take_a_hundred_steps_each():
    compute_metrics = make_compute_metrics(INTENTS, [f"type{i}" for i in range(40)])
    assert steps_of(compute_metrics, many_predictions(3000)) < 100 * 3000  # 88 each
    scores = compute_metrics(many_predictions(3000))
    assert 0 < scores["slot_f1"] < 1 and scores["intent_accuracy"] == 1
