"""The scripts: thin, and each does what its recipe says."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner, Result

from modeling_bilstm_nlu.training.recipes import load_recipe

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))
sys.path.append(str(ROOT / "scripts"))  # where Python looks for `checkout` when it runs a script
SKILL = ROOT / "tests" / "samples" / "tea_shop.json"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(load(name).main)
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_are_thin_and_have_help(path: Path):
    assert len(path.read_text().splitlines()) <= 60
    if path.stem == "measure_pages":
        pytest.importorskip("axe_playwright_python", reason="the extra browser is not installed")
    if not hasattr(load(path.stem), "main"):
        return  # a measurement without options
    result = run(path.stem, "--help")
    assert result.exit_code == 0 and "Usage:" in result.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_find_what_is_not_installed(path: Path):
    source = path.read_text()
    if re.search("^from research|^import research", source, re.MULTILINE):
        assert "import checkout" in source.partition("from research")[0], "research is found by it"


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.yaml").write_text(
        "model: {vocabulary_size: 64, ngram_buckets: 64, shared_hidden: 8, slot_hidden: 8, intent_hidden: 8}\n"
        "training: {max_steps: 2}\noutput_dir: generic\n"
    )
    (tmp_path / "transfer.yaml").write_text("base: {}\ntraining: {max_steps: 2}\noutput_dir: tuned\n")
    return tmp_path


def test_pretrain_and_finetune(recipes: Path):
    result = run("pretrain", "train.yaml", "--data", str(SKILL), "--quiet")
    assert result.exit_code == 0 and "generic" in result.stdout
    result = run("finetune", "transfer.yaml", "--base", "generic", "--data", str(SKILL), "--set", "seed=2")
    assert result.exit_code == 0 and "generic" in result.stdout and "tuned" in result.stdout
    assert load_recipe(recipes / "tuned" / "recipe.yaml").seed == 2


@pytest.mark.parametrize(
    "name, arguments, message",
    [
        ("pretrain", ["transfer.yaml"], "scripts/finetune.py"),
        ("finetune", ["train.yaml"], "scripts/pretrain.py"),
        ("pretrain", ["train.yaml"], "data"),
        ("finetune", ["transfer.yaml", "--data", str(SKILL)], "generic checkpoint"),
        ("pretrain", ["train.yaml", "--data", "missing.json"], "missing.json"),
    ],
)
def test_bad_input_ends_with_one_line(recipes: Path, name: str, arguments: list[str], message: str):
    result = run(name, *arguments)
    assert result.exit_code and message in " ".join(result.stderr.split())
