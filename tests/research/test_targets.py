"""The domains of a study: skills of a folder, cut by seed, and corpora."""

import json
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data.text import text_key
from modeling_bilstm_nlu.training.recipes.data import DataRecipe
from research.studies.targets import Counts, SkillsRecipe, Target, skill_targets

DATA = Path(__file__).parents[1] / "samples"


@pytest.fixture
def skills(tmp_path):
    for collection in ("ask", "bots"):
        (tmp_path / collection).mkdir()
    shutil.copy(DATA / "tea_shop.json", tmp_path / "ask" / "someone__tea.json")
    shutil.copy(DATA / "tea_shop.json", tmp_path / "ask" / "someone__tea_again.json")
    shutil.copytree(DATA / "rasa_tiny", tmp_path / "bots" / "rasa_tiny")
    return tmp_path


def names(**settings):
    return [target.name for target in skill_targets(SkillsRecipe(**settings))]


def test_the_skills_of_a_folder(skills):
    folder = str(skills)
    assert names(folder=folder) == ["ask/someone__tea.json", "ask/someone__tea_again.json", "bots/rasa_tiny"]
    assert names(folder=folder, only=["ask/*"], exclude=["*again*"]) == ["ask/someone__tea.json"]
    assert names(folder=folder, limit=2) == ["ask/someone__tea.json", "ask/someone__tea_again.json"]
    groups = {target.name: target.group for target in skill_targets(SkillsRecipe(folder=folder))}
    assert groups == {
        "ask/someone__tea.json": "someone",
        "ask/someone__tea_again.json": "someone",
        "bots/rasa_tiny": "rasa_tiny",
    }
    with pytest.raises(DataError, match="skill"):
        names(folder=folder, only=["nobody/*"])
    with pytest.raises(DataError, match="elsewhere"):
        names(folder=str(skills / "elsewhere"))


def test_what_is_hidden_is_no_skill(skills):
    (skills / ".git").mkdir()
    (skills / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (skills / "ask" / ".DS_Store").write_bytes(b"\0")
    assert len(names(folder=str(skills))) == 3


def test_a_manifest_must_name_what_a_skill_is(skills):
    (skills / "bots" / "manifest.jsonl").write_text('{"id": "a", "format": "rasa", "files": ["x"]}\n{"id": "b"}\n')
    with pytest.raises(DataError, match="manifest.jsonl.*line 2.*'format'"):
        names(folder=str(skills))


def test_the_embedded_skill_stands_in():
    (target,) = skill_targets(SkillsRecipe(), "runs/generic")
    assert (target.name, target.generic, target.format()) == ("smart_garden", "runs/generic", "smart_garden")
    assert set(target.load(0).splits) == {"train", "validation", "test"}


def test_every_seed_cuts_a_skill_anew(skills):
    target = skill_targets(SkillsRecipe(folder=str(skills), test_size=0.3))[0]
    first, again, other = (target.load(seed) for seed in (0, 0, 1))
    tests = [set(domain.splits["test"]["text"]) for domain in (first, again, other)]
    assert first.name == target.name and tests[0] == tests[1] != tests[2]
    for domain in (first, other):
        groups = [set(domain.splits[split]["group"]) for split in ("train", "test")]
        assert not groups[0] & groups[1]


def test_near_duplicates_stay_together(tmp_path):
    rows = [
        {"text": f"book a table for {name} at {hour} pm", "intent": "book", "spans": [["who", 17, 17 + len(name)]]}
        for name in ("ann", "bob")
        for hour in range(1, 9)
    ]
    rows += [{"text": f"say {word}", "intent": "say", "spans": []} for word in ("hi", "ho", "ha", "he", "Hi!")]
    path = tmp_path / "bot.jsonl"
    path.write_text(
        "".join(
            json.dumps(
                row | {"spans": [dict(zip(("slot_type", "start", "end"), span, strict=True)) for span in row["spans"]]}
            )
            + "\n"
            for row in rows
        ),
        encoding="utf-8",
    )
    target = Target("bot", DataRecipe(source=str(path)), recut=True, min_groups=6)
    domain = target.load()
    assert all(intent == "say" for split in ("validation", "test") for intent in domain.splits[split]["intent"])
    splits = [{text_key(text).strip("!") for text in domain.splits[split]["text"]} for split in domain.splits]
    assert sum("say hi" in texts for texts in splits) == 1
    counts = Counts.of(domain)
    assert counts == Counts(utterances=21, groups=5, intents=2, slot_types=1)
    assert target.why_unusable(domain, counts) == "5 carrier phrases or distinct texts, fewer than 6"


def test_why_a_domain_is_passed_over(tmp_path):
    path = tmp_path / "small.jsonl"
    path.write_text('{"text": "hi", "intent": "greet"}\n{"text": "ho", "intent": "bye"}\n', encoding="utf-8")
    target = Target("small", DataRecipe(source=str(path)), recut=True)
    domain = target.load()
    counts = Counts.of(domain)
    assert target.why_unusable(domain, counts) == "too few carrier phrases to cut a validation and a test split off"
    few = Target("small", DataRecipe(source=str(path)), min_utterances=3)
    assert few.why_too_few(counts) == "2 utterances, fewer than 3"


def test_a_fingerprint_follows_the_files(skills, shared_dir):
    path = skills / "ask" / "someone__tea.json"
    one, two = (Target("tea", DataRecipe(source=str(skills / "ask" / name))) for name in ("someone__tea.json", "x"))
    assert one.fingerprint() and not two.fingerprint()
    shutil.copy(path, skills / "ask" / "x")
    copied = Target("tea", DataRecipe(source=str(skills / "ask" / "x")))
    (skills / "ask" / "y").write_text("other", encoding="utf-8")
    assert (
        copied.fingerprint()
        == one.fingerprint()
        != Target("y", DataRecipe(source=str(skills / "ask" / "y"))).fingerprint()
    )
    corpus = Target("w", DataRecipe(source="snips/GetWeather", data_dir=str(shared_dir / "data")))
    assert corpus.fingerprint() and corpus.format() == "snips"


def test_a_corpus_domain_that_stands_in_some_splits_alone_is_cut_anew(shared_dir):
    data = DataRecipe(source="sgd/Alarm_1", data_dir=str(shared_dir / "data"))
    with pytest.raises(DataError, match="training"):
        Target("alarm", data).load()
    domain = Target("alarm", data, recut=True).load()
    assert set(domain.splits) == {"train", "validation", "test"}
