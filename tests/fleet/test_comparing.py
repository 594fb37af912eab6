"""Which skills got worse, and whether that is more than chance."""

import math
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.fleet.comparing import compare, earlier_results, probability_of_fall, write_comparison
from modeling_bilstm_nlu.fleet.journal import PREVIOUS_FILE, RESULTS_FILE, Journal
from modeling_bilstm_nlu.fleet.publishing import refuse
from modeling_bilstm_nlu.fleet.records import FleetRecord, Measured, Publication


def record(name: str, right: int, total: int, **more) -> FleetRecord:
    scores = {"frame_accuracy": right / total, "num_frame_annotated": float(total)}
    return FleetRecord(name, "s", split="test", scores=scores, utterances={"test": total}, weights="w", **more)


@pytest.mark.parametrize(
    "before, now, chance",
    [
        ((8, 8), (0, 8), 1 / math.comb(16, 8)),
        ((3, 4), (1, 4), 17 / 70),  # Fisher's tea: 16/70 for one right answer, 1/70 for none
        ((5, 10), (5, 10), 0.6718591),
        ((0, 5), (0, 7), 1.0),
        ((5, 5), (7, 7), 1.0),
        ((2, 3), (200, 200), 1.0),
        ((950, 1000), (900, 1000), 1.3737e-05),
    ],
)
def test_the_chance_of_a_fall(before: tuple[int, int], now: tuple[int, int], chance: float):
    found = probability_of_fall(Measured("x", *before), Measured("x", *now))
    assert found == pytest.approx(chance, rel=2e-2)


def test_a_large_share_of_many_utterances_takes_no_time():
    assert probability_of_fall(Measured("x", 19_000, 20_000), Measured("x", 18_999, 20_000)) > 0.4


def test_skills_that_got_worse_come_first_and_few_utterances_prove_nothing(tmp_path: Path):
    old, out = tmp_path / "old", tmp_path / "out"
    journal = Journal(old)
    with journal.opened():
        for name in ("better", "few", "gone", "same", "worse"):
            journal.append(record(name, 9, 10) if name == "few" else record(name, 90, 100))
        journal.append(FleetRecord("broken", "s", error="no data"))
    now = [record("better", 99, 100), record("few", 8, 10), record("same", 90, 100), record("worse", 70, 100)]
    now += [record("new", 1, 100), record("broken", 1, 100)]
    path = earlier_results(old, out)
    changes = compare(path, {line.id: line for line in now})
    assert [(change.id, change.is_worse) for change in changes][0] == ("worse", True)
    assert {change.id for change in changes if not change.is_worse} == {"better", "few", "same"}
    assert {change.id for change in changes if change.is_lower} == {"few", "worse"}
    assert "90.0 % of 100 -> 70.0 % of 100" in str(changes[0])
    write_comparison(tmp_path, changes)
    assert "worse,frame_accuracy,0.9,100,0.7,100," in (tmp_path / "fleet.compare.csv").read_text()


def test_the_folder_of_the_run_means_what_it_had_before(tmp_path: Path):
    out = tmp_path / "the first run makes it"
    for old in (out, out / RESULTS_FILE):
        assert earlier_results(old, out) == out / PREVIOUS_FILE
    assert compare(tmp_path / PREVIOUS_FILE, {}) == []
    with pytest.raises(DataError, match="nowhere"):
        earlier_results(tmp_path / "nowhere", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=RESULTS_FILE):
        earlier_results(tmp_path / "empty", tmp_path)


def test_a_model_that_is_worse_than_the_published_one_is_refused():
    published = Publication("acme/a", "c", "older", Measured("frame_accuracy", 95, 100))
    good, bad = record("a", 94, 100, published=published), record("a", 60, 100, published=published)
    assert refuse(good, {}) is good
    refused = refuse(bad, {})
    assert "60.0 %" in (refused.refused or "") and refuse(refused, {}) is refused
