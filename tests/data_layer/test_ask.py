"""Alexa interaction models, ours and those of other people."""

import copy
import json
import re
from pathlib import Path

import pytest

from modeling_bilstm_nlu.data import RawDomain, check_domain, load_domain, read
from modeling_bilstm_nlu.data.files import read_json
from modeling_bilstm_nlu.data.skills.ask import parse_ask
from modeling_bilstm_nlu.errors import DataError

TEA_SHOP = Path(__file__).parents[1] / "data" / "tea_shop.json"


@pytest.fixture
def model():
    return copy.deepcopy(read_json(TEA_SHOP))


def test_the_skill_as_parsed(model):
    notes = RawDomain("tea")
    spec = parse_ask(model, "tea_shop.json", notes)
    assert spec.name == "tea shop"
    assert list(spec.intents) == ["AMAZON.StopIntent", "OrderTea", "OpenHours", "Rename"]
    texts = [carrier.text for carrier in spec.intents["OrderTea"]]
    assert texts[1] == "i want {tea}" and texts[-1] == "{tea} please" and len(texts) == 5
    assert spec.slots["OrderTea"] == {"tea": "TEA", "cups": "AMAZON.NUMBER", "extra": "EXTRA"}
    assert spec.catalogs["TEA"].values == {"green tea": ("sencha", "matcha"), "Earl Grey": (), "mint": ()}
    assert spec.catalogs["TEA"].ids == {"green tea": "G", "Earl Grey": "7"}
    assert notes.dropped == {
        "built-in intents without samples": 1,
        "repeated samples": 1,
        "blank samples": 1,
        "intents without samples": 1,
    }


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
    assert raw.dropped["slot types without values, filled with open phrases"] == 1
    assert raw.dropped["slots that no sample uses"] == 1


def test_options(model):
    assert "yes please" not in {u.text for u in read(TEA_SHOP).splits["train"]}
    raw = read(TEA_SHOP, builtin_intents=True, slot_samples=False, max_per_carrier=2)
    assert {u.text for u in raw.splits["train"] if u.intent == "AMAZON.HelpIntent"} >= {"help", "what can i do"}
    carriers = [u.group for u in raw.splits["train"]]
    assert max(map(carriers.count, carriers)) == 2
    assert not any("please" in str(carrier) for carrier in carriers if "OrderTea" in str(carrier))


def test_a_skill_project(tmp_path):
    folder = tmp_path / "skill-package" / "interactionModels" / "custom"
    folder.mkdir(parents=True)
    (folder / "en-US.json").write_bytes(TEA_SHOP.read_bytes())
    assert read(tmp_path).splits == read(TEA_SHOP).splits
    with pytest.raises(DataError, match="no interaction model of locale 'en-GB'; it has: en-US"):
        read(tmp_path, locale="en-GB")


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
            r"'OrderTea', sample .*\['coffee'\] are not declared",
        ),
        (damage(["intents", 2, "samples", 0], "order {tea"), "unbalanced brace"),
        (damage(["intents", 2, "samples", 0], None), "expected text, found None"),
        (damage(["intents", 2, "samples", 0], "tea \ud83c"), "surrogate"),
        (damage(["intents", 2, "samples"], "order tea"), "'OrderTea', samples: expected a list, found str"),
        (damage(["intents", 2, "name"], 4.5), None),
        (damage(["intents", 2, "slots", 1], {"name": "tea", "type": "TEA"}), "slot 'tea' is declared twice"),
        (damage(["intents", 2, "slots", 1], {"name": "tea2"}), "slot 'tea2': type: expected text"),
        (damage(["intents", 2, "slots", 1], "tea"), "slots: expected objects, found 'tea'"),
        (damage(["types", 0, "values", 0], {"name": "green"}), "type 'TEA': value .* no object under 'name'"),
        (damage(["types", 0, "values", 0], {"name": {"value": None}}), "type 'TEA': name.value: expected text"),
        (damage(["types", 0, "values", 0], {"name": {"value": "a", "synonyms": [{}]}}), "synonym of 'a': expected"),
        (damage(["intents"], []), "no carrier phrase that can be filled"),
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
        read(path, "ask")
    assert str(path) in str(caught.value)


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "skill.json"
    path.write_text(TEA_SHOP.read_text()[:300])
    with pytest.raises(DataError, match="not JSON.*cut short"):
        load_domain(path)
    path.write_text('{"intents": "none"}')
    with pytest.raises(DataError, match="no reader recognises"):
        load_domain(path)
    with pytest.raises(DataError, match="is this an Alexa interaction model"):
        load_domain(path, format="ask")


def test_the_example_skill():
    domain = load_domain("smart_garden")
    report = check_domain(domain)
    assert report.is_clean and not {"leakage", "label conflicts"} & {finding.kind for finding in report.findings}
    assert len(domain.spec.intents) == 9 and {"zone", "duration", "plant"} <= set(domain.spec.slot_types)
    assert set(domain.spec.intents) == set(domain.splits["test"]["intent"])
    assert domain.catalogs["zone"].ids["vegetable patch"] == "VEGETABLE_PATCH"


def normal(sample: str) -> str:
    """Samples as the collection's manifest counts them."""
    return re.sub(r"[.?!,;:]+$", "", re.sub(r"\{[^{}|]*\|\s*([^{}]*)\}", r"{\1}", sample.lower())).strip()


def public_skills(shared_dir):
    for base in ("ask", "ask-small"):
        manifest = shared_dir / "skills" / base / "manifest.jsonl"
        if not manifest.exists():
            pytest.skip(f"no skills at {manifest.parent}; point BILSTM_NLU_SHARED at the folder that holds skills/")
        for line in manifest.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if entry["format"] == "ask-interaction-model":
                yield entry, manifest.parent / entry["files"][0]


def test_every_public_skill_is_counted_as_its_collector_counted_it(shared_dir):
    num_skills = 0
    for entry, path in public_skills(shared_dir):
        spec = parse_ask(read_json(path), str(path), RawDomain(entry["id"]), slot_samples=False)
        intents = {intent: c for intent, c in spec.intents.items() if not intent.startswith("AMAZON.")}
        samples = {normal(carrier.text) for carriers in intents.values() for carrier in carriers}
        assert (len(intents), len(samples)) == (entry["n_intents"], entry["n_samples"]), entry["id"]
        num_skills += 1
    assert num_skills == 52 + 26


def test_every_public_skill_becomes_a_domain(shared_dir):
    for entry, path in public_skills(shared_dir):
        domain = load_domain(path, max_per_carrier=5, max_utterances=600)
        groups = {split: set(rows["group"]) for split, rows in domain.splits.items()}
        assert "test" in groups, entry["id"]
        for split in set(groups) - {"train"}:
            assert not groups[split] & groups["train"], entry["id"]
            assert set(domain.splits[split]["intent"]) <= set(domain.spec.intents), entry["id"]
