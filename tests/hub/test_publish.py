"""Repository folders: complete or not there at all, nothing in them that does not belong, proved before they count."""

import errno
import hashlib
import importlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from odd_checkpoints import HUB_FILES, TEXTS, odd_model

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, NluError
from modeling_bilstm_nlu.catalogs_bilstm_nlu import CATALOGS_FILE, SlotCatalogs
from modeling_bilstm_nlu.configuration_bilstm_nlu import FORMAT_VERSION
from modeling_bilstm_nlu.hub import (
    CardData,
    allowed_files,
    load_checkpoint,
    publish,
    push_repository,
    refresh_repository,
    run_as_stranger,
    source_of,
    verify_repository,
    write_repository,
)
from modeling_bilstm_nlu.hub.card_data import parse_with
from modeling_bilstm_nlu.hub.repository import is_allowed

publishing = importlib.import_module("modeling_bilstm_nlu.hub.publish")  # the module; the package has its function
writing = importlib.import_module("modeling_bilstm_nlu.hub.writing")
verifying = importlib.import_module("modeling_bilstm_nlu.hub.verify")
hub_errors = importlib.import_module("bilstm_nlu.hub_errors")

METRICS = {"test": {"intent_accuracy": 0.5, "slot_f1": 0.25}}
CURVE = [{"step": 10, "examples": 320, "seconds": 1.5, "combined_error": 0.5}]
ALWAYS = {
    "README.md",
    "card.json",
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    CATALOGS_FILE,
    *HUB_FILES,
}


@dataclass(frozen=True)
class Recipe:
    name: str
    sizes: tuple[int, ...]
    out: Path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def repository(model, tokenizer, tmp_path: Path) -> Path:
    return write_repository(tmp_path / "hub" / "odd", model, tokenizer, metrics=METRICS, learning_curve=CURVE)


def test_a_repository_holds_everything(model, tokenizer, tmp_path: Path):
    picture = tmp_path / "curve.png"
    picture.write_bytes(b"\x89PNG")
    folder = write_repository(
        tmp_path / "deep" / "odd",
        model,
        tokenizer,
        metrics=METRICS,
        learning_curve=CURVE,
        recipe=Recipe("größe", (1, 2), tmp_path),
        extra_files=[picture],
    )
    files = ALWAYS | {"metrics.json", "learning_curve.json", "recipe.yaml", "curve.png"}
    assert {path.name for path in folder.iterdir()} == files and set(allowed_files(folder)) == files
    assert json.loads((folder / "metrics.json").read_text()) == METRICS
    assert json.loads((folder / "learning_curve.json").read_text()) == CURVE
    assert yaml.safe_load((folder / "recipe.yaml").read_text("utf-8"))["sizes"] == [1, 2]
    card = ModelCard.load(folder / "README.md").text
    assert "# `odd`" in card and "<summary>Learning curve<" in card and "| `slot_f1` | 0.2500 |" in card
    assert [path.name for path in folder.parent.iterdir()] == ["odd"], "left something behind"
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777
    assert str(tmp_path) not in (folder / "config.json").read_text() + (folder / "tokenizer_config.json").read_text()


def test_what_was_not_given_is_not_written(model, tokenizer, tmp_path: Path):
    folder = write_repository(tmp_path / "odd", model, tokenizer)
    assert {path.name for path in folder.iterdir()} == ALWAYS


def test_the_files_do_not_tell_how_the_tokenizer_was_called_last(model, tokenizer, repository: Path, tmp_path: Path):
    tokenizer(["a", "long text"], padding="max_length", truncation=True, max_length=8)
    again = write_repository(tmp_path / "odd", model, tokenizer, metrics=METRICS, learning_curve=CURVE)
    assert contents(again) == contents(repository)


def test_a_new_repository_replaces_an_old_one(repository: Path, tokenizer, tmp_path: Path):
    smaller = odd_model(use_crf=False)
    write_repository(repository, smaller, tokenizer)
    assert {path.name for path in repository.iterdir()} == ALWAYS, "stale metrics are worse than none"
    loaded, _ = load_checkpoint(repository)
    assert loaded.crf is None
    write_repository(repository, loaded, tokenizer)  # over the very files it was loaded from
    again, _ = load_checkpoint(repository)
    assert all(
        torch.equal(a, b) for a, b in zip(again.state_dict().values(), smaller.state_dict().values(), strict=True)
    )


