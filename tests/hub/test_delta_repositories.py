"""Deltas on a real hub: saved, pushed next to their base, pulled, and put together again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from huggingface_hub import HfApi
from huggingface_hub.utils import disable_progress_bars
from odd_checkpoints import HUB_FILES, TEXTS, odd_model
from running_hub import RunningHub
from transformers import AutoModel, PreTrainedTokenizerFast, pipeline
from typer.testing import CliRunner

import bilstm_nlu
from bilstm_nlu.cli.main import app
from bilstm_nlu.runtime.delta_file import DELTA_FILE, DELTA_WEIGHTS, read_reference
from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, NluError
from modeling_bilstm_nlu.hub import (
    CardData,
    load_checkpoint,
    pull,
    push_repository,
    put_together,
    refresh_repository,
    run_as_stranger,
    save_delta,
    write_repository,
)
from modeling_bilstm_nlu.hub.delta_code import DELTA_CODE
from modeling_bilstm_nlu.hub.integrity import sha256_of

disable_progress_bars()


@pytest.fixture(scope="module")
def base(model: BiLstmNluForIntentAndSlots, tokenizer: PreTrainedTokenizerFast, tmp_path_factory) -> Path:
    """Read it, do not change it."""
    return write_repository(tmp_path_factory.mktemp("delta") / "base", model, tokenizer, packed=True)


@pytest.fixture(scope="module")
def skill(base: Path, tokenizer: PreTrainedTokenizerFast) -> Path:
    """A checkpoint whose card names the base. Read it, do not change it."""
    model = odd_model()
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in (*model.encoder.shared.parameters(), *model.slot_stack.parameters()):
            weight += 0.1 * torch.randn_like(weight)
        model.encoder.embeddings.words.weight[3:7] += 1
        model.intent_head.weight.uniform_(-1, 1)
    card_data = CardData.from_model("ann/skill", model, tokenizer, base_model="ann/base")
    return write_repository(base.with_name("skill"), model, tokenizer, card_data, packed=True)


@pytest.fixture
def delta(base: Path, skill: Path) -> Path:
    """The delta of the skill, next to its base."""
    return save_delta(skill, base.with_name("saved"), base=base, texts=TEXTS).folder


def frames(path: Path | str, **options: object) -> list:
    return bilstm_nlu.load(path, **options)(TEXTS, exact=False, normalise=None)


def test_a_delta_is_smaller_and_has_the_companions_but_no_weights_and_no_code(base: Path, skill: Path):
    saved = save_delta(skill, base.with_name("small"), base=base)
    names = {path.name for path in saved.folder.iterdir()}
    assert names == {path.name for path in skill.iterdir()} - set(HUB_FILES) - {"model.safetensors"} | {
        DELTA_FILE,
        DELTA_WEIGHTS,
        DELTA_CODE,
    }
    assert saved.share < 0.5 and saved.num_bytes == sum(path.stat().st_size for path in saved.folder.iterdir())
    assert not saved.is_exact and saved.num_texts > 3
    reference = read_reference(saved.folder)
    assert (reference.name, reference.sha256) == ("base", sha256_of(base / "model.safetensors"))


def test_every_door_opens_a_delta_with_the_same_frames(delta: Path, skill: Path, tmp_path: Path):
    whole = put_together(delta, tmp_path / "whole")
    expected = frames(whole)
    assert frames(delta) == expected
    for model, tokenizer in (load_checkpoint(delta), load_checkpoint(whole)):
        pipe = pipeline("intent-and-slots", model=model, tokenizer=tokenizer, device="cpu")
        for frame, wanted in zip(pipe(TEXTS, exact=False, normalise=None), expected, strict=True):
            assert {**frame, "score": 0} == {**wanted, "score": 0}
            assert frame["score"] == pytest.approx(wanted["score"], abs=1e-4)
    one, other = AutoModel.from_pretrained(delta).state_dict(), AutoModel.from_pretrained(whole).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in other) and one.keys() == other.keys()
    names = {path.name for path in skill.iterdir()}
    assert {path.name for path in whole.iterdir()} == names
    for name in names - {"model.safetensors", "config.json"}:
        assert (whole / name).read_bytes() == (skill / name).read_bytes(), name
    assert json.loads((whole / "config.json").read_text()) == json.loads((skill / "config.json").read_text())


def test_without_the_package_the_code_names_the_cure(delta: Path):
    code = """
from transformers import pipeline
try:
    pipeline(model=given["folder"], trust_remote_code=True)
except ImportError as error:
    answer = str(error)
