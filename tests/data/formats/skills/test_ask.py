"""Alexa interaction models, ours and those of other people."""

import copy
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json
from modeling_bilstm_nlu.data import RawDomain, check_domain, load_domain, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.formats.skills.ask.reader import parse_ask
from modeling_bilstm_nlu.data.text import text_key
from modeling_bilstm_nlu.data.values.builtin_intents import BUILTIN_FALLBACK, BUILTIN_INTENT_PHRASES

TEA_SHOP = Path(__file__).parents[3] / "samples" / "tea_shop.json"


@pytest.fixture
def model():
    return copy.deepcopy(read_json(TEA_SHOP))


def test_the_skill_as_parsed(model):
    notes = RawDomain("tea")
    spec = parse_ask(model, "tea_shop.json", notes)
    assert spec.name == "tea shop"
    assert list(spec.intents) == ["AMAZON.StopIntent", "OrderTea", "OpenHours", "Rename"]
    texts = [carrier.text for carrier in spec.intents["OrderTea"]]
    assert texts[1] == "i want {tea}" and "{tea} please" not in texts
    assert [phrase.text for phrase in spec.answers["OrderTea"]["tea"]] == ["{tea} please"]
    assert [phrase.text for phrase in spec.with_answers().intents["OrderTea"]] == [*texts, "{tea} please"]
    assert spec.slots["OrderTea"] == {"tea": "TEA", "cups": "AMAZON.NUMBER", "extra": "EXTRA"}
    assert spec.catalogs["TEA"].values == {"green tea": ("sencha", "matcha"), "Earl Grey": (), "mint": ()}
    assert spec.catalogs["TEA"].ids == {"green tea": "G", "Earl Grey": "7"}
    assert notes.dropped == {DropReason.REPEATED_SAMPLES: 1, DropReason.BLANK_SAMPLES: 1}
    left_out = {DropReason.BUILTIN_INTENTS_WITH_COMMON_PHRASES: 2, DropReason.INTENTS_WITHOUT_SAMPLES: 1}
    assert left_out.items() <= read(TEA_SHOP).dropped.items()


def test_the_language_model_may_stand_in_three_places(model, tmp_path):
    inner = model["interactionModel"]
    for number, document in enumerate((model, inner, inner["languageModel"])):
        path = tmp_path / f"{number}.json"
        path.write_text("\ufeff" + json.dumps(document), encoding="utf-8")
        assert read(path).splits == read(TEA_SHOP).splits


def test_the_skill_as_filled():
    raw = read(TEA_SHOP)
    texts = {utterance.text for utterance in raw.splits["train"]}
    assert "anna is my name" in texts and "Zebulon" in {
        u.text[s.start : s.end] for u in raw.splits["train"] for s in u.spans or () if s.slot_type == "name"
    }
    assert raw.catalogs["tea"].ids["green tea"] == "G"
    assert "two" in raw.catalogs["cups"].values and "note" not in raw.catalogs and "extra" not in raw.catalogs
    assert raw.dropped[DropReason.SLOT_TYPES_FILLED_WITH_OPEN_PHRASES] == 1
    assert raw.dropped[DropReason.UNUSED_SLOTS] == 1


def test_options(model):
    raw = read(TEA_SHOP, builtin_intents=False, slot_samples=False, max_per_carrier=2)
    assert raw.dropped[DropReason.BUILTIN_INTENTS_WITHOUT_SAMPLES] == 1
    carriers = [u.group for u in raw.splits["train"]]
    assert max(map(carriers.count, carriers)) == 2
    assert not any("please" in str(carrier) for carrier in carriers if "OrderTea" in str(carrier))


def test_built_in_intents_are_trained_and_not_scored():
    domain = load_domain(TEA_SHOP)
    asked = [row["text"] for row in domain.splits["train"] if row["intent"] == "AMAZON.HelpIntent"]
    assert {"help", "what can i do"} <= set(asked)
    scored = {intent for split in ("validation", "test") for intent in domain.splits[split]["intent"]}
    assert "AMAZON.HelpIntent" not in scored
    said = [
        row.text for split in domain.splits for row in domain.utterances(split) if row.intent == "AMAZON.StopIntent"
    ]
    assert {"close the shop", "stop"} <= set(said)


