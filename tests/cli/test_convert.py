"""`bilstm-nlu convert` and `formats`: from any format to any, whole or not at all, with what was lost."""

import json
from pathlib import Path

import pytest
from datasets import load_dataset
from toy_domain import toy_domain
from typer.testing import CliRunner, Result

from bilstm_nlu.cli.main import app
from modeling_bilstm_nlu.data import available_writers, read, write_domain
from modeling_bilstm_nlu.data.drop_reasons import DropReason

SKILL = Path(__file__).resolve().parents[1] / "samples" / "tea_shop.json"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def error_of(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1, result.output
    return result.stderr.strip()


@pytest.mark.parametrize(
    "target, format",
    [
        ("out.jsonl", None),
        ("out", "jsonl"),
        ("out.conll", None),
        ("out", "conll"),
        ("out.csv", None),
        ("out.tsv", None),
        ("out.yml", None),
        ("out.json", None),
        ("out", "dataset"),
    ],
)
def test_a_skill_to_every_format(tmp_path, target, format):
    result = run("convert", SKILL, tmp_path / target, *(["--to", format] if format else []))
    assert result.exit_code == 0 and result.stderr == "", result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("tea shop: ") and " train utterances; " in lines[0]
    name = format or {"csv": "table", "tsv": "table", "yml": "rasa", "json": "ask"}.get(
        target.partition(".")[2], target.partition(".")[2]
    )
    assert f"written as {name}: {tmp_path / target}" in lines
    raw = read(tmp_path / target)
    assert {row.intent for row in raw.splits["train"]} == {row.intent for row in read(SKILL).splits["train"]}
    assert [path.name for path in tmp_path.iterdir()] == [target]


def test_what_was_lost_is_said(tmp_path):
    write_domain(toy_domain(num_train=20), tmp_path / "toy", "jsonl")
    lines = run("convert", tmp_path / "toy", tmp_path / "all.conll").stdout.splitlines()
    assert lines[2:] == [
        f"  not kept, {DropReason.SPLITS_IN_ONE_FILE}: 40",
        f"  not kept, {DropReason.SLOT_CATALOGS_IN_CONLL}: 2",
    ]


def test_the_fill_is_asked_for(tmp_path):
    for name, *options in (("a",), ("b", "--seed", 0), ("c", "--seed", 1), ("d", "--max-per-carrier", 1)):
        assert run("convert", SKILL, tmp_path / f"{name}.jsonl", *options).exit_code == 0
    texts = {name: (tmp_path / f"{name}.jsonl").read_text() for name in "abcd"}
    assert texts["a"] == texts["b"] != texts["c"] and len(texts["d"]) < len(texts["a"])
    message = error_of(run("convert", tmp_path / "a.jsonl", tmp_path / "e.jsonl", "--max-per-carrier", 3))
    assert "format 'jsonl' has no option max_per_carrier" in message


def test_a_dataset_repository_is_opened_by_datasets(tmp_path):
    write_domain(toy_domain(num_train=20), tmp_path / "toy", "jsonl")
    assert run("convert", tmp_path / "toy", tmp_path / "repository", "--to", "dataset").exit_code == 0
    opened = load_dataset(str(tmp_path / "repository"))
    assert opened.num_rows == {"train": 20, "validation": 20, "test": 20}
    assert run("check-data", tmp_path / "repository").stdout.startswith("domain repository\n")


def test_data_without_a_train_split(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "test.jsonl").write_text('{"text": "play it", "intent": "play", "spans": []}\n')
    for target, format in (("a.jsonl", None), ("b", "dataset"), ("c", "conll"), ("d.csv", None), ("e.json", None)):
        result = run("convert", tmp_path / "in", tmp_path / target, *(["--to", format] if format else []))
        assert result.exit_code == 0, result.output
    assert list(read(tmp_path / "b").splits) == ["test"]
    assert "train" in error_of(run("convert", tmp_path / "in", tmp_path / "f.yml"))


@pytest.mark.parametrize(
    "content, message",
    [
        ('{"text": "fine"}\n' + 4 * '{"text": ""}\n', "line 2"),
        ('{"text": "fine", "spans": [{"slot": "a", "start": 0, "end": 9}]}', "line 1"),
        ("", "utterances"),
    ],
)
def test_broken_input_is_named_and_nothing_is_written(tmp_path, content, message):
    path = tmp_path / "in.jsonl"
    path.write_text(content)
    for target, format in (("out.jsonl", "jsonl"), ("out", "dataset"), ("new/out.yml", "rasa")):
        line = error_of(run("convert", path, tmp_path / target, "--to", format))
        assert line.startswith("error: ") and str(path) in line and message in line
        assert [file.name for file in tmp_path.iterdir()] == ["in.jsonl"]


def test_nothing_is_overwritten_unless_asked(tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    line = error_of(run("convert", tmp_path / "not-even-read", out))
    assert line.startswith(f"error: {out} ") and "--overwrite" in line
    assert out.read_text() == "mine"
    assert run("convert", SKILL, out, "--overwrite").exit_code == 0
    assert run("convert", out, out, "--overwrite").exit_code == 0
    assert read(out).splits["train"] == read(SKILL).splits["train"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["out"], "ask, clu, conll, dataset, jsonl, lex, rasa, snips-dataset, table"),
        (["out.jsonl", "--to", "nope"], "'nope'"),
        (["out.jsonl", "--from", "nope"], "'nope'"),
        (["out.gz", "--to", "jsonl"], ".jsonl"),
    ],
)
def test_formats_that_do_not_go(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in error_of(run("convert", SKILL, *arguments))
    assert list(tmp_path.iterdir()) == []


def test_the_licence_goes_with_the_data(shared_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("BILSTM_NLU_DATA", str(shared_dir / "data"))
    result = run("convert", "snips", tmp_path / "snips.jsonl")
    assert result.exit_code == 0, result.output
    assert "cc0-1.0" in result.stdout


def test_formats_for_people_and_programs():
    result = run("formats")
    assert result.exit_code == 0 and result.stderr == ""
    lines = [line.split() for line in result.stdout.splitlines() if line.strip()]
    assert ["dataset", "read,", "write"] in [line[:3] for line in lines]
    assert ["smart_garden", "embedded"] in [line[:2] for line in lines]
    assert ["massive", "cc-by-4.0", "18", "domains", "MASSIVE"] in [line[:5] for line in lines]
    document = json.loads(run("formats", "--json").stdout)
    assert {name for name, entry in document["formats"].items() if entry["written_to"] is not None} == set(
        available_writers()
    )
    assert document["formats"]["jsonl"]["options"][-2:] == ["marks", "on_error"]
    assert document["corpora"]["massive"]["licence"] == "cc-by-4.0"
    assert document["corpora"]["topv2"]["options"] == ["nested", "unsupported", "low_resource", "on_error"]
