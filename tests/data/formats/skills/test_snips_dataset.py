"""Snips NLU datasets in JSON and YAML, and writing them."""

import json
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, read, write_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

SAMPLES = Path(__file__).parents[3] / "samples"
JSON, YAML = SAMPLES / "snips-dataset_tiny.json", SAMPLES / "snips-dataset_tiny"


def found(raw):
    return [(u.intent, u.text, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans]) for u in raw.splits["train"]]


def test_a_dataset_in_json():
    assert format_for(JSON).name == "snips-dataset"
    raw = read(JSON)
    assert raw.language == "en"
    assert found(raw) == [
        ("setLight", "make the kitchen light warm white", [("place", "kitchen"), ("tone", "warm white")]),
        ("setLight", "light on at nine", [("time", "nine")]),
        ("setLight", "dim", []),
        ("stop", "stop", []),
    ]
    assert raw.catalogs == {"place": SlotCatalog("place", {"kitchen": ("cook room",)}, type_name="room")}
    assert raw.dropped == {
        DropReason.BLANK_VALUES: 1,
        DropReason.SLOTS_WITHOUT_A_TEXT: 1,
        DropReason.BLANK_EXAMPLES: 1,
    }


def test_a_dataset_in_yaml():
    assert format_for(YAML).name == format_for(YAML / "lights.yaml").name == "snips-dataset"
    raw = read(YAML)
    assert found(raw) == [
        ("turnOn", "turn on the light in the kitchen", [("place", "kitchen")]),
        ("turnOn", "light at nine", [("when", "nine")]),
        ("stop", "stop", []),
        ("stop", "no", []),
        ("stop", "yes", []),
        ("turnOn", "bath light on", [("place", "bath")]),
        ("turnOn", "light in the kitchen", [("place", "kitchen")]),
    ]
    assert raw.catalogs["place"].values == {"bath": (), "kitchen": ("cook room",)}
    assert raw.dropped == {}


def test_an_entity_without_values_takes_those_of_its_name_or_is_counted(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("type: intent\nname: a\nutterances:\n- go to [city]\n- find [zorblax]\n- go")
    raw = read(path)
    assert [slots for _, _, slots in found(raw)][0] == [] and len(found(raw)[1][2]) == 1
    assert raw.dropped == {DropReason.PATTERNS_OF_EMPTY_ENTITIES: 1}


@pytest.mark.parametrize(
    "text, culprit",
    [
        ("type: intent\nname: a\nutterances:\n- go [x(y)", "utterance 1.*not closed"),
        ("type: intent\nname: a\nutterances:\n- go [](y)\n- b", "utterance 1.*slot"),
        ("type: intent\nutterances:\n- go", "document 1.*name"),
        ("type: entity\nname: a\nvalues:\n- {value: [x]}\n---\ntype: intent\nname: b\nutterances: [c]", "document 1"),
        ("type: intent\nname: a\nname: b\nutterances: [c]", "line 3.*name"),
        ("type: intent\nname: *x\nutterances: [c]", "line 2.*x"),
        ("type: intent\nname: a\nutterances: " + "[" * 99, "line 3"),
        ("type: entity\nname: a\nvalues:\n- b", "no intent"),
    ],
)
def test_broken_yaml(tmp_path, text, culprit):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"(?s)broken\.yaml.*{culprit}"):
        read(path, on_error="raise")


def test_aliases_do_not_blow_up(tmp_path):
    lines = ["type: intent", "name: a", "x0: &x0 [b, b, b, b, b, b, b, b, b, b]"]
    lines += [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]" for i in range(1, 9)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join([*lines, "utterances: *x8"]))
    with pytest.raises(DataError, match=r"bomb\.yaml, line .*aliases"):
        read(path)


