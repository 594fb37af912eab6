"""What a stranger's repository, a lying hub and this package's own source may not do."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile_hub import COMMIT, HostileHub
from huggingface_hub.utils import disable_progress_bars
from odd_checkpoints import PACKAGE, TEXTS

from modeling_bilstm_nlu import NluError
from modeling_bilstm_nlu.hub import load_checkpoint, pull, push_repository, write_repository
from modeling_bilstm_nlu.hub.card_data import parse_with

disable_progress_bars()

_UNPICKLING = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
_REFUSED_ARGUMENTS = {"trust_remote_code", "weights_only", "allow_pickle"}
#: What a file must hold as a word to be worth parsing.
_SUSPICIOUS = re.compile(rf"\b({'|'.join({*_UNPICKLING, *_REFUSED_ARGUMENTS, 'load'})})\b")


@pytest.fixture(scope="module")
def files(model, tokenizer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Name -> content of a good repository."""
    folder = write_repository(tmp_path_factory.mktemp("trust") / "odd", model, tokenizer)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def lying(as_client: Callable[..., Path], monkeypatch) -> Iterator[Callable[..., HostileHub]]:
    """Starts a lying hub, with this process as its client."""
    started: list[HostileHub] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)

    def start(*args, **kwargs) -> HostileHub:
        started.append(HostileHub(*args, **kwargs))
        as_client(started[-1].url)
        return started[-1]

    yield start
    for hub in started:
        hub.close()


def test_nothing_in_the_package_unpickles_or_asks_for_remote_code():
    for path in PACKAGE.rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        if not _SUSPICIOUS.search(code):
            continue
        for node in ast.walk(ast.parse(code)):
            where = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                assert not {name.partition(".")[0] for name in names} & _UNPICKLING, where
            elif isinstance(node, ast.Attribute) and node.attr == "load" and isinstance(node.value, ast.Name):
                assert node.value.id not in {"torch", *_UNPICKLING}, f"{where}: torch.load reads pickles"
            elif isinstance(node, ast.keyword) and node.arg in _REFUSED_ARGUMENTS:
                pytest.fail(f"{where}: {node.arg} is not needed here")


@pytest.mark.parametrize("name", ["../../../evil.json", "/tmp/evil-of-the-hub.json", "..", "a/../../../../evil.json"])
def test_names_that_lead_elsewhere_lead_nowhere(name: str, lying, files, tmp_path: Path, model, tokenizer):
    lying({**files, name: b"{}"})
    loaded, its_tokenizer = load_checkpoint("evil/x")
    assert parse_with(loaded, its_tokenizer, TEXTS) == parse_with(model, tokenizer, TEXTS)
    assert set(pull("evil/x", out=tmp_path / "out").files) == set(files)
    assert not list(tmp_path.rglob("evil*")) and not Path("/tmp/evil-of-the-hub.json").exists()
    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("name", ["<script>alert(1)", "ann/<script>", "../evil", "ann/..", "ann/x\n", "ann/--x"])
def test_names_that_are_none_are_refused_before_anything_is_asked(name: str, as_client, files, tmp_path: Path):
    as_client("http://127.0.0.1:9")  # nobody listens there
    folder = tmp_path / "odd"
    folder.mkdir()
    for file, content in files.items():
        (folder / file).write_bytes(content)
    for refused in (
        lambda: pull(name),
        lambda: pull(name, out=tmp_path / "out"),
        lambda: push_repository(folder, name),
    ):
        with pytest.raises(NluError, match="owner/name") as raised:
            refused()
        assert "\n" not in str(raised.value)
    assert {path.name for path in tmp_path.iterdir()} <= {"odd", "cache"}


@pytest.mark.parametrize("commit", ["../../../../evil", "main", "", "0123"])
def test_a_commit_that_is_none_is_refused(commit: str, lying, files, tmp_path: Path):
    lying(files, commit=commit)
    with pytest.raises(NluError, match="evil/x"):
        load_checkpoint("evil/x")
    assert not list(tmp_path.rglob("evil")) and not list(tmp_path.parent.glob("evil*"))


def test_a_hash_that_leads_elsewhere_is_refused(lying, files, tmp_path: Path):
    lying(files, etag="../../../../evil")
    with pytest.raises(NluError, match="evil/x"):
        load_checkpoint("evil/x")
    assert not list(tmp_path.rglob("evil")) and not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "slot_catalogs.json"])
def test_a_content_that_does_not_fit_its_hash_is_refused_and_kept_nowhere(name: str, lying, files, tmp_path: Path):
    content = files[name]
    hub = lying(files, forged={name: content[:-2] + b" }" if name.endswith("json") else content[:-1] + b"?"})
    if content == hub.forged[name]:
        hub.forged[name] = content[:-2] + b"\n}"
    with pytest.raises(NluError, match=name):
        load_checkpoint("evil/x")
    assert not list((tmp_path / "cache").rglob(name))
    hub.forged.clear()
    assert pull("evil/x").commit == COMMIT
