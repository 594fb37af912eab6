"""Labels as numbers, whatever the pieces are that the rows come in."""

import numpy as np
import pyarrow as pa
from datasets import concatenate_datasets

from modeling_bilstm_nlu.data import SlotSpan, Utterance, to_dataset
from modeling_bilstm_nlu.data.mixtures.label_arrays import LabelArrays, coded

ROWS = [
    Utterance("play jazz", "play", (SlotSpan("genre", 5, 9),)),
    Utterance("hm", None, None),
    Utterance("put jazz on in the hall", "on", (SlotSpan("genre", 4, 8), SlotSpan("room", 19, 23))),
    Utterance("stop", "stop", ()),
]


def test_texts_are_numbered_without_joining_arrays():
    names, codes = coded([pa.array(["a", None]), pa.array([], pa.string()), pa.array(["b", "a"])])
    assert (names, codes.tolist()) == (["a", "b"], [0, -1, 1, 0])
    assert coded([])[0] == [] and coded([])[1].tolist() == []


def test_pieces_give_the_same_labels_as_one_table():
    whole = LabelArrays.of([to_dataset(ROWS)])
    pieces = concatenate_datasets([to_dataset(ROWS[:1]), to_dataset(ROWS[1:])])  # one table of two chunks
    for tables in ([pieces], [to_dataset(ROWS[:2]), to_dataset(ROWS[2:])], [to_dataset(ROWS[:0]), pieces]):
        found = LabelArrays.of(tables)
        assert found.intents == whole.intents == ["play", "on", "stop"] and found.slot_types == ["genre", "room"]
        assert found.intent.tolist() == whole.intent.tolist() == [0, -1, 1, 2]
        assert found.slot_type.tolist() == [0, 0, 1] and found.slot_row.tolist() == [0, 2, 2]
    spec = whole.spec("some", np.array([1, 2]))
    assert (spec.intents, spec.slot_types) == (("on",), ("genre", "room"))
    assert whole.known(np.array([0, 1, 2]), np.array([0])).tolist() == [0, 1]
    part = LabelArrays.of([pieces.select([2, 3])])
    assert part.slot_row.tolist() == [0, 0] and part.intents == ["on", "stop"]
