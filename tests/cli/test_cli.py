"""The command `bilstm-nlu`: train, parse and score, and every way to hold it wrong."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from transformers import TrainerCallback
from typer.testing import CliRunner, Result

from bilstm_nlu.cli.last_model import RUNS, default_folder
from bilstm_nlu.cli.main import app
from bilstm_nlu.normalisation import is_installed
from modeling_bilstm_nlu.hub import lineage
from modeling_bilstm_nlu.hub.embedded import DEFAULT_BASE
from modeling_bilstm_nlu.packing_bilstm_nlu import is_packed_file
from modeling_bilstm_nlu.training import runs

SKILL = Path(__file__).resolve().parents[1] / "samples" / "tea_shop.json"
SMALL = [
    argument
    for setting in (
        "model.vocabulary_size=128",
        "model.ngram_buckets=256",
        "model.shared_hidden=16",
        "model.slot_hidden=16",
        "model.intent_hidden=16",
        "training.learning_rate=1e-2",
    )
    for argument in ("--set", setting)
]


#: Keep the last weights: the best ones on 45 utterances do not know all slots.
LAST = ["--set", "training.load_best_model_at_end=false"]

LINES = "".join(f'{{"text": "green tea {n}", "intent": "order"}}\n' for n in range(2))


def run(*arguments: str, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=input)


def error_of(result: Result, code: int = 1) -> str:
    """The one line on standard error of a command that ended with a code."""
    assert result.exit_code == code, result.output
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit)
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.strip()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working directory in which a model was trained with the command."""
    before = Path.cwd()
    place = tmp_path_factory.mktemp("place")
    os.chdir(place)
    try:
        result = run("train", str(SKILL), "--steps", "150", "--no-last-fit", *LAST, *SMALL)
        assert result.exit_code == 0, result.output
        (place / "train.txt").write_text(result.stdout)
        assert result.stderr == ""
        yield place
    finally:
        os.chdir(before)


