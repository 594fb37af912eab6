"""Formats: the order in which they are asked, those of other packages, and files that are opened once for all."""

import json
import logging
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import (
    Domain,
    Format,
    RawDomain,
    Utterance,
    Writer,
    available_formats,
    available_writers,
    load_domain,
    read,
    register_format,
    write_domain,
)
from modeling_bilstm_nlu.data.formats import registry
from modeling_bilstm_nlu.data.formats.format import LAST
from modeling_bilstm_nlu.data.formats.known import FORMATS
from modeling_bilstm_nlu.data.formats.registry import all_formats, format_for


def read_lines(path: Path, *, intent: str = "say") -> RawDomain:
    return RawDomain("lines", {"train": [Utterance(line, intent) for line in path.read_text().splitlines()]})


def write_lines(path: Path, domain: Domain) -> dict[str, int]:
    path.write_text("".join(row["text"] + "\n" for row in domain.splits["train"]))
    return {"intents": len(domain.spec.intents)}


#: What another package would name in its entry points.
LINES = Format(
    name="lines",
    summary="a text a line",
    read=read_lines,
    sniff=lambda path: path.suffix == ".lines",
    write=Writer(write_lines, "a text a line", (".lines",), is_for_folders=False),
)
SECOND_LINES = Format(name="lines", summary="the same name", read=read_lines, sniff=lambda path: False)
OTHER_JSONL = Format(name="jsonl", summary="the name of one of ours", read=read_lines, sniff=lambda path: True)
NOT_A_FORMAT = "lines"


@pytest.fixture
def installed(monkeypatch):
    """Make packages with these entry points seem installed."""
    asked = []

    def install(*names: str) -> list[str]:
        entries = [
            metadata.EntryPoint(name=name.lower(), value=f"{__name__}:{name}", group="bilstm_nlu.formats")
            for name in names
        ]

        def entry_points(*, group: str) -> metadata.EntryPoints:
            asked.append(group)
            return metadata.EntryPoints(entry for entry in entries if entry.group == group)

        monkeypatch.setattr(metadata, "entry_points", entry_points)
        registry._installed_formats.cache_clear()
        return asked

    yield install
    registry._installed_formats.cache_clear()


def test_a_format_of_another_package(tmp_path, installed):
    asked = installed("LINES")
    path = tmp_path / "a.lines"
    path.write_text("hello\ngood morning\n")
    assert format_for(path) is LINES and "lines" in available_formats()
    assert [row.intent for row in read(path, intent="greet").splits["train"]] == ["greet", "greet"]
    domain = load_domain(path, validation_size=0, test_size=0)
    assert write_domain(domain, tmp_path / "b.lines") == {"intents": 1}
    assert (tmp_path / "b.lines").read_text() == path.read_text()
    assert set(available_writers()) == {"lines"} | {format.name for format in FORMATS if format.write}
    assert asked == ["bilstm_nlu.formats"]  # they are looked for once


@pytest.mark.parametrize("name", ["OTHER_JSONL", "NOT_A_FORMAT", "NOT_THERE"])
def test_what_another_package_does_wrong_is_told_and_left_out(installed, caplog, name):
    before = {format.name: format for format in all_formats()}
    installed("LINES", name)
    with caplog.at_level(logging.WARNING):
        after = {format.name: format for format in all_formats()}
    assert after == before | {"lines": LINES}
    [record] = caplog.records
    assert f"{__name__}:{name}" in record.getMessage()


def test_of_two_packages_with_the_same_name_the_first_counts(installed, caplog):
    installed("SECOND_LINES", "LINES")
    assert [format for format in all_formats() if format.name == "lines"] == [LINES]
    assert "SECOND_LINES" in caplog.text


def test_the_order_of_formats_is_written_down():
    on_paths = [format for format in FORMATS if not format.is_embedded]
    priorities = [format.priority for format in on_paths]
    assert priorities == sorted(set(priorities)) and priorities[-1] < LAST
    assert all_formats()[: len(on_paths)] == on_paths


def test_the_lower_priority_is_asked_first(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_FORMATS", dict(registry._FORMATS))
    path = tmp_path / "train.jsonl"
    path.write_text('{"text": "hello", "intent": "greet"}\n')
    for name, priority, found in (("late", 151, "jsonl"), ("early", 149, "early")):
        register_format(Format(name=name, summary="", read=read_lines, sniff=lambda path: True, priority=priority))
        assert format_for(path).name == found
    with pytest.raises(ValueError, match="'early'"):
        register_format(Format(name="early", summary="", read=read_lines))


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.json", json.dumps({"what": "is this"})),
        ("a.jsonl", '{"what": "is this"}\n'),
        ("a.csv", "what,is,this\n1,2,3\n"),
        ("a.yml", "what: is this\n"),
        ("fold0.json", "[]"),
        ("schema.json", '{"intents": []}'),
    ],
)
@pytest.mark.parametrize("as_folder", [False, True])
def test_a_file_is_opened_once_for_all(tmp_path, monkeypatch, name, content, as_folder):
    path = tmp_path / name
    path.write_text(content)
    opened = Counter()
    plain_open = Path.open

    def count(self, *args, **kwargs):
        opened[self.name] += 1
        return plain_open(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", count)
    with pytest.raises(DataError, match="reader"):
        format_for(tmp_path if as_folder else path)
    assert set(opened.values()) <= {1}
    assert as_folder or opened
