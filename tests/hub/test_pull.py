"""Pulling from a real hub over HTTP: the right files, each as its hash says, and one line for what can go wrong."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import HfApi, constants
from huggingface_hub.utils import disable_progress_bars
from odd_checkpoints import TEXTS, odd_model
from running_hub import RunningHub

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, NluError
from modeling_bilstm_nlu.configuration_bilstm_nlu import FORMAT_VERSION
from modeling_bilstm_nlu.hub import (
    CardData,
    lineage,
    load_checkpoint,
    pull,
    push_repository,
    refresh_repository,
    source_of,
    write_repository,
)
from modeling_bilstm_nlu.hub.card_data import parse_with
from modeling_bilstm_nlu.hub.origin import ORIGIN_FILE
from modeling_bilstm_nlu.hub.push import push_files

disable_progress_bars()


@pytest.fixture(scope="module")
def repository(model, tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read it, do not change it."""
    return write_repository(tmp_path_factory.mktemp("pull") / "odd", model, tokenizer)


@pytest.fixture(scope="module")
def pushed(hub: RunningHub, repository: Path) -> Iterator[str]:
    """The commit of `ann/odd`, with the tag v1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", hub.url)
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setenv("HF_TOKEN", "secret-of-ann")
        yield str(push_repository(repository, "ann/odd", tag="v1").commit)


def push(name: str, files: dict[str, bytes | str], folder: Path) -> None:
    """Push any files, as somebody without this package would."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    paths = {file: folder / file for file in files}
    push_files(paths, name, is_replaced=lambda _: True, commit_message="any")


def files_of(folder: Path, **changes: bytes | str | None) -> dict[str, bytes | str]:
    """The files of a repository with some changed; None leaves one out."""
    files: dict[str, bytes | str] = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name, content in changes.items():
        if content is None:
            del files[name]
        else:
            files[name] = content
    return files


@pytest.mark.parametrize("revision", [None, "main", "v1", "commit"])
def test_a_checkpoint_is_loaded_by_any_revision(at_hub, pushed: str, model, tokenizer, revision):
    revision = pushed if revision == "commit" else revision
    loaded, its_tokenizer = load_checkpoint("ann/odd", revision)
    assert parse_with(loaded, its_tokenizer, TEXTS) == parse_with(model, tokenizer, TEXTS)
    assert source_of(loaded) == ("ann/odd", pushed) and its_tokenizer.name_or_path == "ann/odd"
    stock = BiLstmNluForIntentAndSlots.from_pretrained("ann/odd", revision=revision or "main")
    assert source_of(stock) == ("ann/odd", pushed) and stock.slot_catalogs == model.slot_catalogs


def test_what_was_pulled_is_there_without_a_network(at_hub, pushed: str, as_client, model, tokenizer, monkeypatch):
    load_checkpoint("ann/odd")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for revision in (None, pushed):
        loaded, its_tokenizer = load_checkpoint("ann/odd", revision)
        assert parse_with(loaded, its_tokenizer, TEXTS) == parse_with(model, tokenizer, TEXTS)
        assert source_of(loaded) == ("ann/odd", pushed)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    as_client("http://127.0.0.1:9")  # nobody listens there
    assert source_of(load_checkpoint("ann/odd")[0]) == ("ann/odd", pushed)


def test_loading_fetches_no_code(at_hub, pushed: str):
    load_checkpoint("ann/odd")
    names = {path.name for path in Path(constants.HF_HUB_CACHE).rglob("snapshots/*/*")}
    assert "model.safetensors" in names and not any(name.endswith(".py") for name in names)


def test_pull_copies_to_a_folder_what_was_pushed(at_hub, pushed: str, repository: Path, tmp_path: Path):
    pulled = pull("ann/odd", "v1", out=tmp_path / "out" / "odd")
    assert (pulled.commit, pulled.folder) == (pushed, tmp_path / "out" / "odd")
    assert set(pulled.files) == {path.name for path in repository.iterdir()} | {".gitattributes"}
    for path in repository.iterdir():
        assert path.name in ("README.md", "card.json") or path.read_bytes() == (pulled.folder / path.name).read_bytes()
    assert pull("ann/odd", out=tmp_path / "out" / "odd").commit == pushed, "over the older one"
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "precious.txt").write_text("x")
    with pytest.raises(NluError, match="precious.txt"):
        pull("ann/odd", out=tmp_path / "notes")


