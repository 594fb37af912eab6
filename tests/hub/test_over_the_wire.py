"""From end to end over HTTP: pretrain, push, a stranger pulls, fine-tune, push, follow the lineage; and faults."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from cutting_proxy import CuttingProxy
from full_disk import full_disk
from huggingface_hub import HfApi, ModelCard, constants
from huggingface_hub.utils import disable_progress_bars
from odd_checkpoints import HUB_FILES, TEXTS, odd_model
from running_hub import RunningHub
from toy_domain import SMALL, toy_domain
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu import (
    BiLstmNluForIntentAndSlots,
    NluError,
    NluTrainer,
    NluTrainingArguments,
    TransferTrainer,
    build_model,
)
from modeling_bilstm_nlu.hub import lineage, load_checkpoint, pull, push_repository, verify, write_repository
from modeling_bilstm_nlu.hub.card_data import parse_with
from modeling_bilstm_nlu.hub.integrity import sha256_of

publishing = importlib.import_module("modeling_bilstm_nlu.hub.publish")  # the module; the package has its function
disable_progress_bars()

#: What a process without this package does; its cache is new.
STRANGER = """
import json, sys

class Blocker:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "modeling_bilstm_nlu":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker)
import torch
from transformers import AutoModel, AutoTokenizer, pipeline
torch.set_num_threads(1)
repo_id, revision, texts = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
where = {"revision": revision, "trust_remote_code": True}
nlu = pipeline(model=repo_id, device="cpu", **where)
batch = nlu.tokenizer(texts, padding=True, return_tensors="pt")
output = nlu.model(**batch)
print(json.dumps({
    "frames": [nlu(text) for text in texts],
    "intent_logits": output.intent_logits.tolist(),
    "slot_logits": output.slot_logits.tolist(),
    "module": type(nlu.model).__module__,
}))
"""


def arguments(folder: Path, **more: object) -> NluTrainingArguments:
    options: dict = {"max_steps": 30, "learning_rate": 1e-2, "per_device_train_batch_size": 16, "eval_steps": 10}
    options |= {"eval_strategy": "steps", "use_cpu": True, "disable_tqdm": True, "logging_strategy": "no"} | more
    return NluTrainingArguments(output_dir=str(folder), **options)


@dataclass
class Generic:
    trainer: NluTrainer
    url: str
    commit: str
    texts: list[str]


@pytest.fixture(scope="module")
def generic(hub: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generic]:
    """A generic checkpoint, pretrained and pushed as `ann/generic`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", hub.url)
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setenv("HF_TOKEN", "secret-of-ann")
        patch.setattr(publishing, "verify_repository", lambda *_, **__: [])  # seconds; it has its own tests
        domain = toy_domain("mature")
        args = arguments(tmp_path_factory.mktemp("generic"), hub_model_id="ann/generic")
        trainer = NluTrainer(build_model(domain, **SMALL), args, domain)
        trainer.train()
        url = trainer.push_to_hub("A generic checkpoint", tag="v1")
        commit = HfApi().model_info("ann/generic").sha
    assert url == f"{hub.url}/ann/generic/commit/{commit}"
    yield Generic(trainer, url, str(commit), domain.splits["test"]["text"][:10])


@pytest.mark.slow
def test_a_stranger_with_an_empty_cache_answers_bit_for_bit(hub: RunningHub, generic: Generic):
    given = [sys.executable, "-c", STRANGER, "ann/generic", "v1", json.dumps(generic.texts)]
    answer = json.loads(hub.command(*given).splitlines()[-1])
    model, tokenizer = generic.trainer.bare_model.eval(), generic.trainer.processing_class
    output = model(**tokenizer(generic.texts, padding=True, return_tensors="pt"))
    assert torch.equal(torch.tensor(answer["intent_logits"]), output.intent_logits)
    assert torch.equal(torch.tensor(answer["slot_logits"]), output.slot_logits)
    assert answer["frames"] == parse_with(model, tokenizer, generic.texts)
    assert any(frame["slots"] for frame in answer["frames"])
    assert answer["module"].startswith("transformers_modules.") and generic.commit in answer["module"]


