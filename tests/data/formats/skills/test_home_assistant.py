"""Intents for hassil: those of Home Assistant, from their package, and files of the same kind."""

import json
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.formats.skills.home_assistant import reader as home_assistant

TEA = Path(__file__).parents[3] / "samples" / "hassil_tiny.json"


@pytest.fixture(scope="module")
def domain() -> Domain:
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    pytest.importorskip("home_assistant_intents", reason="needs the extra 'demo'")
    return load_domain("home_assistant", max_per_intent=60)


def test_intents_and_slots(domain):
    assert len(domain.spec.intents) >= 35
    assert {"area", "name", "floor", "color", "temperature", "item"} <= set(domain.spec.slot_types)
    assert sum(domain.splits.num_rows.values()) > 1500


def test_sentences_are_clean_and_spans_meet_words(domain):
    for utterance in domain.utterances("train"):
        assert utterance.text == " ".join(utterance.text.split())
        assert not set("[]{}<>()|") & set(utterance.text)
        for _, start, end in utterance.spans:
            assert not (utterance.text[:start][-1:].isalnum() or utterance.text[end:][:1].isalnum()), utterance


def test_templates_stay_in_one_split(domain):
    groups = [set(rows["group"]) for rows in domain.splits.values()]
    assert sum(map(len, groups)) == len(set().union(*groups))


def test_the_draw_is_seeded(domain):
    again = load_domain("home_assistant", max_per_intent=60)
    assert again.utterances("train") == domain.utterances("train")
    assert (
        load_domain("home_assistant", max_per_intent=60, seed=1).splits["train"]["text"]
        != domain.splits["train"]["text"]
    )


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(home_assistant, "_missing", ImportError("No module named 'hassil'"))
    with pytest.raises(DataError, match=r"'hassil'.*bilstm-nlu\[demo\]"):
        load_domain("home_assistant")


def test_a_limit_below_one(domain):
    with pytest.raises(DataError, match="max_per_intent=0"):
        load_domain("home_assistant", max_per_intent=0)


@pytest.fixture
def document():
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    return json.loads(TEA.read_text())


def test_a_file_of_intents(document):
    raw = read(TEA)
    assert format_for(TEA).name == "hassil" and raw.name == "hassil_tiny"
    brewing = {u.text: [(s, u.text[a:b]) for s, a, b in u.spans] for u in raw.splits["train"] if u.intent == "BrewTea"}
    assert brewing["brew me a cup of jade tea"] == [("tea", "jade tea")]
    assert any(["minutes", "tea"] == [slot for slot, _ in spans] for spans in brewing.values())
    assert any(text.startswith("tea for") and spans[0][0] == "name" for text, spans in brewing.items())
    assert {u.text for u in raw.splits["train"] if u.intent == "StopKettle"} == {
        "stop the kettle",
        "brew nothing",
        "make nothing",
    }
    assert raw.catalogs["tea"].values == {"green tea": ("jade tea",), "mint": ()}
    assert raw.catalogs["tea"].ids == {"green tea": "GREEN", "mint": "7"} and list(raw.catalogs) == ["tea"]


def test_a_folder_of_intents(document, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "en.json").write_bytes(TEA.read_bytes())
    assert read(tmp_path).splits == read(TEA).splits
    with pytest.raises(DataError, match="de.json"):
        read(tmp_path, locale="de")


def damage(path, value):
    def apply(document):
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return apply


@pytest.mark.parametrize(
    "change, message",
    [
        (damage(["intents", "BrewTea", "data", 0, "sentences"], ["brew (tea"]), "'BrewTea'"),
        (
            damage(["intents", "BrewTea", "data", 0, "sentences"], ["<pour> tea"]),
            "'BrewTea'.*pour",
        ),
        (damage(["intents", "BrewTea", "data", 0, "sentences"], [7]), "hassil"),
        (damage(["intents", "BrewTea", "data", 0, "sentences"], None), "hassil"),
        (damage(["intents", "BrewTea"], 7), "hassil"),
        (damage(["lists", "minutes", "range"], {"from": 9, "to": 1}), "hassil"),
        (damage(["lists", "minutes"], {}), "hassil"),
        (damage(["lists", "tea_kinds", "values"], []), "hassil"),
        (damage(["lists"], []), "hassil"),
        (damage(["expansion_rules", "brew"], "<brew> it"), "rules"),
        (damage(["expansion_rules", "brew"], None), "hassil"),
        (damage(["intents"], []), "hassil"),
    ],
)
def test_broken_files_are_named(document, tmp_path, change, message):
    change(document)
    path = tmp_path / "en.json"
    path.write_text(json.dumps(document))
    with pytest.raises(DataError, match=message) as caught:
        read(path, "hassil")
    assert str(path) in str(caught.value)


