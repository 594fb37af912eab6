"""`bilstm-nlu check-data`: a report for people and for programs, and one line where there is nothing to report."""

import json
from pathlib import Path

import pytest
from toy_domain import SMALL, toy_domain
from typer.testing import CliRunner, Result

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.data import write_domain
from modeling_bilstm_nlu.hub import write_repository
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer, count_word_keys

SKILL = Path(__file__).resolve().parents[1] / "samples" / "tea_shop.json"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def error_of(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stdout == "" and result.stderr.count("\n") == 1, result.output
    return result.stderr.strip()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_domain(toy_domain(num_train=40), tmp_path / "toy", "jsonl")
    return tmp_path / "toy"


def test_a_skill_is_checked_as_it_stands():
    result = run("check-data", SKILL)
    assert result.exit_code == 0 and result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "domain tea shop" and [line[:8] for line in lines[1:2]] == ["  train:"]
    assert any(line.startswith("  intents: ") for line in lines)
    assert any(line.startswith("    -> ") for line in lines)


def test_a_report_for_programs(data):
    result = run("check-data", data, "--json", "--min-examples", "1000", "--against", SKILL)
    document = json.loads(result.stdout)
    assert document["data"] == str(data) and document["name"] == "toy"
    assert list(document["counts"]) == ["train", "validation", "test"]
    kinds = {finding["kind"]: finding for finding in document["findings"]}
    assert kinds["rare intents"]["count"] == 2 and kinds["leakage"]["examples"]
    assert document["against"] == "tea shop" and document["overlap"]["test"]["shared"] == 0


def test_the_words_that_a_checkpoint_knows(data, tmp_path):
    model, tokenizer = BiLstmNluForIntentAndSlots(BiLstmNluConfig(**SMALL)), build_tokenizer()
    model.encoder.add_words(count_word_keys(["play put on"], tokenizer))
    write_repository(tmp_path / "model", model, tokenizer)
    vocabulary = json.loads(run("check-data", data, "--model", tmp_path / "model", "--json").stdout)["vocabulary"]
    assert vocabulary["known_distinct"] == 3 and 0 < vocabulary["known_words"] < vocabulary["words"]
    assert "vocabulary: " in run("check-data", data, "--model", tmp_path / "model").stdout
    assert str(tmp_path / "none") in error_of(run("check-data", data, "--model", tmp_path / "none"))


def test_strict_ends_with_one_if_there_are_errors(data):
    assert run("check-data", data, "--strict").exit_code == 0
    with (data / "test.jsonl").open("a") as file:
        file.write('{"text": "fly", "intent": "fly"}\n')
    assert run("check-data", data).exit_code == 0
    result = run("check-data", data, "--strict")
    assert result.exit_code == 1 and "ERROR: 1 label" in result.stdout


def test_broken_data_is_named_with_its_cure(data, tmp_path):
    with (data / "train.jsonl").open("a") as file:
        file.write('{"text": 3}\n')
    result = run("check-data", data)
    assert result.exit_code == 0 and f"{data / 'train.jsonl'}, line 41: " in result.stderr
    message = error_of(run("check-data", data, "--strict"))
    assert message.startswith(f"error: {data / 'train.jsonl'}, line 41: ") and "'text'" in message
    assert "--drop-broken" in message
    for options in (["--drop-broken"], ["--drop-broken", "--strict"]):
        result = run("check-data", data, *options)
        assert result.exit_code == 0 and "broken records: 1" in result.stdout and not result.stderr
    assert "--strict" in error_of(run("eval", data, "--drop-broken", "--strict", "--model", tmp_path))
    assert "none.jsonl" in error_of(run("check-data", tmp_path / "none.jsonl"))
    assert "none.jsonl" in error_of(run("check-data", SKILL, "--against", tmp_path / "none.jsonl"))
    assert "'x'" in error_of(run("check-data", data, "--format", "x"))


@pytest.mark.parametrize(
    "option, message",
    [
        ("intents", "name=value"),
        ("nope=3", "nope"),
        ("intents=3", "intents=3"),
        ("marks=maybe", "marks='maybe'"),
        ("format=csv", "error: format: "),
        ('intents=["nope"]', "'nope'"),
    ],
)
def test_options_of_readers(data, option, message):
    assert message in error_of(run("check-data", data, "--option", option))


def test_a_corpus_by_its_name(tmp_path):
    (tmp_path / "massive").mkdir()
    sample = (SKILL.parent / "massive_tiny.jsonl").read_text().replace('"kitchen"', '"cooking"')
    (tmp_path / "massive" / "en-US.jsonl").write_text(sample)
    result = run("check-data", "massive/cooking", "--data-dir", tmp_path, "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["name"] == "massive-cooking", result.output
    assert "--data-dir" in error_of(run("check-data", "slurp", "--data-dir", tmp_path))


def test_an_option_reaches_the_reader(data):
    result = run("check-data", data, "--option", 'intents=["play"]', "--json")
    assert json.loads(result.stdout)["counts"]["train"]["intents"] == 1
    assert run("check-data", data, "--option", "intents=play").exit_code == 0