@pytest.fixture
def unverified(monkeypatch) -> None:
    """Leaves out the check in a process without the package, which takes seconds and has its own tests."""
    for module in (publishing, verify):
        monkeypatch.setattr(module, "verify_repository", lambda *_, **__: [])


def test_the_repository_is_complete_and_an_equal_push_adds_nothing(at_hub: RunningHub, generic: Generic, unverified):
    files = set(HfApi().list_repo_files("ann/generic"))
    assert {"model.safetensors", "learning_curve.json", "learning_curve.png", "metrics.json", *HUB_FILES} <= files
    assert generic.trainer.push_to_hub("again") == generic.url
    pulled = pull("ann/generic")
    card = (pulled.folder / "README.md").read_text()
    for name, path in HUB_FILES.items():
        assert (pulled.folder / name).read_bytes() == path.read_bytes()
        assert f"| `{name}` | `{sha256_of(path)}` |" in card
    assert "](learning_curve.png)" in card and " ms " in card
    assert 'pipeline(model="ann/generic", trust_remote_code=True)' in card


def test_what_is_fine_tuned_from_it_knows_its_lineage(
    at_hub: RunningHub, generic: Generic, unverified, tmp_path: Path
):
    model = BiLstmNluForIntentAndSlots.from_pretrained("ann/generic", revision="v1")
    domain = toy_domain("garden", num_train=40, seed=1)
    args = arguments(tmp_path / "garden", hub_model_id="ann/garden", max_steps=5, eval_strategy="no")
    trainer = TransferTrainer(model, args, domain)
    trainer.train()
    trainer.push_to_hub()
    assert lineage("ann/garden")[1:] == [("ann/generic", generic.commit)]
    card = ModelCard.load("ann/garden")
    assert (card.data.base_model, card.data.base_model_relation) == ("ann/generic", "finetune")
    assert card.data.to_dict()["base_model_revision"] == generic.commit
    assert f"Fine-tuned from `ann/generic`, revision `{generic.commit}`." in card.text
    loaded, tokenizer = load_checkpoint("ann/garden")
    assert parse_with(loaded, tokenizer, TEXTS) == parse_with(trainer.bare_model, tokenizer, TEXTS)


