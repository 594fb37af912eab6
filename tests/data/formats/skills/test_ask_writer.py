"""Domains as Alexa interaction models, and back."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json
from modeling_bilstm_nlu.data import (
    Domain,
    RawDomain,
    SlotCatalog,
    SlotSpan,
    Utterance,
    check_domain,
    load_domain,
    write_domain,
)
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.skills.ask.names import legal_invocation, legal_names, legal_words
from modeling_bilstm_nlu.data.formats.skills.ask.reader import parse_ask
from modeling_bilstm_nlu.data.formats.skills.ask.writer import ask_document, write_ask
from modeling_bilstm_nlu.data.schema import FALLBACK_INTENT
from modeling_bilstm_nlu.data.skill_spec import CarrierPhrase, SkillSpec

DATA = Path(__file__).parents[3] / "samples"


def written(domain: Domain) -> tuple[SkillSpec, dict[str, int]]:
    """The skill in the document of a domain."""
    document, lost = ask_document(domain)
    return parse_ask(json.loads(json.dumps(document)), "written.json", RawDomain("written")), lost


def texts(spec: SkillSpec) -> dict[str, list[str]]:
    return {intent: [phrase.text for phrase in phrases] for intent, phrases in spec.intents.items()}


def domain_of(rows: list[tuple[str, str | None, dict[str, str]]], **options: Any) -> Domain:
    """Utterances out of texts, intents and slot -> value."""
    utterances = []
    for text, intent, slots in rows:
        spans = [SlotSpan(slot, text.index(value), text.index(value) + len(value)) for slot, value in slots.items()]
        utterances.append(Utterance(text, intent, tuple(spans)))
    return Domain.from_utterances("tea shop", {"train": utterances}, **options)


def test_a_skill_is_written_as_it_was_read(tmp_path):
    domain = load_domain(DATA / "tea_shop.json")
    path = tmp_path / "models" / "en-US.json"
    assert write_ask(path, domain) == {DropReason.VALUES_IN_SAMPLES: 1}  # "{anna|name} is my name"
    spec = parse_ask(read_json(path), str(path), RawDomain("tea"))
    assert spec.intents.pop("Rename") != domain.skill.intents.pop("Rename") and spec == domain.skill
    model = read_json(path)["interactionModel"]["languageModel"]
    assert model["invocationName"] == "tea shop"
    assert model["intents"][0] == {"name": "AMAZON.HelpIntent", "samples": []}
    [tea] = [slot for intent in model["intents"] for slot in intent.get("slots", ()) if slot["name"] == "tea"][:1]
    assert tea == {"name": "tea", "type": "TEA", "samples": ["{tea} please"]}
    [values] = [entry["values"] for entry in model["types"] if entry["name"] == "TEA"]
    assert values[0] == {"id": "G", "name": {"value": "green tea", "synonyms": ["sencha", "matcha"]}}
    assert values[2] == {"name": {"value": "mint"}}


def test_utterances_become_carrier_phrases():
    domain = domain_of(
        [
            ("one green tea to go", "order-tea", {"tea kind": "green tea", "count": "one"}),
            ("Two mint to go", "order-tea", {"tea kind": "mint", "count": "Two"}),
            ("open at 7:30 on May 3rd?", "hours2", {}),
            ("what is it's price.", "hours2", {}),
            ("100% oolong & more", "hours2", {"tea kind": "oolong"}),
            ("brew {it} [now]", "hours2", {}),
            ("???", "hours2", {}),
            ("sing me a song", FALLBACK_INTENT, {}),
            ("whatever", None, {}),
        ],
        catalogs={
            "tea kind": SlotCatalog("tea kind", {"green tea": ("sencha",)}, {"green tea": "G"}, "TEA"),
            "count": SlotCatalog("count", {"one": (), "a round": ("rounds",)}, {}, "AMAZON.NUMBER"),
            "size": SlotCatalog("size", {"large": ()}),
        },
    )
    spec, lost = written(domain)
    assert texts(spec) == {
        "order_tea": ["{count} {tea_kind} to go"],
        "hours_two": [
            "open at seven thirty on May third",
            "what is it's price",
            "one hundred percent {tea_kind} and more",
            "brew it now",
        ],
        "AMAZON.FallbackIntent": ["sing me a song"],
    }
    assert spec.slots["order_tea"] == {"count": "AMAZON.NUMBER", "tea_kind": "TEA"}
    assert spec.catalogs["TEA"].values == {"green tea": ("sencha",), "mint": (), "oolong": ()}
    assert spec.catalogs["TEA"].ids == {"green tea": "G"}
    assert spec.catalogs["AMAZON.NUMBER"].values == {"a round": ("rounds",)}
    assert lost == {
        DropReason.SLOT_NAMES_CHANGED: 1,
        DropReason.UTTERANCES_WITHOUT_AN_INTENT: 1,
        DropReason.CATALOGS_WITHOUT_A_SLOT: 1,
        DropReason.INTENT_NAMES_CHANGED: 3,
        DropReason.SAMPLES_REWRITTEN: 3,
        DropReason.SAMPLES_WITHOUT_A_WORD: 1,
    }


def test_slots_without_catalogs_are_typed_by_what_was_observed():
    spec, lost = written(
        domain_of([("play Jazz", "Play", {"genre": "Jazz"}), ("play jazz now", "Play", {"genre": "jazz"})])
    )
    assert spec.slots == {"Play": {"genre": "GENRE"}} and spec.catalogs["GENRE"].values == {"Jazz": ()} and not lost


def test_types_of_other_platforms():
    domain = domain_of(
        [("fly to rome by five", "Fly", {"to": "rome", "by": "five", "with": "fly"})],
        catalogs={
            "to": SlotCatalog("to", {}, {}, "@sys.geo-city"),
            "by": SlotCatalog("by", {}, {}, "builtin.number"),
            "with": SlotCatalog("with", {}, {}, "@sys.airline-2"),
        },
    )
    spec, lost = written(domain)
    assert spec.slots["Fly"] == {"with": "sys_airline_two", "to": "AMAZON.City", "by": "AMAZON.NUMBER"}
    assert lost == {DropReason.SLOT_TYPE_NAMES_CHANGED: 1}


def test_a_domain_without_intents():
    with pytest.raises(DataError, match="intents"):
        ask_document(domain_of([("green tea", None, {"tea": "green tea"})]))


def test_nothing_half_written_remains(tmp_path):
    with pytest.raises(DataError):
        write_ask(tmp_path / "en-US.json", domain_of([("green tea", None, {})]))
    assert not list(tmp_path.iterdir())


def test_skills_of_other_formats():
    spec, lost = written(load_domain(DATA / "legacy_tiny"))
    assert texts(spec)["OrderTea"] == [
        "i want {Tea}",
        "bring me {Cups} cups of {Tea}",
        "write {happy birthday|Note} on it",  # the old free-text type takes values in samples, and nothing else
        "write {get well soon|Note} on it",
    ]
    assert list(spec.catalogs["LIST_OF_TEAS"].values) == ["green tea", "Earl Grey", "mint"]
    assert spec.catalogs["LIST_OF_SIZES"].values  # nobody published them, so those of the fillings
    assert lost == {
        DropReason.INVOCATION_NAMES_CHANGED: 1,
        DropReason.SLOT_TYPES_WITHOUT_A_CATALOG: 1,
        DropReason.VALUES_IN_SAMPLES: 1,
    }
    spec, lost = written(load_domain(DATA / "ovos_tiny"))
    assert spec.name == "tea skill" and spec.intents.keys() == {"hours", "order_tea"}
    assert len(spec.intents["order_tea"]) == 10 and spec.slots["order_tea"]["number"] == "AMAZON.NUMBER"


@pytest.mark.parametrize(
    "names, legal",
    [
        (["play_music", "PlayIntent", "AMAZON.YesIntent"], ["play_music", "PlayIntent", "AMAZON.YesIntent"]),
        (["get.route", "get-route", "get_route"], ["get_route_b", "get_route_c", "get_route"]),
        (["play", "Play", "PLAY", "_b"], ["play", "Play_b", "PLAY_c", "_b"]),
        (["AMAZON.DATE", "AMAZON.Date"], ["AMAZON.DATE", "AMAZON.Date"]),  # the platform's own
        (["2nd level", "caf\u00e9", "\u97f3\u697d", "!"], ["two_nd_level", "cafe", "name", "name_b"]),
    ],
)
def test_names(names, legal):
    assert list(map(legal_names(names, "name").get, names)) == legal


@pytest.mark.parametrize(
    "text, words",
    [
        (" turn on the t. v. at five o'clock ", None),
        ("caf\u00e9 \u97f3\u697d mother-in-law", None),
        ("it\u2019s 5pm!", "it's five pm"),
        ("\u0663 cups", "three cups"),
        ("wait - stop .", None),
        ("$ - stop", " - stop"),
        ("(hey) you\U0001f600 ", "hey you "),
        ("cup(s) of [the best] tea", "cups of the best tea"),
    ],
)
def test_words(text, words):
    assert legal_words(text) == (text if words is None else words)


def test_names_that_differ_in_case_alone():
    spec, lost = written(
        domain_of(
            [
                ("tea at five", "Play", {"Drink": "tea", "drink": "five"}),
                ("go", "play", {}),
            ]
        )
    )
    assert texts(spec) == {"Play": ["{Drink} at {drink_b}"], "play_b": ["go"]}
    assert lost == {DropReason.SLOT_NAMES_CHANGED: 1, DropReason.INTENT_NAMES_CHANGED: 1}
    slots = {"A": {"Tea": "T", "cups": "t"}, "B": {"tea": "T"}, "C": {"one": "T", "One": "t"}}
    phrases = {intent: [CarrierPhrase(f"{{{'} {'.join(names)}}} please")] for intent, names in slots.items()}
    catalogs = {name: SlotCatalog(name, {name: ()}) for name in "Tt"}
    rows = {"train": [Utterance("hi", "A")]}
    spec, lost = written(Domain.from_utterances("s", rows, skill=SkillSpec("s", phrases, slots, catalogs)))
    # a slot is local to its intent
    assert spec.slots == {"A": {"Tea": "T", "cups": "t_b"}, "B": {"tea": "T"}, "C": {"one": "T", "One_b": "t_b"}}
    assert lost == {DropReason.SLOT_NAMES_CHANGED: 1, DropReason.SLOT_TYPE_NAMES_CHANGED: 1}


def test_utterances_of_other_splits_are_counted():
    rows = {"train": [Utterance("go", "A")], "test": [Utterance("stop", "A"), Utterance("halt", "A")]}
    spec, lost = written(Domain.from_utterances("s", rows))
    assert texts(spec) == {"A": ["go", "stop", "halt"]}
    assert lost == {DropReason.TEST_WRITTEN_AS_SAMPLES: 2}


@pytest.mark.parametrize("format", ["dataset", "jsonl"])
def test_types_outlive_a_folder_of_utterances(tmp_path, format):
    domain = load_domain(DATA / "tea_shop.json")
    assert write_domain(domain, tmp_path / "tea", format) == {}
    again = load_domain(tmp_path / "tea")
    assert again.skill is None and again.catalogs["note"].values == {}
    spec, _ = written(again)
    types = domain.skill.types_by_slot()
    assert {slot: list(names) for slot, names in spec.types_by_slot().items()} == {
        slot: list(types[slot]) for slot in again.spec.slot_types
    }
    assert spec.slots["Rename"]["name"] == "AMAZON.FirstName" and spec.slots["OrderTea"]["extra"] == "EXTRA"
    findings = {finding.kind: finding for finding in check_domain(again).findings}
    assert "unused slot types" not in findings


def test_a_slot_of_several_types_keeps_one(tmp_path):
    slots = {"A": {"what": "AMAZON.SearchQuery"}, "B": {"what": "AMAZON.DATE"}}
    rows = {"train": [Utterance("find tea", "A", (SlotSpan("what", 5, 8),))]}
    domain = Domain.from_utterances("s", rows, skill=SkillSpec("s", {}, slots))
    assert write_domain(domain, tmp_path / "a", "dataset") == {DropReason.SLOTS_OF_SEVERAL_TYPES: 1}
    assert load_domain(tmp_path / "a").catalogs == {"what": SlotCatalog("what", type_name="AMAZON.SearchQuery")}


def test_a_model_with_more_than_a_domain_keeps_is_not_overwritten(tmp_path):
    domain = load_domain(DATA / "tea_shop.json")
    path = tmp_path / "en-US.json"
    write_domain(domain, path)
    write_domain(domain, path, overwrite=True)
    document = read_json(path)
    document["interactionModel"]["dialog"] = {"intents": [{"name": "OrderTea"}], "delegationStrategy": "ALWAYS"}
    document["interactionModel"]["prompts"] = [{"id": "one"}, {"id": "two"}]
    path.write_text(json.dumps(document))
    before = path.read_bytes()
    message = r"en-US.json.*dialog \(1\), prompts \(2\)"
    for write in (lambda: write_domain(domain, path, overwrite=True), lambda: write_ask(path, domain)):
        with pytest.raises(DataError, match=message):
            write()
    with pytest.raises(DataError, match="en-US.json"):
        write_domain(domain, path)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["en-US.json"]
    path.write_text('{"something": "else"')
    write_domain(domain, path, overwrite=True)
    assert read_json(path)["interactionModel"].keys() == {"languageModel"}


def test_invocation_names():
    assert legal_invocation("Joe's bar") == "Joe's bar"
    assert legal_invocation("ovos-skill_HUE2") == "ovos skill hue two"
    assert legal_invocation("!?") == "my skill"


# ---- round trips of generated skills

names = st.from_regex(r"[A-Za-z][A-Za-z_]{0,7}", fullmatch=True)
letters = st.characters(categories=["L"])
words = st.text(letters, min_size=1, max_size=6) | st.sampled_from(["o'clock", "t.", "v.", "mother-in-law"])
values = st.text(letters | st.sampled_from(list("0123456789 '&-{}|/")), min_size=1, max_size=10).filter(str.strip)
builtins = st.sampled_from(["AMAZON.DATE", "AMAZON.City", "AMAZON.SearchQuery"])


@st.composite
def types(draw, names: Any, values: Any) -> list[dict]:
    """Slot types with values, synonyms and ids of every kind."""
    entries = []
    for name in draw(st.lists(names, unique_by=str.casefold, max_size=3)):
        listed = []
        for value in draw(st.lists(values, unique=True, min_size=1, max_size=4)):
            naming: dict = {"value": value}
            if synonyms := draw(st.lists(values, max_size=2)):
                naming["synonyms"] = synonyms
            key = draw(st.none() | st.just("") | values | st.integers(0, 99))
            listed.append({"name": naming} if key is None else {"id": key, "name": naming})
        entries.append({"name": name, "values": listed})
    return entries


@st.composite
def models(draw, words: Any, types: Any, slot_types: Callable[[Any, list[str]], dict[str, str]]) -> dict:
    """Interaction models; a slot may occur twice in a sample, and two slots may share a type."""
    listed = draw(types)
    intents = [{"name": "StopIntent", "samples": ["stop it"]}]
    declared = slot_types(draw, [entry["name"] for entry in listed])
    for name in draw(st.lists(names, unique_by=str.casefold, min_size=1, max_size=3)):
        slots = sorted(draw(st.sets(st.sampled_from(sorted(declared)), max_size=3))) if declared else []
        piece = st.one_of(words, st.sampled_from([f"{{{slot}}}" for slot in slots])) if slots else words
        samples = st.lists(st.lists(piece, min_size=1, max_size=5).map(" ".join), unique_by=str.casefold, max_size=4)
        intent: dict = {"name": name, "slots": [], "samples": draw(samples)}
        for slot in slots:
            entry: dict = {"name": slot, "type": declared[slot]}
            if answers := draw(samples):
                entry["samples"] = answers
            intent["slots"].append(entry)
        intents.append(intent)
    model = {"invocationName": draw(st.just("tea shop")), "intents": intents, "types": listed}
    return draw(st.sampled_from([{"interactionModel": {"languageModel": model}}, {"languageModel": model}, model]))


def typed(draw: Any, types: st.SearchStrategy[str]) -> dict[str, str]:
    """Slots with types; Alexa passes over the case of names."""
    slots = draw(st.lists(st.tuples(names, types), unique_by=lambda slot: slot[0].casefold(), max_size=4))
    return dict(slots)


def any_types(draw: Any, known: list[str]) -> dict[str, str]:
    return typed(draw, st.sampled_from(known) | builtins if known else builtins)


@settings(max_examples=40)
@given(models(words, types(names | builtins, values), any_types))
def test_a_generated_skill_comes_back_as_it_was(tmp_path_factory, model):
    folder = tmp_path_factory.mktemp("skill")
    (folder / "in.json").write_text(json.dumps(model))
    domain = load_domain(folder / "in.json", max_per_carrier=2)
    lost = write_ask(folder / "out.json", domain)
    assert lost == {}
    again = load_domain(folder / "out.json", max_per_carrier=2)
    assert again.skill == domain.skill and again.catalogs == domain.catalogs
    assert again.utterances("train") == domain.utterances("train")
    assert ask_document(again) == ask_document(domain)


@settings(max_examples=40)
@given(
    models(
        st.text("aeioprstu", min_size=1, max_size=6),
        types(names, st.text("bcdfgklm", min_size=3, max_size=8)),
        lambda draw, known: typed(draw, st.sampled_from(known)) if known else {},
    )
)
def test_a_skill_comes_back_from_its_utterances_alone(tmp_path_factory, model):
    path = tmp_path_factory.mktemp("skill") / "in.json"
    path.write_text(json.dumps(model))
    domain = load_domain(path, max_per_carrier=4, slot_samples=False)
    spec, domain.skill = domain.skill, None
    again, lost = written(domain)
    # a type that is used has a name, a slot that is used has a type; what no utterance shows cannot come back
    used = {
        intent: {slot: spec.slots[intent][slot] for phrase in phrases for slot, _ in phrase.slots}
        for intent, phrases in spec.intents.items()
    }
    assume(DropReason.CARRIER_PHRASES_WITHOUT_A_FILLING not in domain.dropped)
    assert {intent: set(found) for intent, found in texts(again).items()} == {
        intent: set(found) for intent, found in texts(spec).items()
    }
    assert again.slots == used
    for slots in used.values():
        for slot_type in slots.values():
            assert again.catalogs[slot_type] == spec.catalogs[slot_type]
    assert set(lost) <= {
        DropReason.CATALOGS_WITHOUT_A_SLOT,
        DropReason.GROUPS_AND_DOMAINS,
        DropReason.TEST_WRITTEN_AS_SAMPLES,
    }


@given(st.text(alphabet="ab {}|", min_size=1, max_size=12))
def test_bad_samples_are_errors_and_no_crash(text):
    slots = [{"name": "a", "type": "AMAZON.DATE"}]
    document = {"intents": [{"name": "A", "slots": slots, "samples": [text, "good"]}]}
    notes = RawDomain("x")
    spec = parse_ask(document, "x.json", notes, on_error="drop")
    assert [phrase.text for phrase in spec.intents["A"]][-1] == "good"
    is_kept = len(spec.intents["A"]) == 2
    assert is_kept + sum(notes.dropped.values()) == 1
    if DropReason.BROKEN_RECORDS in notes.dropped:
        with pytest.raises(DataError, match=re.escape("x.json, intent 'A', sample")):
            parse_ask(document, "x.json", RawDomain("x"), on_error="raise")


def test_every_public_skill_comes_back_as_it_was(shared_dir):
    manifests = [shared_dir / "skills" / base / "manifest.jsonl" for base in ("ask", "ask-small")]
    if not all(manifest.exists() for manifest in manifests):
        pytest.skip("no skills; point BILSTM_NLU_SHARED at the folder that holds skills/")
    num_exact = num_alone = 0
    for manifest in manifests:
        for line in manifest.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            domain = load_domain(
                manifest.parent / entry["files"][0], max_per_carrier=2, max_utterances=300, builtin_intents=False
            )
            spec = domain.skill
            again, lost = written(domain)
            if entry["format"] == "ask-interaction-model":
                again.name = spec.name  # one file has no invocation name, and a file's name is no legal one
                assert again == spec and set(lost) <= {DropReason.INVOCATION_NAMES_CHANGED}, entry["id"]
                num_exact += 1
            domain.skill = None
            alone, _ = written(domain)
            shown = {phrase.text.casefold() for phrases in alone.intents.values() for phrase in phrases}
            known = {p.text.casefold() for phrases in again.with_answers().intents.values() for p in phrases}
            num_alone += shown <= known
    assert num_exact == 78 and num_alone >= 85
