"""Projects of Microsoft CLU: places in UTF-16 units, lists, languages and datasets; and writing them."""

import json
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, load_domain, read, write_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

TINY = Path(__file__).parents[3] / "samples" / "clu_tiny.json"


def found(rows):
    return [(u.intent, u.text, [(s.slot_type, u.text[s.start : s.end]) for s in u.spans or ()]) for u in rows]


@pytest.fixture
def document():
    return json.loads(TINY.read_text(encoding="utf-8"))


@pytest.fixture
def saved(tmp_path):
    def save(document):
        path = tmp_path / "project.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return save


def test_the_tiny_project():
    assert format_for(TINY).name == "clu"
    raw = read(TINY)
    assert raw.name == "TinyCafe" and raw.language == "en-us"
    assert found(raw.splits["train"]) == [
        ("Order", "🍵 a big tea please", [("size", "big"), ("drink", "tea")]),
        ("Order", "one short coffee", [("drink", "short coffee")]),
        ("Leave", "bye", []),
    ]
    assert found(raw.splits["test"]) == [("Leave", "see you", [])]
    assert raw.catalogs["drink"].values == {"espresso": ("short coffee",), "tea": ()}
    assert raw.dropped == {
        DropReason.MARKS_AROUND_OTHER_MARKS: 1,
        "utterances in other languages": 1,
        DropReason.INTENTS_WITHOUT_UTTERANCES: 2,
        DropReason.PREBUILT_ENTITIES: 1,
        DropReason.ENTITY_REGULAR_EXPRESSIONS: 1,
    }


def test_options():
    assert found(read(TINY, nested="outermost").splits["train"])[1][2] == [("whole", "one short coffee")]
    raw = read(TINY, locale="de")
    assert found(raw.splits["train"])[-1] == ("Leave", "auf Wiedersehen", [])
    assert raw.catalogs["drink"].values["espresso"] == ("Mokka",)
    with pytest.raises(DataError, match="nested"):
        read(TINY, nested="no")


def test_no_utterance_in_the_language_names_the_option(document, saved):
    for utterance in document["assets"]["utterances"]:
        utterance["language"] = "de"
    with pytest.raises(DataError, match="locale"):
        read(saved(document))


def test_characters_instead_of_utf_16_units(document, saved):
    document["stringIndexType"] = "UnicodeCodePoint"
    document["assets"]["utterances"][0]["entities"] = [{"category": "drink", "offset": 9, "length": 3}]
    assert found(read(saved(document)).splits["train"])[0][2] == [("drink", "tea")]


@pytest.mark.parametrize(
    "change, culprit",
    [
        ({"text": None}, "utterance 1.*text"),
        ({"intent": None}, "utterance 1.*intent"),
        ({"dataset": "Dev"}, "utterance 1.*Dev"),
        ({"entities": [{"category": "drink", "offset": 50, "length": 3}]}, "utterance 1.*drink"),
        ({"entities": [{"category": "drink", "offset": "0", "length": 3}]}, "utterance 1.*drink"),
        ({"entities": {"category": "drink"}}, "utterance 1.*entities"),
    ],
)
def test_broken_records(document, saved, change, culprit):
    document["assets"]["utterances"][0].update(change)
    path = saved(document)
    with pytest.raises(DataError, match=rf"project\.json.*{culprit}"):
        read(path, on_error="raise")
    raw = read(path, on_error="drop")
    assert raw.dropped[DropReason.BROKEN_RECORDS] == 1 and len(raw.splits["train"]) == 2


def test_an_intent_without_a_name_is_an_error(document, saved):
    document["assets"]["intents"].append({"category": {}})
    with pytest.raises(DataError, match=r"project\.json.*category"):
        read(saved(document))


def test_another_way_of_counting_is_refused(document, saved):
    document["stringIndexType"] = "Bytes"
    with pytest.raises(DataError, match="stringIndexType"):
        read(saved(document), on_error="raise")
    document["stringIndexType"] = "TextElements_v8"
    with pytest.raises(DataError, match=r"utterance 1.*stringIndexType"):
        read(saved(document), on_error="raise")


def test_empty_files_and_other_files_are_named(tmp_path, saved):
    for content in ("", "{}", "[]", '{"assets": 1, "projectKind": 2}'):
        path = tmp_path / "other.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match="other.json"):
            read(path, "clu")
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path / "nothing", "clu")


def test_a_folder_with_one_project(document, tmp_path):
    (tmp_path / "CognitiveModels").mkdir()
    (tmp_path / "CognitiveModels" / "bot.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "package.json").write_text("{broken", encoding="utf-8")
    assert read(tmp_path).splits == read(TINY).splits
    (tmp_path / "second.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError, match=r"second\.json"):
        read(tmp_path)


def test_a_project_is_written_and_read_back(tmp_path):
    domain = load_domain(TINY)
    assert write_domain(domain, tmp_path / "again.json", "clu") == {}
    again = load_domain(tmp_path / "again.json")
    assert {split: again.utterances(split) for split in again.splits} == {
        split: domain.utterances(split) for split in domain.splits
    }
    assert again.catalogs == domain.catalogs and again.language == "en-us" and again.name == "TinyCafe"


def test_what_a_project_cannot_express_is_counted(tmp_path):
    rows = [
        Utterance("play 🎵 jazz", "play", (SlotSpan("genre", 7, 11),), group="g"),
        Utterance("play 🎵 jazz", "play", (SlotSpan("genre", 7, 11),)),
        Utterance("hm", "out_of_scope"),
        Utterance("no label"),
    ]
    catalog = SlotCatalog("genre", {"jazz": ("swing",)}, {"jazz": "J"}, "GENRE")
    splits = {"train": rows, "validation": [Utterance("play", "play", None)]}
    domain = Domain.from_utterances("music", splits, catalogs={"genre": catalog})
    assert write_domain(domain, tmp_path / "music.json", "clu") == {
        DropReason.UTTERANCES_WITHOUT_AN_INTENT: 1,
        DropReason.REPEATED_UTTERANCES: 1,
        DropReason.GROUPS_AND_DOMAINS: 1,
        DropReason.SLOTS_NOT_ANNOTATED: 1,
        DropReason.OTHER_SPLITS_WRITTEN_WITH_TRAIN: 1,
        DropReason.CATALOG_VALUE_IDS: 1,
        DropReason.CATALOG_TYPE_NAMES: 1,
        DropReason.INTENT_NAMES_CHANGED: 1,
    }
    document = json.loads((tmp_path / "music.json").read_text(encoding="utf-8"))
    assert document["assets"]["utterances"][0]["entities"] == [{"category": "genre", "offset": 8, "length": 4}]
    assert found(read(tmp_path / "music.json").splits["train"]) == [
        ("play", "play 🎵 jazz", [("genre", "jazz")]),
        ("None", "hm", []),
        ("play", "play", []),
    ]


def test_a_public_project(shared_dir):
    folder = shared_dir / "skills_other_formats" / "clu"
    if not folder.is_dir():
        pytest.skip(f"no projects at {folder}")
    (path,) = folder.rglob("BasicAssistantCLU.json")
    raw = read(path)
    assert len(raw.splits["train"]) == 22 and {row.intent for row in raw.splits["train"]} == {"Help", "Cancel", "None"}