@pytest.fixture
def place(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(trained)
    return trained


def test_train_says_what_it_did(place: Path):
    lines = (place / "train.txt").read_text().splitlines()
    assert lines[0].startswith("tea shop: ") and "train" in lines[0] and "intents" in lines[0]
    assert any("--base CHECKPOINT" in line for line in lines)
    assert any(re.fullmatch("learned [0-9]+ utterances, chose .* on 45, scored on [0-9]+ .*", line) for line in lines)
    assert any(
        re.fullmatch("test: [0-9]+ utterances of 4 carrier phrases, with 95 % intervals", line) for line in lines
    )
    for label in ("intent accuracy", "slot F1", "frame accuracy"):
        assert sum(re.fullmatch(rf"{label} .* %  +\(\d+ to \d+ %\)", line) is not None for line in lines) == 1
    assert any("bilstm-nlu eval" in line for line in lines), "22 test utterances are few"
    assert any("licence: that of your data" in line for line in lines)
    (example,) = [line for line in lines if line.startswith("for example, it understands ")]
    text = example.split("'")[1]
    frame = json.loads(run("parse", text, "--json", "--model", str(place / "runs/tea_shop")).stdout)
    assert frame["accepted"] and frame["intent"] in example, "the sentence works"
    assert len(lines) <= 30 and max(map(len, lines)) <= 140
    assert any("runs/tea_shop" in line for line in lines)
    assert lines[-1].startswith("next: bilstm-nlu parse ")
    assert (place / "runs/latest").read_text() == "tea_shop\n"
    assert sorted(path.name for path in (place / "runs").iterdir()) == ["latest", "tea_shop"]


def test_parse_for_people(place: Path):
    result = run("parse", "order two cups of green tea")
    assert result.exit_code == 0 and result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "order two cups of green tea"
    assert lines[1].split()[0] in json.loads((place / "runs/tea_shop/config.json").read_text())["intents"]


def test_parse_takes_the_intents_and_values_of_a_call(place: Path, tmp_path: Path):
    (tmp_path / "teas.json").write_text('{"tea": {"Silver Needle": ["white tea"]}}')
    text = "order two cups of white tea!"
    frame = json.loads(run("parse", text, "--json", "--catalogs", str(tmp_path / "teas.json")).stdout)
    assert (frame["intent"], frame["score"]) == ("OrderTea", 1)
    assert frame["slots"][1]["resolved"] == {"value": "Silver Needle"}
    frame = json.loads(run("parse", text, "--json", "--intents", "OpenHours, Rename", "--threshold", "0").stdout)
    assert frame["intent"] in ("OpenHours", "Rename")
    assert "'Nap'" in error_of(run("parse", text, "--intents", "Nap"))
    for content, culprit in (('{"cake": ["x"]}', "cake"), ("[]", "[]"), ("{", "JSON"), ("{}", "empty")):
        (tmp_path / "teas.json").write_text(content)
        error = error_of(run("parse", text, "--catalogs", str(tmp_path / "teas.json")))
        assert "teas.json" in error and culprit in error


def test_phrases_travel_with_the_model_unless_told_otherwise(place: Path):
    own = json.loads(run("parse", "close the shop", "--json").stdout)
    assert (own["intent"], own["score"]) == ("AMAZON.StopIntent", 1)
    assert "exact_phrases.json" in (place / "runs/tea_shop/README.md").read_text()
    arguments = ("--steps", "1", "--no-phrases", "--no-last-fit", "--out", "runs/silent", "--json")
    result = run("train", str(SKILL), *arguments, *SMALL)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)  # and nothing else
    assert (told["model"], told["steps"], told["last_fit_steps"]) == ("runs/silent", 1, 0)
    assert told["num_utterances"]["test"] == told["scores"]["num_utterances"] and told["intervals"] and told["dropped"]
    assert not (place / "runs/silent/exact_phrases.json").exists()
    assert "exact_phrases.json" not in (place / "runs/silent/README.md").read_text()
    assert "keep_phrases: false" in (place / "runs/silent/recipe.yaml").read_text()
    shutil.rmtree(place / "runs/silent")
    (place / "runs/latest").write_text("tea_shop\n")


def test_parse_as_json_lines_from_standard_input(place: Path):
    texts = [
        "order two cups of green tea",
        "",
        "  ",
        "caf\u00e9 \U0001f600",
        "\u202e\u05e9\u05dc\u05d5\u05dd",
        "?!",
        "x" * 10_000,
    ]
    result = run("parse", "-", "--json", "--top-k", "2", input="\n".join(texts) + "\n")
    assert result.exit_code == 0 and result.stderr == ""
    frames = [json.loads(line) for line in result.stdout.splitlines()]
    assert [frame["text"] for frame in frames] == texts
    assert [frame["score"] == 0 for frame in frames] == [not text.strip() for text in texts]
    assert [frame["intent"] is None for frame in frames] == [not frame["accepted"] for frame in frames]
    assert frames[0]["accepted"] and len(frames[0]["intents"]) == 2
    for frame in frames:
        assert all(slot["value"] == frame["text"][slot["start"] : slot["end"]] for slot in frame["slots"])


def test_parse_splits_texts_with_several_intents(place: Path):
    text = "is the shop open on monday and then order two cups of green tea"
    result = run("parse", text, "--multi", "--json")
    assert result.exit_code == 0 and result.stderr == ""
    frames = [json.loads(line) for line in result.stdout.splitlines()]
    parts = [text[frame["start"] : frame["end"]] for frame in frames]
    assert " and then ".join(parts) == text and len(parts) in (1, 2)
    assert all(slot["value"] == text[slot["start"] : slot["end"]] for frame in frames for slot in frame["slots"])
    shown = run("parse", text, "--multi").stdout.splitlines()
    assert shown[0] == parts[0] and parts[-1] in shown


