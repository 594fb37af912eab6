"""Every public skill with carrier phrases: it is read, and counted as its collector counted it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, RawDomain, load_skill, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.skill_spec import SkillSpec
from modeling_bilstm_nlu.data.values.builtin_intents import BUILTIN_INTENT_PHRASES

#: Enough to see that every carrier can be filled, and quick.
CAPS = {"max_per_carrier": 2, "max_utterances": 300}

#: Where our count is another than the manifest's: (skill, count) -> our count less theirs.
DIFFERENCES = {
    # the schema forgot a slot of which a sample brings a value; we take it as free text
    ("ATR-Lab__smartdesk-alexa", "n_slots"): 1,
}


@pytest.fixture(scope="module")
def skills_dir(shared_dir) -> Path:
    if not (shared_dir / "skills").is_dir():
        pytest.skip(f"no skills at {shared_dir / 'skills'}; point BILSTM_NLU_SHARED at the folder that holds skills/")
    return shared_dir / "skills"


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def normal(sample: str) -> str:
    """Samples as the manifests count them."""
    sample = re.sub(r"\{[^{}|]*\|\s*([^{}]*)\}", r"{\1}", sample.lower().replace("\u2019", "'"))
    return re.sub(r"[.?!,;:]+$", "", " ".join(sample.split())).strip()


def counts(spec: SkillSpec) -> dict[str, Any]:
    """The counts of the manifests: custom intents that have samples, and custom types that have values."""
    intents = {intent: phrases for intent, phrases in spec.intents.items() if not intent.startswith("AMAZON.")}
    samples = {normal(phrase.template or phrase.text) for phrases in intents.values() for phrase in phrases}
    catalogs = {name: c for name, c in spec.catalogs.items() if c.values and not name.startswith("AMAZON.")}
    used = {slot_type for intent in intents for slot_type in spec.slots[intent].values()}
    return {
        "n_intents": len(intents),
        "n_samples": len(samples),
        "n_carriers": len({re.sub(r"\{[^{}]*\}", "{}", sample) for sample in samples}),
        "n_slots": sum(len(spec.slots[intent]) for intent in intents),
        "n_slot_types": len(catalogs),
        "n_catalog_values": sum(len(catalog.values) for catalog in catalogs.values()),
        "n_expanded": len({(intent, normal(p.text)) for intent, phrases in intents.items() for p in phrases}),
        "custom_types_without_values": sorted(t for t in used - set(catalogs) if not t.startswith("AMAZON.")),
    }


def differences(entry: dict[str, Any], spec: SkillSpec) -> dict[tuple[str, str], Any]:
    ours = {name: count for name, count in counts(spec).items() if name in entry}
    return {
        (entry["id"], name): count - entry[name] if isinstance(count, int) else count
        for name, count in ours.items()
        if count != entry[name]
    }


def check(domain: Domain | RawDomain) -> None:
    assert domain.skill is not None and domain.splits["train"]
    for rows in domain.splits.values():
        for utterance in rows:
            row = utterance if isinstance(utterance, dict) else utterance.as_row()
            assert row["intent"] in {*domain.skill.intents, *domain.skill.answers, *BUILTIN_INTENT_PHRASES}


@pytest.mark.parametrize("base, num_skills", [("ask", 62), ("ask-small", 26)])
def test_alexa_skills(skills_dir, base, num_skills):
    found = {}
    for entry in entries(skills_dir / base):
        path = skills_dir / base / entry["files"][0]
        domain = load_skill(path, **CAPS)
        check(domain)
        found |= differences(entry, domain.skill)
        if sum(is_model(file) for file in path.parent.iterdir()) > 1:
            with pytest.raises(DataError, match=re.escape(path.name)):
                read(path.parent)
        else:
            assert read(path.parent, **CAPS).skill == domain.skill, entry["id"]
    assert found == {place: count for place, count in DIFFERENCES.items() if base == "ask"}
    assert sum(1 for _ in entries(skills_dir / base)) == num_skills


def is_model(path: Path) -> bool:
    return path.suffix == ".json" or "schema" in path.name.lower()


def test_ovos_skills(skills_dir):
    found = {}
    for entry in entries(skills_dir / "ovos"):
        folder = skills_dir / "ovos" / entry["dir"]
        # the collector expanded a template into 200 forms at most
        raw = read(folder, max_expansions=200, **CAPS)
        check(raw)
        found |= differences(entry, raw.skill)
        assert raw.dropped.get(DropReason.KEYWORD_FILES, 0) == entry["n_voc_files"], entry["id"]
        check(load_skill(skills_dir / "ovos" / entry["package"], **CAPS))
        assert read(skills_dir / "ovos" / entry["package"], max_expansions=200, **CAPS).splits == raw.splits
    assert found == {}
    assert sum(1 for _ in entries(skills_dir / "ovos")) == 21


def test_home_assistant(skills_dir):
    pytest.importorskip("hassil", reason="needs the extra 'demo'")
    folder = skills_dir / "home_assistant"
    document = json.loads((folder / "en.json").read_text(encoding="utf-8"))
    templates = {
        (intent, sentence)
        for intent, parts in document["intents"].items()
        for part in parts["data"]
        for sentence in part["sentences"]
    }
    raw = read(folder, max_per_intent=150)
    assert len({utterance.intent for utterance in raw.splits["train"]}) == len(document["intents"]) == 42
    groups = {utterance.group for utterance in raw.splits["train"]}
    assert groups <= {f"{intent}: {sentence}" for intent, sentence in templates} and len(groups) > 0.95 * len(
        templates
    )
    values = sum("values" in definition for definition in document["lists"].values())
    assert values == 13 and {"color", "device_class", "fan_mode", "media_class", "state"} <= raw.catalogs.keys()
    domain = load_skill(folder / "en.json", max_per_intent=20)
    assert len(domain.spec.intents) == 42
