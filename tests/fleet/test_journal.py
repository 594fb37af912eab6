"""Lines of results: appended, read back, compacted; a process may be killed at any moment."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.fleet.digests import weights_digest
from modeling_bilstm_nlu.fleet.journal import PREVIOUS_FILE, RESULTS_FILE, Journal, read_results
from modeling_bilstm_nlu.fleet.records import FleetRecord, Publication
from modeling_bilstm_nlu.fleet.staging_area import StagingArea
from modeling_bilstm_nlu.fleet.table import write_tables

WHOLE = FleetRecord(
    "tea",
    "/data/tea.json",
    digest="d",
    files="f",
    nearby=("../x.lu",),
    recipe="r",
    split="test",
    scores={"frame_accuracy": 0.5},
    utterances={"train": 10, "test": 4},
    dropped={"intents": 2},
    notes=("half \ud800 a pair",),
    steps=3,
    seconds=1.5,
    attempts=2,
    licence="mit",
    num_parameters=7,
    num_bytes=100,
    weights="w",
    finished="2026-01-01T00:00:00.000+00:00",
    published=Publication("acme/tea", "c", "w"),
    refused="worse",
)


def test_a_line_reads_back(tmp_path: Path):
    journal = Journal(tmp_path)
    failed = FleetRecord("b", "x/y", error="line 3: broken | bad")
    with journal.opened():
        journal.append(WHOLE)
        journal.append(failed)
    assert Journal(tmp_path).records == {"tea": WHOLE, "b": failed} == read_results(tmp_path / RESULTS_FILE)
    assert WHOLE.num_scored == 4 and WHOLE.has_model and not failed.has_model


def test_the_last_line_of_a_skill_counts_and_one_stays_after_a_run(tmp_path: Path):
    journal = Journal(tmp_path)
    with journal.opened():
        for name in ("b", "a", "b"):
            journal.append(FleetRecord(name, "s", steps=len(journal.records)))
        assert len(journal.path.read_text().splitlines()) == 3
    lines = [json.loads(line) for line in journal.path.read_text().splitlines()]
    assert [(line["id"], line["steps"]) for line in lines] == [("a", 1), ("b", 2)]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_is_left_out_and_the_next_one_is_whole(tmp_path: Path, cut: int):
    journal = Journal(tmp_path)
    with journal.opened():
        journal.append(FleetRecord("a", "first"))
    path = tmp_path / RESULTS_FILE
    line = json.dumps({"id": "b", "source": "second", "digest": "x" * 40})
    path.write_bytes(path.read_bytes() + line.encode()[:cut])
    again = Journal(tmp_path)
    assert list(again.records) == ["a"]
    with pytest.raises(KeyboardInterrupt), again.opened():
        again.append(FleetRecord("c", "third"))
        raise KeyboardInterrupt
    assert list(Journal(tmp_path).records) == ["a", "c"]


def test_a_line_without_its_line_break_is_not_lost(tmp_path: Path):
    path = tmp_path / RESULTS_FILE
    path.write_text('{"id": "a", "source": "s"}')
    journal = Journal(tmp_path)
    with journal.opened():
        journal.append(FleetRecord("b", "s"))
    assert sorted(Journal(tmp_path).records) == ["a", "b"]


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": 1, "source": "s"}', '{"id": "a", "source": "s", "published": {}}']
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str):
    path = tmp_path / RESULTS_FILE
    path.write_text(f'{{"id": "a", "source": "s"}}\n{line}\n{{"id": "b", "source": "s"}}\n')
    with pytest.raises(DataError, match=f"{RESULTS_FILE}, line 2"):
        Journal(tmp_path)


def test_the_results_of_the_run_before_stay(tmp_path: Path):
    for step in (1, 2):
        journal = Journal(tmp_path)
        with journal.opened():
            journal.append(FleetRecord("a", "s", steps=step))
    with pytest.raises(KeyboardInterrupt), Journal(tmp_path).opened():
        raise KeyboardInterrupt
    journal = Journal(tmp_path)
    with journal.opened():  # goes on with the interrupted run: what was before it is known already
        journal.append(FleetRecord("a", "s", steps=3))
    steps = [read_results(tmp_path / name)["a"].steps for name in (PREVIOUS_FILE, RESULTS_FILE)]
    assert steps == [2, 3]


def staged_model(area: StagingArea, skill: str, content: str) -> Path:
    folder = area.path(skill)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_text(content)
    return folder


def test_a_model_whose_line_is_written_gets_to_its_place_after_a_kill(tmp_path: Path):
    killed = StagingArea(tmp_path)
    killed.place("a", staged_model(killed, "a", "old"))
    new = staged_model(killed, "a", "new")
    staged_model(killed, "b", "no line yet")
    area = StagingArea(tmp_path)
    line = FleetRecord("a", "s", weights=weights_digest(new), sizes={"config.json": 2, "model.safetensors": 3})
    area.recover({"a": line})
    assert (tmp_path / "models/a/model.safetensors").read_text() == "new" and area.has_model(line)
    assert not area.has_model(replace(line, sizes={"config.json": 2, "model.safetensors": 4}))
    assert area.has_model(replace(line, sizes={})), "a line of an earlier version"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["a"]
    assert not area.has_model(FleetRecord("b", "s"))
    assert not list((tmp_path / ".fleet").iterdir())


def test_a_table_has_a_row_for_every_skill(tmp_path: Path):
    write_tables(tmp_path, [WHOLE, FleetRecord("b", "x", error="line 3: broken | bad")])
    page = (tmp_path / "fleet.md").read_text()
    assert "| tea | 4 |  |  | 50.0 % | 1.5 | 0.0 | mit |" in page and "line 3: broken \\| bad" in page
    head, tea, broken = (tmp_path / "fleet.csv").read_text().splitlines()
    assert tea.startswith("tea,4,,,0.5,10,1.5,100,mit,acme/tea@c,worse,") and broken.startswith("b,,")
    assert head.count(",") == tea.count(",")
