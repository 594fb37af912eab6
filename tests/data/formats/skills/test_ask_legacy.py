"""Alexa skills of the old kind: schema, sample utterances and value files."""

import json
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import RawDomain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.formats.skills.ask.legacy import parse_ask_legacy

SKILL = Path(__file__).parents[3] / "samples" / "legacy_tiny"
SCHEMA = SKILL / "speechAssets" / "IntentSchema.json"
SAMPLES = SKILL / "speechAssets" / "SampleUtterances.txt"


@pytest.fixture
def skill(tmp_path):
    return Path(shutil.copytree(SKILL, tmp_path / "tea"))


def test_the_skill_as_parsed():
    notes = RawDomain("tea")
    spec = parse_ask_legacy(SCHEMA, SAMPLES, notes)
    assert {intent: [phrase.text for phrase in phrases] for intent, phrases in spec.intents.items()} == {
        "OrderTea": [
            "i want {Tea}",
            "bring me {two|Cups} cups of {Tea}",
            "write {happy birthday|Note} on it",
            "write {get well soon|Note} on it",
        ],
        "OpenHours": ["when do you open", "until when are you open {on sundays|When}"],
        "Rename": ["make it {Size}"],
    }
    assert spec.slots["OpenHours"] == {"When": "AMAZON.LITERAL"} and spec.slots["AMAZON.HelpIntent"] == {}
    assert spec.catalogs.keys() == {"LIST_OF_TEAS"}
    assert list(spec.catalogs["LIST_OF_TEAS"].values) == ["green tea", "Earl Grey", "mint"]
    assert notes.dropped == {
        DropReason.REPEATED_SAMPLES: 1,
        DropReason.BLANK_SAMPLES: 1,
        DropReason.SAMPLES_OF_UNDECLARED_INTENTS: 1,
        DropReason.UNDECLARED_SLOTS: 1,
    }
    assert read(SKILL).dropped[DropReason.BUILTIN_INTENTS_WITH_COMMON_PHRASES] == 1


@pytest.mark.parametrize("name, language", [("SampleUtterances.de.txt", "de"), ("utterances_en_US.txt", "en_US")])
def test_the_language_in_the_name_of_the_samples(skill, name, language):
    (skill / "speechAssets" / "SampleUtterances.txt").rename(skill / "speechAssets" / name)
    raw = read(skill)
    assert raw.language == language


def test_samples_in_several_languages(skill):
    folder = skill / "speechAssets"
    (folder / "SampleUtterances.txt").rename(folder / "SampleUtterances.en-US.txt")
    (folder / "SampleUtterances.de.txt").write_text("OpenHours wann ist auf\n")
    assert read(skill).language == read(folder / "IntentSchema.json").language == "en-US"
    for raw in (read(skill, locale="DE"), read(folder / "SampleUtterances.de.txt")):
        assert (raw.language, [u.text for u in raw.splits["train"]]) == ("de", ["wann ist auf"])
    with pytest.raises(DataError, match="'fr'.*de, en-US.*locale"):
        read(skill, locale="fr")
    (folder / "SampleUtterances.en-US.txt").rename(folder / "SampleUtterances.it.txt")
    with pytest.raises(DataError, match="'en-US'.*de, it"):
        read(skill)
    (folder / "IntentSchema.json").rename(folder / "IntentSchema.it.json")  # which has no German samples
    assert read(skill).language == "it"


def test_comments_in_a_schema(skill):
    path = skill / "speechAssets" / "IntentSchema.json"
    path.write_text(f"/* ours */ {path.read_text()} // end")
    raw = read(skill)
    assert raw.splits == read(SKILL).splits and raw.dropped[DropReason.JSON_COMMENTS] == 2


def test_values_in_samples_stay():
    utterances = read(SKILL).splits["train"]
    texts = {utterance.text for utterance in utterances}
    assert {"write happy birthday on it", "until when are you open on sundays"} <= texts
    [(text, spans)] = {(u.text, u.spans) for u in utterances if u.text.startswith("write happy")}
    assert [text[start:end] for _, start, end in spans] == ["happy birthday"]
    assert all(u.text.startswith("bring me two cups") for u in utterances if u.text.startswith("bring"))


def test_every_door_leads_to_the_same_skill():
    domains = [read(path) for path in (SKILL, SCHEMA.parent, SCHEMA, SAMPLES)]
    assert all(domain.splits == domains[0].splits for domain in domains)
    assert {format_for(path).name for path in (SKILL, SCHEMA.parent, SCHEMA, SAMPLES)} == {"ask-legacy"}


def test_folders_written_into_file_names(tmp_path):
    for file in SKILL.rglob("*"):
        if file.is_file():
            name = "__".join(file.relative_to(SKILL).parts)
            shutil.copy(file, tmp_path / name)
    assert read(tmp_path).splits == read(SKILL).splits
    for file in list(tmp_path.iterdir()):
        shutil.copy(file, tmp_path / f"other__{file.name}")
    with pytest.raises(DataError, match="other__speechAssets__Int"):
        read(tmp_path)
    assert read(tmp_path / "other__speechAssets__IntentSchema.json").splits == read(SKILL).splits


def test_values_beside_the_schema_in_any_case(skill):
    folder = skill / "speechAssets"
    shutil.rmtree(folder / "customSlotTypes")
    (folder / "list_of_teas.txt").write_text("oolong\n")
    (folder / "List_Of_Sizes").write_text("large\n")
    spec = read(skill).skill
    assert spec.catalogs["LIST_OF_TEAS"].values == {"oolong": ()}
    assert spec.catalogs["LIST_OF_SIZES"].values == {"large": ()}


@pytest.mark.parametrize(
    "line, message",
    [
        ("OrderTea i want {Coffee}", "SampleUtterances.txt.*line 13.*'Coffee'"),
        ("OrderTea i want {Tea", "line 13"),
        ("OrderTea i want {green|}", "line 13"),
    ],
)
def test_broken_lines_are_named_or_dropped(skill, line, message):
    with (skill / "speechAssets" / "SampleUtterances.txt").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(DataError, match=message):
        read(skill, on_error="raise")
    raw = read(skill, on_error="drop")
    assert raw.dropped[DropReason.BROKEN_RECORDS] == 1 and raw.splits == read(SKILL).splits


@pytest.mark.parametrize(
    "document, message",
    [
        ([], "schema"),
        ({"intents": {}}, "intents"),
        ({"intents": [7]}, "intents, item 1.*7"),
        ({"intents": [{"intent": None}]}, "intent None"),
        ({"intents": [{"intent": "A"}, {"intent": "A"}]}, "'A'"),
        ({"intents": [{"intent": "A", "slots": [{"name": "x"}]}]}, "slot 'x'.*type"),
        ({"intents": [{"intent": "A", "slots": [{"name": "x", "type": "T"}] * 2}]}, "slot 'x'"),
        ({"intents": [{"intent": "A"}]}, "carrier phrase"),
    ],
)
def test_broken_schemas_are_named(skill, document, message):
    schema = skill / "speechAssets" / "IntentSchema.json"
    schema.write_text(json.dumps(document))
    with pytest.raises(DataError, match=message) as caught:
        read(schema, "ask-legacy", on_error="raise")
    assert str(schema) in str(caught.value)


def test_a_schema_without_samples(skill):
    (skill / "speechAssets" / "SampleUtterances.txt").unlink()
    with pytest.raises(DataError, match="IntentSchema.json.*SampleUtterances.txt"):
        read(skill, "ask-legacy")
    with pytest.raises(DataError, match="reader"):
        read(skill)
