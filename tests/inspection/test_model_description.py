"""What `describe_model` says about folders, packed files, deltas and checkpoints of the package."""

import json
from pathlib import Path

import pytest
from tiny_models import INTENTS, SLOT_TYPES, save

from bilstm_nlu.errors import NluError
from bilstm_nlu.inspection.model import describe_model, groups_of
from bilstm_nlu.runtime.finding import name_and_revision
from bilstm_nlu.runtime.packed_file import read_checkpoint, write_packed
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE

CARD = {
    "model_name": "owner/lamp",
    "licence": "cc-by-4.0",
    "language": ["en"],
    "base_model": "owner/base",
    "base_model_revision": "abc",
    "metrics": {
        "test": {
            **{"num_utterances": 12, "num_intent_annotated": 12, "num_frame_annotated": 12, "num_slot_annotated": 12},
            **{"intent_accuracy": 0.75, "frame_accuracy": 0.5, "slot_f1": 0.6},
        }
    },
    "intent_counts": {"ask": 3, "play": 40},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save("decision", tmp_path / "lamp")
    (tmp_path / "lamp" / "card.json").write_text(json.dumps(CARD))
    return tmp_path / "lamp"


def test_a_folder_with_a_card(folder: Path):
    found = describe_model(folder)
    assert (found.kind, found.title, found.licence, found.languages) == ("folder", "owner/lamp", "cc-by-4.0", ["en"])
    assert (found.base, found.base_revision) == ("owner/base", "abc")
    assert (found.intents, found.slot_types, found.threshold) == (INTENTS, SLOT_TYPES, 0.4)
    score = found.scores["test"]["intent_accuracy"]
    assert (score.value, score.total) == (0.75, 12) and score.low < 0.5 and score.high > 0.9
    assert found.scores["test"]["slot_f1"].low is None, "slot F1 is not a share of utterances"
    assert found.num_bytes > found.num_parameters > 1000
    told = " ".join(found.warnings)
    assert "12 utterances" in told and "ask" in told and "play" not in told
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_intervals_of_a_card_are_used(folder: Path):
    (folder / "card.json").write_text(json.dumps({**CARD, "intervals": {"test": {"slot_f1": [0.4, 0.7]}}}))
    score = describe_model(folder).scores["test"]["slot_f1"]
    assert (score.low, score.high) == (0.4, 0.7)


@pytest.mark.parametrize("content", ["{", "[]", '{"metrics": 3, "language": 4, "intent_counts": [], "licence": []}'])
def test_a_broken_card_does_not_hide_the_model(folder: Path, content: str):
    (folder / "card.json").write_text(content)
    found = describe_model(folder)
    assert found.intents == INTENTS and not found.scores and found.licence is None
    assert any("card" in warning for warning in found.warnings)


def test_one_utterance_is_singular(folder: Path):
    test = {**CARD["metrics"]["test"], "num_intent_annotated": 1, "num_frame_annotated": 1, "num_slot_annotated": 1}
    (folder / "card.json").write_text(json.dumps({**CARD, "metrics": {"test": test}}))
    assert any("1 utterance," in warning for warning in describe_model(folder).warnings)


def test_a_packed_file_and_a_folder_say_the_same(folder: Path, tmp_path: Path):
    write_packed(read_checkpoint(folder), tmp_path / "lamp.nlu")
    packed, whole = describe_model(tmp_path / "lamp.nlu"), describe_model(folder)
    assert packed.kind == "packed file" and packed.scores == {} and packed.warnings
    for name in ("intents", "slot_types", "threshold", "num_parameters", "max_bytes"):
        assert getattr(packed, name) == getattr(whole, name)


def test_a_delta_names_its_base_without_it(folder: Path):
    reference = {"name": "owner/far", "revision": None, "sha256": 64 * "a"}
    document = {"format_version": 1, "base": reference, "weights": 64 * "b"}
    (folder / "delta.json").write_text(json.dumps(document))
    (folder / "model.safetensors").unlink()
    found = describe_model(folder)
    assert (found.kind, found.base, found.base_revision) == ("delta", "owner/far", f"sha256:{64 * 'a'}")
    assert found.versions["delta"] == 1 and found.intents == INTENTS


def test_the_checkpoint_of_the_package():
    found = describe_model(DEFAULT_BASE)
    assert found.kind == "checkpoint of the package" and found.licence == "cc-by-4.0"
    assert found.num_parameters == 6970208 and found.threshold is None


def test_the_number_of_parameters_follows_from_the_sizes(tmp_path: Path):
    model = save("catalogs", tmp_path / "lamp")
    assert describe_model(tmp_path / "lamp").num_parameters == sum(one.numel() for one in model.parameters())


def test_what_is_missing_is_named(tmp_path: Path):
    with pytest.raises(NluError, match="nothing_here"):
        describe_model(tmp_path / "nothing_here")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NluError, match="config.json"):
        describe_model(tmp_path / "empty")


def test_labels_are_grouped_by_their_domain():
    assert groups_of(["a.x", "b", "a.y"]) == {"a": ["a.x", "a.y"], "": ["b"]}


@pytest.mark.parametrize(
    "name, found",
    [
        ("owner/name@v2", ("owner/name", "v2")),
        ("owner/name", ("owner/name", None)),
        ("owner/name@refs/pr/1", ("owner/name", "refs/pr/1")),
        ("./a/b@c", ("./a/b@c", None)),
    ],
)
def test_a_revision_is_split_from_the_id(name: str, found: tuple[str, str | None]):
    assert name_and_revision(name) == found


def test_a_folder_with_an_at_sign_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "runs" / "tea@2").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert name_and_revision("runs/tea@2") == ("runs/tea@2", None)