@pytest.mark.parametrize("step", ["render_card", "write_json", "_copy_extra"])
def test_a_failure_while_writing_loses_nothing(step: str, repository: Path, model, tokenizer, monkeypatch):
    before = contents(repository)

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(writing, step, fail)
    with pytest.raises(OSError, match="no space left"):
        write_repository(repository, model, tokenizer, metrics={"test": {"intent_accuracy": 1.0}})
    assert contents(repository) == before
    fresh = repository.with_name("fresh")
    with pytest.raises(OSError, match="no space left"):
        write_repository(fresh, model, tokenizer, metrics=METRICS)
    assert [path.name for path in repository.parent.iterdir()] == ["odd"]


def test_a_failure_while_moving_into_place_puts_the_old_one_back(repository: Path, model, tokenizer, monkeypatch):
    before, rename = contents(repository), Path.rename

    def fail_at_the_second(self: Path, target: Path) -> Path:
        if ".new-" in str(self):
            raise PermissionError("moved away")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_at_the_second)
    with pytest.raises(PermissionError, match="moved away"):
        write_repository(repository, model, tokenizer)
    assert contents(repository) == before
    assert [path.name for path in repository.parent.iterdir()] == ["odd"]


@pytest.mark.parametrize(
    "name", ["checkpoint-10/optimizer.pt", "training_args.bin", "trainer_state.json", "thesis.docx"]
)
def test_a_folder_with_other_work_is_not_replaced(name: str, repository: Path, model, tokenizer):
    foreign = repository / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_bytes(b"precious")
    before = contents(repository)
    with pytest.raises(NluError, match=name.split("/")[0]):
        write_repository(repository, model, tokenizer)
    assert contents(repository) == before


def test_a_folder_of_notes_is_not_replaced(model, tokenizer, tmp_path: Path):
    (tmp_path / "notes.md").write_text("precious")
    with pytest.raises(NluError, match="config.json"):
        write_repository(tmp_path, model, tokenizer)
    with pytest.raises(NluError, match="notes.md"):
        write_repository(tmp_path / "notes.md", model, tokenizer)


@pytest.mark.parametrize(
    "name",
    ["training_args.bin", "weights.pkl", "run.py", "evil_bilstm_nlu.py", "config.json", "missing.png"],
)
def test_extra_files_are_checked(name: str, model, tokenizer, tmp_path: Path):
    extra = tmp_path / name
    if not name.startswith("missing"):
        extra.write_bytes(b"x")
    with pytest.raises(NluError, match=name):
        write_repository(tmp_path / "odd", model, tokenizer, extra_files=[extra])
    assert not (tmp_path / "odd").exists()


def test_pickles_are_never_allowed():
    for name in (
        "training_args.bin",
        "pytorch_model.bin",
        "optimizer.pt",
        "x.pkl",
        "x.joblib",
        "x.npz",
        ".env",
        "a.py",
    ):
        assert not is_allowed(name)


def test_publish_writes_checks_and_reports(model, tokenizer, tmp_path: Path):
    card_data = CardData.from_model("acme/odd", model, tokenizer, texts=TEXTS[:2])
    done = publish(tmp_path / "odd", model, tokenizer, card_data, metrics=METRICS)  # one real stranger
    assert done.folder == tmp_path / "odd" and done.url is None and done.num_verified >= 5
    assert done.files == {name: len(data) for name, data in contents(done.folder).items()}
    assert set(done.files) == ALWAYS | {"metrics.json"}
    loaded, its_tokenizer = load_checkpoint(done.folder)
    assert not loaded.training
    assert parse_with(loaded, its_tokenizer, TEXTS) == parse_with(model, tokenizer, TEXTS)


def test_a_dry_run_leaves_everything_alone(repository: Path, model, tokenizer, monkeypatch):
    before = contents(repository)
    monkeypatch.setattr(publishing, "push_repository", lambda *_, **__: pytest.fail("pushed in a dry run"))
    done = publish(repository, model, tokenizer, repo_id="acme/odd", verify=False, dry_run=True)
    assert set(done.files) == ALWAYS and done.num_verified == 0 and done.url is None
    assert contents(repository) == before
    assert not publish(repository.with_name("new"), model, tokenizer, verify=False, dry_run=True).folder.exists()
    assert [path.name for path in repository.parent.iterdir()] == ["odd"]


