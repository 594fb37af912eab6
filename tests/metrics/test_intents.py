import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.metrics.intents import intent_accuracy, intent_error, intent_scores_per_intent


@pytest.mark.parametrize(
    "gold, predicted, accuracy",
    [
        (["play"], ["play"], 1.0),
        (["play"], ["stop"], 0.0),
        (["play", "stop", "play", "stop"], ["play", "play", "play", "stop"], 0.75),
        (["play", None], ["play", "stop"], 1.0),  # not annotated: left out, whatever was predicted
        ([None, "play", None], ["play", "stop", None], 0.0),
        (["play", "stop"], [None, "stop"], 0.5),  # no prediction is a wrong one
        (["play"], ["Play"], 0.0),  # names are compared as they stand
    ],
)
def test_intent_accuracy(gold, predicted, accuracy):
    assert intent_accuracy(gold, predicted) == accuracy
    assert intent_error(gold, predicted) == 1 - accuracy


@pytest.mark.parametrize(
    "gold, predicted, message",
    [
        (["play"], ["play", "stop"], "1 gold.*2"),
        ([None, None], ["play", "stop"], "2 utterance"),
        ([], [], "0 utterance"),
    ],
)
def test_what_cannot_be_scored_is_an_error(gold, predicted, message):
    with pytest.raises(DataError, match=message):
        intent_accuracy(gold, predicted)


@pytest.mark.parametrize(
    "gold, predicted, scores",
    [
        (["a", "a", "b"], ["a", "a", "b"], {"a": (1, 1, 1, 2, 2), "b": (1, 1, 1, 1, 1)}),
        (["a", "a", "b"], ["a", "b", "b"], {"a": (1, 0.5, 2 / 3, 2, 1), "b": (0.5, 1, 2 / 3, 1, 2)}),
        (["a", None], ["c", "c"], {"a": (0, 0, 0, 1, 0), "c": (0, 0, 0, 0, 1)}),  # the second is not annotated
        (["a"], [None], {"a": (0, 0, 0, 1, 0)}),
    ],
)
def test_intent_scores_per_intent(gold, predicted, scores):
    assert intent_scores_per_intent(gold, predicted) == scores


def test_no_intent_has_scores_without_annotation():
    with pytest.raises(DataError, match="1 utterance.*intent"):
        intent_scores_per_intent([None], ["a"])