TEAPOT = Path(__file__).parents[3] / "samples" / "custom_sentences_tiny"
ENGLISH = TEAPOT / "custom_sentences" / "en"


def values_of(raw, slot):
    return {u.text[s.start : s.end] for u in raw.splits["train"] for s in u.spans if s.slot_type == slot}


def test_custom_sentences():
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    raw = read(TEAPOT)
    assert (raw.name, raw.language, raw.dropped) == ("custom_sentences_tiny", "en", {DropReason.FIXED_SLOTS: 1})
    assert {u.intent for u in raw.splits["train"]} == {"StartPot", "NoteTea"}
    assert values_of(raw, "pot") == {"teapot", "pot", "samovar"}
    assert raw.catalogs["pot"].values == {"teapot": ("pot",), "samovar": ()}
    assert raw.catalogs["pot"].ids == {"teapot": "POT", "samovar": "samovar"}
    minutes = values_of(raw, "minutes")
    assert minutes <= {"5", "10", "15", "five", "ten", "fifteen"} and len(minutes) == 6
    degrees = values_of(raw, "degrees")
    assert {"-0.5", "minus zero point five", "90.5", "ninety"} <= degrees and "91" not in degrees
    assert len(values_of(raw, "note")) > 20  # any words
    assert any(u.text.startswith("please ") for u in raw.splits["train"])


def test_every_door_leads_to_the_same_sentences():
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    for path in (TEAPOT, TEAPOT / "custom_sentences", ENGLISH):
        assert format_for(path).name == "hassil"
        assert read(path).splits == read(TEAPOT).splits and read(path).name == "custom_sentences_tiny"
    with pytest.raises(DataError, match="pot.yaml.*please"):  # its rules are in another file
        read(ENGLISH / "pot.yaml")


def test_languages_of_sentences(tmp_path):
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    german = tmp_path / "config" / "custom_sentences" / "de"
    german.mkdir(parents=True)
    text = (ENGLISH / "pot.yaml").read_text() + (ENGLISH / "_common.yaml").read_text().replace("intents: {}", "")
    (german / "pot.yaml").write_text(text.replace("language: en\n", "", 1).replace("language: en", "language: de"))
    raw = read(tmp_path)  # the only language
    assert raw.language == "de" and raw.dropped[DropReason.BUILTIN_VALUES_IN_ENGLISH] == 1
    assert values_of(raw, "minutes") == {"5", "10", "15"}
    (german.parent / "pt-BR").mkdir()
    (german.parent / "pt-BR" / "pot.yml").write_text(text)
    assert read(tmp_path, locale="pt_br").language == "pt-BR"
    with pytest.raises(DataError, match="'en'.*de, pt-BR.*locale"):
        read(tmp_path)


def test_tests_next_to_sentences(tmp_path):
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    shutil.copytree(ENGLISH, tmp_path / "sentences" / "en")
    (tmp_path / "tests" / "en").mkdir(parents=True)
    (tmp_path / "tests" / "en" / "_fixtures.yaml").write_text("language: en\nareas: []\n")
    path = tmp_path / "tests" / "en" / "pot.yaml"
    path.write_text(
        "language: en\ntests:\n- sentences: [start the  pot for 5 minutes, '(a|b)']\n"
        "  intent: {name: StartPot, slots: {pot: POT}}\n"
    )
    raw = read(tmp_path)
    assert [(u.text, u.intent, u.spans) for u in raw.splits["test"]] == [
        ("start the pot for 5 minutes", "StartPot", None)
    ]
    assert raw.dropped[DropReason.TEMPLATE_EXAMPLES] == 1
    path.write_text("tests:\n- sentences: [hi]\n")
    with pytest.raises(DataError, match="pot.yaml, test 1.*intent"):
        read(tmp_path, on_error="raise")


