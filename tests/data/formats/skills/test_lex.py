"""Bots of Amazon Lex: exports of both versions, archives and templates; and writing them."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, load_domain, read, write_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for

SAMPLES = Path(__file__).parents[3] / "samples"
TREE, OLD = SAMPLES / "lex_tiny", SAMPLES / "lex_tiny_v1.json"


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "bot.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for source in sorted(TREE.rglob("*.json")):
            file.write(source, source.relative_to(TREE).as_posix())
    return path


def flowers(raw):
    """The texts of the intent with slots, and their slots, without those with a date."""
    return {
        (u.text, *((s.slot_type, u.text[s.start : s.end]) for s in u.spans))
        for u in raw.splits["train"]
        if u.intent == "OrderFlowers" and " on " not in u.text
    }


ORDERS = {
    (text.replace("KIND", kind), ("Kind", kind))
    for text in ("order KIND", "some KIND please")
    for kind in ("roses", "red roses", "lilies")
}


def test_a_bot_of_the_first_version():
    assert format_for(OLD).name == "lex"
    raw = read(OLD)
    assert raw.name == "TinyFlowers" and raw.language == "en-US" and flowers(raw) == ORDERS
    assert {u.intent for u in raw.splits["train"]} == {"OrderFlowers", "Thanks"}
    assert raw.skill.slots["OrderFlowers"] == {
        "Kind": "FlowerKind",
        "Day": "AMAZON.DATE",
        "Code": "AMAZON.AlphaNumeric",
    }
    assert raw.catalogs["Kind"].values == {"roses": ("red roses",), "lilies": ()}
    assert raw.dropped[DropReason.BLANK_SAMPLES] == 1
    assert raw.dropped[DropReason.ENTITY_REGULAR_EXPRESSIONS] == raw.dropped[DropReason.UNUSED_SLOTS] == 1


def test_a_bot_of_the_second_version(archive):
    raw = read(TREE)
    assert flowers(raw) == ORDERS and raw.language == "en-US" and raw.name == "TinyFlowers"
    assert any(" on " in u.text and u.spans[1].slot_type == "Day" for u in raw.splits["train"])
    assert format_for(archive).name == format_for(TREE).name == "lex"
    assert read(archive).splits == raw.splits


def test_archives_of_the_first_version(tmp_path):
    path = tmp_path / "TinyFlowers_1_LEX_V1.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("notes.json", b"\xff")
        file.writestr("TinyFlowers_1_LEX_V1.json", OLD.read_bytes())
    with pytest.raises(DataError, match=r"V1\.zip"):
        format_for(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.json", "{}")
        file.writestr("TinyFlowers_1_LEX_V1.json", OLD.read_bytes())
    assert format_for(path).name == "lex"
    raw = read(path)
    assert raw.name == "TinyFlowers" and raw.splits == read(OLD).splits and raw.dropped == read(OLD).dropped
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bot.json", OLD.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"V1\.zip, bot\.json.*JSON"):
        read(path, "lex")


def test_options():
    assert [u.text for u in read(TREE, locale="de-de").splits["train"]] == ["danke"]
    with pytest.raises(DataError, match="'fr'.*locale"):
        read(TREE, locale="fr")
    assert not any("some" in u.text for u in read(TREE, slot_samples=False).splits["train"])


def test_the_export_of_one_intent(tmp_path):
    document = json.loads(OLD.read_text())
    (intent, *_), types = document["resource"]["intents"], document["resource"]["slotTypes"]
    document["resource"] = {**intent, "slotTypes": types}
    path = tmp_path / "OrderFlowers.json"
    path.write_text(json.dumps(document))
    assert flowers(read(path)) == ORDERS


def test_a_template(tmp_path):
    def bot(prefix, keys):
        intent = {keys[0]: "Order", "SampleUtterances": [{"Utterance": "order {Kind}"}]}
        intent[prefix + "Slots"] = [{keys[1]: "Kind", prefix + "SlotTypeName": "Flower"}]
        flower = {keys[2]: "Flower", "SlotTypeValues": [{"SampleValue": {"Value": "roses"}, "Synonyms": []}]}
        return [{"LocaleId": "en_GB", prefix + "Intents": [intent], prefix + "SlotTypes": [flower]}]

    for kind, prefix, keys in (
        ("AWS::Lex::Bot", "", ("Name", "Name", "Name")),
        ("Custom::LexBot", "CR.", ("intentName", "slotName", "slotTypeName")),
    ):
        properties = {prefix + ("BotLocales" if not prefix else "botLocales"): bot(prefix, keys)}
        path = tmp_path / "template.json"
        resources = {"Bot": {"Type": kind, "Properties": properties}, "Role": {"Type": "AWS::IAM::Role"}}
        path.write_text(json.dumps({"Resources": resources}))
        assert format_for(path).name == "lex"
        assert [(u.text, u.spans) for u in read(path).splits["train"]] == [("order roses", (SlotSpan("Kind", 6, 11),))]
    path.write_text(json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role"}}}))
    with pytest.raises(DataError, match=r"template\.json"):
        format_for(path)


YAML_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Language: {Type: String, Default: en_GB}
Resources:
  Role:
    Type: AWS::IAM::Role
  Bot:
    Type: AWS::Lex::Bot  # of version 2
    Properties:
      Name: !Sub "${AWS::StackName}-shop"
      RoleArn: !GetAtt Role.Arn
      DataPrivacy: {ChildDirected: false}
      BotLocales:
        - LocaleId: !Ref Language
          NluConfidenceThreshold: 0.4
          SlotTypes:
            - Name: Flower
              SlotTypeValues:
                - SampleValue: {Value: roses}
                  Synonyms: [{Value: red roses}]
                - SampleValue: {Value: !Sub "lilies"}
          Intents:
            - Name: Order
              SampleUtterances:
                - Utterance: order {Kind}
                - Utterance: {"Fn::Sub": "some {Kind} please"}
              Slots:
                - Name: Kind
                  SlotTypeName: !Ref Flower
                  ValueElicitationSetting: {SlotConstraint: Required}
            - Name: FallbackIntent
              ParentIntentSignature: AMAZON.FallbackIntent
  Alias:
    Type: AWS::Lex::BotAlias
    Properties: {BotId: !Ref Bot}
"""


