"""The labels that transformers asks a config for are the intents, and old files of configs still read."""

import json
import logging
from pathlib import Path

import pytest
from transformers import AutoConfig

from modeling_bilstm_nlu import TASK, BiLstmNluConfig, BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE, embedded_folder

OLD_PIPELINES = {"bilstm-nlu": {"impl": "pipeline_bilstm_nlu.BiLstmNluPipeline", "pt": ["AutoModel"]}}


def assert_labels_are_intents(config: BiLstmNluConfig, intents: list[str]) -> None:
    assert config.intents == intents
    assert config.num_labels == len(intents)
    assert config.id2label == dict(enumerate(intents))
    assert config.label2id == {intent: place for place, intent in enumerate(intents)}


def small(**more: object) -> BiLstmNluConfig:
    return BiLstmNluConfig(
        ["ask", "none", "play"], ["genre"], vocabulary_size=8, ngram_buckets=8, word_dim=2, ngram_dim=2, **more
    )


def test_the_labels_are_the_intents(tmp_path: Path):
    config = small()
    assert_labels_are_intents(config, ["ask", "none", "play"])
    config.save_pretrained(tmp_path)
    stored = json.loads((tmp_path / "config.json").read_text())
    assert not {"id2label", "label2id", "num_labels"} & set(stored), "what is stored twice can differ"
    assert_labels_are_intents(AutoConfig.from_pretrained(tmp_path), ["ask", "none", "play"])
    assert_labels_are_intents(BiLstmNluConfig(), ["none"])


def test_other_intents_are_other_labels(tmp_path: Path):
    model = BiLstmNluForIntentAndSlots(small())
    model.reset_heads(["open", "shut"], ["door"])
    assert_labels_are_intents(model.config, ["open", "shut"])
    model.save_pretrained(tmp_path)
    assert_labels_are_intents(BiLstmNluForIntentAndSlots.from_pretrained(tmp_path).config, ["open", "shut"])
    model.config.intents = ["shut", "open"]
    assert_labels_are_intents(model.config, ["shut", "open"])


@pytest.mark.parametrize(
    "labels",
    [
        {"num_labels": 3},
        {"id2label": {"0": "ask", "1": "none", "2": "play"}},
        {"id2label": {2: "play", 0: "ask", 1: "none"}},
    ],
)
def test_labels_that_fit_may_be_given(labels: dict, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    assert_labels_are_intents(small(**labels), ["ask", "none", "play"])
    small().save_pretrained(tmp_path)
    assert_labels_are_intents(AutoConfig.from_pretrained(tmp_path, **labels), ["ask", "none", "play"])
    assert not caplog.records


def test_stale_labels_in_a_file_are_ignored_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    small().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    stale = {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "label2id": {"LABEL_0": 0, "LABEL_1": 1}}
    path.write_text(json.dumps(json.loads(path.read_text()) | stale))
    with caplog.at_level(logging.WARNING, logger="modeling_bilstm_nlu"):
        assert_labels_are_intents(AutoConfig.from_pretrained(tmp_path), ["ask", "none", "play"])
    assert "id2label" in caplog.text


def test_other_labels_are_refused(tmp_path: Path):
    small().save_pretrained(tmp_path)
    for name, value in (("num_labels", 5), ("id2label", {0: "x"}), ("label2id", {"x": 0})):
        with pytest.raises(ValueError, match=f"{name}.*reset_heads"):
            setattr(small(), name, value)
    with pytest.raises(ValueError, match="num_labels=5"):
        BiLstmNluConfig.from_pretrained(tmp_path, num_labels=5)


def test_the_pipeline_of_an_old_checkpoint_has_the_new_name(tmp_path: Path):
    small(custom_pipelines=OLD_PIPELINES).save_pretrained(tmp_path)
    assert list(json.loads((tmp_path / "config.json").read_text())["custom_pipelines"]) == [TASK]
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"custom_pipelines": OLD_PIPELINES}))
    assert list(AutoConfig.from_pretrained(tmp_path).custom_pipelines.values()) == list(OLD_PIPELINES.values())
    assert list(AutoConfig.from_pretrained(tmp_path).custom_pipelines) == [TASK]
    assert small().custom_pipelines == {}


def test_the_embedded_checkpoint_has_the_old_file_and_the_new_manners():
    folder = embedded_folder(DEFAULT_BASE)
    assert folder is not None
    stored = json.loads((folder / "config.json").read_text())
    assert_labels_are_intents(AutoConfig.from_pretrained(folder), stored["intents"])


def test_the_direction_of_dates_travels_with_the_checkpoint(tmp_path: Path):
    model = BiLstmNluForIntentAndSlots(small(prefer_dates="past"))
    model.reset_heads(["open", "shut"], ["door"])
    model.save_pretrained(tmp_path)
    assert AutoConfig.from_pretrained(tmp_path).prefer_dates == "past"
    path = tmp_path / "config.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in stored.items() if name != "prefer_dates"}))
    assert AutoConfig.from_pretrained(tmp_path).prefer_dates == "future", "older checkpoints do not have it"
    path.write_text(json.dumps(stored | {"prefer_dates": "sideways"}))
    with pytest.raises(ValueError, match="prefer_dates.*future.*past.*'sideways'"):
        AutoConfig.from_pretrained(tmp_path)