@pytest.mark.parametrize(
    "text, message",
    [
        ("intents:\n  A:\n    data:\n    - sentences: [\n", "line 5"),
        ("intents:\n  A:\n    data:\n    - sentences: !secret x\n", "line 4.*secret"),
        ("intents:\n  A:\n    data:\n    - sentences: ['(a']\n", "'A'"),
        ("intents:\n  A:\n    data:\n    - sentences: [a]\n      slots: 7\n", "hassil"),
        ("intents:\n  A:\n    data: 7\n  B:\n    data:\n    - sentences: [b]\n", "hassil"),
        ("? [a]\n: 1\nintents:\n  A:\n    data:\n    - sentences: [a]\nlists: 7\n", "line 1|hassil"),
        ("intents:\n  A:\n    data:\n    - sentences: " + 2000 * "[" + 2000 * "]" + "\n", "nested"),
    ],
)
def test_broken_yaml_is_named(tmp_path, text, message):
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    path = tmp_path / "sentences" / "en" / "a.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)
    with pytest.raises(DataError, match=message):
        read(tmp_path)


CONFIGURATION = """
default_config:
script: !include scripts.yaml
homeassistant:
  language: en
  latitude: !secret home_latitude
conversation:
  # my own

  intents:
    YearOfVoice: how is the year [of voice] going
    HassTurnOn:
      - "activate [the] {name}"
      - "wake {name} up"
intent_script:
  YearOfVoice:
    speech: {text: "Great!"}
"""


def test_sentences_in_the_configuration(tmp_path):
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    path = tmp_path / "configuration.yaml"
    path.write_text(CONFIGURATION)
    assert format_for(path).name == format_for(tmp_path).name == "hassil"
    raw = read(path)
    assert raw.language == "en" and read(tmp_path).splits == raw.splits
    assert {u.text for u in raw.splits["train"] if u.intent == "YearOfVoice"} == {
        "how is the year of voice going",
        "how is the year going",
    }
    wakes = [u for u in raw.splits["train"] if u.text.startswith("wake ")]
    assert wakes and all([s.slot_type for s in u.spans] == ["name"] for u in wakes)
    shutil.copytree(ENGLISH, tmp_path / "custom_sentences" / "en")  # both are one skill
    for place in (tmp_path, tmp_path / "custom_sentences", tmp_path / "custom_sentences" / "en"):
        assert {u.intent for u in read(place).splits["train"]} == {"StartPot", "NoteTea", "YearOfVoice", "HassTurnOn"}


@pytest.mark.parametrize("place", ["conversation", "intents"])
def test_an_included_file_of_sentences(tmp_path, place):
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    intents = "YearOfVoice: [how is the year going]\n"
    top = (
        "conversation: !include talk.yaml\n"
        if place == "conversation"
        else "conversation:\n  intents: !include talk.yaml\n"
    )
    (tmp_path / "configuration.yaml").write_text(top)
    (tmp_path / "talk.yaml").write_text(f"intents: {{{intents.strip()}}}\n" if place == "conversation" else intents)
    assert [u.text for u in read(tmp_path).splits["train"]] == ["how is the year going"]
    (tmp_path / "talk.yaml").unlink()
    with pytest.raises(DataError, match="talk.yaml" if place == "intents" else "configuration.yaml"):
        read(tmp_path / "configuration.yaml")


@pytest.mark.parametrize(
    "text, message",
    [
        ("conversation:\n  intents:\n    A: {b: c}\n", "'A'"),
        ("conversation:\n  intents:\n    A: [[b]]\n", "'A'"),
        ("conversation:\n  intents: [a]\n", "intents"),
        ("conversation:\n  intents:\n", "intents"),
        ("conversation:\n  intents:\n    A: '(b'\n", "'A'"),
        ("conversation:\n  intents:\n    A: [b\n", "line 4"),
        ("conversation:\nautomation:\n  intents: [a]\n", "recognises"),
    ],
)
def test_broken_configurations_are_named(tmp_path, text, message):
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    (tmp_path / "configuration.yaml").write_text(text)
    with pytest.raises(DataError, match=rf"configuration\.yaml.*{message}"):
        read(tmp_path / "configuration.yaml")


def test_yaml_of_other_tools_is_left_to_them(tmp_path):
    (tmp_path / "domain.yml").write_text("intents:\n- greet\nsentences: [a]\ndata: {}\n")
    with pytest.raises(DataError, match="hassil"):
        format_for(tmp_path / "domain.yml")


def test_rules_that_multiply_are_stopped(document, tmp_path):
    rules = {f"r{n}": f"<r{n + 1}> <r{n + 1}>" for n in range(40)} | {"r40": "tea"}
    document["expansion_rules"] |= rules
    document["intents"]["BrewTea"]["data"][0]["sentences"] = ["<r0>"]
    path = tmp_path / "en.json"
    path.write_text(json.dumps(document))
    with pytest.raises(DataError, match="10,000"):
        read(path)
