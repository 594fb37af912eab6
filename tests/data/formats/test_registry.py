"""A format is a function with a name; options and formats that do not exist are errors that list those that do."""

import gzip
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import (
    Format,
    RawDomain,
    Utterance,
    available_formats,
    embedded_domains,
    read,
    register_format,
)
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats import registry
from modeling_bilstm_nlu.data.raw_domains import keep_part

DATA = Path(__file__).parents[2] / "samples"


#: A sample -> its format.
SAMPLES = {
    "massive_tiny.jsonl": "massive",
    "tea_shop.json": "ask",
    "seq_tiny": "seq-folder",
    "legacy_tiny": "ask-legacy",
    "hassil_tiny.json": "hassil",
    "custom_sentences_tiny": "hassil",
    "dstc8_tiny": "dstc8_spans",
    "hwu64_whole_tiny": "hwu64",
    "luis_tiny": "luis-lu",
    "luis_tiny.json": "luis-json",
}


def format_of(sample):
    """As in SAMPLES, or else what stands before `_tiny`."""
    return SAMPLES.get(sample.name, sample.name.partition("_tiny")[0])


def test_every_format_has_a_sample_that_is_recognised():
    samples = sorted(DATA.iterdir())
    assert {path.name: registry.format_for(path).name for path in samples} == {p.name: format_of(p) for p in samples}
    assert {*map(format_of, samples), *embedded_domains()} == set(available_formats())


def test_a_new_format_is_one_function(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_FORMATS", dict(registry._FORMATS))

    def read_lines(path: Path, *, intent: str = "say") -> RawDomain:
        return RawDomain("lines", {"train": [Utterance(line, intent) for line in path.read_text().splitlines()]})

    lines = Format(name="lines", summary="a text a line", read=read_lines, sniff=lambda path: path.suffix == ".lines")
    register_format(lines)
    path = tmp_path / "a.lines"
    path.write_text("hello\ngood morning\n")
    assert [u.intent for u in read(path, intent="greet").splits["train"]] == ["greet", "greet"]
    with pytest.raises(ValueError, match="'lines'"):
        register_format(lines)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"source": DATA / "seq_tiny", "format": "excel"}, "'excel'"),
        (
            {"source": DATA / "seq_tiny", "scenarios": "x"},
            "scenarios",
        ),
        ({"source": DATA / "seq_tiny", "intents": ["on", "fly"]}, "'fly'"),
        ({"source": DATA / "none"}, "none"),
        ({"source": DATA / "none", "format": "jsonl"}, "none"),
        (
            {"source": __file__},
            "ask, ask-legacy, .*conll",
        ),
        (
            {"source": "smart_garden", "max_per_carrier": "abc"},
            "max_per_carrier='abc'",
        ),
        ({"source": "smart_garden", "max_per_carrier": True}, "max_per_carrier=True"),
        ({"source": "smart_garden", "seed": "abc"}, "seed='abc'"),
        (
            {"source": DATA / "table_tiny", "text_column": 1.5},
            "text_column=1.5",
        ),
        ({"source": DATA / "nlupp_tiny", "test_folds": [1, "2"]}, "test_folds"),
        ({"source": DATA / "seq_tiny", "intents": 3}, "intents=3"),
        ({"source": DATA / "seq_tiny", "domains": ["on", 3]}, "domains="),
        (
            {"source": DATA / "topv2_tiny", "only_domains": ["tea"]},
            "only_domains.*unsupported",
        ),
    ],
)
def test_what_does_not_exist_is_an_error_that_lists_what_does(arguments, message):
    with pytest.raises(DataError, match=message):
        read(**arguments)


def test_a_broken_file_that_another_format_does_not_need(tmp_path):
    (tmp_path / "nlu.yml").write_text("version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - hello\n    - hi\n")
    (tmp_path / "log.jsonl").write_bytes(b"caf\xe9")
    (tmp_path / "en.json").write_text("{")
    assert registry.format_for(tmp_path).name == "rasa"
    (tmp_path / "nlu.yml").unlink()
    with pytest.raises(DataError, match="log.jsonl|en.json"):
        registry.format_for(tmp_path)


