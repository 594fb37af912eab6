"""Repository folders: complete or not there at all, nothing in them that does not belong, proved before they count."""

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.errors import (
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import filter_repo_objects
from odd_checkpoints import HUB_FILES, TEXTS, odd_model

from modeling_bilstm_nlu import NluError
from modeling_bilstm_nlu.catalogs_bilstm_nlu import CATALOGS_FILE, SlotCatalogs
from modeling_bilstm_nlu.configuration_bilstm_nlu import FORMAT_VERSION
from modeling_bilstm_nlu.hub import (
    CardFacts,
    allowed_files,
    load_checkpoint,
    publish,
    push_repository,
    run_as_stranger,
    source_of,
    verify_repository,
    write_repository,
)
from modeling_bilstm_nlu.hub.facts import parse_with
from modeling_bilstm_nlu.hub.repository import is_allowed

publishing = importlib.import_module("modeling_bilstm_nlu.hub.publish")  # the module; the package has its function
verifying = importlib.import_module("modeling_bilstm_nlu.hub.verify")
loading = importlib.import_module("modeling_bilstm_nlu.hub.load")

METRICS = {"test": {"intent_accuracy": 0.5, "slot_f1": 0.25}}
CURVE = [{"step": 10, "examples": 320, "seconds": 1.5, "combined_error": 0.5}]
ALWAYS = {
    "README.md",
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
    assert "# `odd`" in card and "## Learning curve" in card and "| `slot_f1` | 0.2500 |" in card
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

    monkeypatch.setattr(publishing, step, fail)
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
    with pytest.raises(NluError, match=f"holds {name.split('/')[0]}, which replacing it would delete; choose"):
        write_repository(repository, model, tokenizer)
    assert contents(repository) == before


def test_a_folder_of_notes_is_not_replaced(model, tokenizer, tmp_path: Path):
    (tmp_path / "notes.md").write_text("precious")
    with pytest.raises(NluError, match="files but no config.json"):
        write_repository(tmp_path, model, tokenizer)
    with pytest.raises(NluError, match="is a file; choose a folder"):
        write_repository(tmp_path / "notes.md", model, tokenizer)


@pytest.mark.parametrize(
    "name, message",
    [
        ("training_args.bin", "may not stand in a repository"),
        ("weights.pkl", "may not stand in a repository"),
        ("run.py", "may not stand in a repository"),
        ("evil_bilstm_nlu.py", "may not stand in a repository"),
        ("config.json", "writes its own 'config.json'"),
        ("missing.png", "no file"),
    ],
)
def test_extra_files_are_checked(name: str, message: str, model, tokenizer, tmp_path: Path):
    extra = tmp_path / name
    if not name.startswith("missing"):
        extra.write_bytes(b"x")
    with pytest.raises(NluError, match=message):
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
    facts = CardFacts.from_model("acme/odd", model, tokenizer, texts=TEXTS[:2])
    done = publish(tmp_path / "odd", model, tokenizer, facts, metrics=METRICS)  # one real stranger
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
    monkeypatch.setattr(verifying, "parse_as_stranger", lambda *_: [*frames[:-1], {**frames[-1], "intent": "other"}])
    with pytest.raises(NluError, match="without this package 'half .*' is parsed as .*write the repository again"):
        publish(repository, model, tokenizer, texts=TEXTS)
    assert contents(repository) == before
    monkeypatch.setattr(verifying, "parse_as_stranger", lambda *_: [{**frames[0], "score": frames[0]["score"] + 1e-4}])
    with pytest.raises(NluError, match="without this package"):
        verify_repository(repository, TEXTS[:1])
    monkeypatch.setattr(verifying, "parse_as_stranger", lambda *_: [{**frames[0], "score": frames[0]["score"] + 1e-8}])
    assert len(verify_repository(repository, TEXTS[:1])) == 1


def test_the_stranger_really_lacks_the_package():
    with pytest.raises(NluError, match="failed: ModuleNotFoundError: No module named 'modeling_bilstm_nlu'"):
        run_as_stranger("import modeling_bilstm_nlu\nanswer = 1", {})


class FakeHub:
    """Stands in for `HfApi` and records what it is asked for."""

    def __init__(self, error: Exception | None = None):
        self.calls: list[tuple[str, dict]] = []
        self.error = error

    def __call__(self, token: str | None = None) -> "FakeHub":
        self.token = token
        return self

    def create_repo(self, repo_id: str, **options: object) -> SimpleNamespace:
        self.calls.append(("create_repo", {"repo_id": repo_id, **options}))
        if self.error is not None:
            raise self.error
        return SimpleNamespace(repo_id=repo_id)

    def create_branch(self, repo_id: str, **options: object) -> None:
        self.calls.append(("create_branch", options))

    def upload_folder(self, **options: object) -> SimpleNamespace:
        self.calls.append(("upload_folder", options))
        return SimpleNamespace(commit_url="https://hub.example/acme/odd/commit/1")

    def pushed(self) -> set[str]:
        """The files that the hub's own client would send."""
        options = self.calls[-1][1]
        names = [str(path.relative_to(options["folder_path"])) for path in options["folder_path"].rglob("*")]
        patterns = {key: options[key] for key in ("allow_patterns", "ignore_patterns")}
        return {name for name in filter_repo_objects(names, **patterns) if (options["folder_path"] / name).is_file()}


def test_only_the_files_of_a_checkpoint_are_pushed(repository: Path, monkeypatch):
    hub = FakeHub()
    monkeypatch.setattr(publishing, "HfApi", hub)
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
    info = push_repository(repository, "acme/odd", private=True, revision="dev", token="secret", commit_message="One")
    assert info.commit_url.endswith("/commit/1") and hub.token == "secret"
    assert hub.pushed() == ALWAYS | {"metrics.json", "learning_curve.json"}
    assert [name for name, _ in hub.calls] == ["create_repo", "create_branch", "upload_folder"], "one commit"
    assert hub.calls[0][1] == {"repo_id": "acme/odd", "private": True, "exist_ok": True}
    assert hub.calls[1][1] == {"branch": "dev", "exist_ok": True}
    assert {key: hub.calls[2][1][key] for key in ("revision", "create_pr", "commit_message")} == {
        "revision": "dev",
        "create_pr": False,
        "commit_message": "One",
    }


def test_publish_pushes_where_it_is_told_to(model, tokenizer, tmp_path: Path, monkeypatch):
    hub = FakeHub()
    monkeypatch.setattr(publishing, "HfApi", hub)
    done = publish(tmp_path / "odd", model, tokenizer, repo_id="acme/odd", verify=False, create_pr=True)
    assert done.url == "https://hub.example/acme/odd/commit/1" and hub.pushed() == set(done.files)


@pytest.mark.parametrize("missing", ["config.json", "README.md", "model.safetensors", "tokenizer.json"])
def test_an_incomplete_folder_is_not_pushed(missing: str, repository: Path, monkeypatch):
    monkeypatch.setattr(publishing, "HfApi", lambda **_: pytest.fail("asked the hub"))
    (repository / missing).unlink()
    with pytest.raises(NluError, match=f"lacks {missing}; write the folder"):
        push_repository(repository, "acme/odd")
    with pytest.raises(NluError, match="no folder"):
        push_repository(repository / "nowhere", "acme/odd")


def answered(kind: type[HfHubHTTPError], status: int) -> HfHubHTTPError:
    return kind("Client Error\nmore", response=SimpleNamespace(status_code=status, headers={}, request=None))


@pytest.mark.parametrize(
    "error, cure",
    [
        (
            answered(HfHubHTTPError, 403),
            "refuses access to 'acme/odd'; ask its owner, and log in with `hf auth login`",
        ),
        (answered(HfHubHTTPError, 401), "log in with `hf auth login`"),
        (answered(RepositoryNotFoundError, 404), "has no 'acme/odd' that is open to you; check the name"),
        (answered(RevisionNotFoundError, 404), "has no revision None; give one of its branches"),
        (answered(HfHubHTTPError, 500), "Client Error$"),
        (OfflineModeIsEnabled("off"), "HF_HUB_OFFLINE switches the hub off; unset it"),
        (HfHubHTTPError.__bases__[0]("refused"), "HF_HUB_OFFLINE switches the hub off; unset it"),
        (ValueError("Invalid metadata in README.md.\n- x"), "Invalid metadata in README.md.$"),
    ],
)
def test_what_the_hub_answers_becomes_one_line_with_a_cure(error, cure: str, repository: Path, monkeypatch):
    monkeypatch.setattr(publishing, "HfApi", FakeHub(error))
    monkeypatch.setattr(loading, "is_offline_mode", lambda: True)
    with pytest.raises(NluError, match=f"was not pushed to 'acme/odd': .*{cure}") as raised:
        push_repository(repository, "acme/odd")
    assert "\n" not in str(raised.value)


def test_an_unreachable_hub_says_so(repository: Path, monkeypatch):
    monkeypatch.setattr(publishing, "HfApi", FakeHub(ConnectionError("refused")))
    monkeypatch.setattr(loading, "is_offline_mode", lambda: False)
    with pytest.raises(NluError, match="the hub cannot be reached; check the network and HF_ENDPOINT"):
        push_repository(repository, "acme/odd")


@pytest.mark.parametrize(
    "name, message",
    [
        ("acme/nothing", "no folder 'acme/nothing', and no repository could be loaded: .*HF_HUB_OFFLINE"),
        ("two words/x", "'two words/x' is no repository id; an id looks like owner/name"),
        ("./nowhere", "no folder './nowhere'; give the folder of a checkpoint or the id"),
        (Path("acme/nothing"), "no folder 'acme/nothing'; give the folder"),
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
            "type 'bert', not 'bilstm_nlu'",
        ),
        (lambda folder: (folder / "config.json").write_text("{}"), "type None, not 'bilstm_nlu'"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be loaded: .*not a valid JSON"),
        (lambda folder: (folder / "config.json").unlink(), "is no checkpoint: it lacks config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "is no checkpoint: it lacks model.safetensors"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x08"), "cannot be loaded"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be loaded"),
        (lambda folder: change_config(folder, format_version=FORMAT_VERSION + 1), "upgrade it"),
        (
            lambda folder: change_config(folder, intents=["one"]),
            "damaged: its weights have other sizes",
        ),
        (lambda folder: change_config(folder, dropout=2), "dropout must lie in"),
    ],
)
def test_a_damaged_checkpoint_says_what_is_wrong(damage, message: str, repository: Path):
    damage(repository)
    with pytest.raises(NluError, match=message) as raised:
        load_checkpoint(repository)
    assert "\n" not in str(raised.value)


def change_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


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
    assert "has `resolved` as well" in card and "Values are known of `genre` (2), `room` (3)." in card
    facts = CardFacts.from_model("acme/odd", model, tokenizer, texts=TEXTS[:1])
    write_repository(tmp_path / "again", model, tokenizer, facts)
    assert "`room`: `living room` = `lounge`" in (tmp_path / "again" / "README.md").read_text()
    bare = odd_model()
    bare.slot_catalogs = SlotCatalogs()
    write_repository(tmp_path / "again", bare, tokenizer)
    assert "resolved" not in (tmp_path / "again" / "README.md").read_text()
    assert not (tmp_path / "again" / CATALOGS_FILE).exists()
