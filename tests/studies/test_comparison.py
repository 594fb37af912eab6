"""The protocol: records for every arm, size and seed, kept as they come, made once."""

import json

import pytest
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu.hub import write_repository
from modeling_bilstm_nlu.studies import Arm, Protocol, better_of, run_arm, run_grid, summarise
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import build_model

PROTOCOL = Protocol(sizes=(6, 1000), seeds=(0,), steps=4, eval_steps=2, batch_size=8)


@pytest.fixture(scope="module")
def arms(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "generic"
    write_repository(folder, build_model(toy_domain("other", seed=9), **SMALL), build_tokenizer())
    training = {"bf16": False, "use_cpu": True}
    return [Arm("scratch", model=SMALL, training=training), Arm("transfer", base=str(folder), training=training)]


def test_a_record_says_what_was_measured(arms, tmp_path):
    record = run_arm(arms[1], toy_domain(), 6, 0, PROTOCOL, tmp_path)
    assert (record["arm"], record["domain"], record["size"], record["seed"]) == ("transfer", "toy", 6, 0)
    assert [point["step"] for point in record["curve"]] == [0, 2, 4]
    assert record["test"]["num_utterances"] == 20 and record["seconds"] > 0


def test_the_baseline_is_an_arm_like_others(arms, tmp_path):
    baseline = Arm("maxent", method="maxent_crf", options={"slots_see_intent": False})
    records = run_grid([arms[0], baseline], [toy_domain()], Protocol(sizes=(30,), seeds=(0,), steps=2), tmp_path)
    (record,) = [record for record in records if record["arm"] == "maxent"]
    assert record["curve"] == [] and record["seconds"] > 0
    assert record["test"]["num_utterances"] == 20 and record["test"]["combined_error"] < 0.3
    assert record["validation"]["num_utterances"] == 20
    best = better_of(records, ["scratch", "maxent"], "best")
    assert summarise([*records, *best], baseline="best", arm="maxent")["mean_relative_reduction"] == 0


def test_a_grid_goes_on_where_it_stopped(arms, tmp_path):
    domain = toy_domain()
    records = run_grid(arms, [domain], PROTOCOL, tmp_path, jobs=1)
    assert [(r["arm"], r["size"]) for r in records] == [("scratch", 6), ("transfer", 6)]  # 1000 is more than there are
    assert summarise(records)["n_runs"] == 1
    kept = sorted((tmp_path / "records").iterdir())
    marked = json.loads(kept[0].read_text("utf-8"))
    marked["test"]["combined_error"] = 0.123
    kept[0].write_text(json.dumps(marked), encoding="utf-8")
    again = run_grid(arms, [domain], PROTOCOL, tmp_path, jobs=1)
    assert 0.123 in [record["test"]["combined_error"] for record in again]  # read, not made again