def test_a_phrase_that_the_skill_uses_is_not_of_a_built_in_intent(model, tmp_path):
    intents = model["interactionModel"]["languageModel"]["intents"]
    intents.append({"name": "DeleteOrder", "samples": ["cancel it", "delete it"], "slots": []})
    intents.insert(0, {"name": "AMAZON.CancelIntent", "samples": []})
    path = tmp_path / "en-US.json"
    path.write_text(json.dumps(model), encoding="utf-8")
    meant = {utterance.text: utterance.intent for utterance in read(path).splits["train"]}
    assert (meant["cancel"], meant["cancel it"]) == ("AMAZON.CancelIntent", "DeleteOrder")


def test_a_phrase_of_a_built_in_intent_has_one_intent():
    counts = Counter(text_key(phrase) for phrases in BUILTIN_INTENT_PHRASES.values() for phrase in phrases)
    assert max(counts.values()) == 1 and BUILTIN_FALLBACK not in BUILTIN_INTENT_PHRASES


def test_a_skill_project(tmp_path):
    folder = tmp_path / "skill-package" / "interactionModels" / "custom"
    folder.mkdir(parents=True)
    (folder / "en-US.json").write_bytes(TEA_SHOP.read_bytes())
    assert read(tmp_path).splits == read(TEA_SHOP).splits
    with pytest.raises(DataError, match="'en-GB'"):
        read(tmp_path, locale="en-GB")


def test_values_of_other_languages_stay_as_they_are_written(tmp_path):
    counted = DropReason.BUILTIN_VALUES_IN_ENGLISH
    types = [{"name": "HOTEL", "values": [{"name": {"value": "5-Sterne"}}]}]
    slots = [{"name": "hotel", "type": "HOTEL"}, {"name": "day", "type": "AMAZON.DATE"}]
    intent = {"name": "Book", "slots": slots, "samples": ["{hotel} buchen", "{hotel} am {day} buchen"]}
    document = json.dumps({"interactionModel": {"languageModel": {"intents": [intent], "types": types}}})
    texts, dropped = {}, {}
    for name, options in [
        ("de-DE.json", {}),
        ("skill__DE.JSON", {"format": "ask"}),
        ("model.json", {"locale": "fr-FR"}),
        ("en-GB.json", {}),
        ("skill.json", {}),
        ("it-IT.json", {"spoken_values": True}),
    ]:
        (tmp_path / name).write_text(document, encoding="utf-8")
        raw = read(tmp_path / name, **options)
        assert any("5-Sterne" in u.text for u in raw.splits["train"])
        texts[name] = not any("five Sterne" in u.text for u in raw.splits["train"])
        dropped[name] = raw.dropped.get(counted, 0)
    assert [name for name, is_written in texts.items() if is_written] == ["de-DE.json", "skill__DE.JSON", "model.json"]
    assert dropped == {name: int(name not in ("en-GB.json", "skill.json")) for name in texts}


