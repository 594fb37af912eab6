"""Pushing to a real hub over HTTP: one commit or none, and nothing changed where it fails."""

import importlib
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from huggingface_hub import HfApi
from huggingface_hub.utils import disable_progress_bars
from odd_checkpoints import odd_model
from running_hub import RunningHub
from told import files_that_tell, secret_home
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu import NluError
from modeling_bilstm_nlu.hub import publish, push_repository, write_repository
from modeling_bilstm_nlu.hub.push import push_files

pushing = importlib.import_module("modeling_bilstm_nlu.hub.push")
disable_progress_bars()

METRICS = {"test": {"intent_accuracy": 0.5, "slot_f1": 0.25}}


@pytest.fixture(scope="module")
def repository(model, tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read it, do not change it."""
    return write_repository(tmp_path_factory.mktemp("push") / "odd", model, tokenizer, metrics=METRICS)


def titles(repo_id: str, revision: str | None = None) -> list[str]:
    return [commit.title for commit in HfApi().list_repo_commits(repo_id, revision=revision)]


def test_a_push_is_one_commit_and_an_equal_one_is_none(at_hub: RunningHub, repository: Path, model, tokenizer):
    first = push_repository(repository, "ann/once", commit_message="The first")
    assert first.is_new_repository and set(first.changes.added) == {path.name for path in repository.iterdir()}
    assert titles("ann/once")[0] == "The first" and len(titles("ann/once")) == 2, "the hub's own commit, then ours"
    again = write_repository(repository.with_name("again"), model, tokenizer, repository_facts(model, tokenizer))
    assert {p.name: p.read_bytes() for p in again.iterdir()} == {p.name: p.read_bytes() for p in repository.iterdir()}
    second = push_repository(again, "ann/once", commit_message="The second")
    assert (second.commit, bool(second.changes), second.is_new_repository) == (first.commit, False, False)
    assert second.url == first.url and len(titles("ann/once")) == 2


def repository_facts(model, tokenizer):
    card_data = importlib.import_module("modeling_bilstm_nlu.hub.card_data")
    return card_data.CardData.from_model("odd", model, tokenizer, metrics=METRICS)


def test_what_the_new_checkpoint_lacks_goes_and_what_people_added_stays(
    at_hub: RunningHub, repository: Path, tokenizer, tmp_path: Path, monkeypatch
):
    push_repository(repository, "ann/replaced")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)  # for the client's own upload
    for name in ("model.onnx", "LICENSE", "notes/plan.txt"):
        HfApi().upload_file(path_or_fileobj=b"x", path_in_repo=name, repo_id="ann/replaced")
    bare = write_repository(tmp_path / "bare", odd_model(use_crf=False), tokenizer)
    done = push_repository(bare, "ann/replaced")
    assert done.changes.removed == ("metrics.json", "model.onnx")
    names = set(HfApi().list_repo_files("ann/replaced"))
    assert names == {".gitattributes", "LICENSE", "notes/plan.txt", *(path.name for path in bare.iterdir())}


def test_branches_tags_and_pull_requests(at_hub: RunningHub, repository: Path, tokenizer, tmp_path: Path):
    api = HfApi()
    first = push_repository(repository, "ann/refs", tag="v1", private=True)
    assert api.model_info("ann/refs").private
    other = write_repository(tmp_path / "other", odd_model(use_crf=False), tokenizer)
    branch = push_repository(other, "ann/refs", revision="exp/no-crf", private=True)
    request = push_repository(other, "ann/refs", create_pr=True, commit_message="Without a CRF")
    refs = api.list_repo_refs("ann/refs", include_pull_requests=True)
    assert {ref.name: ref.target_commit for ref in refs.tags} == {"v1": first.commit}
    assert {ref.name: ref.target_commit for ref in refs.branches} == {
        "main": first.commit,
        "exp/no-crf": branch.commit,
    }
    assert [ref.target_commit for ref in refs.pull_requests or ()] == [request.commit]
    assert "/discussions/1" in (request.url or "")
    assert push_repository(repository, "ann/refs", tag="v1").commit == first.commit, "again, and nothing to do"
    with pytest.raises(NluError, match="'ann/refs'.*'v1'"):
        push_repository(other, "ann/refs", tag="v1")
    assert len(titles("ann/refs")) == 2
    with pytest.raises(NluError, match=r"\btag\b"):
        push_repository(other, "ann/refs", tag="v2", create_pr=True)


def test_what_is_to_be_private_is_not_pushed_to_the_public(at_hub: RunningHub, repository: Path):
    HfApi().create_repo("ann/public")
    with pytest.raises(NluError, match="public"):
        push_repository(repository, "ann/public", private=True)
    assert HfApi().list_repo_files("ann/public") == [".gitattributes"]


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    at_hub: RunningHub, repository: Path, tokenizer, tmp_path: Path
):
    done = push_repository(repository, "ann/dry", revision="dev", tag="v1", dry_run=True)
    assert done.is_new_repository and done.commit is None and done.url is None
    assert "model.safetensors" in done.changes.added and not HfApi().repo_exists("ann/dry")
    push_repository(repository, "ann/dry")
    other = write_repository(tmp_path / "other", odd_model(use_crf=False), tokenizer)
    done = push_repository(other, "ann/dry", dry_run=True)
    assert {"model.safetensors", "config.json"} <= set(done.changes.changed) and not done.is_new_repository
    assert done.changes.removed == ("metrics.json",) and len(titles("ann/dry")) == 2


def test_the_card_names_the_repository_unless_somebody_has_edited_it(
    at_hub: RunningHub, repository: Path, tmp_path: Path
):
    push_repository(repository, "ann/named")
    card = Path(HfApi().hf_hub_download("ann/named", "README.md")).read_text()
    assert 'pipeline(model="ann/named", trust_remote_code=True)' in card and "# `named`" in card
    own = Path(shutil.copytree(repository, tmp_path / "own"))
    (own / "README.md").write_text("---\nlicense: mit\n---\n# My model\n")
    done = push_repository(own, "ann/named")
    assert done.changes.changed == ("README.md", "card.json")
    assert "My model" in Path(HfApi().hf_hub_download("ann/named", "README.md")).read_text()


def test_a_name_of_ones_own_needs_no_owner(at_hub: RunningHub, repository: Path):
    assert push_repository(repository, "short").repo_id == "ann/short"


@pytest.mark.parametrize(
    "token, cure",
    [
        ("rob", "'rob/x'.*token of rob"),
        (None, "`hf auth login`"),
        ("bad", "token"),
    ],
)
def test_who_may_not_write_is_told_so(token, cure: str, hub: RunningHub, as_client, repository: Path):
    as_client(hub.url, token)
    with pytest.raises(NluError, match=cure) as raised:
        push_repository(repository, "rob/x")
    assert "\n" not in str(raised.value)
    as_client(hub.url)
    assert not HfApi().repo_exists("rob/x")


def test_two_at_once_end_in_two_commits_or_a_clean_conflict(at_hub: RunningHub, tmp_path: Path):
    files = [tmp_path / f"{i}.json" for i in range(6)]
    for file in files:
        file.write_text(file.name)
    push_files({"a.json": files[0]}, "ann/race", is_replaced=lambda _: False, commit_message="start")
    barrier = threading.Barrier(len(files) - 1)

    def push(file: Path) -> str:
        barrier.wait()
        try:
            done = push_files({file.name: file}, "ann/race", is_replaced=lambda _: False, commit_message=file.name)
        except NluError as error:
            assert "meantime" in str(error)
            done = push_files({file.name: file}, "ann/race", is_replaced=lambda _: False, commit_message=file.name)
        return str(done.commit)

    with ThreadPoolExecutor(len(files)) as pool:
        results = [pool.submit(push, file) for file in files[1:]]
    commits = {result.result() for result in results if result.exception() is None}
    made = {commit.commit_id for commit in HfApi().list_repo_commits("ann/race")}
    assert commits <= made and len(made) == 2 + len(commits)
    assert all("meantime" in str(error) for r in results if (error := r.exception()) is not None)


@pytest.mark.parametrize("is_there", [False, True])
def test_a_failed_push_leaves_the_remote_as_it_was(
    is_there: bool, at_hub: RunningHub, repository: Path, monkeypatch, tmp_path: Path
):
    name = f"ann/failed-{is_there}"
    if is_there:
        HfApi().create_repo(name)
    before = HfApi().repo_exists(name) and HfApi().list_repo_refs(name)

    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("cut")

    with monkeypatch.context() as patch:
        patch.setattr(HfApi, "create_commit", fail)
        with pytest.raises(NluError, match="network"):
            push_repository(repository, name, revision="dev")
    assert (HfApi().repo_exists(name) and HfApi().list_repo_refs(name)) == before
    assert push_repository(repository, name, revision="dev").commit, "a retry"


def test_a_fault_of_our_own_is_not_taken_for_one_of_the_hub(at_hub: RunningHub, repository: Path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault") from cause

    monkeypatch.setattr(HfApi, "create_commit", fail)
    cause: Exception | None = None
    with pytest.raises(RuntimeError, match="a fault"):
        push_repository(repository, "ann/fault")
    cause = ConnectionError("cut")  # the client says so of a large file
    with pytest.raises(NluError, match="ann/fault"):
        push_repository(repository, "ann/fault")


def test_a_commit_whose_tag_fails_is_told_apart(at_hub: RunningHub, repository: Path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("cut")

    monkeypatch.setattr(HfApi, "create_tag", fail)
    with pytest.raises(NluError, match="[0-9a-f]{40}.*'v1'"):
        push_repository(repository, "ann/untagged", tag="v1")
    assert len(titles("ann/untagged")) == 2


def test_publish_pushes_what_it_has_checked(at_hub: RunningHub, model, tokenizer, tmp_path: Path):
    done = publish(tmp_path / "odd", model, tokenizer, repo_id="ann/published", verify=False, commit_message="Go")
    assert done.pushed is not None and done.url == done.pushed.url and titles("ann/published")[0] == "Go"
    assert set(HfApi().list_repo_files("ann/published")) == {*done.files, ".gitattributes"}


def test_nothing_that_is_pushed_tells_about_this_machine(
    at_hub: RunningHub, model, tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = secret_home(tmp_path, monkeypatch)
    recipe = {
        "data": {"source": str(home / "skills/tea.json"), "data_dir": "~/data", "options": {"locale": "en"}},
        "base": {"checkpoint": "../../secretuser/models/base"},
        "training": {"teacher": "C:\\Users\\secretuser\\teacher", "learning_rate": 0.01},
        "output_dir": f"file://{home}/runs/tea",
        "threads": None,
    }
    folder = write_repository(home / "runs" / "tea", model, tokenizer, metrics=METRICS, recipe=recipe)
    assert "secretuser" in (folder / "recipe.yaml").read_text("utf-8"), "here, the paths are needed"
    push_repository(folder, "ann/tea")
    pulled = Path(HfApi().snapshot_download("ann/tea"))
    assert files_that_tell(pulled, tmp_path) == []
    assert yaml.safe_load((pulled / "recipe.yaml").read_text("utf-8")) == {
        "data": {"source": "tea.json", "data_dir": "data", "options": {"locale": "en"}},
        "base": {"checkpoint": "base"},
        "training": {"teacher": "teacher", "learning_rate": 0.01},
        "output_dir": "tea",
        "threads": None,
    }
    assert not push_repository(folder, "ann/tea").changes


def test_a_recipe_without_paths_is_pushed_unchanged(at_hub: RunningHub, model, tokenizer, tmp_path: Path):
    folder = write_repository(tmp_path / "tea", model, tokenizer)
    text = "# my notes\ndata: {source: skills/tea.json}\nbase: {checkpoint: acme/base}\noutput_dir: runs/tea\n"
    (folder / "recipe.yaml").write_text(text)
    push_repository(folder, "ann/relative")
    assert Path(HfApi().hf_hub_download("ann/relative", "recipe.yaml")).read_text() == text
    (folder / "recipe.yaml").write_text("a: [")
    with pytest.raises(NluError, match="recipe.yaml"):
        push_repository(folder, "ann/relative")


def test_the_command_verifies_only_what_changed(
    at_hub: RunningHub, model, tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = write_repository(tmp_path / "tea", model, tokenizer)
    verified: list[Path] = []
    monkeypatch.setattr("modeling_bilstm_nlu.hub.verify.verify_repository", lambda folder, _: verified.append(folder))
    for arguments, count in (["--dry-run"], 1), ([], 2), ([], 2), (["--tag", "v1"], 2), (["--dry-run"], 2):
        result = CliRunner().invoke(app, ["push", str(folder), "ann/lazy", *arguments])
        assert result.exit_code == 0 and len(verified) == count, result.output
    assert titles("ann/lazy")[0] and [ref.name for ref in HfApi().list_repo_refs("ann/lazy").tags] == ["v1"]
    (folder / "README.md").write_text("changed")
    assert CliRunner().invoke(app, ["push", str(folder), "ann/lazy"]).exit_code == 0 and len(verified) == 3