def test_what_a_stranger_reads_otherwise_is_not_published(repository: Path, model, tokenizer, monkeypatch):
    before = contents(repository)
    frames = parse_with(model, tokenizer, TEXTS)
    monkeypatch.setattr(
        verifying, "parse_as_stranger", lambda *_, **__: [*frames[:-1], {**frames[-1], "intent": "other"}]
    )
    with pytest.raises(NluError, match="'half .*'"):
        publish(repository, model, tokenizer, texts=TEXTS)
    assert contents(repository) == before
    monkeypatch.setattr(
        verifying, "parse_as_stranger", lambda *_, **__: [{**frames[0], "score": frames[0]["score"] + 1e-4}]
    )
    with pytest.raises(NluError, match=re.escape(repr(TEXTS[0]))):
        verify_repository(repository, TEXTS[:1])
    monkeypatch.setattr(
        verifying, "parse_as_stranger", lambda *_, **__: [{**frames[0], "score": frames[0]["score"] + 1e-8}]
    )
    assert len(verify_repository(repository, TEXTS[:1])) == 1


def test_the_stranger_really_lacks_the_package():
    with pytest.raises(NluError, match="ModuleNotFoundError: No module named 'modeling_bilstm_nlu'"):
        run_as_stranger("import modeling_bilstm_nlu\nanswer = 1", {})


def test_only_the_files_of_a_checkpoint_are_pushed(repository: Path, monkeypatch):
    sent: dict[str, Path] = {}
    monkeypatch.setattr(publishing, "push_files", lambda files, *_, **__: sent.update(files))
    for name in (
        "training_args.bin",
        ".env",
        "x.pkl",
        "checkpoint-1/config.json",
        "checkpoint-1/model.safetensors",
        "a.py",
    ):
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_bytes(b"x")
    push_repository(repository, "acme/odd")
    assert set(sent) == ALWAYS | {"metrics.json", "learning_curve.json"}


@pytest.mark.parametrize("missing", ["config.json", "README.md", "model.safetensors", "tokenizer.json"])
def test_an_incomplete_folder_is_not_pushed(missing: str, repository: Path, monkeypatch):
    monkeypatch.setattr(publishing, "push_files", lambda *_, **__: pytest.fail("asked the hub"))
    (repository / missing).unlink()
    with pytest.raises(NluError, match=f"{missing}.*refresh_repository"):
        push_repository(repository, "acme/odd")
    with pytest.raises(NluError, match="nowhere"):
        push_repository(repository / "nowhere", "acme/odd")


def test_code_that_is_not_the_package_s_is_not_pushed(repository: Path, monkeypatch):
    monkeypatch.setattr(publishing, "push_files", lambda *_, **__: pytest.fail("asked the hub"))
    with (repository / "labels_bilstm_nlu.py").open("a") as file:
        file.write("import os")
    (repository / "evil_bilstm_nlu.py").write_text("")
    with pytest.raises(NluError, match="evil_bilstm_nlu.py, labels_bilstm_nlu.py"):
        push_repository(repository, "acme/odd")
    (repository / "evil_bilstm_nlu.py").unlink()
    (repository / "LICENSE").write_text("mine")
    (repository / "model.onnx").write_text("exported")
    before = contents(repository)
    assert refresh_repository(repository) == repository
    after = contents(repository)
    assert {name for name in before | after if before.get(name) != after.get(name)} == {"labels_bilstm_nlu.py"}


def test_what_a_trainer_saved_becomes_a_repository(model, tokenizer, tmp_path: Path):
    folder = tmp_path / "saved"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    refresh_repository(folder)
    assert set(allowed_files(folder)) == ALWAYS | {"metrics.json"}
    card = (folder / "README.md").read_text()
    assert "| `slot_f1` | 0.2500 |" in card and " ms " in card
    (folder / "metrics.json").write_text("{")
    (folder / "card.json").unlink()
    with pytest.raises(NluError, match="metrics.json"):
        refresh_repository(folder)


def test_the_card_lists_the_hashes_of_the_code(repository: Path):
    card = (repository / "README.md").read_text()
    for name, path in HUB_FILES.items():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"| `{name}` | `{digest}` |" in card and (repository / name).read_bytes() == path.read_bytes()