@pytest.mark.parametrize(
    "name",
    [
        "models/en-GB.json",
        "models/de-DE.json",
        "interactionModels/custom/en-AU.json",
        "interactionModels/en-US.json",
        "interactionModel.json",
        "interaction-model.json",
        "skill.json",
        "models__en-CA.json",
        "alexa__models__en-US.json.gz",
        "Models__EN-us.JSON.GZ",
    ],
)
def test_where_projects_keep_their_model(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = TEA_SHOP.read_bytes()
    path.write_bytes(gzip.compress(content) if name.lower().endswith(".gz") else content)
    options = {"builtin_intents": False}  # there are English phrases alone
    assert read(tmp_path, **options).splits == read(TEA_SHOP, **options).splits


def test_projects_of_several_locales_and_several_skills(tmp_path, model):
    for locale in ("de-DE", "en-GB", "en-US"):
        model["interactionModel"]["languageModel"]["invocationName"] = locale
        (tmp_path / f"{locale}.json").write_text(json.dumps(model))
    assert read(tmp_path).name == "en-US" and read(tmp_path, locale="de-DE").name == "de-DE"
    (tmp_path / "en-US.json").unlink()
    assert read(tmp_path).name == "en-GB"
    (tmp_path / "en-GB.json").rename(tmp_path / "fr-FR.json")
    with pytest.raises(DataError, match="'en-US'"):
        read(tmp_path)
    (tmp_path / "fr-FR.json").rename(tmp_path / "other__fr-FR.json")
    with pytest.raises(DataError, match="de-DE.json.*other__fr"):
        read(tmp_path)


@pytest.mark.parametrize(
    "name, language",
    [
        ("fr-interaction-model.json", "fr"),
        ("InteractionModel_en.json", "en"),
        ("interaction_model.de-DE.json", "de-DE"),
        ("pt_BR.json", "pt_BR"),
        ("models__skill-builder-it.json", "it"),
        ("interaction-model.json", None),
        ("xx.json", None),
    ],
)
def test_locales_in_the_names_of_models(tmp_path, name, language):
    (tmp_path / name).write_bytes(TEA_SHOP.read_bytes())
    assert format_for(tmp_path).name == "ask"
    for path in (tmp_path, tmp_path / name):
        raw = read(path)
        assert raw.language == language
        is_foreign = language is not None and not language.startswith("en")
        assert (DropReason.BUILTIN_VALUES_IN_ENGLISH in raw.dropped) == is_foreign


def test_models_of_several_locales_with_long_names(tmp_path, model):
    for name in ("fr-interaction-model.json", "en_us-interaction-model.json"):
        model["interactionModel"]["languageModel"]["invocationName"] = name[:2]
        (tmp_path / name).write_text(json.dumps(model))
    assert read(tmp_path).name == "en" and read(tmp_path, locale="FR").name == "fr"
    with pytest.raises(DataError, match="'de'.*en_us.*fr.*locale"):
        read(tmp_path, locale="de")


def test_comments_in_a_model(tmp_path, model):
    model["interactionModel"]["languageModel"]["intents"][2]["samples"][0] = "tea // now /* or */ later"
    text = json.dumps(model, indent=1)
    path = tmp_path / "en-US.json"
    path.write_text(f"// our model\n{text.replace('{', '{ /* an', 1).replace('/* an', '/* an object */', 1)}// end")
    raw = read(path)
    assert format_for(path).name == format_for(tmp_path).name == "ask" and raw.dropped[DropReason.JSON_COMMENTS] == 3
    assert "tea // now /* or */ later" in {phrase.text for phrase in raw.skill.intents["OrderTea"]}
    path.write_text(f"/* our\nmodel */\n{text}\n]")
    with pytest.raises(DataError, match=rf"en-US.json.*line {text.count(chr(10)) + 4}\b"):
        read(path)


@pytest.mark.parametrize("space", [" ", "\x1c", "\x1f", "\u00a0"])
def test_values_of_types_have_no_white_space_at_their_edges(tmp_path, model, space):
    values = [{"name": {"value": f"{space}mint{space}", "synonyms": [f"peppermint{space}", space]}}]
    model["interactionModel"]["languageModel"]["types"][0]["values"] = values
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model))
    raw = read(path)
    name = model["interactionModel"]["languageModel"]["types"][0]["name"]
    assert raw.skill.catalogs[name].values == {"mint": ("peppermint",)} and raw.dropped[DropReason.BLANK_VALUES] == 1