"""
    answer = str(run_as_stranger(code, {"folder": str(delta)}))
    assert str(delta) in answer and "bilstm-nlu" in answer


def test_differences_that_change_a_frame_are_stored_whole(base: Path, skill: Path, monkeypatch: pytest.MonkeyPatch):
    seen = []

    def unequal(folder: Path, build: Path, *_: object) -> list[str]:
        seen.append((build / DELTA_WEIGHTS).stat().st_size)
        return ["a text"] if len(seen) == 1 else []

    monkeypatch.setattr("modeling_bilstm_nlu.hub.delta._unequal", unequal)
    saved = save_delta(skill, base.with_name("exact"), base=base)
    assert saved.is_exact and seen[0] < seen[1]
    monkeypatch.setattr("modeling_bilstm_nlu.hub.delta._unequal", lambda *_: ["what now"])
    before = {path.name: path.read_bytes() for path in saved.folder.iterdir()}
    with pytest.raises(NluError, match="what now"):
        save_delta(skill, saved.folder, base=base)
    assert before == {path.name: path.read_bytes() for path in saved.folder.iterdir()}, "the old one is kept"


def test_a_delta_needs_a_whole_checkpoint_and_its_base(delta: Path, base: Path, skill: Path, tmp_path: Path):
    bare = shutil.copytree(skill, tmp_path / "bare")
    (bare / "card.json").unlink()
    with pytest.raises(NluError, match="base") as error:
        save_delta(bare, tmp_path / "out")
    assert str(bare) in str(error.value)
    for folder, of in ((delta, base), (skill, delta), (skill, tmp_path)):
        with pytest.raises(NluError):
            save_delta(folder, tmp_path / "out", base=of)
    with pytest.raises(NluError, match="is a delta"):
        refresh_repository(delta)
    with pytest.raises(NluError, match="not a delta"):
        put_together(skill, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_push_needs_the_base_on_the_hub(at_hub: RunningHub, base: Path, skill: Path, delta: Path):
    with pytest.raises(NluError, match="bilstm-nlu push base ann/base"):
        push_repository(delta, "ann/early")
    assert not HfApi().repo_exists("ann/early")
    push_repository(skill, "ann/base")
    with pytest.raises(NluError, match="ann/base"):
        push_repository(delta, "ann/early")
    commit = push_repository(base, "ann/base").commit
    push_repository(delta, "ann/early")
    content = json.loads(Path(HfApi().hf_hub_download("ann/early", DELTA_FILE)).read_text())
    assert content["base"] == {
        "name": "ann/base",
        "revision": commit,
        "sha256": sha256_of(base / "model.safetensors"),
    }
    assert not push_repository(delta, "ann/early").changes


def test_a_delta_is_pulled_with_its_base(
    at_hub: RunningHub, as_client: Callable[..., Path], base: Path, skill: Path, delta: Path, tmp_path: Path
):
    expected = frames(put_together(delta, tmp_path / "here"))
    push_repository(base, "ann/base")
    push_repository(delta, "ann/skill")
    as_client(at_hub.url, cache=tmp_path / "fresh")
    kept = pull("ann/skill", out=tmp_path / "pulled" / "kept", keep_delta=True)
    assert (kept.folder / DELTA_FILE).is_file() and frames(kept.folder) == expected
    whole = pull("ann/skill", out=tmp_path / "pulled" / "whole")
    assert DELTA_FILE not in whole.files and frames(whole.folder) == expected
    assert frames("ann/skill") == expected
    assert {**load_checkpoint("ann/skill")[0].config.to_dict()}["intents"] == ["ask", "play_music", "none"]
    push_repository(skill, "ann/skill")
    assert DELTA_FILE not in HfApi().list_repo_files("ann/skill"), "a whole checkpoint replaces the delta"


def test_the_command_pushes_exports_and_puts_together(
    at_hub: RunningHub, base: Path, skill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        return result.output

    push_repository(base, "ann/base")
    assert "pushed to ann/by-command" in run("push", skill, "ann/by-command", "--delta", "--base", base)
    assert DELTA_FILE in HfApi().list_repo_files("ann/by-command")
    run("export", skill, "--format", "delta", "--out", "exported", "--base", base)
    run("export", "exported", "--format", "checkpoint", "--out", "again", "--base", base)
    run("export", "exported", "--out", "one.nlu", "--base", base)
    assert frames(tmp_path / "again") == frames(tmp_path / "one.nlu")
    result = CliRunner().invoke(app, ["push", str(skill), "ann/x", "--base", str(base)])
    assert result.exit_code != 0 and "--delta" in result.output


def test_an_embedded_checkpoint_can_be_pushed(at_hub: RunningHub, base: Path, monkeypatch, tmp_path: Path):
    embedded = tmp_path / "generic" / "tiny-generic"
    shutil.copytree(base, embedded, ignore=shutil.ignore_patterns("*.py"))
    for module in ("embedded", "delta"):
        monkeypatch.setattr(f"modeling_bilstm_nlu.hub.{module}.EMBEDDED", embedded.parent)
    result = CliRunner().invoke(app, ["push", "tiny-generic", "ann/tiny-generic"])
    assert result.exit_code == 0, result.output
    files = HfApi().list_repo_files("ann/tiny-generic")
    assert "modeling_bilstm_nlu.py" in files
    copy = HfApi().hf_hub_download("ann/tiny-generic", "model.safetensors")
    assert sha256_of(Path(copy)) == sha256_of(base / "model.safetensors")