def test_a_damaged_file_in_the_cache_is_fetched_again(at_hub, pushed: str, model, tokenizer, monkeypatch):
    snapshot = pull("ann/odd").folder
    for name in ("model.safetensors", "config.json"):
        content = (snapshot / name).resolve()
        content.write_bytes(content.read_bytes()[:-1] + b"?")
        loaded, its_tokenizer = load_checkpoint("ann/odd")
        assert parse_with(loaded, its_tokenizer, TEXTS) == parse_with(model, tokenizer, TEXTS)
    content = (snapshot / "model.safetensors").resolve()
    content.write_bytes(b"")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(NluError, match="model.safetensors.*HF_HUB_OFFLINE"):
        load_checkpoint("ann/odd")
    with pytest.raises(NluError, match="'ann/odd'.*HF_HUB_OFFLINE"):
        load_checkpoint("ann/odd")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert load_checkpoint("ann/odd")


@pytest.mark.parametrize(
    "repo_id, revision, token, cure",
    [
        ("ann/nothing", None, "ann", "'ann/nothing'"),
        ("ann/secret", None, None, "'ann/secret'.*`hf auth login`"),
        ("ann/secret", None, "eve", "'ann/secret'"),
        ("ann/odd", None, "wrong", "token"),
        ("ann/gated", None, "eve", "'ann/gated'.*gated"),
        ("ann/odd", "v9", "ann", "'ann/odd'.*'v9'"),
        ("ann/empty", None, "ann", "'ann/empty'.*config.json"),
    ],
)
def test_what_is_not_there_or_not_open_is_one_line(
    repo_id: str, revision, token, cure: str, hub: RunningHub, pushed: str, as_client: Callable, repository: Path
):
    as_client(hub.url)
    api = HfApi()
    api.create_repo("ann/empty", exist_ok=True)
    if not api.repo_exists("ann/secret"):
        push_repository(repository, "ann/secret", private=True)
        push_repository(repository, "ann/gated")
        api.update_repo_settings("ann/gated", gated="auto")
    as_client(hub.url, token)
    with pytest.raises(NluError, match=cure) as raised:
        load_checkpoint(repo_id, revision)
    assert "\n" not in str(raised.value)