def test_the_command_pushes_and_pulls(at_hub: RunningHub, model, tokenizer, unverified, tmp_path: Path):
    folder = write_repository(tmp_path / "odd", model, tokenizer)

    def run(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == 0, result.output
        return result.output

    assert "would push to a new repository, ann/typed:\n  added  README.md" in run(
        "push", folder, "ann/typed", "--dry-run"
    )
    assert not HfApi().repo_exists("ann/typed")
    said = run("push", folder, "ann/typed", "--private", "--branch", "dev", "--tag", "v1", "-m", "Typed")
    commit = HfApi().list_repo_commits("ann/typed", revision="dev")[0]
    assert "without this package" in said and commit.title == "Typed"
    assert f"{at_hub.url}/ann/typed/commit/{commit.commit_id}" in said
    assert HfApi().model_info("ann/typed").private
    said = run("pull", "ann/typed", "--revision", "v1", "--out", tmp_path / "out", "--lineage")
    assert "ann/typed" in said and commit.commit_id in said and "intact" in said
    assert "card" in said.splitlines()[-1]
    assert run("card", tmp_path / "out").startswith("---\nlibrary_name: transformers")
    assert "written: " in run("card", tmp_path / "out", "--write")
    failed = CliRunner().invoke(app, ["pull", "ann/nothing"])
    assert failed.exit_code == 1 and failed.output.startswith("error: ") and "'ann/nothing'" in failed.output
    failed = CliRunner().invoke(app, ["push", "nowhere", "ann/nothing"])
    assert "'nowhere'" in failed.output and "`bilstm-nlu pull`" in failed.output and failed.output.count("\n") == 1


@pytest.fixture(scope="module")
def heavy(tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with 1.5 MB of weights. Read it, do not change it."""
    model = odd_model(vocabulary_size=4096, word_dim=96)
    return write_repository(tmp_path_factory.mktemp("heavy") / "heavy", model, tokenizer)


@pytest.fixture
def proxy(hub: RunningHub, as_client: Callable[..., Path], monkeypatch) -> Iterator[CuttingProxy]:
    """A bad cable to the hub, with this process at its other end; the client's waits before retries take no time."""
    proxy = CuttingProxy(hub.url)
    as_client(proxy.url)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    yield proxy
    proxy.close()


def test_a_download_that_is_cut_goes_on_where_it_stopped(proxy: CuttingProxy, heavy: Path):
    push_repository(heavy, "ann/cut-once")
    proxy.cut(down=400_000, times=1)
    pulled = pull("ann/cut-once")
    assert proxy.num_cuts == 1
    assert sha256_of(pulled.folder / "model.safetensors") == sha256_of(heavy / "model.safetensors")


def test_a_download_that_is_cut_again_and_again_says_so_and_a_retry_succeeds(proxy: CuttingProxy, heavy: Path):
    push_repository(heavy, "ann/cut-often")
    proxy.cut(down=60_000)
    with pytest.raises(NluError, match="connection") as raised:
        pull("ann/cut-often")
    assert "\n" not in str(raised.value) and proxy.num_cuts > 1
    proxy.repair()
    pulled = pull("ann/cut-often")
    assert sha256_of(pulled.folder / "model.safetensors") == sha256_of(heavy / "model.safetensors")


@pytest.mark.parametrize("is_there", [False, True])
def test_an_upload_that_is_cut_changes_nothing_and_a_retry_succeeds(
    is_there: bool, proxy: CuttingProxy, heavy: Path, model, tokenizer, tmp_path: Path
):
    name, before = f"ann/uncut-{is_there}", None
    if is_there:
        before = push_repository(write_repository(tmp_path / "odd", model, tokenizer), name).commit
    proxy.cut(up=200_000)
    with pytest.raises(NluError, match=f"'{name}'.*connection"):
        push_repository(heavy, name)
    proxy.repair()
    assert HfApi().repo_exists(name) == is_there
    if is_there:
        assert HfApi().model_info(name).sha == before
    assert push_repository(heavy, name).commit != before
    assert sha256_of(pull(name).folder / "model.safetensors") == sha256_of(heavy / "model.safetensors")


def test_a_full_disk_is_one_line_and_loses_nothing(at_hub: RunningHub, heavy: Path, model, tokenizer, tmp_path: Path):
    push_repository(heavy, "ann/full")
    out = write_repository(tmp_path / "out", model, tokenizer)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with full_disk(500_000), pytest.raises(NluError, match=r"\bdisk"):
        pull("ann/full")
    pull("ann/full")
    with full_disk(500_000), pytest.raises(NluError, match=r"\bdisk"):
        pull("ann/full", out=out)
    with full_disk(500_000), pytest.raises(OSError, match="model.safetensors"):
        write_repository(out, *load_checkpoint(heavy))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "out"}
    assert pull("ann/full", out=out).files


def test_a_content_that_rots_on_the_hub_is_never_taken_for_the_file(
    hub: RunningHub, proxy: CuttingProxy, tokenizer, tmp_path: Path
):
    repository = write_repository(tmp_path / "rot", odd_model(word_dim=7), tokenizer)
    push_repository(repository, "ann/rotten")
    digest = sha256_of(repository / "model.safetensors")
    stored = hub.root / "contents" / digest[:2] / digest
    content = stored.read_bytes()
    stored.chmod(0o644)
    stored.write_bytes(content[:-1] + b"?")
    with pytest.raises(NluError, match="ann/rotten") as raised:
        pull("ann/rotten")
    assert "\n" not in str(raised.value)
    stored.write_bytes(content)
    assert sha256_of(pull("ann/rotten").folder / "model.safetensors") == digest
