"""A fleet that is trained: its models, its lines, what is trained again and what fails."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from toy_domain import toy_domain

from bilstm_nlu.cli.cures import in_words_of_the_command
from bilstm_nlu.errors import DataError, NluError
from bilstm_nlu.runtime.delta_file import is_delta
from bilstm_nlu.runtime.nlu import load
from modeling_bilstm_nlu.fleet import (
    FleetRecord,
    FleetReport,
    FleetSettings,
    FleetSkill,
    find_skills,
    read_manifest,
    train_fleet,
    training,
)
from modeling_bilstm_nlu.fleet.journal import RESULTS_FILE, read_results
from modeling_bilstm_nlu.fleet.pool import Outcome
from modeling_bilstm_nlu.fleet.settings import FleetSettings as Settings
from modeling_bilstm_nlu.fleet.shared_checkpoint import SharedCheckpoint
from modeling_bilstm_nlu.fleet.staging_area import StagingArea
from modeling_bilstm_nlu.fleet.worker import SkillTrainer
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.training.recipes import TrainRecipe, TransferRecipe
from modeling_bilstm_nlu.training.runs import run

pytestmark = pytest.mark.usefixtures("without_ray")


class Heard(FleetReport):
    """What a run reports."""

    def __init__(self) -> None:
        self.plan: tuple[int, int] = (-1, -1)
        self.finished_ids: list[str] = []

    def planned(self, num_to_train: int, num_unchanged: int) -> None:
        self.plan = (num_to_train, num_unchanged)

    def finished(self, record: FleetRecord, is_unchanged: bool) -> None:
        self.finished_ids.append(record.id)


def test_a_fleet_is_trained_and_only_what_changed_is_trained_again(
    skills: Path, settings: FleetSettings, tmp_path: Path
):
    out, heard = tmp_path / "out", Heard()
    found = find_skills(skills).skills
    done = train_fleet(found, out, settings, report=heard)
    assert (sorted(done.trained), done.failed, done.unchanged) == (["both", "home", "music"], [], [])
    assert heard.plan == (3, 0) and sorted(heard.finished_ids) == sorted(done.trained)
    lines = [json.loads(line) for line in (out / RESULTS_FILE).read_text().splitlines()]
    assert [line["id"] for line in lines] == ["both", "home", "music"]
    for line in lines:
        assert line["steps"] == 2 and line["utterances"] == {"train": 20, "validation": 20, "test": 20}
        assert {"frame_accuracy", "intent_accuracy", "slot_f1"} <= line["scores"].keys()
        assert line["num_bytes"] > 10_000 and line["seconds"] > 0 and len(line["digest"]) == 64
        load_checkpoint(out / "models" / line["id"])
    assert (out / "fleet.md").is_file() and (out / "fleet.csv").is_file() and not list((out / ".fleet").glob("staged"))

    # nothing is new: no worker is needed
    done = train_fleet(found, out, settings, report=heard)
    assert (len(done.unchanged), done.trained, heard.plan) == (3, [], (0, 3))

    # new data of one skill, a touched file with the same data, and a skill whose model is gone
    train = skills / "music" / "train.jsonl"
    train.write_text("".join(train.read_text().splitlines(keepends=True)[:-1]))
    train = skills / "home" / "train.jsonl"
    train.write_text(train.read_text() + "\n")
    shutil.rmtree(out / "models" / "both")
    weights = {name: record.weights for name, record in read_results(out / RESULTS_FILE).items()}
    done = train_fleet(found, out, settings, report=heard)
    assert (sorted(done.trained), done.unchanged) == (["both", "music"], ["home"])
    assert done.records["both"].weights == weights["both"], "the same training gives the same model"
    assert done.records["music"].weights != weights["music"]
    assert train_fleet(found, out, settings).unchanged == ["both", "home", "music"]

    # another recipe, for a part of the fleet: the others stay
    done = train_fleet(found[:1], out, replace(settings, steps=3))
    assert (done.trained, done.left) == (["both"], ["home", "music"])
    done = train_fleet(found[:1], out, replace(settings, steps=3), restart=True)
    assert done.trained == ["both"] and len(read_results(out / RESULTS_FILE)) == 3


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_damaged_model_is_trained_again(file: str, skills: Path, settings: FleetSettings, tmp_path: Path):
    (skill,) = find_skills(skills, skip=[skills / "home", skills / "both"]).skills
    out = tmp_path / "out"
    before = train_fleet([skill], out, settings).records["music"]
    assert before.sizes.keys() >= {"model.safetensors", "config.json", "tokenizer.json"}
    model = out / "models" / "music"
    (model / "README.md").write_text("mine")
    (model / "card.json").unlink()
    assert train_fleet([skill], out, settings).unchanged == ["music"], "what the model is not opened with may change"
    (model / file).write_bytes((model / file).read_bytes()[:-1])
    done = train_fleet([skill], out, settings)
    assert done.trained == ["music"] and done.records["music"].weights == before.weights
    assert (model / file).stat().st_size == before.sizes[file]


def test_errors_are_told_in_the_words_of_the_command(settings: FleetSettings, tmp_path: Path):
    train = tmp_path / "broken" / "music" / "train.jsonl"
    train.parent.mkdir(parents=True)
    train.write_text('{"text": "a", "intent": "x", "spans": [{"slot_type": "s", "start": 5, "end": 9}]}\n')
    (skill,) = find_skills(train.parents[1]).skills
    assert "on_error='drop'" in (train_fleet([skill], tmp_path / "a", settings).records["music"].error or "")
    done = train_fleet([skill], tmp_path / "b", settings, tell=in_words_of_the_command)
    error = done.records["music"].error or ""
    assert "--drop-broken" in error and "on_error" not in error


def test_a_skill_that_takes_too_long_has_failed(
    skills: Path, settings: FleetSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class SlowPool:
        def results(self, tasks):
            return (Outcome(task, is_overdue=True) for task in tasks)

    monkeypatch.setattr(training, "worker_pool", lambda *args, **options: SlowPool())
    (skill,) = find_skills(skills, skip=[skills / "home", skills / "both"]).skills
    done = train_fleet([skill], tmp_path, settings, limit=1.5, tell=in_words_of_the_command)
    assert done.failed == ["music"] and re.search("1.5 minutes.*--limit", done.records["music"].error or "")


def test_an_interrupted_run_trains_no_finished_skill_again(skills: Path, settings: FleetSettings, tmp_path: Path):
    class Impatient(FleetReport):
        def finished(self, record: FleetRecord, is_unchanged: bool) -> None:
            raise KeyboardInterrupt

    found = find_skills(skills).skills
    with pytest.raises(KeyboardInterrupt):
        train_fleet(found, tmp_path / "out", settings, report=Impatient())
    assert [path.name for path in (tmp_path / "out" / "models").iterdir()] == ["both"]
    done = train_fleet(found, tmp_path / "out", settings)
    assert (done.unchanged, sorted(done.trained)) == (["both"], ["home", "music"])


def test_a_worker_trains_what_a_single_run_trains(skills: Path, settings: FleetSettings, base: Path, tmp_path: Path):
    (skill,) = find_skills(skills, skip=[skills / "home", skills / "both"]).skills
    train_fleet([skill], tmp_path / "out", settings)
    domain = settings.load(skill)
    run(settings.recipe(skill, domain, tmp_path / "alone", str(base)), domain=domain)
    ours, alone = (load_file(tmp_path / place / "model.safetensors") for place in ("out/models/music", "alone"))
    assert ours.keys() == alone.keys() and all(torch.equal(ours[name], alone[name]) for name in ours)
    cards = [(tmp_path / place / "README.md").read_text() for place in ("out/models/music", "alone")]
    assert all("tiny" in card for card in cards), "both name the generic checkpoint"


def test_models_are_stored_as_their_difference_from_the_checkpoint(
    skills: Path, settings: FleetSettings, base: Path, tmp_path: Path
):
    """By default only from a checkpoint that is found elsewhere, too, which a folder is not."""
    (skill,) = find_skills(skills, skip=[skills / "home", skills / "both"]).skills
    whole, small = tmp_path / "whole/models/music", tmp_path / "small/models/music"
    train_fleet([skill], tmp_path / "whole", settings)
    done = train_fleet([skill], tmp_path / "small", replace(settings, delta=True, pack=True))
    assert not is_delta(whole) and is_delta(small) and done.records["music"].notes == ()
    assert done.records["music"].num_bytes == sum(file.stat().st_size for file in small.iterdir())
    texts = settings.load(skill).splits["test"]["text"][:5]
    frames = [load(place, **options)(texts) for place, options in ((whole, {}), (small, {"base": base}))]
    assert [frame["intent"] for frame in frames[0]] == [frame["intent"] for frame in frames[1]]
    assert [path.name for path in small.parent.iterdir()] == ["music"]
    embedded = SkillTrainer(SharedCheckpoint.load(DEFAULT_BASE, pulled=tmp_path), FleetSettings())
    assert embedded.stores_deltas and not SkillTrainer(embedded.checkpoint, FleetSettings(delta=False)).stores_deltas


def test_a_broken_skill_fails_alone_and_keeps_its_older_model(skills: Path, settings: FleetSettings, tmp_path: Path):
    out = tmp_path / "out"
    found = find_skills(skills, skip=[skills / "home"]).skills
    before = train_fleet(found, out, settings).records
    train = skills / "music" / "train.jsonl"
    whole = train.read_text()
    train.write_text(whole.replace('"end": ', '"end": 9', 1))
    strict = replace(settings, document={**settings.document, "data": {"options": {"on_error": "raise"}}})
    done = train_fleet(found, out, strict)
    assert (done.failed, done.trained) == (["music"], ["both"])
    failed = done.records["music"]
    assert str(train) in (failed.error or "") and "line 1" in (failed.error or "")
    assert failed.weights == before["music"].weights and failed.scores == before["music"].scores
    load_checkpoint(out / "models" / "music")
    # whole again: with the settings of its model, there is nothing to train
    train.write_text(whole)
    done = train_fleet(found, out, settings)
    assert done.unchanged == ["music"] and done.records["music"].error is None and done.trained == ["both"]


def test_a_manifest_trains_with_its_own_options_and_seeds(skills: Path, settings: FleetSettings, tmp_path: Path):
    path = skills / "fleet.jsonl"
    lines = [
        {"id": "plays", "path": "music", "options": {"intents": ["play"]}},
        {"id": "again", "path": "music", "seed": 5},
        {"id": "wrong", "path": "music", "options": {"no_such": 1}},
        {"id": "gone", "dataset": "nowhere_at_all"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = train_fleet(read_manifest(path), tmp_path / "out", settings)
    assert sorted(done.trained) == ["again", "plays"] and sorted(done.failed) == ["gone", "wrong"]
    assert "no_such" in (done.records["wrong"].error or "") and "nowhere_at_all" in (done.records["gone"].error or "")
    assert not (tmp_path / "out" / "models" / "wrong").exists()
    model, _ = load_checkpoint(tmp_path / "out" / "models" / "plays")
    assert model.config.intents == ["play"]


def test_a_second_run_in_the_same_folder_is_refused(skills: Path, settings: FleetSettings, tmp_path: Path):
    with StagingArea(tmp_path).locked(), pytest.raises(NluError, match=str(tmp_path)):
        train_fleet(find_skills(skills).skills, tmp_path, settings)


def test_a_wrong_base_and_a_wrong_setting_end_the_run_before_it_starts(skills: Path, tmp_path: Path):
    found = find_skills(skills).skills
    with pytest.raises(NluError, match="no_such_folder"):
        train_fleet(found, tmp_path, Settings(base=str(tmp_path / "no_such_folder")))
    with pytest.raises(ValueError, match="no_such_key"):
        train_fleet(found, tmp_path, Settings({"training": {"no_such_key": 1}}))


def test_a_file_beside_a_skill_counts(settings: FleetSettings, tmp_path: Path):
    """The reader of a file may look for other files; one that appears makes it read again."""
    folder = tmp_path / "tools"
    folder.mkdir()
    utterances = [
        {"text": f"{verb} the {thing}", "intent": verb, "spans": []}
        for verb in ("open", "shut")
        for thing in "abcdefgh"
    ]
    (folder / "one.jsonl").write_text("".join(json.dumps(row) + "\n" for row in utterances))
    found = find_skills(folder).skills
    train_fleet(found, tmp_path / "out", settings)
    assert train_fleet(found, tmp_path / "out", settings).unchanged == ["one"]
    (folder / "catalogs.json").write_text(json.dumps({"thing": {"values": [{"value": "a"}]}}))
    heard = Heard()
    train_fleet(found, tmp_path / "out", settings, report=heard)
    assert heard.plan == (1, 0)


def test_a_shared_checkpoint_gives_models_of_their_own(base: Path, tmp_path: Path):
    shared = SharedCheckpoint.load(str(base), pulled=tmp_path / "pulled")
    first, second = shared.model(), shared.model()
    loaded, _ = load_checkpoint(base)
    with torch.no_grad():
        first.intent_head.weight.add_(1)
    for name, weight in loaded.state_dict().items():
        assert torch.equal(second.state_dict()[name], weight)
    assert second.name_or_path == str(base) and not second.training


def test_without_a_base_other_languages_start_from_random_weights(tmp_path: Path):
    domain = toy_domain(num_train=20)
    skill = FleetSkill("a", "nowhere")
    recipes = []
    for domain.language in ("en-US", "de-DE"):
        recipes.append(Settings(steps=2).recipe(skill, domain, tmp_path, DEFAULT_BASE))
    assert isinstance(recipes[0], TransferRecipe) and recipes[0].packed
    assert isinstance(recipes[1], TrainRecipe) and recipes[1].threads == 1


def test_a_damaged_line_ends_the_run(skills: Path, settings: FleetSettings, tmp_path: Path):
    (tmp_path / RESULTS_FILE).write_text('{\n{"id": "a", "source": "s"}\n')
    with pytest.raises(DataError, match="line 1"):
        train_fleet(find_skills(skills).skills, tmp_path, settings)