def answered(kind: type[HfHubHTTPError], status: int) -> HfHubHTTPError:
    return kind("Client Error\nmore", response=SimpleNamespace(status_code=status, headers={}, request=None))


HTTP_ERROR: Any = HfHubHTTPError.__bases__[0]  # of the client's HTTP library


@pytest.mark.parametrize("is_offline", [False, True])
@pytest.mark.parametrize(
    "error, cure",
    [
        (
            answered(HfHubHTTPError, 403),
            "'acme/odd'.*`hf auth login`",
        ),
        (answered(GatedRepoError, 403), "'acme/odd'.*gated"),
        (answered(HfHubHTTPError, 401), "`hf auth login`"),
        (answered(HfHubHTTPError, 412), "someone else"),
        (answered(RepositoryNotFoundError, 404), "'acme/odd'"),
        (answered(RevisionNotFoundError, 404), "'dev'"),
        (answered(HfHubHTTPError, 500), "Client Error$"),
        (OfflineModeIsEnabled("off"), "HF_HUB_OFFLINE|HF_ENDPOINT"),
        (HTTP_ERROR("refused"), "HF_HUB_OFFLINE|HF_ENDPOINT"),
        (type("ReadError", (HTTP_ERROR,), {})("reset by peer"), "connection.*reset by peer"),
        (OSError("Consistency check failed: file should be of size 5"), "connection"),
        (OSError(errno.ENOSPC, "No space left"), "disk"),
        (ValueError("Invalid metadata in README.md.\n- x"), "Invalid metadata in README.md.$"),
    ],
)
def test_what_the_hub_answers_becomes_one_line_with_a_cure(error, cure: str, is_offline: bool, monkeypatch):
    monkeypatch.setattr(hub_errors, "is_offline_mode", lambda: is_offline)
    line = hub_errors.describe_hub_error(error, "acme/odd", "dev")
    assert re.search(cure, line) and "\n" not in line


@pytest.mark.parametrize(
    "name, message",
    [
        ("acme/nothing", "'acme/nothing'.*HF_HUB_OFFLINE"),
        ("two words/x", "'two words/x'.*owner/name"),
        ("./nowhere", "'./nowhere'"),
        (Path("acme/nothing"), "'acme/nothing'"),
    ],
)
def test_a_missing_checkpoint_says_where_it_was_sought(name: str | Path, message: str):
    with pytest.raises(NluError, match=message) as raised:
        load_checkpoint(name)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "damage, message",
    [
        (
            lambda folder: (folder / "config.json").write_text('{"model_type": "bert"}'),
            "'bert'.*'bilstm_nlu'",
        ),
        (lambda folder: (folder / "config.json").write_text("{}"), "None.*'bilstm_nlu'"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json"),
        (lambda folder: (folder / "config.json").unlink(), "config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x08"), "model.safetensors"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "tokenizer"),
        (lambda folder: (folder / "tokenizer_config.json").write_text("[]"), "tokenizer"),
        (lambda folder: change_config(folder, format_version=FORMAT_VERSION + 1), "format"),
        (
            lambda folder: change_config(folder, intents=["one"]),
            "weights",
        ),
        (lambda folder: change_config(folder, dropout=2), "dropout"),
        (lambda folder: change_config(folder, dropout="a"), "dropout.*config.json"),
        (lambda folder: change_config(folder, word_dim=None), "word_dim.*config.json"),
        (lambda folder: change_config(folder, use_crf=1), "use_crf.*config.json"),
        (lambda folder: change_config(folder, intents=3), "intents.*config.json"),
        (lambda folder: change_config(folder, intent_slots={"play": 3}), "intent_slots.*'play'"),
        (lambda folder: change_config(folder, intent_slots="x"), "intent_slots.*'x'"),
        (lambda folder: change_config(folder, shared_layers=1_000_000), "shared_layers.*1000000"),
        (lambda folder: change_config(folder, slot_hidden=10**9), "slot_hidden"),
        (lambda folder: change_config(folder, vocabulary_size=10**12), "vocabulary_size"),
        (lambda folder: change_config(folder, ngram_buckets=2**26, ngram_dim=4096), "ngram_buckets.*ngram_dim"),
        (lambda folder: change_config(folder, ngram_max=10**9), "ngram_max"),
        (lambda folder: change_config(folder, gazetteer_rows=0), "gazetteer_rows.*'genre'"),
        (lambda folder: change_config(folder, gazetteer_max_words=10**9), "gazetteer_max_words"),
        (lambda folder: change_config(folder, slot_loss_weight=float("nan")), "slot_loss_weight"),
        (lambda folder: change_config(folder, dtype="evil"), "dtype.*'evil'"),
        (lambda folder: change_config(folder, id2label=3), "id2label.*3"),
        (lambda folder: change_config(folder, label2id=3), "label2id.*3"),
        (lambda folder: change_config(folder, custom_pipelines=3), "custom_pipelines.*3"),
        (lambda folder: change_config(folder, pad_token_id=5), "pad_token_id.*5"),
        (lambda folder: (folder / "tokenizer.json").write_text("null"), "tokenizer"),
        (lambda folder: change_tokenizer(folder, "model", "vocab", "##a", 515), "model.*tokenizer.json"),
        (
            lambda folder: change_tokenizer(
                folder, "pre_tokenizer", "pretokenizers", 0, "pattern", {"Regex": "(a+)+$"}
            ),
            "pre_tokenizer.*tokenizer.json",
        ),
        (
            lambda folder: change_config(folder, "tokenizer_config.json", model_max_length=1e30),
            "model_max_length.*tokenizer_config.json",
        ),
        (
            lambda folder: change_config(folder, "tokenizer_config.json", truncation_side="left"),
            "truncation_side",
        ),
    ],
)
def test_a_damaged_checkpoint_says_what_is_wrong(damage, message: str, repository: Path):
    damage(repository)
    with pytest.raises(NluError, match=message) as raised:
        load_checkpoint(repository)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", [RuntimeError, TypeError, KeyError])