def test_parse_files_of_records(place: Path):
    """Fields are kept next to the frame; records without a text are left out and named."""
    lines = ['{"id": 1, "text": "order two cups of green tea"}', '{"id": 2}', '{"id": 3, "text": ""}']
    Path("texts.jsonl").write_text("\n".join(lines))
    shown = run("parse", "texts.jsonl", "--json")
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    frame = json.loads(run("parse", "order two cups of green tea", "--json").stdout)
    assert [row["id"] for row in rows] == [1, 3] and rows[0]["frame"] == frame
    assert shown.stderr.count("\n") == 1 and "texts.jsonl: 1 record " in shown.stderr and "line 2" in shown.stderr
    written = run("parse", "texts.jsonl", "--out", "frames.jsonl")
    assert written.exit_code == 0 and "2 texts in frames.jsonl" in written.stdout
    assert [json.loads(line) for line in Path("frames.jsonl").read_text().splitlines()] == rows
    assert run("parse", "frames.jsonl", "--out", "again.parquet", "--multi").exit_code == 0
    again = [json.loads(line) for line in run("parse", "again.parquet", "--json").stdout.splitlines()]
    assert again == rows
    assert "line 2" in error_of(run("parse", "texts.jsonl", "--out", "frames.jsonl", "--strict"))
    assert "frames.csv" in error_of(run("parse", "texts.jsonl", "--out", "frames.csv"))
    assert "'query'" in error_of(run("parse", "texts.jsonl", "--out", "x.jsonl", "--column", "query"))
    assert not Path("x.jsonl").exists()
    for name in ("texts.jsonl", "frames.jsonl", "again.parquet"):
        Path(name).unlink()