def test_no_network_is_one_line(as_client: Callable, monkeypatch):
    as_client("http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)  # it tries five times
    with pytest.raises(NluError, match="'ann/odd'.*network"):
        load_checkpoint("ann/odd")


@pytest.mark.parametrize(
    "case, message",
    [
        ("foreign", "'bert'.*'bilstm_nlu'"),
        ("no json", "config.json"),
        ("newer", f"format {FORMAT_VERSION + 1}"),
        ("pickle", "model.safetensors"),
        ("cut", "model.safetensors"),
        ("sizes", "weights"),
    ],
)
def test_what_is_no_checkpoint_of_ours_is_one_line(at_hub, case: str, message: str, repository: Path, tmp_path: Path):
    config = json.loads((repository / "config.json").read_text())
    weights = (repository / "model.safetensors").read_bytes()
    changes: dict[str, bytes | str | None] = {
        "foreign": {"config.json": '{"model_type": "bert"}'},
        "no json": {"config.json": "{"},
        "newer": {"config.json": json.dumps(config | {"format_version": FORMAT_VERSION + 1})},
        "pickle": {"model.safetensors": None, "pytorch_model.bin": b"\x80\x04."},
        "cut": {"model.safetensors": weights[:-100]},
        "sizes": {"config.json": json.dumps(config | {"intents": ["one"]})},
    }[case]
    name = f"ann/bad-{case.replace(' ', '-')}"
    push(name, files_of(repository, **changes), tmp_path / "files")
    with pytest.raises(NluError, match=message) as raised:
        load_checkpoint(name)
    assert "\n" not in str(raised.value)
    if case == "foreign":
        assert not any(Path(constants.HF_HUB_CACHE).rglob("*.safetensors")), "its weights were not even fetched"


def test_nothing_that_a_repository_holds_is_run(at_hub, repository: Path, tmp_path: Path, model, tokenizer):
    proof = tmp_path / "proof"
    evil = f"open({str(proof)!r}, 'w').write('run')\n"
    config = json.loads((repository / "config.json").read_text())
    config["auto_map"] = dict.fromkeys(("AutoConfig", "AutoModel"), "evil_bilstm_nlu.Evil")
    tokenizer_config = json.loads((repository / "tokenizer_config.json").read_text())
    tokenizer_config |= {"auto_map": {"AutoTokenizer": ["evil_bilstm_nlu.Evil", None]}, "tokenizer_class": "Evil"}
    changes: dict[str, bytes | str | None] = {
        path.name: evil.encode() + path.read_bytes() for path in repository.glob("*.py")
    }
    changes |= {
        "evil_bilstm_nlu.py": evil,
        "sitecustomize.py": evil,
        "config.json": json.dumps(config),
        "tokenizer_config.json": json.dumps(tokenizer_config),
        "pytorch_model.bin": b"cos\nsystem\n(S'touch proof'\ntR.",
    }
    push("ann/evil", files_of(repository, **changes), tmp_path / "files")
    loaded, its_tokenizer = load_checkpoint("ann/evil")
    assert parse_with(loaded, its_tokenizer, TEXTS) == parse_with(model, tokenizer, TEXTS)
    out = pull("ann/evil", out=tmp_path / "out").folder
    assert not proof.exists() and not (out / "pytorch_model.bin").exists() and not (out / "sitecustomize.py").exists()
    with pytest.raises(NluError, match="code"):
        push_repository(out, "ann/evil-again")


def test_the_lineage_leads_from_commit_to_commit(at_hub, pushed: str, tokenizer, tmp_path: Path):
    child = odd_model()
    base = CardData.from_model("child", child, base_model="ann/odd", base_model_revision=pushed)
    first = push_repository(write_repository(tmp_path / "child", child, tokenizer, base), "ann/child").commit
    card_data = CardData.from_model("grandchild", child, base_model="ann/child", base_model_revision=first)
    grandchild = write_repository(tmp_path / "grandchild", child, tokenizer, card_data)
    assert lineage(grandchild) == [(str(grandchild), None), ("ann/child", first), ("ann/odd", pushed)]
    assert lineage("ann/child", "main") == [("ann/child", first), ("ann/odd", pushed)]
    push("ann/circle", {"README.md": "---\nbase_model: ann/circle\n---\n"}, tmp_path / "circle")
    with pytest.raises(NluError, match="'ann/circle'"):
        lineage("ann/circle", HfApi().model_info("ann/circle").sha)
    (tmp_path / "folder" / "README.md").parent.mkdir()
    (tmp_path / "folder" / "README.md").write_text("---\nbase_model: ../grandchild\n---\n")
    assert lineage(tmp_path / "folder") == [(str(tmp_path / "folder"), None)], "a card names no folder here"
    shutil.rmtree(tmp_path / "folder")
    with pytest.raises(NluError, match="'ann/nothing'"):
        lineage("ann/nothing")


def test_a_folder_that_was_pulled_knows_its_commit(at_hub, pushed: str, model, tokenizer, tmp_path: Path):
    out = pull("ann/odd", "v1", out=tmp_path / "out").folder
    assert source_of(load_checkpoint(out)[0]) == source_of(BiLstmNluForIntentAndSlots.from_pretrained(out))
    assert source_of(load_checkpoint(out)[0]) == ("ann/odd", pushed) and lineage(out) == [("ann/odd", pushed)]
    done = push_repository(out, "ann/odd")
    assert done.commit == pushed and not done.changes, "the note of where it came from is not pushed"
    assert ORIGIN_FILE not in HfApi().list_repo_files("ann/odd")
    assert source_of(load_checkpoint(refresh_repository(out))[0]) == ("ann/odd", pushed), "with the card written again"
    other = odd_model()
    with torch.no_grad():
        other.intent_head.weight.add_(1)
    other.save_pretrained(out)
    name, revision = source_of(load_checkpoint(out)[0])
    assert name == "out" and str(revision).startswith("sha256:") and lineage(out) == [(str(out), None)]
    pull("ann/odd", out=out)
    write_repository(out, other, tokenizer)
    assert not (out / ORIGIN_FILE).exists() and source_of(load_checkpoint(out)[0]) == (name, revision)


@pytest.mark.parametrize("text", ["{", "[]", '{"repo_id": "a/b"}', '{"repo_id": "a/b", "commit": "c", "weights": {}}'])
def test_a_damaged_note_of_the_origin_says_nothing(text: str, repository: Path, tmp_path: Path):
    folder = Path(shutil.copytree(repository, tmp_path / "odd"))
    (folder / ORIGIN_FILE).write_text(text)
    assert str(source_of(load_checkpoint(folder)[0])[1]).startswith("sha256:")


def test_equal_models_are_equal_commits_after_a_round_trip(at_hub, pushed: str, tmp_path: Path):
    loaded, tokenizer = load_checkpoint("ann/odd")
    again = write_repository(tmp_path / "odd", loaded, tokenizer)
    done = push_repository(again, "ann/odd")
    assert done.commit == pushed and not done.changes
    assert all(
        torch.equal(a, b) for a, b in zip(loaded.state_dict().values(), odd_model().state_dict().values(), strict=True)
    )