def damage(path, value):
    """A change of one place of a language model."""

    def apply(model):
        place = model["interactionModel"]["languageModel"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return apply


@pytest.mark.parametrize(
    "change, message",
    [
        (
            damage(["intents", 2, "samples", 0], "order {coffee}"),
            "'OrderTea'.*'coffee'",
        ),
        (damage(["intents", 2, "samples", 0], "order {tea"), "brace"),
        (damage(["intents", 2, "samples", 0], None), "None"),
        (damage(["intents", 2, "samples", 0], "tea \ud83c"), "surrogate"),
        (damage(["intents", 2, "samples"], "order tea"), "'OrderTea'.*samples"),
        (damage(["intents", 2, "name"], 4.5), None),
        (damage(["intents", 2, "slots", 1], {"name": "tea", "type": "TEA"}), "slot 'tea'"),
        (damage(["intents", 2, "slots", 1], {"name": "tea2"}), "slot 'tea2'.*type"),
        (damage(["intents", 2, "slots", 1], "tea"), "slots.*'tea'"),
        (damage(["types", 0, "values", 0], {"name": "green"}), "type 'TEA'.*'name'"),
        (
            damage(["types", 0, "values", 0, "id"], ["G"]),
            r"type 'TEA'.*'green tea'.*\['G'\]",
        ),
        (damage(["types", 0, "values", 0], {"name": {"value": "\ude00"}}), "name.value.*surrogate"),
        (damage(["types", 0, "name"], True), "type True"),
        (damage(["types"], {"TEA": []}), "types"),
        (damage(["intents", 2, "slots", 0, "samples"], "{tea}"), "slot 'tea'.*samples"),
        (damage(["invocationName"], ["tea"]), "invocationName"),
        (damage(["types", 0, "values", 0], {"name": {"value": None}}), "type 'TEA'.*name.value"),
        (damage(["types", 0, "values", 0], {"name": {"value": "a", "synonyms": [{}]}}), "synonym.*'a'"),
        (damage(["intents"], []), "carrier phrase"),
    ],
)
def test_broken_models_are_named(model, tmp_path, change, message):
    change(model)
    path = tmp_path / "skill.json"
    path.write_text(json.dumps(model))
    if message is None:
        read(path)
        return
    with pytest.raises(DataError, match=message) as caught:
        read(path, "ask", on_error="raise")
    assert str(path) in str(caught.value)


def test_broken_parts_can_be_left_out(model, tmp_path):
    language_model = model["interactionModel"]["languageModel"]
    language_model["intents"][2]["samples"] += ["order {coffee}", "order {tea", 7, None]
    language_model["intents"] += [{"name": None}, {"name": "Odd", "samples": {}}]
    language_model["types"] += [{"name": "ODD", "values": [[]]}]
    path = tmp_path / "skill.json"
    path.write_text(json.dumps(model))
    raw = read(path, on_error="drop")
    assert raw.dropped[DropReason.BROKEN_RECORDS] == 6
    assert raw.skill.intents.keys() == read(TEA_SHOP).skill.intents.keys()
    assert [phrase.text for phrase in raw.skill.intents["OrderTea"]][-1] == "7"


def test_values_of_the_oldest_models_are_bare(model, tmp_path):
    types = model["interactionModel"]["languageModel"]["types"]
    types[0]["values"] = ["oolong", " ", {"name": {"value": "sencha", "synonyms": ["", "sencha", "green tea"]}}]
    notes = RawDomain("tea")
    assert parse_ask(model, "tea.json", notes).catalogs["TEA"].values == {"oolong": (), "sencha": ("green tea",)}
    assert notes.dropped[DropReason.BLANK_VALUES] == 2


def test_an_intent_may_be_listed_in_two_parts(model):
    intents = model["interactionModel"]["languageModel"]["intents"]
    intents.append({"name": "OrderTea", "samples": ["a pot of {tea}"]})
    model["interactionModel"]["languageModel"]["types"] += [
        {
            "name": "TEA",
            "values": [{"id": "M", "name": {"value": "mint"}}, {"id": "H", "name": {"value": "green tea"}}],
        }
    ]
    notes = RawDomain("tea")
    spec = parse_ask(model, "tea.json", notes)
    assert [phrase.text for phrase in spec.intents["OrderTea"]][-1] == "a pot of {tea}" and len(spec.intents) == 4
    assert spec.catalogs["TEA"].ids == {"green tea": "G", "Earl Grey": "7", "mint": "M"}
    assert notes.dropped == {
        DropReason.SLOT_TYPES_JOINED: 1,
        DropReason.REPEATED_VALUES: 2,
        DropReason.SECOND_IDS: 1,
        DropReason.INTENTS_JOINED: 1,
        DropReason.REPEATED_SAMPLES: 1,
        DropReason.BLANK_SAMPLES: 1,
    }


def test_what_is_not_imported_is_counted(model, tmp_path):
    inner = model["interactionModel"]
    inner |= {"dialog": {"intents": [{}, {}], "delegationStrategy": "ALWAYS"}, "prompts": [{}, {}, {}]}
    language_model = inner["languageModel"]
    language_model["modelConfiguration"] = {"fallbackIntentSensitivity": {"level": "LOW"}}
    tea, cups, _ = language_model["intents"][2]["slots"]
    tea["multipleValues"] = {"enabled": True}
    cups |= {"type": "COUNT", "multipleValues": {"enabled": False}}
    language_model["intents"][3]["slots"][0]["type"] = "COUNT"
    language_model["types"][0]["valueSupplier"] = {"type": "CatalogValueSupplier"}
    path = tmp_path / "en-US.json"
    path.write_text(json.dumps(model | {"version": "4"}))
    counted = {
        DropReason.NOT_IMPORTED.of("dialog"): 2,
        DropReason.NOT_IMPORTED.of("prompts"): 3,
        DropReason.NOT_IMPORTED.of("modelConfiguration"): 1,
        DropReason.NOT_IMPORTED.of("multipleValues of slots"): 1,
        DropReason.NOT_IMPORTED.of("valueSupplier of slot types"): 1,
        DropReason.SLOTS_OF_AN_UNKNOWN_TYPE.of("COUNT"): 2,
    }
    raw = read(path)
    assert {reason: count for reason, count in raw.dropped.items() if reason in counted} == counted
    assert raw.name == raw.skill.name == "tea shop"


@pytest.mark.parametrize(
    "document",
    [
        {"luis_schema_version": "3.0.0", "intents": [{"name": "Book"}], "entities": [], "utterances": []},
        {"intents": [{"name": "Book", "samples": []}], "utterances": [{"text": "book", "intent": "Book"}]},
        {"rasa_nlu_data": {"common_examples": []}},
        {"intents": [{"intent": "OldIntent"}]},
        {"intents": [{"name": "JustNames"}]},
        {"intents": []},
        {"language": "en", "intents": {"HassTurnOn": {"data": []}}},
        [{"id": "1", "data": [{"text": "hi"}]}],
        {"manifest": {"apis": {}}},
        7,
    ],
)
def test_documents_of_others_are_not_claimed(tmp_path, document):
    path = tmp_path / "models" / "en-US.json"
    path.parent.mkdir()
    path.write_text(json.dumps(document))
    [recognises] = [reader.sniff for reader in (format_for(TEA_SHOP),)]
    assert not recognises(path) and not recognises(tmp_path) and recognises(TEA_SHOP)


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "skill.json"
    path.write_text(TEA_SHOP.read_text()[:300])
    with pytest.raises(DataError, match="JSON"):
        load_domain(path)
    path.write_text('{"intents": "none"}')
    with pytest.raises(DataError, match="reader"):
        load_domain(path)
    with pytest.raises(DataError, match="Alexa"):
        load_domain(path, format="ask")


def test_the_example_skill():
    domain = load_domain("smart_garden")
    report = check_domain(domain)
    assert report.is_clean and not {"leakage", "label conflicts"} & {finding.kind for finding in report.findings}
    assert len(domain.spec.intents) == 13 and {"zone", "duration", "plant"} <= set(domain.spec.slot_types)
    assert set(domain.spec.intents) == {*domain.splits["test"]["intent"], *BUILTIN_INTENT_PHRASES} & {
        *domain.skill.slots
    }
    assert domain.catalogs["zone"].ids["vegetable patch"] == "VEGETABLE_PATCH"