def test_suggestions_are_trained_on_once_they_are_annotated(place: Path):
    said = [
        {"text": text} for text in ["what is the capital of france"] * 3 + ["who won the match", "order green tea"]
    ]
    Path("log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said) + "nope\n")
    shutil.copy("log.jsonl", "log.txt")
    assert "log.txt" in (error := error_of(run("suggest", "log.txt"))) and ".jsonl" in error
    assert "0 texts" in run("suggest", "log.jsonl", "--of", "another").stdout
    shown = run("suggest", "log.jsonl", "--unsure", "1")
    assert shown.exit_code == 0 and "5 texts, 3 different" in shown.stdout and "line 6" in shown.stderr
    with open("suggestions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["marked_text"] for row in rows} >= {"what is the capital of france", "who won the match"}
    assert rows[0]["times"] == "3" and {row["intent"] for row in rows} == {""}
    empty = run("train", str(SKILL), "--more", "suggestions.csv", "--out", "runs/more")
    assert "suggestions.csv" in error_of(empty) and "fill in" in error_of(empty)
    for row in rows:
        row["intent"] = "know" if row["marked_text"].startswith("wh") else ""
    with open("suggestions.csv", "w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    result = run("train", str(SKILL), "--more", "suggestions.csv", "--steps", "1", "--out", "runs/more", *SMALL)
    assert result.exit_code == 0, result.output
    frame = json.loads(run("parse", "who won the match", "--json", "--model", "runs/more").stdout)
    assert (frame["intent"], frame["score"]) == ("know", 1.0)  # one of the skill's own sentences now
    assert "more:" in Path("runs/more/recipe.yaml").read_text()
    assert "none.csv" in error_of(run("train", str(SKILL), "--more", "none.csv"))
    shutil.rmtree("runs/more")
    Path("runs/latest").write_text("tea_shop\n")
    for name in ("log.jsonl", "log.txt", "suggestions.csv"):
        Path(name).unlink()


def test_parse_says_that_a_checkpoint_cannot_split(place: Path):
    error = error_of(run("parse", "order tea", "--multi", "--model", DEFAULT_BASE))
    assert DEFAULT_BASE in error and "train it again" in error


@pytest.mark.parametrize("threshold", ["0", "1"])
def test_parse_at_another_threshold(place: Path, threshold: str):
    frame = json.loads(run("parse", "please get us two cups of green tea", "--json", "--threshold", threshold).stdout)
    assert frame["accepted"] is (threshold == "0")
    assert (frame["intent"] is None) is (threshold == "1") and (threshold == "0" or frame["slots"] == [])
    lines = run("parse", "please get us two cups of green tea", "--threshold", threshold).stdout.splitlines()
    assert ("rejected" in lines[1]) is (threshold == "1") and f"{frame['score']:.2f}" in lines[1]


def test_eval_counts_decisions(place: Path):
    shown = run("eval", str(SKILL)).stdout
    counts = {name: int(re.search(rf"^{name} +(\d+)$", shown, re.MULTILINE)[1]) for name in ("accepted", "rejected")}
    scores = json.loads(run("eval", str(SKILL), "--json").stdout)
    assert (counts["accepted"], counts["rejected"]) == (scores["num_accepted"], scores["num_rejected"])
    assert f"{scores['threshold']:.3f}" in shown


def test_parse_drops_a_byte_order_mark(place: Path, tmp_path: Path):
    content = b"\xef\xbb\xbfgreen tea\n\n\xef\xbb\xbftea\n"
    (tmp_path / "texts.txt").write_bytes(content)
    for result in (run("parse", "-", "--json", input=content), run("parse", str(tmp_path / "texts.txt"), "--json")):
        assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == ["green tea", "", "\ufefftea"]


def test_parse_says_that_a_text_was_cut(place: Path):
    assert "first 4,096 characters" in run("parse", "-", input="x" * 10_000).stdout


def test_parse_says_what_slots_mean(place: Path):
    texts = ["i want green tea", "is the shop open tomorrow", "order two cups of earl grey"]
    result = run("parse", "-", "--json", "--now", "2026-11-22T10:00", input="\n".join(texts) + "\n")
    assert result.exit_code == 0 and result.stderr == ""
    slots = [slot for line in result.stdout.splitlines() for slot in json.loads(line)["slots"]]
    resolved = {slot["value"]: slot["resolved"] for slot in slots if "resolved" in slot}
    expected: dict[str, dict] = {
        "green tea": {"value": "green tea", "id": "G"},
        "earl grey": {"value": "Earl Grey", "id": "7"},
    }
    if is_installed():
        expected |= {"tomorrow": {"value": "2026-11-23", "kind": "date"}, "two": {"value": 2, "kind": "number"}}
    assert "green tea" in resolved  # which of the others are tagged is a matter of training
    assert resolved == {value: expected[value] for value in resolved}
    shown = run("parse", "i want green tea").stdout.splitlines()
    assert shown[2].split() == ["tea", "green", "tea", "=", "green", "tea", "(G)"]


def test_parse_reads_dates_in_the_direction_of_the_call_else_of_the_model(place: Path, tmp_path: Path):
    pytest.importorskip("dateparser")
    journal = tmp_path / "journal"
    shutil.copytree(place / "runs/tea_shop", journal)
    config = json.loads((journal / "config.json").read_text())
    (journal / "config.json").write_text(json.dumps({**config, "prefer_dates": "past"}))

    def day(*options: str) -> str:
        result = run("parse", "are you open friday", "--json", "--now", "2026-11-22", *options)
        assert result.exit_code == 0 and result.stderr == ""
        (slot,) = json.loads(result.stdout)["slots"]
        return slot["resolved"]["value"]

    assert [day(), day("--prefer", "future"), day("--prefer", "past")] == ["2026-11-27", "2026-11-27", "2026-11-20"]
    assert day("--model", str(journal)) == "2026-11-20"
    assert day("--model", str(journal), "--prefer", "future") == "2026-11-27"


def test_parse_names_the_directions_that_it_knows(place: Path):
    result = run("parse", "tea", "--prefer", "sideways")
    assert result.exit_code == 2
    assert all(word in result.stderr for word in ("--prefer", "sideways", "future", "past"))


def test_parse_needs_a_moment_and_a_language_that_it_can_read(place: Path):
    assert "Invalid value for '--now'" in run("parse", "tea", "--now", "yesterday").stderr
    if is_installed():
        assert "'xx'" in run("parse", "tea", "--language", "xx").stderr


def test_parse_survives_bytes_that_are_no_text(place: Path):
    result = run("parse", "-", "--json", input=b"green \xff\xfe tea\n")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["text"] == "green \ufffd\ufffd tea"
    result = run("parse", "--json", "green \udcff tea")  # what a shell makes of such an argument
    assert result.exit_code == 0
    assert json.loads(result.stdout)["text"] == "green \udcff tea"
    assert run("parse", "green \udcff tea").exit_code == 0


def test_parse_a_file_with_a_named_model(place: Path, tmp_path: Path):
    (tmp_path / "lines.txt").write_text("green tea please\r\nwhen do you open\n")
    result = run("parse", str(tmp_path / "lines.txt"), "--json", "--model", "runs/tea_shop")
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == [
        "green tea please",
        "when do you open",
    ]


def test_eval_agrees_with_train(place: Path):
    result = run("eval", str(SKILL), "--json")
    assert result.exit_code == 0 and result.stderr == ""
    scores = json.loads(result.stdout)
    metrics = json.loads((place / "runs/tea_shop/metrics.json").read_text())["test"]
    assert {name: scores[name] for name in metrics} == metrics
    assert scores["model"] == "runs/tea_shop" and scores["split"] == "test"
    whole = json.loads(run("eval", str(SKILL), "--split", "all", "--json").stdout)
    assert whole["num_utterances"] > scores["num_utterances"]
    rows = run("eval", str(SKILL)).stdout.splitlines()
    assert rows[0] == f"runs/tea_shop on tea shop, test: {metrics['num_utterances']} utterances"
    assert [row.split() for row in rows if row.startswith("frame")] == [
        ["frame", "accuracy", f"{100 * metrics['frame_accuracy']:.1f}", "%"]
    ]


def test_eval_scores_data_of_its_own_whole(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [
        {"text": f"{text} {number}", "intent": intent, "spans": []}
        for intent, text in (("OrderIntent", "tea please"), ("HoursIntent", "open on day"))
        for number in range(10)
    ]
    whole = "".join(json.dumps(row) + "\n" for row in rows)
    file = tmp_path / "test.jsonl"
    file.write_text(whole)

    def scored(*arguments: str) -> tuple[str, int]:
        result = run("eval", *arguments, "--json", "--model", str(place / "runs/tea_shop"))
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)
        return found["split"], found["num_utterances"]

    assert scored(str(file)) == ("all", 20)
    assert scored(str(file), "--split", "test") == ("test", 4)  # who asks for a part gets it
    trained_on = scored(str(SKILL))
    assert trained_on[0] == "test"
    monkeypatch.chdir(tmp_path)  # the same data by another way
    assert scored(os.path.relpath(SKILL)) == trained_on
    copy = tmp_path / "copy.json"
    copy.write_bytes(SKILL.read_bytes())
    assert scored(str(copy)) == scored(str(SKILL), "--split", "all")

    folder = tmp_path / "splits"
    folder.mkdir()
    (folder / "train.jsonl").write_text(whole)
    (folder / "dev.jsonl").write_text(whole)
    line = error_of(run("eval", str(folder), "--model", str(place / "runs/tea_shop")))
    assert "train, validation" in line and "--split all" in line
    (folder / "test.jsonl").write_text(whole.split("\n")[0] + "\n")
    assert scored(str(folder)) == ("test", 1)
    assert scored(str(folder), "--split", "all") == ("all", 41)


@pytest.mark.parametrize("text", ["yes/no", "24/7", "a/b test of notes.txt", "open /tmp/x.txt please", "and/or/"])
def test_a_text_is_not_taken_for_a_file(place: Path, text: str):
    result = run("parse", text)
    assert result.exit_code == 0 and result.stdout.splitlines()[0] == text


@pytest.mark.slow
def test_skills_in_files_of_one_name_do_not_replace_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    skill = json.loads(SKILL.read_text())
    for folder, name in (("one", "tea shop"), ("two", "coffee/shop"), ("three", "tea shop")):
        skill["interactionModel"]["languageModel"]["invocationName"] = name
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "en-US.json").write_text(json.dumps(skill))

    def train(folder: str, *more: str) -> Result:
        return run("train", f"{folder}/en-US.json", "--steps", "1", "-q", *SMALL, *more)

    assert "runs/tea_shop" in train("one").stdout
    assert "runs/coffee_shop" in train("two").stdout
    assert train(str(tmp_path / "one")).exit_code == 0  # the same data again
    line = error_of(train("three"))
    assert "runs/tea_shop" in line and "--out" in line and "--restart" in line
    assert train("three", "--out", "other").exit_code == 0
    assert train("three", "--restart").exit_code == 0
    monkeypatch.chdir(tmp_path / "three")  # paths in a recipe are those of the folder that it was run in
    model = str(tmp_path / "runs/tea_shop")
    assert json.loads(run("eval", "en-US.json", "--model", model, "--json").stdout)["split"] == "test"
    monkeypatch.chdir(tmp_path / "one")
    assert json.loads(run("eval", "en-US.json", "--model", model, "--json").stdout)["split"] == "all"


@pytest.mark.parametrize(
    "name, folder",
    [
        ("tea shop", "tea_shop"),
        ("../../etc", "etc"),
        ("Caf\u00e9 Z\u00fcrich!", "Caf\u00e9_Z\u00fcrich"),
        ("latest", "latest_model"),
        ("..", "model"),
    ],
)
def test_default_folder_is_one_safe_name(name: str, folder: str):
    assert default_folder(name) == RUNS / folder
    assert len(default_folder("x" * 500).name) == 80


@pytest.mark.parametrize(
    "locale, more, start, is_packed",
    [
        ("en-GB", (), "bilstm-nlu-generic-en", True),
        ("en-GB", ("--no-pack",), "bilstm-nlu-generic-en", False),
        ("en-GB", ("--set", "packed=false"), "bilstm-nlu-generic-en", False),
        ("en-GB", ("--scratch",), "random weights", False),
        ("de-DE", ("--pack",), "random weights", True),
    ],
)
def test_an_english_skill_starts_from_the_checkpoint_in_the_package_and_is_packed_like_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str, more: tuple[str, ...], start: str, is_packed: bool
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{locale}.json").write_text(SKILL.read_text())
    result = run("train", f"{locale}.json", "--steps", "1", "-q", "--out", "model", *more)
    assert result.exit_code == 0, result.output
    assert start in result.stdout
    ancestors = [ancestor.name for ancestor in lineage("model")]
    assert ancestors == (["model", start] if start.startswith("bilstm") else ["model"])
    weights = tmp_path / "model" / "model.safetensors"
    assert is_packed_file(weights) == is_packed
    if is_packed and start.startswith("bilstm"):
        assert weights.stat().st_size < 7_500_000  # as the README says
    assert f"packed: {str(is_packed).lower()}" in (tmp_path / "model" / "recipe.yaml").read_text()


def test_transfer_and_an_output_folder_elsewhere(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    base = place / "runs/tea_shop"
    monkeypatch.chdir(tmp_path)
    result = run("train", str(SKILL), "--base", str(base), "--out", "elsewhere", "--epochs", "1", "--seed", "3", "-q")
    assert result.exit_code == 0, result.output
    assert str(base) in result.stdout and "elsewhere" in result.stdout
    assert (tmp_path / "runs/latest").read_text().strip() == str(tmp_path / "elsewhere")
    assert run("parse", "green tea").exit_code == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["train", "missing.json"], "'missing.json'"),
        (["train", "skills/missing.json"], "'skills/missing.json'"),
        (["train", "nonsense"], "'nonsense'"),
        (["train", "{skill}", "--format", "xml"], "'xml'"),
        (["train", "{skill}", "--option", "max_per_carrier=abc"], "max_per_carrier='abc'"),
        (["train", "{skill}", "--option", "name=x"], "error: name: "),
        (["train", "{skill}", "--option", "seed=3"], "error: seed: "),
        (["train", "{lines}", "--strict"], "line 3"),
        (["train", "slurp", "--data-dir", "{folder}"], "slurp"),
        (["train", "{unseen}"], "--set data.drop_unseen=true"),
        (["eval", "{skill}", "--option", "nope=3"], "nope"),
        (["eval", "{lines}", "--strict"], "--drop-broken"),
        (["train", "{cut}"], "cut.json"),
        (["train", "{skill}", "--base", "nowhere/to/be/found"], "'nowhere/to/be/found'"),
        (["train", "{skill}", "--recipe", "none.yaml"], "none.yaml"),
        (["train", "{skill}", "--set", "training.lr=1"], "'lr'"),
        (["train", "{skill}", "--set", "model=3"], "[model]"),
        (["train", "{skill}", "--set", "data=3"], "[data]"),
        (["train", "{skill}", "--set", "model.dropout=2"], "dropout"),
        (["train", "{skill}", "--set", "training.eval_strategy=no"], "[training]"),
        (["train", "{skill}", "--set", "training.learning_rate=-1"], "learning_rate"),
        (
            ["train", "{skill}", "--set", "training.adam_beta2=1"],
            "adam_beta2",
        ),
        (["train", "{skill}", "--set", "training.per_device_train_batch_size=0"], "per_device_train_batch_size"),
        (["train", "{skill}", "--set", "seed=-1"], "4294967296"),
        (
            ["train", "{skill}", "--set", "data.validation_size=0", "--set", "training.early_stopping_patience=2"],
            "early_stopping_patience",
        ),
        (["train", "{skill}", "--out", "{cut}"], "cut.json"),
        (["parse", ""], "empty"),
        (["parse", " \t"], "empty"),
        (["parse", "missing.txt"], "'missing.txt'"),
        (["parse", "Lines.TXT"], "'Lines.TXT'"),
        (["parse", "../no/such"], "'../no/such'"),
        (["parse", "."], "'.'"),
        (["parse", "{empty}"], "empty.txt"),
        (["parse", "hello", "--model", "./nowhere"], "'./nowhere'"),
        (["eval", "missing.json"], "'missing.json'"),
        (["eval", "{cut}"], "cut.json"),
        (["eval", "{skill}", "--format", "xml"], "'xml'"),
    ],
)
def test_bad_input_ends_with_one_line(place: Path, tmp_path: Path, arguments: list[str], message: str):
    (tmp_path / "cut.json").write_text('{"interactionModel": {"languageModel": {')
    (tmp_path / "empty.txt").write_text("")
    files = {"skill": SKILL, "cut": tmp_path / "cut.json", "empty": tmp_path / "empty.txt", "folder": tmp_path}
    files |= {"lines": tmp_path / "lines.jsonl", "unseen": tmp_path / "unseen"}
    files["lines"].write_text(LINES + '{"text": ""}\n')
    files["unseen"].mkdir()
    (files["unseen"] / "train.jsonl").write_text(LINES)
    (files["unseen"] / "test.jsonl").write_text(LINES.replace("order", "sell"))
    line = error_of(run(*(argument.format(**files) for argument in arguments)))
    assert line.startswith("error: ") and message in line