@pytest.mark.parametrize(
    "name, sample, format",
    [
        ("Train.JSONL", "jsonl_tiny/dev.jsonl", "jsonl"),
        ("MASSIVE.JSONL", "massive_tiny.jsonl", "massive"),
        ("Tea.JSON", "tea_shop.json", "ask"),
        ("Bot.Json", "luis_tiny.json", "luis-json"),
        ("Train.CSV", "hand written", "table"),
        ("Train.BIO", "hand written", "conll"),
        ("Bot.LU", "hand written", "luis-lu"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_suffixes_in_capitals(tmp_path, name, sample, format, pack):
    content = (DATA / sample).read_bytes() if (DATA / sample).is_file() else b"text,intent\nhello,greet\n"
    path = tmp_path / (name if pack is bytes else f"{name}.GZ")
    path.write_bytes(pack(content))
    assert registry.format_for(path).name == format


def test_a_single_broken_file_is_named(tmp_path):
    path = tmp_path / "skill.json"
    path.write_text('{\n"a": 1,\n"b" 2}')
    with pytest.raises(DataError, match="skill.json.*line 3"):
        read(path)


@pytest.mark.parametrize(
    "files, hint",
    [
        ({}, "empty"),
        ({"IntentSchema.json": "{}"}, "IntentSchema.json.*SampleUtterances.txt"),
        ({"agent.json": "{}"}, "agent.json.*intents"),
        ({"mine.jsonl": '{"text": "hi"}'}, "train and test"),
        ({"train.csv": "a,b\n1,2"}, "train.csv.*'a', 'b'.*text_column.*header=false"),
        ({"train.csv": "text,goal\nhi,greet"}, "'text', 'goal'.*intent_column"),
        ({"train.csv": "go on,a\nstop it,b"}, "'go on', 'a'.*text_column.*header=false.*2 rows"),
        ({"mine.jsonl": '{"words": "hi"}'}, "text_column"),
        ({"bot.json": "{}"}, "JSON.*interactionModel.*languageModel"),
        ({"notes.py": "", "more.py": ""}, "kind"),
    ],
)
def test_why_nothing_is_recognised(tmp_path, files, hint):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    for path in (tmp_path, *(tmp_path / name for name in files if name.endswith("json"))):
        with pytest.raises(DataError, match=hint) as caught:
            registry.format_for(path)
    assert "massive" not in str(caught.value).partition("one of:")[2]


def test_what_was_dropped_is_told_by_domain():
    raw = RawDomain("home", {"train": [Utterance("a", "x", domain="one"), Utterance("b", "y", domain="two")]})
    raw.drop("lost", 3, domain="one")
    raw.drop("lost", 4, domain="two")
    raw.drop("lost", 5)
    raw.drop("gone", 1, domain="two")
    assert keep_part(raw).dropped == {"lost": 12, "gone": 1}
    part = keep_part(raw, exclude_domains="two")
    assert part.dropped == {"lost": 3, "lost (of any domain)": 5, DropReason.DOMAINS_NOT_ASKED_FOR: 1}


def test_broken_records_of_any_format():
    with pytest.raises(DataError, match="'dorp'.*on_error"):
        read(DATA / "seq_tiny", on_error="dorp")
    assert read("smart_garden", on_error="drop", max_utterances=50).splits["train"]


def test_intents_can_be_chosen_in_any_format():
    raw = read(DATA / "seq_tiny", intents="on")
    assert {split: len(rows) for split, rows in raw.splits.items()} == {"train": 2, "validation": 0, "test": 1}
    assert raw.dropped == {DropReason.INTENTS_NOT_ASKED_FOR: 3}
