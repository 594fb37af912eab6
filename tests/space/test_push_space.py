"""A Space is written whole, pins its checkpoints, and is pushed to a hub that is there to be asked."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import SpaceCard
from huggingface_hub.errors import HfHubHTTPError
from running_hub import RunningHub
from told import files_that_tell, secret_home

from bilstm_nlu.errors import NluError
from modeling_bilstm_nlu.hub import space as spaces
from modeling_bilstm_nlu.hub.space import SpaceCheckpoint, find_checkpoint, push_space, write_space

COMMIT = "0123456789abcdef" * 2 + "01234567"
OTHER = COMMIT[::-1]
FILES = {"README.md", "Dockerfile", "app.py", "checkpoints.json", "package"}
HOME = SpaceCheckpoint("acme/home", COMMIT)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_holds_all_of_it_and_is_the_same_every_time(space: Path, tmp_path: Path):
    folder = write_space(tmp_path / "a", [HOME], source=space)
    assert {path.name for path in folder.iterdir()} == FILES
    assert not [name for name in contents(folder) if name.endswith((".pyc", ".so"))]
    for name in ("Dockerfile", "app.py"):
        assert (folder / name).read_bytes() == (space / name).read_bytes()
    assert contents(write_space(tmp_path / "b", [HOME], source=space)) == contents(folder)
    write_space(folder, [HOME], source=space)  # in the place of an older one
    assert json.loads((folder / "checkpoints.json").read_text()) == [{"model": "acme/home", "revision": COMMIT}]


def test_the_card_names_the_commits(space: Path, tmp_path: Path):
    private = SpaceCheckpoint("acme/secret", OTHER, is_private=True)
    title = 'Home: "<b>\ndemo'
    folder = write_space(tmp_path / "a", [HOME, private], source=space, title=title)
    card = SpaceCard.load(folder / "README.md")
    assert card.data.title == 'Home: "<b> demo'
    assert card.data.models == ["acme/home", "acme/secret"]
    assert f"/acme/home/tree/{COMMIT}) at commit `{COMMIT}`" in card.text and OTHER in card.text
    assert card.data.sdk == "docker"


def test_a_space_does_not_tell_about_this_machine(space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = secret_home(tmp_path, monkeypatch)
    shutil.copytree(space, home / "space", ignore=shutil.ignore_patterns("__pycache__"))
    folder = write_space(home / "demo", [HOME], source=home / "space", project=space.parents[1], title="Demo")
    assert {path.name for path in folder.iterdir()} == FILES and files_that_tell(folder, tmp_path) == []


@pytest.mark.parametrize(
    "checkpoints, message",
    [([], "checkpoint"), ([HOME, HOME], "twice")],
)
def test_a_space_needs_different_checkpoints(space: Path, tmp_path: Path, checkpoints: list, message: str):
    with pytest.raises(NluError, match=message):
        write_space(tmp_path / "a", checkpoints, source=space)
    assert not list(tmp_path.iterdir())


def test_nothing_else_is_overwritten(space: Path, tmp_path: Path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.md").write_text("years of work")
    with pytest.raises(NluError, match="thesis.md"):
        write_space(tmp_path / "thesis", [HOME], source=space)
    with pytest.raises(NluError, match="file"):
        write_space(tmp_path / "thesis" / "thesis.md", [HOME], source=space)
    with pytest.raises(NluError, match="README.md, Dockerfile"):
        write_space(tmp_path / "a", [HOME], source=tmp_path)
    assert (tmp_path / "thesis" / "thesis.md").read_text() == "years of work"


class FakeHub:
    """Answers as `HfApi` does about one repository."""

    def __init__(self, folder: Path, config: dict, lacks: str = "", *, is_private: bool = False):
        self.names = {"README.md", "config.json", "model.safetensors", "sub/delta.safetensors", "x.onnx"} - {lacks}
        self.file, self.is_private = folder / "config.json", is_private
        self.file.write_text(json.dumps(config))

    def __call__(self, token: str | None) -> "FakeHub":
        return self

    def model_info(self, repo_id: str, *, revision: str | None) -> SimpleNamespace:
        siblings = [SimpleNamespace(rfilename=name) for name in self.names]
        return SimpleNamespace(id=repo_id, sha=COMMIT, siblings=siblings, private=self.is_private)

    def hf_hub_download(self, repo_id: str, name: str, *, revision: str) -> str:
        assert revision == COMMIT
        return str(self.file)

    def repo_info(self, *args: object, **kwargs: object) -> None:
        raise HfHubHTTPError("the lights are out", response=SimpleNamespace(status_code=500, headers={}, request=None))


def test_a_checkpoint_is_pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spaces, "HfApi", FakeHub(tmp_path, {"model_type": "bilstm_nlu"}, is_private=True))
    assert find_checkpoint("acme/home@v1") == SpaceCheckpoint("acme/home", COMMIT, is_private=True)


@pytest.mark.parametrize(
    "config, lacks, message",
    [
        ({"model_type": "bert"}, "", "'bert'"),
        ({"model_type": "bilstm_nlu"}, "model.safetensors", "model.safetensors"),
        ({"model_type": "bilstm_nlu"}, "config.json", "config.json"),
    ],
)
def test_what_a_space_cannot_show_is_refused(tmp_path: Path, monkeypatch, config: dict, lacks: str, message: str):
    monkeypatch.setattr(spaces, "HfApi", FakeHub(tmp_path, config, lacks))
    with pytest.raises(NluError, match=message):
        find_checkpoint("acme/home")


@pytest.mark.parametrize("name", ["runs/home/best", "/runs/home", "home", "acme/ho me", "acme/home,evil/x", ""])
def test_only_ids_of_repositories_are_taken(name: str):
    with pytest.raises(NluError, match="owner/name"):
        find_checkpoint(name)


def test_a_refusal_of_the_hub_is_one_line(space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("modeling_bilstm_nlu.hub.push.HfApi", FakeHub(tmp_path, {}))
    with pytest.raises(NluError, match="'acme/demo'.*the lights are out") as raised:
        push_space("acme/demo", [HOME], source=space)
    assert "\n" not in str(raised.value)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    """A hub on this machine, with nothing in it."""
    running = RunningHub(tmp_path / "hub", tmp_path, tokens={}).start()
    yield running
    running.kill()


_PUSH = """
import sys
from pathlib import Path
from huggingface_hub import HfApi, snapshot_download

