import evaluate
import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.metrics import GoldFrame, NluMetric, score_frames
from modeling_bilstm_nlu.metrics import nlu_metric as script

REFERENCES = [
    {"intent": None, "tags": ["O", "B-song", "I-song"]},  # the first one decides on types in some releases
    {"intent": "play", "tags": ["O", "B-song", "I-song"]},
    {"intent": "stop", "tags": []},
    {"intent": "stop", "tags": None},
]
PREDICTIONS = [
    {"intent": "play", "tags": ["O", "B-song", "O"]},
    {"intent": "play", "tags": ["O", "B-song", "I-song"]},
    {"intent": "play", "tags": []},
    {"intent": "stop", "tags": ["O"]},
]
EXPECTED = score_frames(
    [
        GoldFrame(None, [("song", 1, 3)]),
        GoldFrame("play", [("song", 1, 3)]),
        GoldFrame("stop", []),
        GoldFrame("stop", None),
    ],
    [
        GoldFrame("play", [("song", 1, 2)]),
        GoldFrame("play", [("song", 1, 3)]),
        GoldFrame("play", []),
        GoldFrame("stop", []),
    ],
)


def with_spans(frames):
    """The same frames with ``spans`` for ``tags``."""
    return [
        {"intent": frame["intent"], "spans": script._as_stored(frame)["spans"]}  # as the metric stores them
        for frame in frames
    ]


@pytest.mark.parametrize("convert", [list, with_spans])
def test_the_numbers_of_score_frames(convert):
    assert NluMetric().compute(predictions=convert(PREDICTIONS), references=convert(REFERENCES)) == EXPECTED


def test_in_batches_and_one_by_one():
    metric = NluMetric()
    metric.add_batch(predictions=PREDICTIONS[:3], references=REFERENCES[:3])
    metric.add(prediction=PREDICTIONS[3], reference=REFERENCES[3])
    assert metric.compute() == EXPECTED


def test_a_metric_can_be_used_again():
    metric = NluMetric()
    for _ in range(2):
        assert metric.compute(predictions=PREDICTIONS, references=REFERENCES) == EXPECTED


def test_evaluate_load_takes_the_file():
    assert evaluate.load(script.__file__).compute(predictions=PREDICTIONS, references=REFERENCES) == EXPECTED


@pytest.mark.parametrize(
    "predictions, references, message",
    [
        (PREDICTIONS[:1], REFERENCES, "references"),
        ([{"intent": "a", "tags": ["O"]}], [{"intent": "a", "tags": ["O", "O"]}], "2 gold.*1"),
        ([{"intent": "a", "tags": [], "spans": []}], REFERENCES[2:3], "tags and spans"),
    ],
)
def test_what_cannot_be_scored_is_an_error(predictions, references, message):
    with pytest.raises(DataError, match=message):
        NluMetric().compute(predictions=predictions, references=references)
