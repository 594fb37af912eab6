"""Broken files: every reader refuses them clearly or reads them validly, and a reader that does not is found out."""

import random
import time
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Format, RawDomain, Utterance, read, register_format
from modeling_bilstm_nlu.data.formats import registry
from modeling_bilstm_nlu.data.formats.registry import format_for
from research.fuzzing import Sample, fuzz, mutate

DATA = Path(__file__).parents[1] / "samples"


@pytest.mark.slow
def test_broken_files_through_every_reader(tmp_path):
    samples = [Sample(format_for(path).name, path) for path in sorted(DATA.iterdir())]
    reports = fuzz(samples, 25 * len(samples), folder=tmp_path, time_limit=60)
    assert {name: report.failures for name, report in reports.items() if report.failures} == {}
    assert all(report.num_valid + report.num_refused == report.num_cases for report in reports.values())
    assert sum(report.num_refused for report in reports.values()) > 3 * len(samples)
    # the samples themselves are as they were
    assert all(read(sample.path).splits for sample in samples)


def test_a_faulty_reader_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_FORMATS", {})

    def read_faulty(path: Path) -> RawDomain:
        text = path.read_bytes()
        if len(text) % 3 == 0:
            raise KeyError("oh")
        if len(text) % 3 == 1:
            raise DataError("something is wrong")
        if b"sleep" in text:
            time.sleep(1)
        return RawDomain("faulty", {"train": [Utterance("hello", "greet")]})

    register_format(Format(name="faulty", summary="", read=read_faulty, sniff=lambda path: True))

    sample = tmp_path / "sample.txt"
    sample.write_text("sleep well")
    report = fuzz([Sample("faulty", sample)], 60, folder=tmp_path / "work", time_limit=0.05)["faulty"]
    assert report.num_valid + report.num_refused + len(report.failures) == 60
    kinds = ("KeyError: 'oh'", "does not name 0-sample.txt: something is wrong", "took more than 0.05 s")
    for kind in kinds:
        assert any(kind in failure for failure in report.failures), kind
    kept = Path(report.failures[0].partition(": ")[0])
    assert kept.exists()


@pytest.mark.parametrize(
    "message, is_clear",
    [
        ("{folder}/{culprit}, line 1: broken", True),
        ("{folder}/{other}, line 1: broken", False),
        ("{folder}: the files differ in length", True),
        ("{folder}: {culprit} has 3 lines, {other} has 4", True),
        ("broken", False),
    ],
)
def test_a_message_names_the_file_at_fault(tmp_path, monkeypatch, message, is_clear):
    monkeypatch.setattr(registry, "_FORMATS", {})
    seen = set()

    def read_pair(path: Path, *, on_error: str = "raise") -> RawDomain:
        seen.add(on_error)
        broken = [name for name in ("one.txt", "two.txt") if (path / name).read_text("latin-1") != name]
        if broken:
            other = "two.txt" if broken == ["one.txt"] else "one.txt"
            raise DataError(message.format(folder=path, culprit=broken[0], other=other))
        return RawDomain("pair", {"train": [Utterance("hello", "greet")]})

    register_format(Format(name="pair", summary="", read=read_pair, sniff=lambda path: True))

    (tmp_path / "pair").mkdir()
    for name in ("one.txt", "two.txt"):
        (tmp_path / "pair" / name).write_text(name)
    report = fuzz([Sample("pair", tmp_path / "pair")], 40, folder=tmp_path / "work", time_limit=60)["pair"]
    assert report.num_valid + report.num_refused + len(report.failures) == 40
    assert (bool(report.failures), report.num_refused > 20) == (not is_clear, is_clear)
    assert seen == {"raise", "drop"}


@pytest.mark.parametrize("content", [b"", b"a\nb\n", b'[{"text": "a", "spans": []}]', b"\x00\xff"])
def test_mutations_are_drawn_by_the_seed(content):
    made = [mutate(content, random.Random(seed), [b"other"]) for seed in range(200)]
    assert made == [mutate(content, random.Random(seed), [b"other"]) for seed in range(200)]
    assert len(set(made)) > 100