def test_a_fault_of_our_own_is_not_taken_for_a_damaged_checkpoint(kind, repository: Path, monkeypatch):
    def fail(*args: object) -> None:
        raise kind("a fault")

    monkeypatch.setattr(BiLstmNluForIntentAndSlots, "__init__", fail)
    with pytest.raises(kind, match="a fault"):
        load_checkpoint(repository)


def test_publish_refuses_arguments_that_no_push_takes(tmp_path: Path, model, tokenizer):
    for repo_id in (None, "acme/odd"):
        with pytest.raises(TypeError, match="privat.*private"):
            publish(tmp_path / "odd", model, tokenizer, repo_id=repo_id, verify=False, privat=True)
    assert not (tmp_path / "odd").exists()
    with pytest.raises(TypeError, match="privat"):
        push_repository(tmp_path / "odd", "acme/odd", privat=True)  # type: ignore[call-arg]


def change_config(folder: Path, name: str = "config.json", **changes: object) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_tokenizer(folder: Path, *keys: str | int | dict) -> None:
    """Set a value of tokenizer.json: the last argument, at the place of the others."""
    *place, last, value = keys
    tokenizer = inner = json.loads((folder / "tokenizer.json").read_text())
    for key in place:
        inner = inner[key]
    inner[last] = value
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


def test_a_checkpoint_is_found_in_the_local_cache(repository: Path, model, tmp_path: Path, monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "cache" / "models--acme--odd" / "snapshots" / commit
    snapshot.parent.mkdir(parents=True)
    repository.rename(snapshot)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    loaded, tokenizer = load_checkpoint("acme/odd")
    assert parse_with(loaded, tokenizer, TEXTS) == parse_with(model, tokenizer, TEXTS)
    assert source_of(loaded) == ("acme/odd", commit)
    assert source_of(load_checkpoint("acme/odd", revision=commit)[0]) == ("acme/odd", commit)
    assert commit not in loaded.config.to_json_string()


def test_the_card_says_which_values_are_known(repository: Path, model, tokenizer, tmp_path: Path):
    card = (repository / "README.md").read_text()
    assert "`resolved`" in card and "`genre` (2), `room` (3)" in card
    card_data = CardData.from_model("acme/odd", model, tokenizer, texts=TEXTS[:1])
    write_repository(tmp_path / "again", model, tokenizer, card_data)
    assert "`room`: `living room` = `lounge`" in (tmp_path / "again" / "README.md").read_text()
    bare = odd_model()
    bare.slot_catalogs = SlotCatalogs()
    write_repository(tmp_path / "again", bare, tokenizer)
    assert "resolved" not in (tmp_path / "again" / "README.md").read_text()
    assert not (tmp_path / "again" / CATALOGS_FILE).exists()
