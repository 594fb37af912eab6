"""Language models of Jovo: versions 3 and 4, types of several platforms, languages."""

import json
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

SAMPLES = Path(__file__).parents[3] / "samples"
FOURTH, THIRD = SAMPLES / "jovo_tiny.json", SAMPLES / "jovo_tiny"


def texts(raw, intent):
    return {
        (u.text, *((s.slot_type, u.text[s.start : s.end]) for s in u.spans))
        for u in raw.splits["train"]
        if u.intent == intent
    }


FED = {(f"feed the {animal}", ("animal", animal)) for animal in ("lion", "ape", "monkey")}


def test_a_model_of_version_four():
    assert format_for(FOURTH).name == "jovo"
    raw = read(FOURTH)
    assert FED <= texts(raw, "FeedIntent") and texts(raw, "HelpIntent") == {("help me",)}
    assert raw.skill.slots["FeedIntent"] == {"animal": "ZOO_ANIMAL", "number": "AMAZON.NUMBER", "amount": "amount"}
    assert raw.catalogs["animal"].values == {"lion": (), "ape": ("monkey",)} and raw.catalogs["animal"].ids == {
        "ape": "A1"
    }
    for reason in (
        DropReason.BLANK_SAMPLES,
        DropReason.UNDECLARED_SLOTS,
        DropReason.ENTITY_REGULAR_EXPRESSIONS,
        DropReason.INTENTS_WITHOUT_SAMPLES,
        DropReason.NOT_IMPORTED.of("alexa"),
    ):
        assert raw.dropped[reason] == 1, reason


def test_models_of_version_three():
    raw = read(THIRD)
    assert format_for(THIRD).name == format_for(THIRD / "models").name == "jovo"
    assert texts(raw, "FeedIntent") == FED and raw.language == "en-US"
    assert raw.dropped == {DropReason.NOT_IMPORTED.of("dialogflow"): 1}
    assert texts(read(THIRD, locale="de"), "HilfeIntent") == {("hilfe",)}
    with pytest.raises(DataError, match="'fr'.*locale"):
        read(THIRD, locale="fr")


@pytest.mark.parametrize(
    "change, culprit",
    [
        ({"intents": {"A": {"phrases": ["go {x"]}}}, "'A'"),
        ({"intents": {"A": {"phrases": [None]}}}, "'A'"),
        ({"intents": {"A": {"phrases": ["a"], "entities": {"x": 1}}}}, "'x'"),
        ({"intents": {"A": {"phrases": ["a"]}, "B": 3}}, "'B'"),
        ({"intents": [{"phrases": ["a"]}]}, "None"),
        ({"entityTypes": {"T": {"values": [{"value": None}]}}}, "'T'"),
    ],
)
def test_broken_models(tmp_path, change, culprit):
    path = tmp_path / "en.json"
    path.write_text(json.dumps(json.loads(FOURTH.read_text()) | change))
    with pytest.raises(DataError, match=rf"en\.json.*{culprit}"):
        read(path, on_error="raise")


def test_files_that_are_not_a_model(tmp_path):
    for content in ("", "{}", '{"intents": [], "phrases": []}'):
        (tmp_path / "en.json").write_text(content)
        with pytest.raises(DataError, match=r"en\.json"):
            read(tmp_path / "en.json", "jovo")
    (tmp_path / "en.json").unlink()
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path, "jovo")
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        shutil.copy(FOURTH, tmp_path / place / "en.json")
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path, "jovo")


def test_public_models(shared_dir):
    folder = shared_dir / "skills_other_formats" / "jovo"
    if not folder.is_dir():
        pytest.skip(f"no models at {folder}")
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        raw = read(folder / entry["files"][0])
        assert len(raw.skill.intents) == entry["n_intents"], entry["id"]
        phrases = {phrase.text.casefold() for phrases in raw.skill.intents.values() for phrase in phrases}
        assert len(phrases) >= 0.95 * entry["n_samples"], entry["id"]
