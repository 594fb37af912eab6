"""The catalogs of a checkpoint: what they resolve, how they are stored, and what is refused when they are loaded."""

import json
import shutil
import tracemalloc
from pathlib import Path

import pytest
import torch
from steps import steps_of
from transformers import AutoModel

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, BiLstmNluModel, NluError
from modeling_bilstm_nlu.catalogs_bilstm_nlu import CATALOGS_FILE, MAX_BYTES, SlotCatalogs
from modeling_bilstm_nlu.hub import load_checkpoint
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer

ENTRIES = {
    "genre": {"type_name": "GENRE", "values": {"jazz": {"id": "JAZZ", "synonyms": ["jazz music"]}, "rock": {}}},
    "from": {"type_name": "CITY", "values": {"Z\u00fcrich": {"id": "ZRH"}, "Bern": {}}},
    "to": {"type_name": "CITY", "values": {"Z\u00fcrich": {"id": "ZRH"}, "Bern": {}}},
    "day": {"type_name": "AMAZON.DATE", "values": {}},
}


def tiny_model() -> BiLstmNluForIntentAndSlots:
    sizes = {"vocabulary_size": 8, "ngram_buckets": 8, "word_dim": 2, "ngram_dim": 2}
    hidden = {"shared_hidden": 2, "slot_hidden": 2, "intent_hidden": 2}
    return BiLstmNluForIntentAndSlots(BiLstmNluConfig(["a", "b"], ["genre", "from", "to"], **sizes, **hidden))


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    model = tiny_model()
    model.slot_catalogs = SlotCatalogs(ENTRIES)
    model.save_pretrained(tmp_path / "checkpoint")
    build_tokenizer().save_pretrained(tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


@pytest.mark.parametrize(
    "slot_type, text, resolved",
    [
        ("genre", "jazz music", {"value": "jazz", "id": "JAZZ"}),
        ("genre", "The Jazz", {"value": "jazz", "id": "JAZZ", "score": 0.95}),
        ("genre", "Rock", {"value": "rock"}),
        ("genre", "Bern", None),
        ("to", "zurich", {"value": "Z\u00fcrich", "id": "ZRH"}),
        ("day", "tomorrow", None),
        ("unknown", "jazz", None),
    ],
)
def test_resolves_within_the_slot_type(slot_type: str, text: str, resolved: dict | None):
    assert SlotCatalogs(ENTRIES).resolve(slot_type, text) == resolved


def test_no_catalogs_resolve_nothing():
    assert not SlotCatalogs() and SlotCatalogs().resolve("genre", "jazz") is None
    assert SlotCatalogs().type_name("genre") == "genre"


def test_type_names_and_sizes():
    catalogs = SlotCatalogs(ENTRIES)
    assert [catalogs.type_name(name) for name in ("genre", "day", "other")] == ["GENRE", "AMAZON.DATE", "other"]
    assert catalogs.num_values == {"genre": 2, "from": 2, "to": 2, "day": 0}
    assert repr(catalogs) == "SlotCatalogs(genre: 2, from: 2, to: 2, day: 0)"


def test_slots_of_one_type_share_their_values_in_the_file_and_in_memory():
    written = json.loads(SlotCatalogs(ENTRIES).to_json())
    assert written["to"] == {"type_name": "CITY", "same_values_as": "from"}
    assert written["genre"]["values"] == {"jazz": {"id": "JAZZ", "synonyms": ["jazz music"]}, "rock": {}}
    again = SlotCatalogs(written)
    assert again == SlotCatalogs(ENTRIES) and again.to_json() == SlotCatalogs(ENTRIES).to_json()
    assert again.resolve("to", "bern") == {"value": "Bern"}


def test_they_travel_with_the_model(checkpoint: Path):
    assert SlotCatalogs.load(checkpoint / CATALOGS_FILE) == SlotCatalogs(ENTRIES)
    for loaded in (
        BiLstmNluForIntentAndSlots.from_pretrained(checkpoint),
        AutoModel.from_pretrained(checkpoint),
        BiLstmNluForIntentAndSlots.from_pretrained(checkpoint, output_loading_info=True)[0],
        BiLstmNluForIntentAndSlots.from_pretrained(checkpoint.parent, subfolder="checkpoint"),
        load_checkpoint(checkpoint)[0],
    ):
        assert loaded.slot_catalogs == SlotCatalogs(ENTRIES)


def test_a_checkpoint_without_the_file_has_none(checkpoint: Path):
    (checkpoint / CATALOGS_FILE).unlink()
    assert not BiLstmNluForIntentAndSlots.from_pretrained(checkpoint).slot_catalogs
    BiLstmNluModel.from_pretrained(checkpoint).save_pretrained(checkpoint.parent / "encoder")
    assert not (checkpoint.parent / "encoder" / CATALOGS_FILE).exists()
    weights = tiny_model().state_dict()
    model = BiLstmNluForIntentAndSlots.from_pretrained(None, config=tiny_model().config, state_dict=weights)
    assert not model.slot_catalogs


def test_a_model_without_catalogs_leaves_no_old_file_behind(checkpoint: Path):
    tiny_model().save_pretrained(checkpoint)
    assert not (checkpoint / CATALOGS_FILE).exists()


def test_only_the_main_process_writes(tmp_path: Path):
    model = tiny_model()
    model.slot_catalogs = SlotCatalogs(ENTRIES)
    model.save_pretrained(tmp_path, is_main_process=False)
    assert not (tmp_path / CATALOGS_FILE).exists()


def test_new_heads_drop_the_catalogs_of_the_old_domain():
    model = tiny_model()
    model.slot_catalogs = SlotCatalogs(ENTRIES)
    with pytest.raises(ValueError, match="intents"):
        model.reset_heads([], [])
    assert model.slot_catalogs, "a refused change changes nothing"
    model.reset_heads(["a"], ["genre"])
    assert not model.slot_catalogs


@pytest.mark.parametrize("revision", ["main", "v1", "0" * 39 + "1"])
def test_a_repository_in_the_cache_gives_the_catalogs_of_its_revision(checkpoint: Path, tmp_path: Path, revision: str):
    repository = tmp_path / "cache" / "models--acme--odd"
    (repository / "refs").mkdir(parents=True)
    for number, name in enumerate(("main", "v1"), start=1):
        commit = "0" * 39 + str(number)
        shutil.copytree(checkpoint, repository / "snapshots" / commit)
        (repository / "refs" / name).write_text(commit)
    (repository / "snapshots" / ("0" * 39 + "2") / CATALOGS_FILE).write_text('{"genre": {"values": {"tango": {}}}}')
    where = {"cache_dir": tmp_path / "cache", "revision": revision, "local_files_only": True}
    for cls in (BiLstmNluForIntentAndSlots, AutoModel):
        catalogs = cls.from_pretrained("acme/odd", **where).slot_catalogs
        assert catalogs.num_values == ({"genre": 1} if revision == "v1" else SlotCatalogs(ENTRIES).num_values)


def test_saving_and_pushing_pushes_the_catalogs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pushed = {}

    def push_to_hub(self, repo_id, **options):
        self.save_pretrained(tmp_path / "sent")
        pushed.update(options, repo_id=repo_id, files={path.name for path in (tmp_path / "sent").iterdir()})

    monkeypatch.setattr(BiLstmNluForIntentAndSlots, "push_to_hub", push_to_hub)
    model = tiny_model()
    model.slot_catalogs = SlotCatalogs(ENTRIES)
    model.save_pretrained(tmp_path / "odd", push_to_hub=True, private=True, token="t")
    assert pushed["repo_id"] == "odd" and pushed["private"] is True and pushed["token"] == "t"
    assert CATALOGS_FILE in pushed["files"]
    pushed.clear()
    model.save_pretrained(tmp_path / "odd", repo_id="acme/odd")
    assert not pushed, "pushed without being asked to"


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "JSON"),
        (b'{"genre": {"values": {"jazz"', "JSON"),
        (b"\xff\xfe\xfa", "JSON"),
        (b"[" * 100_000, "nested|JSON"),
        (b"[]", r"\[\]"),
        (b"null", "None"),
        (b'{"genre": []}', "'genre'"),
        (b'{"": {}}', "''"),
        (b'{"genre": {"values": ["jazz"]}}', r"'genre'.*values.*\['jazz'\]"),
        (b'{"genre": {"value": {}}}', "'genre'.*'value'"),
        (b'{"genre": {"values": {"jazz": "JAZZ"}}}', "'genre'.*'jazz'"),
        (b'{"genre": {"values": {"jazz": {"id": 3}}}}', "'jazz'.*id.*3"),
        (b'{"genre": {"values": {"jazz": {"synonyms": "x"}}}}', "'jazz'.*synonyms.*'x'"),
        (b'{"genre": {"values": {"jazz": {"synonyms": [null]}}}}', "'jazz'.*synonym.*None"),
        (b'{"genre": {"values": {"jazz": {"code": "x"}}}}', "'jazz'.*'code'"),
        (b'{"genre": {"values": {" ": {}}}}', "'genre'.*' '"),
        (b'{"genre": {"values": {"\\ud800": {}}}}', "surrogate"),
        (b'{"genre": {"type_name": 1}}', "type_name.*1"),
        (b'{"to": {"same_values_as": "from"}}', "same_values_as.*'from'"),
        (b'{"to": {"same_values_as": "to"}}', "same_values_as.*'to'"),
        (b'{"to": {"same_values_as": []}}', "same_values_as"),
        (b'{"a": {"values": {}}, "b": {"values": {}, "same_values_as": "a"}}', "same_values_as"),
    ],
    ids=range(22),
)
def test_a_damaged_file_says_what_is_wrong(checkpoint: Path, content: bytes, message: str):
    path = checkpoint / CATALOGS_FILE
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)
    assert str(path) in str(caught.value) and len(str(caught.value)) < 500
    with pytest.raises(NluError, match="slot_catalogs.json"):
        load_checkpoint(checkpoint)