@pytest.mark.parametrize("name", ["template.yaml", "bot.yml", "bot.template"])
def test_a_template_in_yaml(tmp_path, name):
    path = tmp_path / name
    path.write_text(YAML_TEMPLATE)
    assert format_for(path).name == "lex"
    raw = read(path)
    assert raw.language == "en-GB" and {u.intent for u in raw.splits["train"]} == {"Order"}
    assert {
        (u.text, *((s.slot_type, u.text[s.start : s.end]) for s in u.spans)) for u in raw.splits["train"]
    } == ORDERS


@pytest.mark.parametrize(
    "old, new, culprit",
    [
        ("      BotLocales:", "\t  BotLocales:", "line 14"),
        ("- Utterance: order {Kind}", "- Utterance: order {Herb}", "'Order'.*Herb"),
        ("LocaleId: !Ref Language", "LocaleId: [a]", "'Bot'.*LocaleId"),
        ("AWS::Lex::Bot  # of version 2", "AWS::Lex::BotVersion", r"template\.yaml"),
    ],
)
def test_broken_templates(tmp_path, old, new, culprit):
    path = tmp_path / "template.yaml"
    path.write_text(YAML_TEMPLATE.replace(old, new))
    with pytest.raises(DataError, match=culprit) as caught:
        read(path, "lex", on_error="raise")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "file, change, culprit",
    [
        ("Intents/OrderFlowers/Intent.json", {"name": 3.5, "sampleUtterances": "x"}, "Intent.json"),
        ("Intents/OrderFlowers/Intent.json", {"sampleUtterances": [{"utterance": "order {Herb}"}]}, "Herb"),
        ("Intents/OrderFlowers/Slots/Kind/Slot.json", {"slotTypeName": None}, "Slot.json"),
        ("SlotTypes/FlowerKind/SlotType.json", {"slotTypeValues": [{"sampleValue": None}]}, "SlotType.json"),
    ],
)
def test_broken_records(tmp_path, file, change, culprit):
    shutil.copytree(TREE, tmp_path / "bot")
    path = tmp_path / "bot" / "TinyFlowers/BotLocales/en_US" / file
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    (tmp_path / "bot/TinyFlowers/BotLocales/en_US/Intents/Bye").mkdir()
    (tmp_path / "bot/TinyFlowers/BotLocales/en_US/Intents/Bye/Intent.json").write_text(
        json.dumps({"name": "Bye", "sampleUtterances": [{"utterance": "bye"}]})
    )
    with pytest.raises(DataError, match=culprit):
        read(tmp_path / "bot", on_error="raise")
    raw = read(tmp_path / "bot", on_error="drop")
    assert raw.dropped[DropReason.BROKEN_RECORDS] >= 1 and raw.splits["train"]


def test_files_that_are_not_a_bot(tmp_path):
    for name, content in (("a.json", "{}"), ("a.json", ""), ("a.zip", ""), ("a.zip", "PK\3\4")):
        (tmp_path / name).write_text(content)
        with pytest.raises(DataError, match=name):
            read(tmp_path / name, "lex")
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path, "lex")
    slot = tmp_path / "BotLocales/en_US/Intents/Order/Slots/Kind/Slot.json"
    slot.parent.mkdir(parents=True)
    slot.write_text("{}")
    with pytest.raises(DataError, match=r"Slot\.json"):
        read(tmp_path, "lex")


@pytest.mark.parametrize("name", ["bot.zip", "bot"])
def test_a_bot_is_written_and_read_back(tmp_path, name):
    domain = load_domain(OLD)
    lost = write_domain(domain, tmp_path / name, "lex")
    assert lost == {DropReason.SLOT_TYPE_NAMES_CHANGED: 1}  # AMAZON.DATE is AMAZON.Date in version 2
    again = load_domain(tmp_path / name)
    assert again.skill.intents == domain.skill.intents and again.skill.answers == domain.skill.answers
    assert again.skill.catalogs == {"FlowerKind": domain.skill.catalogs["FlowerKind"]}
    assert again.language == "en-US" and again.name == "TinyFlowers"


def test_utterances_become_a_bot(tmp_path):
    rows = [Utterance("play jazz", "play", (SlotSpan("genre", 5, 9),)), Utterance("hm", "out_of_scope")]
    catalogs = {"genre": SlotCatalog("genre", {"jazz": ("swing",)}, {"jazz": "J"})}
    lost = write_domain(Domain.from_utterances("my music", {"train": rows}, catalogs=catalogs), tmp_path / "m", "lex")
    assert lost["samples of the fallback intent, which has none there"] == 1
    assert lost[DropReason.CATALOG_VALUE_IDS] == 1
    raw = read(tmp_path / "m")
    assert {(u.intent, u.text) for u in raw.splits["train"]} == {("play", "play jazz"), ("play", "play swing")}


def test_public_bots(shared_dir):
    folder = shared_dir / "skills_other_formats" / "lex"
    if not folder.is_dir():
        pytest.skip(f"no bots at {folder}")
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        raw = read(folder / entry["files"][0])
        assert sum(name in raw.skill.intents for name in raw.skill.slots) == entry["n_intents"], entry["id"]
