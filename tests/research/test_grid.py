"""The grid: a record for every run, made once, and made again when anything behind it has changed."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from toy_domain import toy_domain

from bilstm_nlu.errors import NluError, RecipeError
from modeling_bilstm_nlu.data import write_domain
from modeling_bilstm_nlu.training.recipes.data import DataRecipe
from research.studies import Arm, Protocol, run_grid
from research.studies.grid import for_target
from research.studies.records import PUBLISHED, RECORDS, publish_records, read_records
from research.studies.targets import Target

PROTOCOL = Protocol(sizes=(6, 1000), seeds=(0,))
ARMS = [
    Arm("maxent", method="maxent_crf"),
    Arm("broken", method="sentence_encoder", options={"encoder": "./nowhere"}),
]


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "toy"
    write_domain(toy_domain(), folder, "jsonl")
    return Target("some/toy", DataRecipe(source=str(folder)), group="us")


@pytest.fixture(scope="module")
def grid(target, tmp_path_factory):
    """The folder and the records of a first run."""
    folder = tmp_path_factory.mktemp("grid")
    return folder, run_grid(ARMS, [target], PROTOCOL, folder)


@pytest.fixture
def in_this_process(monkeypatch):
    """Spares the seconds that another process takes to start."""
    monkeypatch.setattr("research.studies.grid.ProcessPoolExecutor", lambda jobs, **options: ThreadPoolExecutor(jobs))


def test_a_grid_has_a_record_for_every_run(grid):
    folder, records = grid
    assert [(r["arm"], r["size"]) for r in records] == [
        ("broken", 6), ("maxent", 6), ("broken", 1000), ("maxent", 1000)
    ]  # fmt: skip
    broken, measured, *too_large = records
    assert measured["test"]["num_utterances"] == 20 and "error" not in measured
    assert (measured["domain"], measured["group"], measured["format"]) == ("some/toy", "us", "jsonl")
    assert measured["counts"]["utterances"] == 100 and len(measured["sketch"]) == 5
    assert "nowhere" in broken["error"] and "Traceback" in broken["traceback"] and "test" not in broken
    assert {r["passed_over"] for r in too_large} == {"60 training utterances, fewer than 1000"}
    assert {path.name for path in (folder / "records").iterdir()} == set(json.loads((folder / RECORDS).read_text()))
    assert len(read_records(folder)) == 4


def test_an_arm_that_takes_long_runs_on_a_part(target, tmp_path, in_this_process):
    targets = [replace(target, name=f"some/{name}") for name in "abcd"]
    arms = [Arm("maxent", method="maxent_crf", domains=2, seeds=(1,), up_to=6)]
    records = run_grid(arms, targets, replace(PROTOCOL, sizes=(6, 7), seeds=(0, 1)), tmp_path)
    assert [(r["domain"], r["size"], r["seed"]) for r in records] == [("some/a", 6, 1), ("some/c", 6, 1)]


def mark(folder, arm):
    """Change the record of an arm, so that one sees whether it is read or made again."""
    path = folder / "records" / f"some_toy-6-0-{arm}.json"
    record = json.loads(path.read_text("utf-8"))
    record["test"]["combined_error"] = 0.123
    path.write_text(json.dumps(record), encoding="utf-8")


def error_of(folder, target, protocol=PROTOCOL, arm=ARMS[0]):
    (record,) = run_grid([arm], [target], Protocol(**{**protocol.__dict__, "sizes": (6,)}), folder)
    return record["test"]["combined_error"]


def test_a_grid_goes_on_where_it_stopped(grid, target, tmp_path, in_this_process):
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "records").mkdir()
    for path in (grid[0] / "records").iterdir():
        (folder / "records" / path.name).write_bytes(path.read_bytes())
    mark(folder, "maxent")
    assert error_of(folder, target) == 0.123  # read, not made again
    noted = Arm("maxent", method="maxent_crf", note="of the paper")
    assert error_of(folder, Target("some/toy", target.data, group="them"), arm=noted) == 0.123
    assert error_of(folder, target, Protocol(sizes=(6,), seeds=(0,), max_test=10)) != 0.123  # another protocol
    mark(folder, "maxent")
    assert error_of(folder, target, Protocol(sizes=(6,), seeds=(0,), max_test=10)) == 0.123
    other = Arm("maxent", method="maxent_crf", options={"slots_see_intent": False})
    assert error_of(folder, target, Protocol(sizes=(6,), seeds=(0,), max_test=10), other) != 0.123  # other options


def test_published_runs_are_taken_up_where_they_fit(target, tmp_path, in_this_process, caplog):
    first, docs, second = (tmp_path / name for name in ("first", "docs", "second"))
    protocol = Protocol(sizes=(6,), seeds=(0,))
    run_grid(ARMS[:1], [target], protocol, first)
    mark(first, "maxent")
    docs.mkdir()
    publish_records(read_records(first), docs / PUBLISHED)

    def errors(folder, protocol):
        records = run_grid(ARMS[:1], [target], protocol, folder, published=docs)
        return [record["test"]["combined_error"] for record in records]

    assert errors(second, protocol) == [0.123]
    assert read_records(second)[0]["test"]["combined_error"] == 0.123  # goes on without the published ones
    record = json.loads((second / "records" / "some_toy-6-0-maxent.json").read_text("utf-8"))
    record["test"]["combined_error"] = 0.321
    (second / "records" / "some_toy-6-0-maxent.json").write_text(json.dumps(record), encoding="utf-8")
    assert errors(second, protocol) == [0.321]  # one's own go first
    assert not caplog.records
    assert 0.123 not in errors(tmp_path / "third", Protocol(sizes=(6,), seeds=(0,), max_test=10))
    assert str(docs) in caplog.text


def test_changed_data_is_measured_again(target, tmp_path, in_this_process):
    folder = tmp_path / "toy"
    write_domain(toy_domain(), folder, "jsonl")
    moved = Target("some/toy", DataRecipe(source=str(folder)))
    out = tmp_path / "grid"
    error_of(out, moved)
    mark(out, "maxent")
    assert error_of(out, moved) == 0.123
    path = out / "records" / "some_toy-6-0-maxent.json"
    record = json.loads(path.read_text("utf-8"))
    record["data"] = "what the reader of an older release made of the files"
    path.write_text(json.dumps(record), encoding="utf-8")
    records = run_grid([*ARMS[:1], Arm("second", method="maxent_crf")], [moved], PROTOCOL, out)
    assert 0.123 not in [r["test"]["combined_error"] for r in records if "test" in r]
    assert len({r["data"] for r in records}) == 1


def test_what_there_is_so_far_takes_no_process(grid, target, monkeypatch):
    monkeypatch.setattr("research.studies.grid.ProcessPoolExecutor", lambda *jobs, **options: pytest.fail("a process"))
    more = [*ARMS, Arm("third", method="maxent_crf")]
    records = run_grid(more, [target], Protocol(sizes=(6,), seeds=(0,)), grid[0], so_far=True)
    assert [record and record["arm"] for record in records] == [None, "maxent", None]  # a failed run is no run


def test_the_generic_checkpoint_of_a_domain(target, tmp_path):
    arm = Arm("transfer", base="{generic}-10k")
    with pytest.raises(RecipeError, match="'transfer'.*{generic}-10k.*some/toy"):
        run_grid([arm], [target], PROTOCOL, tmp_path)
    with_generic = Target("some/toy", target.data, generic=str(tmp_path / "generic"))
    with pytest.raises(NluError, match="generic-10k"):  # before any run
        run_grid([arm], [with_generic], PROTOCOL, tmp_path)
    assert not (tmp_path / "records").exists()


def test_a_missing_library_is_told_before_any_run(target, tmp_path, monkeypatch):
    monkeypatch.setattr("research.studies.methods.find_spec", lambda library: None)
    with pytest.raises(NluError, match=r"sklearn_crfsuite.*bilstm-nlu\[baselines\]"):
        run_grid(ARMS, [target], PROTOCOL, tmp_path)
    assert not (tmp_path / "records").exists()


def test_what_was_passed_over_is_known_until_the_limits_change(target, tmp_path, in_this_process):
    def reasons(so_far=True, **limits):
        few = replace(target, **limits)
        records = run_grid(ARMS[:1], [few], replace(PROTOCOL, sizes=(6,)), tmp_path, so_far=so_far)
        return [record and record.get("passed_over") for record in records]

    assert reasons(so_far=False, min_utterances=101) == ["100 utterances, fewer than 101"]
    assert reasons(min_utterances=101) == ["100 utterances, fewer than 101"]
    assert reasons(min_utterances=102) == [None]  # to be looked at again
    assert reasons(so_far=False, min_utterances=100) == [None] and "test" in read_records(tmp_path)[0]


def test_an_arm_about_catalogs_passes_over_domains_without(target, tmp_path, in_this_process):
    arm, protocol = replace(ARMS[0], needs_catalogs=True), replace(PROTOCOL, sizes=(6,))
    (record,) = run_grid([arm], [target], protocol, tmp_path / "with")
    assert "test" in record
    write_domain(replace(toy_domain(), catalogs={}), tmp_path / "bare", "jsonl")
    bare = Target("bare", DataRecipe(source=str(tmp_path / "bare")))
    (record,) = run_grid([arm], [bare], protocol, tmp_path / "without")
    assert record["passed_over"] == "no slot catalogs, without which the arm makes no difference"


def test_a_domain_says_how_networks_train_on_it(target):
    fast = replace(target, training={"learning_rate": 5e-3, "freeze_steps": 3})
    arm = Arm("frozen", training={"freeze_steps": 100})
    assert for_target(arm, fast).training == {"learning_rate": 5e-3, "freeze_steps": 100}
    assert for_target(arm, target) == arm and for_target(ARMS[0], fast) == ARMS[0]