def test_without_a_model_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for arguments in (["parse", "hello"], ["eval", str(SKILL)]):
        assert "`bilstm-nlu train SKILL_OR_DATA`" in error_of(run(*arguments))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/latest").write_text("gone\n")
    assert "gone" in error_of(run("parse", "hello"))


def test_threads_must_be_a_number(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BILSTM_NLU_THREADS", "many")
    assert "BILSTM_NLU_THREADS" in error_of(run("eval", str(SKILL)))


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["train", "x", "--steps", "0"],
        ["train", "x", "--steps", "1", "--epochs", "1"],
        ["train", "x", "--colour", "red"],
        ["parse"],
        ["parse", "x", "--top-k", "0"],
        ["parse", "x", "--threshold", "1.5"],
        ["parse", "x", "--threshold", "-0.1"],
        ["parse", "x", "--threshold", "nan"],
        ["parse", "x", "--threshold", "high"],
        ["eval", "x", "--split", "dev"],
        ["bake"],
    ],
)
def test_wrong_usage(arguments: list[str]):
    result = run(*arguments)
    assert result.exit_code == 2 and "Traceback" not in result.output


@pytest.mark.slow
def test_an_interrupted_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Interrupt(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            if state.global_step == 7:
                raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    command = ["train", str(SKILL), "--steps", "12", *SMALL]
    original = runs.run
    with monkeypatch.context() as patch:
        patch.setattr(runs, "run", lambda *a, callbacks, **k: original(*a, callbacks=[*callbacks, Interrupt()], **k))
        saved = re.search(r"continues from (step [1-7])$", error_of(run(*command), 130))
    assert saved is not None, "the best step so far"
    assert re.search("seed.*0.*1", error_of(run(*command, "--seed", "1")))
    again = run(*command)
    assert again.exit_code == 0 and f"from {saved[1]} of" in again.stdout
    assert "12 steps" in again.stdout
    assert run(*command, "--seed", "1", "--restart").exit_code == 0


def test_a_recipe_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("recipe.yaml").write_text(
        f"data: {{source: {SKILL}, options: {{max_per_carrier: 2}}}}\n"
        "model: {vocabulary_size: 64, ngram_buckets: 64, shared_hidden: 8, slot_hidden: 8, intent_hidden: 8}\n"
        "training: {max_steps: 3}\noutput_dir: made\n"
    )
    result = run("train", "--recipe", "recipe.yaml")
    assert result.exit_code == 0, result.output
    assert "3 steps" in result.stdout and Path("made/model.safetensors").is_file()
    assert "2 steps" in run("train", "--recipe", "recipe.yaml", "--steps", "2").stdout


def test_options_of_readers_and_broken_records(place: Path, tmp_path: Path):
    (tmp_path / "lines.jsonl").write_text(LINES * 10 + '{"text": ""}\n')
    more = ["--drop-broken", "--option", 'intents=["order"]']
    out = tmp_path / "out"
    result = run("train", str(tmp_path / "lines.jsonl"), "--steps", "1", "--out", str(out), "-q", *SMALL, *more)
    assert result.exit_code == 0 and "  broken records: 1" in result.stdout.splitlines(), result.output
    recipe = (out / "recipe.yaml").read_text()
    assert "on_error: drop" in recipe and "intents:" in recipe
    for model in (out, place / "runs/tea_shop"):
        result = run("eval", str(tmp_path / "lines.jsonl"), "--model", str(model), *more)
        assert result.exit_code == 0, result.output


def test_the_installed_command(place: Path):
    """One real process: no noise of libraries, and a line is answered before the next one is sent."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    code = "from bilstm_nlu.cli.main import app; app()"
    command = [sys.executable, "-c", code, "parse", "-", "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=place
    ) as child:
        assert child.stdin and child.stdout and child.stderr
        for text in ("green tea please", "are you open today"):
            child.stdin.write(text + "\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["text"] == text
        child.stdin.close()
        assert child.stderr.read() == "" and child.wait(30) == 0


def test_help_and_version():
    for arguments in (["--help"], ["train", "--help"], ["parse", "-h"], ["eval", "-h"]):
        result = run(*arguments)
        assert result.exit_code == 0 and "Usage:" in result.stdout
    assert run("--version").stdout.startswith("bilstm-nlu ")