@pytest.mark.parametrize(
    "change, culprit",
    [
        ({"intents": {"a": {"utterances": [{"data": [{"text": 1.5}, {"entity": "x"}]}]}}}, "'a', utterance 1"),
        ({"intents": {"a": {"utterances": ["go"]}}}, "'a', utterance 1"),
        ({"intents": {"a": {"utterances": [], "b": 1}, "b": 3}}, "'b'"),
        ({"entities": {"room": {"data": [{"value": None}]}}}, "'room'"),
        ({"language": ["en"]}, "language"),
    ],
)
def test_broken_json(tmp_path, change, culprit):
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(json.loads(JSON.read_text()) | change))
    with pytest.raises(DataError, match=rf"broken\.json.*{culprit}"):
        read(path, on_error="raise")


def test_broken_utterances_can_be_left_out(tmp_path):
    document = json.loads(JSON.read_text())
    document["intents"]["stop"]["utterances"].append({"data": [{"text": None}]})
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document))
    assert read(path, on_error="drop").dropped[DropReason.BROKEN_RECORDS] == 1


def test_empty_files(tmp_path):
    for name in ("a.json", "a.yaml"):
        (tmp_path / name).write_text("")
        with pytest.raises(DataError, match=name):
            read(tmp_path / name, "snips-dataset")
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path, "snips-dataset")


def test_a_dataset_is_written_and_read_back(tmp_path):
    for source in (JSON, YAML):
        raw = read(source)
        domain = Domain.from_utterances(raw.name, raw.splits, catalogs=raw.catalogs)
        path = tmp_path / f"{source.stem}.json"
        assert write_domain(domain, path, "snips-dataset", overwrite=True) == {}
        again = read(path)
        assert sorted(found(again)) == sorted(found(raw)) and again.catalogs == raw.catalogs


def test_what_a_dataset_cannot_express_is_counted(tmp_path):
    rows = [
        Utterance("at 9pm  ok", "alarm", (SlotSpan("hour", 3, 4),), group="g"),
        Utterance("no label"),
    ]
    catalogs = {"hour": SlotCatalog("hour", {"9": ()}, {"9": "H9"}), "day": SlotCatalog("day", {"today": ()}, {}, "D")}
    splits = {"train": rows, "test": [Utterance("off", "alarm", None)]}
    lost = write_domain(Domain.from_utterances("a", splits, catalogs=catalogs), tmp_path / "a.json", "snips-dataset")
    assert lost == {
        DropReason.UTTERANCES_WITHOUT_AN_INTENT: 1,
        DropReason.GROUPS_AND_DOMAINS: 1,
        DropReason.UTTERANCE_SPACES_COLLAPSED: 1,
        DropReason.SLOTS_NOT_ANNOTATED: 1,
        DropReason.OTHER_SPLITS_WRITTEN_WITH_TRAIN: 1,
        DropReason.SLOTS_PARTED_FROM_THE_NEXT_WORD: 1,
        DropReason.CATALOG_VALUE_IDS: 1,
        DropReason.CATALOG_TYPE_NAMES: 1,
    }
    assert found(read(tmp_path / "a.json")) == [("alarm", "at 9 pm ok", [("hour", "9")]), ("alarm", "off", [])]


def test_public_datasets(shared_dir):
    folder = shared_dir / "skills_other_formats" / "snips"
    if not folder.is_dir():
        pytest.skip(f"no datasets at {folder}")
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        rows = read(folder / entry["files"][0]).splits["train"]
        assert len(rows) == entry["n_utterances"], entry["id"]
        assert sum(len(row.spans) for row in rows) == entry["n_spans"], entry["id"]


def test_a_slot_of_white_space_is_not_written(tmp_path):
    row = Utterance("set  it", "go", (SlotSpan("x", 3, 5), SlotSpan("y", 5, 7)))
    lost = write_domain(Domain.from_utterances("a", {"train": [row]}), tmp_path / "a.json", "snips-dataset")
    assert lost[DropReason.BLANK_SLOTS] == 1
    raw = read(tmp_path / "a.json", "snips-dataset")
    assert found(raw) == [("go", "set it", [("y", "it")])] and raw.dropped == {}