def test_a_huge_file_is_not_even_read(checkpoint: Path):
    with (checkpoint / CATALOGS_FILE).open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"{CATALOGS_FILE}.*{MAX_BYTES:,}"):
            BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)
        assert tracemalloc.get_traced_memory()[1] < MAX_BYTES / 2
    finally:
        tracemalloc.stop()


def test_what_could_not_be_loaded_is_not_written(tmp_path: Path):
    model = tiny_model()
    model.slot_catalogs = SlotCatalogs({"genre": {"values": {"x" * MAX_BYTES: {}}}})
    with pytest.raises(ValueError, match="limit"):
        model.save_pretrained(tmp_path)


def test_twice_the_slot_types_are_read_in_twice_the_steps():
    entries = {f"slot {i}": {"values": {str(i % 7): {}}} for i in range(4_000)}
    some = {slot_type: entries[slot_type] for slot_type in list(entries)[:2_000]}
    assert steps_of(SlotCatalogs, entries) < 2.2 * steps_of(SlotCatalogs, some)
    assert SlotCatalogs(entries).resolve("slot 8", "1") == {"value": "1"}


def test_catalogs_change_nothing_in_the_network(checkpoint: Path):
    with_them = BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)
    (checkpoint / CATALOGS_FILE).unlink()
    without = BiLstmNluForIntentAndSlots.from_pretrained(checkpoint)
    ids = torch.tensor([[2, 300, 4]])
    assert torch.equal(with_them(ids).slot_logits, without(ids).slot_logits)
    assert list(with_them.state_dict()) == list(without.state_dict())