checkpoint, source = sys.argv[1:3]
api = HfApi()
api.create_repo("acme/toy")
commit = api.upload_folder(repo_id="acme/toy", folder_path=checkpoint).oid
api.upload_file(path_or_fileobj=b"a later commit", path_in_repo="note.txt", repo_id="acme/toy")
sys.argv = ["push_space.py", f"acme/toy@{commit}", "--space", "acme/demo", "--title", "Toys"]
import runpy
for _ in range(2):
    try:
        runpy.run_path(str(Path(source).parent / "push_space.py"), run_name="__main__")
    except SystemExit as end:
        assert not end.code
commits = [commit.title for commit in api.list_repo_commits("acme/demo", repo_type="space")]
assert len(commits) == 2, commits  # what the hub makes with a repository, and one for two equal pushes
print(api.repo_info("acme/demo", repo_type="space").sha)
print(snapshot_download("acme/demo", repo_type="space"))
"""

_VISIT = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from app import read_settings
from bilstm_nlu import load
settings = read_settings(os.environ)
(revision,) = settings.sources()[0].scan()
print(revision, load(revision.locate())("play jazz")["text"])
"""


@pytest.mark.slow
def test_pushed_to_a_hub_and_opened_from_there(
    space: Path, tiny_checkpoint: Path, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("BILSTM_NLU_CHECKPOINTS", raising=False)
    *_, commit, folder = hub.python(_PUSH, str(tiny_checkpoint), str(space), token="any").splitlines()
    assert re.fullmatch("[0-9a-f]{40}", commit) and commit in folder
    assert {path.name for path in Path(folder).iterdir()} == FILES | {".gitattributes"}
    found = hub.python(_VISIT, folder, token="any").strip()
    assert re.fullmatch("toy@[0-9a-f]{12} play jazz", found)
